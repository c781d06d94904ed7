// An implementation of the Secrets API in looks that the model does not have, for replay and
// diff: node odd.js [--looks A|B] [--bug same-id] [--slow MS]  prints "listening on http://..."
//
//   A  UUID ids, compact JSON, members in another order, links with the id or the name in them, a
//      count and the names in lists, oldest first, the full object on delete, 404 for what is forbidden, 409 when full
//   B  ids that are counted, four blanks and \u escapes, times of its own as numbers and as
//      text, newest first, a new id for each replacement, chunked answers
'use strict';
const http = require('node:http'),
  crypto = require('node:crypto');
const arg = (n, d) => {
  const i = process.argv.indexOf('--' + n);
  return i < 0 ? d : process.argv[i + 1];
};
const L = arg('looks', 'A'),
  BUG = arg('bug', '');
let offset = 0;
const slow = +arg('slow', 0);
const now = () => Math.floor((Date.now() + offset) / 1000);
const bug = (n) => BUG === n;
const KEYS = {
  sk_test_oddmain000001: {acct: 'm', live: false},
  sk_test_oddother00002: {acct: 'o', live: false},
  sk_live_oddlive000003: {acct: 'm', live: true},
  sk_test_oddui00000004: {acct: 'm', live: false, user: 'usr_odd_ui'},
};
const store = new Map(); // world -> scopekey -> [secret] in creation order
let seq = 0,
  reqn = 0;
const idem = new Map();
const newId = () => (L === 'A' ? crypto.randomUUID() : 'sec-' + ++seq);
function scopeOf(world, s) {
  const k = world + '|' + (s.type === 'user' ? 'u:' + s.user : 'a');
  if (!store.has(k)) store.set(k, []);
  return store.get(k);
}
function purge(list) {
  for (let i = list.length; i--;) if (list[i].expires_at !== null && list[i].expires_at <= now()) list.splice(i, 1);
}
class E extends Error {
  constructor(status, o) {
    super(o.message);
    this.status = status;
    this.o = o;
  }
}
const words =
  L === 'A'
    ? {
        missing: (p) => [
          400,
          {code: 'param_required', message: `The parameter "${p}" is required but was not sent`, param: p},
        ],
        empty: (p) => [400, {code: 'param_empty', message: `"${p}" must not be blank`, param: p}],
        integer: (p, v) => [
          400,
          {code: 'param_not_integer', message: `"${p}" wants an integer, and ${JSON.stringify(v)} is none`, param: p},
        ],
        range: (p, v) => [
          400,
          {code: 'param_out_of_range', message: `"${p}" may be 1 through 100, and ${v} is not`, param: p},
        ],
        scopetype: (v) => [
          400,
          {code: 'scope_unknown', message: `No such kind of scope: ${v}`, param: 'scope[type]'},
        ],
        unknown: (p) => [
          400,
          {code: 'param_unknown', message: `What is "${p}"? It is not a parameter here`, param: p},
        ],
        notfound: (n) => [
          404,
          {code: 'resource_missing', message: `There is no secret by the name of ${n} in this scope`, param: 'name'},
        ],
        cursor: (id, p) => [404, {code: 'resource_missing', message: `Cursor ${id} points nowhere`, param: p}],
        both: () => [400, {message: 'Only one cursor at a time, please'}],
        long: (p) => [400, {code: 'param_too_long', message: `"${p}" is too long, 5000 is the most`, param: p}],
        past: () => [
          400,
          {
            code: 'expires_at_range',
            message: 'expires_at must lie ahead, by no more than a century',
            param: 'expires_at',
          },
        ],
        full: () => [409, {code: 'scope_full', message: 'This scope holds ten secrets already'}],
        nokey: () => [401, {code: 'no_key', message: 'Who are you? Send a key'}],
        badkey: (k) => [401, {code: 'bad_key', message: `That key (ending ${k.slice(-4)}) opens nothing here`}],
        forbidden: (u) => [404, {code: 'resource_missing', message: `No such scope for you: ${u}`}],
        path: (p) => [404, {code: 'route_unknown', message: `Nothing lives at ${p}`}],
        verb: (p) => [405, {code: 'verb', message: `Not with that verb`}],
        expand: (v) => [400, {code: 'expand_unknown', message: `Cannot expand ${v}`, param: 'expand'}],
        type: () => [400, {message: 'Send a form'}],
        idem: () => [400, {type: 'idempotency_error', message: 'That Idempotency-Key was used for other parameters'}],
      }
    : {
        missing: (p) => [400, {code: 'parameter_missing', message: `${p}: missing.`, param: p}],
        empty: (p) => [400, {code: 'parameter_missing', message: `${p}: empty.`, param: p}],
        integer: (p, v) => [400, {code: 'bad_integer', message: `${p}: ${v} is not a number.`, param: p}],
        range: (p, v) => [400, {code: 'bad_integer', message: `${p}: ${v} is out of range.`, param: p}],
        scopetype: (v) => [400, {code: 'bad_scope', message: `scope: ${v}?`, param: 'scope'}],
        unknown: (p) => [400, {code: 'parameter_unknown', message: `${p}: unknown.`, param: p}],
        notfound: (n) => [404, {code: 'resource_missing', message: `secret '${n}' not found`, detail: {name: n}}],
        cursor: (id, p) => [400, {code: 'bad_cursor', message: `secret ${id} not found`, param: p}],
        both: () => [400, {code: 'two_cursors', message: 'two cursors.', param: 'ending_before'}],
        long: (p) => [400, {code: 'too_long', message: `${p}: too long.`, param: p}],
        past: () => [
          400,
          {code: 'bad_expiry', message: 'expires_at: not in the next 100 years.', param: 'expires_at'},
        ],
        full: () => [400, {code: 'limit_reached', message: 'too many secrets.'}],
        nokey: () => [401, {message: 'key needed.'}],
        badkey: () => [401, {message: 'key unknown.'}],
        forbidden: () => [403, {code: 'forbidden', message: 'not your scope.'}],
        path: (p) => [404, {message: 'no such route.'}],
        verb: (p) => [404, {message: 'no such route.'}],
        expand: (v) => [400, {code: 'bad_expand', message: `expand: ${v}?`, param: 'expand[0]'}],
        type: () => [415, {code: 'bad_type', message: 'form only.'}],
        idem: () => [409, {type: 'idempotency_error', code: 'key_reused', message: 'key reused.'}],
      };
