// Other resources of the same API, in memory: node shop.js  prints "listening on http://..."
//   /v1/customers, and /v1/customers/ID/sources below it: created, read, changed, deleted, listed (newest
//   first); what was deleted is read as {deleted: true}
//   /v1/coupons: the client may choose the id; what was deleted is 404
//   /v1/subscriptions: of a customer, with an item that has an id of its own; a read of the customer counts them
'use strict';
const http = require('node:http'),
  crypto = require('node:crypto');
const things = new Map(); // id -> object
let serial = 0;
const id = (prefix) => prefix + crypto.randomBytes(9).toString('hex');
const now = () => Math.floor(Date.now() / 1000);
const missing = (kind, what) => [
  404,
  {
    error: {
      code: 'resource_missing',
      message: `No such ${kind}: '${what}'`,
      param: 'id',
      type: 'invalid_request_error',
    },
  },
];

const kinds = {
  customers: {prefix: 'cus_', object: 'customer', fields: ['email', 'name', 'description']},
  coupons: {prefix: 'cpn_', object: 'coupon', fields: ['percent_off']},
  subscriptions: {prefix: 'sub_', object: 'subscription', fields: ['customer', 'price']},
  sources: {prefix: 'card_', object: 'card', fields: ['brand']},
};

function make(kind, form, extra = {}) {
  const k = kinds[kind],
    own = (kind === 'coupons' && form.get('id')) || id(k.prefix);
  if (things.has(own) && !things.get(own).deleted)
    return [
      400,
      {
        error: {
          code: 'resource_already_exists',
          message: `There is a ${k.object} '${own}' already.`,
          type: 'invalid_request_error',
        },
      },
    ];
  const thing = {id: own, object: k.object, created: now(), ...extra};
  for (const f of k.fields) thing[f] = form.get(f);
  if (kind === 'customers') Object.assign(thing, {default_source: null, subscriptions: 0});
  if (kind === 'subscriptions') {
    const of = things.get(form.get('customer'));
    if (!of || of.deleted) return missing('customer', form.get('customer'));
    of.subscriptions++;
    thing.items = {object: 'list', data: [{id: id('si_'), object: 'subscription_item', subscription: own}]};
    thing.latest_invoice = id('in_');
    things.set(thing.latest_invoice, {
      id: thing.latest_invoice,
      object: 'invoice',
      created: now(),
      subscription: own,
      serial: ++serial,
    });
  }
  Object.defineProperty(thing, 'kind', {value: kind});
  Object.defineProperty(thing, 'at', {value: ++serial});
  things.set(own, thing);
  return [200, thing];
}

function answer(method, url, form) {
  const [, , kind, one, below, child] = url.pathname.split('/');
  const thing = things.get(one);
  if (!one && method === 'POST') return make(kind, form);
  if (!one) {
    let all = [...things.values()].filter((t) => t.kind === kind && !t.deleted).sort((a, b) => b.at - a.at);
    if (url.searchParams.get('customer')) all = all.filter((t) => t.customer === url.searchParams.get('customer'));
    return [200, {object: 'list', url: url.pathname, has_more: false, data: all}];
  }
  if (!thing) return missing(kind, one);
  if (below === 'sources' && !child && method === 'POST') {
    const [status, card] = make('sources', form, {customer: one});
    thing.default_source ??= card.id;
    return [status, card];
  }
  if (below === 'sources' && !child)
    return [
      200,
      {
        object: 'list',
        url: url.pathname,
        has_more: false,
        data: [...things.values()].filter((t) => t.kind === 'sources' && t.customer === one),
      },
    ];
  if (below === 'sources') return things.get(child) ? [200, things.get(child)] : missing('source', child);
  if (thing.deleted)
    return kind === 'customers' && method === 'GET'
      ? [200, {id: one, object: thing.object, deleted: true}]
      : missing(thing.object, one);
  if (method === 'DELETE') {
    thing.deleted = true;
    return [200, {id: one, object: thing.object, deleted: true}];
  }
  if (method === 'POST') for (const [k, v] of form) thing[k] = v;
  return [200, thing];
}

http
  .createServer((req, res) => {
    let text = '';
    req
      .on('data', (d) => (text += d))
      .on('end', () => {
        const url = new URL(req.url, 'http://x');
        const [status, body] = answer(req.method, url, new URLSearchParams(text));
        res.writeHead(status, {'content-type': 'application/json', 'request-id': id('req_')});
        res.end(JSON.stringify(body, null, 2));
      });
  })
  .listen(0, '127.0.0.1', function () {
    console.log(`listening on http://127.0.0.1:${this.address().port}`);
  });
