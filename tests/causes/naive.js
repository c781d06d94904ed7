// A server as one writes it in an afternoon from the reference page alone, with eight faults:
//  1 find and delete look up the name alone, whatever the user of the scope
//  2 payloads are shown unasked
//  3 errors are {"message": ..} without the envelope
//  4 a missing secret is found as 200 with null
//  5 limit is ignored
//  6 created is in milliseconds
//  7 nothing ever expires
//  8 any key is let in
// It listens on 127.0.0.1 and prints "listening on URL".
'use strict';
const http = require('node:http');
const crypto = require('node:crypto');
const secrets = [];
const show = (s) => ({
  id: s.id,
  object: 'apps.secret',
  created: s.created,
  expires_at: s.expires_at,
  livemode: false,
  name: s.name,
  scope: s.scope,
  payload: s.payload,
});
const scopeOf = (p) =>
  p.get('scope[type]') === 'user' ? {type: 'user', user: p.get('scope[user]')} : {type: 'account'};
const same = (a, b) => a.type === b.type && a.user === b.user;
class Bad extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}
const need = (p, ...names) => {
  for (const n of names) if (!p.get(n)) throw new Bad(400, `missing ${n}`);
};
const scoped = (p) => {
  need(p, 'scope[type]');
  if (!['account', 'user'].includes(p.get('scope[type]'))) throw new Bad(400, 'scope[type]');
  if (p.get('scope[type]') === 'user') need(p, 'scope[user]');
};
const calls = {
  'POST /v1/apps/secrets': (p) => {
    need(p, 'name', 'payload');
    scoped(p);
    const at = p.get('expires_at');
    if (at !== null && !/^-?\d+$/.test(at)) throw new Bad(400, 'expires_at');
    const scope = scopeOf(p),
      old = secrets.find((s) => s.name === p.get('name') && same(s.scope, scope));
    const s = old || {
      id: `appsecret_${crypto.randomBytes(12).toString('hex')}`,
      name: p.get('name'),
      scope,
      created: Date.now(),
    };
    s.payload = p.get('payload');
    s.expires_at = at === null ? null : Number(at);
    if (!old) secrets.unshift(s);
    return show(s);
  },
  'GET /v1/apps/secrets/find': (p) => {
    need(p, 'name');
    scoped(p);
    const s = secrets.find((x) => x.name === p.get('name'));
    return s ? show(s) : null;
  },
  'GET /v1/apps/secrets': (p) => {
    scoped(p);
    let data = secrets.filter((s) => same(s.scope, scopeOf(p)));
    const place = (id) => {
      const i = data.findIndex((s) => s.id === id);
      if (i < 0) throw new Bad(400, 'no such cursor');
      return i;
    };
    if (p.get('starting_after')) data = data.slice(place(p.get('starting_after')) + 1);
    if (p.get('ending_before')) data = data.slice(0, place(p.get('ending_before')));
    return {object: 'list', url: '/v1/apps/secrets', has_more: false, data: data.map(show)};
  },
  'POST /v1/apps/secrets/delete': (p) => {
    need(p, 'name');
    scoped(p);
    const i = secrets.findIndex((x) => x.name === p.get('name'));
    if (i < 0) throw new Bad(404, 'no such secret');
    const [s] = secrets.splice(i, 1);
    return {id: s.id, object: 'apps.secret', deleted: true};
  },
};
http
  .createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const [path, query = ''] = request.url.split('?');
      const send = (status, value) =>
        response.writeHead(status, {'Content-Type': 'application/json'}).end(JSON.stringify(value));
      try {
        const call = calls[`${request.method} ${path}`];
        if (!call) throw new Bad(404, 'no such path');
        if (!request.headers.authorization) throw new Bad(401, 'who are you?');
        send(200, call(new URLSearchParams(request.method === 'POST' ? `${body}&${query}` : query)));
      } catch (e) {
        send(e.status || 500, {message: e.message});
      }
    });
  })
  .listen(0, '127.0.0.1', function () {
    console.log(`listening on http://127.0.0.1:${this.address().port}`);
  });
process.on('SIGTERM', () => process.exit(0));
