// A target that shows what nobody asked for: other people's payloads and keys, in answers that are
// broken. Stands before a good one.
//
//   leaky.js UPSTREAM MODE SECRETS       prints its URL; SECRETS is a JSON file: {payload, key, other}
'use strict';
const http = require('http');
const fs = require('fs');

const [, , upstream, mode, file] = process.argv;
const {payload, key, other} = JSON.parse(fs.readFileSync(file));
const foreign = JSON.stringify({id: 'appsecret_x', object: 'apps.secret', name: 'theirs', payload});
const insert = (body, member) => body.replace(/\{/, `{${member},`);

const modes = {
  'raw-tab': (b) => insert(b, `"x": "a\tb", "payload": "${payload}"`),
  bom: (b) => '\ufeff' + insert(b, `"payload": "${payload}"`),
  trailing: (b) => `${b}\n${foreign}`,
  surrogate: (b) => insert(b, `"payload": "${payload}\\ud800"`),
  nan: (b) => insert(b, `"n": NaN, "payload": "${payload}"`),
  'cut-off': (b) => insert(b, `"payload": "${payload}"`).slice(0, -2),
  number: (b) => insert(b, '"payload": 73829164550192'),
  list: (b) => insert(b, `"payload": ["${payload}"]`),
  object: (b) => insert(b, `"payload": {"value": "${payload}"}`),
  bytes: (b) => insert(b, `"payload": ${JSON.stringify(Buffer.from(payload))}`),
  'other-name': (b) => insert(b, `"payload_raw": "${payload}"`),
  token: (b) => insert(b, `"accessToken": "${payload}"`),
  header: (b, h) => {
    h['X-Payload'] = payload;
    return b;
  },
  'seen-before': (b, h) => {
    h['X-Note'] = payload.slice(3);
    return insert(b, `"data": [${foreign}]`);
  },
  base64: (b) => insert(b, `"log": "${Buffer.from(foreign).toString('base64')}"`),
  html: () => `<html><body><input name="payload" value="${payload}"></body></html>`,
  dump: () => `panic: map[name:theirs payload:${payload} scope:account]`,
  printed: () => `Array ( [payload] => ${payload} )`,
  block: () => `name: theirs\npayload: |-\n  ${payload}\nlast: 1\n`,
  cells: () => `<table><tr><th>payload</th><td>${payload}</td></tr></table>`,
  cdata: () => `<s><payload><![CDATA[${payload}]]></payload></s>`,
  columns: () => `name,payload\ntheirs,${payload}\n`,
  sql: (b) => insert(b, `"message": "INSERT INTO s (name, payload) VALUES ('theirs', '${payload}')"`),
  entry: (b) => insert(b, `"message": "Duplicate entry '${payload}' for key 'payload'"`),
  'name-of-member': (b) => insert(b, `"payload": {"${payload}": true}`),
  another: (b) => b.replace(/"payload": *"[^"]*"/, `"payload": "${payload}"`),
  'key-cut': (b) => insert(b, `"message": "bad key ${key.slice(0, -1)}"`),
  'key-middle': (b, h) => {
    h['X-Key-Hint'] = key.slice(4, 24);
    return insert(b, `"k": "${key.slice(3, 20)}"`);
  },
  'key-capitals': (b) => insert(b, `"m": "${other.toUpperCase()}"`),
  'key-base64': (b) => insert(b, `"m": "${Buffer.from(key + ':').toString('base64')}"`),
  reason: (b, h, res) => {
    res.statusMessage = `Bad ${key}`;
    return b;
  },
};

// what a run asks first, whether this is the API at all, is answered well
const PREFLIGHT = 12;
let asked = 0;

const server = http.createServer((req, res) => {
  const chunks = [];
  req
    .on('data', (c) => chunks.push(c))
    .on('end', () => {
      const on = http.request(upstream + req.url, {method: req.method, headers: req.headers}, (got) => {
        const parts = [];
        got
          .on('data', (c) => parts.push(c))
          .on('end', () => {
            const headers = {
              'Content-Type': 'application/json',
              Date: got.headers.date,
              'Request-Id': got.headers['request-id'],
            };
            // wrong in something else too, so that there is evidence to show
            const tamper =
              ++asked > PREFLIGHT
                ? (b, ...rest) => modes[mode](b.replace(/apps.secret"/g, 'apps.sekret"'), ...rest)
                : (b) => b;
            const body = tamper(Buffer.concat(parts).toString(), headers, res);
            res.writeHead(got.statusCode, headers);
            res.end(body);
          });
      });
      on.end(Buffer.concat(chunks));
    });
});
if (mode === '--list') {
  console.log(Object.keys(modes).join('\n'));
} else {
  server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
}