const no = (k, ...a) => {
  const [st, o] = words[k](...a);
  const e = new E(st, Object.assign({type: 'invalid_request_error'}, o));
  e.kind = k;
  throw e;
};
function show(s, expand, extra) {
  const payload = expand ? s.payload : L === 'A' ? undefined : null;
  const scope =
    s.scope.type === 'user'
      ? L === 'A'
        ? {user: s.scope.user, type: 'user'}
        : {type: 'user', user: s.scope.user}
      : {type: 'account'};
  if (L === 'A') {
    const o = {object: 'apps.secret', name: s.name, scope, livemode: s.live, id: s.id};
    if (payload !== undefined) o.payload = payload;
    Object.assign(
      o,
      {
        expires_at: s.expires_at,
        deleted: false,
        created: s.created,
        tags: [s.name],
        links: {
          self: '/v1/apps/secrets/' + s.id,
          find: '/v1/apps/secrets/find?name=' + encodeURIComponent(s.name).replaceAll("'", '%27'),
        },
      },
      extra,
    );
    return o;
  }
  const o = {
    id: s.id,
    object: 'apps.secret',
    payload,
    name: s.name,
    expires_at: s.expires_at,
    created: s.created,
    updated: s.updated,
    updated_at: new Date(s.updated * 1000).toISOString().replace('.000Z', 'Z'),
    livemode: s.live,
    scope,
    deleted: null,
  };
  return Object.assign(o, extra);
}
function parse(text) {
  const out = [];
  for (const part of text.split('&')) {
    if (!part) continue;
    const i = part.indexOf('=');
    const dec = (x) => {
      const b = [];
      x = x.replace(/\+/g, ' ');
      const buf = Buffer.from(x, 'utf8');
      for (let j = 0; j < buf.length; j++) {
        if (buf[j] === 37 && /^[0-9a-fA-F]{2}$/.test(buf.toString('latin1', j + 1, j + 3))) {
          b.push(parseInt(buf.toString('latin1', j + 1, j + 3), 16));
          j += 2;
        } else b.push(buf[j]);
      }
      return Buffer.from(b).toString('utf8');
    };
    out.push([dec(i < 0 ? part : part.slice(0, i)), i < 0 ? '' : dec(part.slice(i + 1))]);
  }
  return out;
}
const known = {
  set: ['name', 'payload', 'expires_at'],
  find: ['name'],
  list: ['limit', 'starting_after', 'ending_before'],
  del: ['name'],
};
function params(op, pairs) {
  const p = {scope: {}, expand: []};
  for (const [k, v] of pairs) {
    if (/^expand\[\d*\]$/.test(k)) p.expand.push(v);
    else if (k === 'scope[type]') p.scope.type = v;
    else if (k === 'scope[user]') p.scope.user = v;
    else if (known[op].includes(k)) p[k] = v;
    else no('unknown', k);
  }
  const len = (s) => [...s].length;
  const need = op === 'list' ? [] : op === 'set' ? ['name', 'payload'] : ['name'];
  for (const k of need) {
    if (p[k] === undefined) no('missing', k);
    if (p[k] === '') no('empty', k);
    if (len(p[k]) > 5000) no('long', k);
  }
  if (p.scope.type === undefined) no('missing', p.scope.user === undefined ? 'scope' : 'scope[type]');
  if (p.scope.type === '') no('empty', 'scope[type]');
  if (!['account', 'user'].includes(p.scope.type)) no('scopetype', p.scope.type);
  if (p.scope.type === 'user' && !p.scope.user) no(p.scope.user === undefined ? 'missing' : 'empty', 'scope[user]');
  if (p.expires_at !== undefined) {
    if (!/^-?\d+$/.test(p.expires_at)) no('integer', 'expires_at', p.expires_at);
    p.expires_at = +p.expires_at;
    if (p.expires_at <= now() || p.expires_at > now() + 100 * 366 * 86400) no('past');
  }
  p.limit_given = p.limit !== undefined;
  if (p.limit !== undefined) {
    if (!/^-?\d+$/.test(p.limit)) no('integer', 'limit', p.limit);
    p.limit = +p.limit;
    if (p.limit < 1 || p.limit > 100) no('range', 'limit', p.limit);
  }
  for (const e of p.expand) if (e !== (op === 'list' ? 'data.payload' : 'payload')) no('expand', e);
  p.show = p.expand.length > 0;
  return p;
}
const ops = {
  set(who, p) {
    const list = scopeOf(who.world, p.scope);
    purge(list);
    let s = list.find((x) => x.name === p.name);
    if (s) {
      if (L !== 'A') {
        list.splice(list.indexOf(s), 1);
        list.push(s);
        s.id = newId();
        s.created = now();
      }
      s.payload = p.payload;
      s.updated = now();
      s.expires_at = p.expires_at ?? null;
    } else {
      if (list.length >= 10) no('full');
      s = {
        id: bug('same-id') ? 'id-' + p.name : newId(),
        name: p.name,
        payload: p.payload,
        scope: p.scope,
        created: now(),
        updated: now(),
        live: who.live,
        expires_at: p.expires_at ?? null,
      };
      list.push(s);
    }
    return show(s, p.show);
  },
  find(who, p) {
    const list = scopeOf(who.world, p.scope);
    purge(list);
    const s = list.find((x) => x.name === p.name);
    if (!s) no('notfound', p.name);
    return show(s, p.show);
  },
  list(who, p) {
    const src = scopeOf(who.world, p.scope);
    purge(src);
    const list = L === 'A' ? [...src] : [...src].reverse();
    const limit = p.limit ?? 10;
    if (p.starting_after !== undefined && p.ending_before !== undefined) no('both');
    let from = 0,
      to,
      more;
    const at = (id, n) => {
      const i = list.findIndex((x) => x.id === id);
      if (i < 0) no('cursor', id, n);
      return i;
    };
    if (p.ending_before !== undefined) {
      const i = at(p.ending_before, 'ending_before');
      to = Math.max(i, 0);
      from = Math.max(0, to - limit);
      more = from > 0;
    } else {
      if (p.starting_after !== undefined) from = at(p.starting_after, 'starting_after') + 1;
      to = from + limit;
      more = list.length > to;
    }
    function env(part, more) {
      const data = part.map((s) => show(s, p.show));
      return L === 'A'
        ? {
            has_more: more,
            data,
            url: '/v1/apps/secrets',
            object: 'list',
            count: data.length,
            names: data.map((s) => s.name),
            first: data[0]?.id ?? null,
            next: more ? '/v1/apps/secrets?starting_after=' + data.at(-1).id : null,
          }
        : {object: 'list', data, has_more: more, url: '/v1/apps/secrets'};
    }
    return env(list.slice(from, to), more);
  },
  del(who, p) {
    const list = scopeOf(who.world, p.scope);
    purge(list);
    const i = list.findIndex((x) => x.name === p.name);
    if (i < 0) no('notfound', p.name);
    const s = list[i];
    list.splice(i, 1);
    return L === 'A' ? show(s, p.show, {deleted: true}) : {object: 'apps.secret', id: s.id, deleted: true};
  },
};
const routes = {
  'POST /v1/apps/secrets': 'set',
  'GET /v1/apps/secrets/find': 'find',
  'GET /v1/apps/secrets': 'list',
  'POST /v1/apps/secrets/delete': 'del',
};
function auth(req) {
  const h = req.headers.authorization;
  let key;
  const m = /^(\w+)\s+(.*)$/.exec(h || '');
  if (m && m[1].toLowerCase() === 'basic') key = Buffer.from(m[2], 'base64').toString().split(':')[0];
  else if (m && m[1].toLowerCase() === 'bearer') key = m[2].trim();
  if (!key) no('nokey');
  const k = KEYS[key];
  if (!k) no('badkey', key);
  return {...k, world: k.acct + (k.live ? 'L' : 'T')};
}
const server = http.createServer((req, res) => {
  const parts = [];
  req.on('data', (c) => parts.push(c));
  req.on('end', () =>
    setTimeout(() => {
      const text = Buffer.concat(parts).toString('utf8'),
        q = req.url.indexOf('?'),
        path = q < 0 ? req.url : req.url.slice(0, q);
      const rid = L === 'A' ? crypto.randomUUID() : 'req' + (++reqn).toString().padStart(6, '0');
      let status = 200,
        body;
      const extra = {};
      if (path === '/clock' && req.method === 'POST') {
        offset += +new URLSearchParams(text).get('advance') * 1000;
        res.end('{}');
        return;
      }
      try {
        const verb = req.method === 'HEAD' ? 'GET' : req.method;
        const op = routes[verb + ' ' + path];
        if (!op) {
          if (Object.keys(routes).some((r) => r.endsWith(' ' + path))) no('verb', path);
          no('path', path);
        }
        const who = auth(req);
        const ct = req.headers['content-type'];
        if (req.method === 'POST' && text && ct && !ct.startsWith('application/x-www-form-urlencoded')) no('type');
        const pairs = parse(q < 0 ? '' : req.url.slice(q + 1)).concat(req.method === 'POST' ? parse(text) : []);
        const ik = req.method === 'POST' && req.headers['idempotency-key'];
        const p = params(op, pairs);
        if (who.user && p.scope.type === 'user' && p.scope.user !== who.user) no('forbidden', p.scope.user);
        const ikk = ik && who.world + '|' + ik;
        const sig = JSON.stringify([op, [...pairs].sort()]);
        if (ik && idem.has(ikk)) {
          if (idem.get(ikk).sig !== sig) no('idem');
          body = idem.get(ikk).body;
          extra['Idempotent-Replayed'] = 'true';
        }
        if (!body) {
          body = ops[op](who, p);
          if (ik) idem.set(ikk, {sig, body});
        }
      } catch (e) {
        if (!(e instanceof E)) {
          status = 500;
          body = {error: {type: 'api_error', message: String(e)}};
        } else {
          status = e.status;
          body = {error: L === 'A' ? {...e.o, request: rid} : {message: e.o.message, ...e.o}};
          if (status === 401) extra['Www-Authenticate'] = L === 'A' ? 'Bearer realm="odd"' : 'Basic realm="x"';
        }
      }
      let out;
      if (L === 'A') out = JSON.stringify(body);
      else
        out =
          JSON.stringify(body, null, 4).replace(
            /[\u007f-\uffff]/g,
            (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'),
          ) + '\n';
      res.sendDate = false;
      const h =
        L === 'A'
          ? [
              ['Server', 'Odd/1.0'],
              ['Content-Type', 'application/json; charset=utf-8'],
              ['Request-Id', rid],
              ['Cache-Control', 'no-store'],
              ['Date', new Date(Date.now() + offset).toUTCString()],
              ['Content-Length', String(Buffer.byteLength(out))],
              ['X-Odd', 'json'],
            ]
          : [
              ['Date', new Date(Date.now() + offset).toUTCString()],
              ['X-Request-Count', String(reqn)],
              ['Request-Id', rid],
              ['content-type', 'application/json'],
              ['ETag', '"' + crypto.createHash('md5').update(out).digest('hex').slice(0, 12) + '"'],
            ];
      if (L === 'A' && body.id) h.push(['Location', '/v1/apps/secrets/' + body.id]);
      for (const k in extra) h.push([k, extra[k]]);
      res.writeHead(status, h.flat());
      res.end(req.method === 'HEAD' ? undefined : out);
    }, slow),
  );
});
server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port));
process.on('SIGTERM', () => process.exit(0));
