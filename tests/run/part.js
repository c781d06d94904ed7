// A target that offers a part: a proxy that takes parts away from the one behind it.
// Usage: part.js URL PART,PART..    It prints "listening on URL".
//   list delete          404 as any unknown path         list-405 delete-501   with that status
//   users account        a scope of that type is 400
//   expiry pagination expand   the parameters are ignored      expiry-400 ..     refused
//   idempotency          the header is ignored            bearer                401
'use strict';
const http = require('node:http');
const upstream = new URL(process.argv[2]);
const parts = new Map(process.argv[3].split(',').filter(Boolean).map((p) => {
  const [name, status] = p.split('-');
  return [name, Number(status) || 0];
}));
const words = {expiry: ['expires_at'], pagination: ['limit', 'starting_after', 'ending_before'], expand: ['expand']};
const isOf = (name, word) => name === word || name.startsWith(`${word}[`);
const agent = new http.Agent({keepAlive: true});

const error = (status, message) => ({status, body: JSON.stringify({error: {type: 'invalid_request_error', message}})});

// What is refused: {status, body}; else what is to be sent on.
const take = (request, path, query, body) => {
  const call = `${request.method} ${path}`;
  const missing = {list: 'GET /v1/apps/secrets', delete: 'POST /v1/apps/secrets/delete'};
  for (const name of Object.keys(missing))
    if (parts.has(name) && call === missing[name])
      return parts.get(name) ? error(parts.get(name), 'not here') : error(404, `Unrecognized request URL (${call})`);
  if (parts.has('bearer') && /^bearer/i.test(request.headers.authorization || ''))
    return error(401, 'not with a bearer');
  const keep = (text) => text.split('&').filter((pair) => {
    let name = pair.split('=')[0];
    try { name = decodeURIComponent(name.replace(/\+/g, ' ')); } catch { return true; }
    return !Object.keys(words).some((w) => parts.has(w) && words[w].some((x) => isOf(name, x)));
  }).join('&');
  const sent = [query, body].map(keep);
  for (const w of Object.keys(words))
    if (parts.get(w) && sent.join() !== [query, body].join()) return error(parts.get(w), 'unknown parameter');
  for (const [part, type] of [['users', 'user'], ['account', 'account']])
    if (parts.has(part) && new URLSearchParams(`${body}&${query}`).getAll('scope[type]').includes(type))
      return error(400, `scope[type] ${type} is not supported`);
  return {query: sent[0], body: sent[1]};
};

http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const at = request.url.indexOf('?'), path = at < 0 ? request.url : request.url.slice(0, at);
    const got = take(request, path, at < 0 ? '' : request.url.slice(at + 1), Buffer.concat(chunks).toString('latin1'));
    if (got.status) {
      response.writeHead(got.status, {'Content-Type': 'application/json'}).end(got.body);
      return;
    }
    const headers = {...request.headers}, body = Buffer.from(got.body, 'latin1');
    for (const name of ['connection', 'content-length', 'transfer-encoding', 'host']) delete headers[name];
    if (parts.has('idempotency')) delete headers['idempotency-key'];
    if (body.length || request.method === 'POST') headers['content-length'] = body.length;
    const on = http.request({host: upstream.hostname, port: upstream.port, method: request.method, headers, agent,
      path: path + (got.query ? `?${got.query}` : at < 0 ? '' : '?')}, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    on.on('error', () => response.destroy());
    on.end(body);
  });
}).listen(0, '127.0.0.1', function () { console.log(`listening on http://127.0.0.1:${this.address().port}`); });
process.on('SIGTERM', () => process.exit(0));
