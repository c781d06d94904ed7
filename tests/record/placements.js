// Secrets in some 300 places of requests and answers, recorded by the real recorder.
//
//   placements.js ASSAY FOLDER         record, and search all that was written
//   placements.js ASSAY FOLDER NAME    that placement alone, and show what was recorded
//
// Prints a line for each secret, or part of one of twelve characters and more, that is still there,
// and a line with the counts; exit 1 if there is any. Suspects are to be named by `assay check`.
'use strict';
const http = require('http');
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');
const crypto = require('crypto');
const {spawn, spawnSync} = require('child_process');

const [, , assay, folder, only] = process.argv;
const PART = 12;
const form = 'application/x-www-form-urlencoded';
const json = 'application/json';

// --- the placements ------------------------------------------------------------------------------

const placements = [];
let seed = 1;
// A secret that has all kinds of characters, different for each placement.
function makeSecret(kind) {
  const hash = crypto
    .createHash('sha256')
    .update('placement ' + seed++)
    .digest('base64')
    .replace(/[+/=]/g, 'x');
  if (kind === 'words')
    return 'Tr0ub4' + hash.slice(0, 7) + ' "q\\n" ' + hash.slice(8, 15) + '&x=' + hash.slice(16, 24);
  if (kind === 'accents') return 'pässw\u00f6rd-' + hash.slice(0, 16) + '-\u00e9t\u00e9-' + hash.slice(17, 30);
  return hash.slice(0, 32);
}
// place(NAME, (secret) => ({request, answer}), {kind, suspect})
function place(name, make, options = {}) {
  const secret = makeSecret(options.kind);
  placements.push({name, secret, ...make(secret), ...options});
}
const enc = encodeURIComponent;
const post = (body, type = form, headers = {}) => ({
  method: 'POST',
  body,
  headers: {'Content-Type': type, ...headers},
});
const answer = (body, type = json, status = 200, headers = {}) => ({
  status,
  body,
  headers: {'Content-Type': type, ...headers},
});
const b64 = (text) => Buffer.from(text).toString('base64');
const hex = (text) => Buffer.from(text).toString('hex');
const part = (name, value, extra = '') =>
  `--b0\r\nContent-Disposition: form-data; name="${name}"${extra}\r\n\r\n${value}\r\n`;
const multipart = 'multipart/form-data; boundary=b0';

// 1. names in any spelling, where nothing else tells that the value is a secret
const names = [
  'apiToken',
  'private_token',
  'master-key',
  'aws_secret_access_key',
  'accessToken',
  'ACCESS_TOKEN',
  'client_secret',
  'clientSecret',
  'password',
  'Password',
  'userPassword',
  'db_password',
  'passphrase',
  'passcode',
  'passwd',
  'pwd',
  'otp',
  'user_otp',
  'pin_code',
  'userPin',
  'authToken',
  'auth',
  'oauth_token',
  'authorization_code',
  'client_assertion',
  'assertion',
  'signature',
  'x_signature',
  'credential',
  'credentials',
  'awsCredential',
  'secretKey',
  'secret_key',
  'SecretAccessKey',
  'sharedSecret',
  'apikey',
  'api_key',
  'APIKey',
  'X-Api-Key',
  'encryptionKey',
  'signing_key',
  'license_key',
  'refresh_token',
  'idToken',
  'sessionToken',
  'csrf_token',
  'bearer_token',
  'webhook_secret',
  'private-key',
  'storageAccountKey',
  'jwt',
  'payload_raw',
  'rawPayload',
  'payloadText',
];
const forms = {
  form: (n, s) => ({request: post(`name=a&${enc(n)}=${enc(s)}`)}),
  query: (n, s) => ({request: {method: 'GET', query: `limit=1&${enc(n)}=${enc(s)}`}}),
  'json request': (n, s) => ({request: post(JSON.stringify({name: 'a', options: {[n]: s}}), json)}),
  'json answer': (n, s) => ({answer: answer(JSON.stringify({id: 'x', data: [{[n]: s}]}))}),
  'request header': (n, s) => ({request: {method: 'GET', headers: {[n.startsWith('X-') ? n : 'X-' + n]: s}}}),
  'answer header': (n, s) => ({answer: answer('{}', json, 200, {[n.startsWith('X-') ? n : 'X-' + n]: s})}),
  multipart: (n, s) => ({request: post(part('name', 'a') + part(n, s) + '--b0--\r\n', multipart)}),
};
names.forEach((n, i) => {
  const all = Object.keys(forms);
  for (let k = 0; k < 3; k++) {
    const how = all[(i * 3 + k) % all.length];
    place(`name ${n} in ${how}`, (s) => forms[how](n, s));
  }
});

// 2. by its form, or by what stands around it
place('password in a URL in JSON', (s) => ({
  answer: answer(JSON.stringify({dsn: `postgres://app:${s}@db.internal/x`})),
}));
place('password in a URL in a form', (s) => ({request: post(`name=a&dsn=${enc(`redis://app:${s}@cache:6379`)}`)}));
place('password in a URL in text', (s) => ({
  answer: answer(`cannot reach mysql://root:${s}@h:3306/x\n`, 'text/plain', 500),
}));
place('password in a URL in a header', (s) => ({
  request: {method: 'GET', headers: {'X-Upstream': `https://bob:${s}@h/x`}},
}));
place('user of a URL', (s) => ({answer: answer(JSON.stringify({repository: `https://${s}@git.example/x.git`}))}));
place('Location with a token', (s) => ({
  answer: answer('', 'text/plain', 302, {Location: `https://h/cb?code=1&access_token=${s}`}),
}));
place('Location with a fragment', (s) => ({
  answer: answer('', 'text/plain', 302, {Location: `https://h/cb#access_token=${s}`}),
}));
place('Referer with a key', (s) => ({request: {method: 'GET', headers: {Referer: `https://h/x?key=${s}`}}}));
place('key in a query', (s) => ({request: {method: 'GET', query: `key=${s}`}}));
place('key of a URL in JSON', (s) => ({answer: answer(JSON.stringify({next: `https://h/x?a=1&key=${s}`}))}));
place('Basic password', (s) => ({request: {method: 'GET', headers: {Authorization: 'Basic ' + b64('bob:' + s)}}}));
place('Basic user', (s) => ({request: {method: 'GET', headers: {Authorization: 'Basic ' + b64(s + ':')}}}));
place('Bearer', (s) => ({request: {method: 'GET', headers: {Authorization: 'Bearer ' + s}}}));
place('Authorization without a scheme', (s) => ({request: {method: 'GET', headers: {Authorization: s}}}));
place('Proxy-Authorization', (s) => ({
  request: {method: 'GET', headers: {'X-Proxy-Authorization': 'Basic ' + b64('p:' + s)}},
}));
place('Digest', (s) => ({
  request: {method: 'GET', headers: {Authorization: `Digest username="bob", response="${s}"`}},
}));
place('Cookie', (s) => ({request: {method: 'GET', headers: {Cookie: `a=1; sid=${s}; b=2`}}}));
place('Set-Cookie', (s) => ({answer: answer('{}', json, 200, {'Set-Cookie': `sid=${s}; Path=/; HttpOnly`})}));
place('Bearer in a message', (s) => ({
  answer: answer(JSON.stringify({error: {message: `bad header "Authorization: Bearer ${s}"`}}), json, 401),
}));
place('Bearer in a curl line', (s) => ({
  answer: answer(`try: curl -H 'Authorization: Bearer ${s}' http://h\n`, 'text/plain'),
}));
place('Basic in a message', (s) => ({
  answer: answer(JSON.stringify({message: `got Basic ${b64('bob:' + s)}`}), json, 401),
}));
place('sk_test_ in a message', (s) => ({
  answer: answer(JSON.stringify({message: `Invalid key: sk_test_${s}`}), json, 401),
}));
place('sk_live_ in base64', (s) => ({answer: answer(JSON.stringify({trace: b64('key sk_live_' + s)}), json, 401)}));
place('rk_live_ in a query', (s) => ({request: {method: 'GET', query: `x=rk_live_${s}`}}));
place('ghp_', (s) => ({answer: answer(JSON.stringify({x: 'ghp_' + s.replace(/[^A-Za-z0-9]/g, '0') + '00000'}))}));
place('JWT', (s) => ({answer: answer(JSON.stringify({x: `eyJhbGciOiJIUzI1NiJ9.${b64(s).replace(/=/g, '')}.${s}`}))}));
place('private key', (s) => ({
  answer: answer(`-----BEGIN PRIVATE KEY-----\n${s}\n${s}\n-----END PRIVATE KEY-----\n`, 'text/plain'),
}));
place('private key in JSON', (s) => ({
  answer: answer(JSON.stringify({pem: `-----BEGIN RSA PRIVATE KEY-----\n${s}\n-----END RSA PRIVATE KEY-----\n`})),
}));
place('input of HTML', (s) => ({
  answer: answer(`<form><input type="hidden" name="csrf_token" value="${s}"></form>`, 'text/html'),
}));
place('element of XML', (s) => ({answer: answer(`<r xmlns:a="x"><a:password>${s}</a:password></r>`, 'text/xml')}));
place('element with attributes', (s) => ({
  answer: answer(`<r><Secret type="a">${s}</Secret></r>`, 'application/xml'),
}));
place('attribute of XML', (s) => ({answer: answer(`<user name="a" password="${s}"/>`, 'text/xml')}));
place('YAML', (s) => ({answer: answer(`user: bob\npassword: ${s}\nport: 1\n`, 'text/yaml')}));
place('INI', (s) => ({answer: answer(`[db]\nuser = bob\npassword = ${s}\n`, 'text/plain')}));
place('env file', (s) => ({answer: answer(`A=1\nexport DB_PASSWORD='${s}'\nB=2\n`, 'text/plain')}));
place('Go map', (s) => ({answer: answer(`map[name:a password:"${s}"]`, 'text/plain', 500)}));
place('Ruby hash', (s) => ({answer: answer(`{:name=>"a", :password=>"${s}"}`, 'text/plain', 500)}));
place('Python dict', (s) => ({answer: answer(`{'name': 'a', 'password': '${s}'}`, 'text/plain', 500)}));
place('PHP array', (s) => ({answer: answer(`array('name' => 'a', 'password' => '${s}')`, 'text/plain', 500)}));
place('JSONP', (s) => ({answer: answer(`cb({"password": "${s}"});`, 'text/javascript')}));
place('server-sent events', (s) => ({answer: answer(`event: x\ndata: {"token": "${s}"}\n\n`, 'text/event-stream')}));
place('JSON lines', (s) => ({answer: answer(`{"a":1}\n{"token":"${s}"}\n`, 'application/x-ndjson')}));
place('log line', (s) => ({answer: answer(`2026-11-30 INFO login user=bob password=${s} ip=1\n`, 'text/plain')}));
place('name with a blank', (s) => ({request: post(`+payload=${enc(s)}`)}));
place('bracketed name', (s) => ({request: post(`secret[payload]=${enc(s)}`)}));
place('bracketed list', (s) => ({request: post(`payload[]=${enc(s)}`)}));
place('encoded name', (s) => ({request: post(`%70ayload=${enc(s)}`)}));
place('semicolons', (s) => ({request: post(`name=a;payload=${enc(s)}`)}));
place('equals encoded', (s) => ({request: post(`name=a&payload%3D${enc(s)}`)}));
place('capitals', (s) => ({request: post(`PAYLOAD=${enc(s)}`)}));
place('form without a type', (s) => ({request: {method: 'POST', body: `payload=${enc(s)}`, headers: {}}}));
place('JSON typed as a form', (s) => ({request: post(JSON.stringify({payload: s}), form)}));
place('form typed as JSON', (s) => ({request: post(`payload=${enc(s)}`, json)}));
place('payload of a DELETE', (s) => ({request: {...post(`payload=${enc(s)}`), method: 'DELETE'}}));
place('payload in the path of a query', (s) => ({request: {method: 'GET', query: `payload=${enc(s)}`}}));

// 3. JSON that is none, in answers of any status
const broken = {
  'raw tab': (s) => `{"payload": "${s}\t", "a": 1}`,
  'raw line end': (s) => `{"a": "x\ny", "payload": "${s}"}`,
  BOM: (s) => `\ufeff{"payload": "${s}"}`,
  'trailing bytes': (s) => `{"payload": "${s}"} and more`,
  'leading bytes': (s) => `)]}',\n{"payload": "${s}"}`,
  'lone surrogate': (s) => `{"payload": "${s}\\ud800"}`,
  'bad escape': (s) => `{"payload": "${s}\\x41"}`,
  NaN: (s) => `{"a": NaN, "payload": "${s}"}`,
  'cut off in it': (s) => `{"a": 1, "payload": "${s}`,
  'cut off behind it': (s) => `{"a": 1, "payload": "${s}"`,
  'single quotes': (s) => `{'payload': '${s}'}`,
  'no quotes': (s) => `{payload: ${s}}`,
  comments: (s) => `{/* a */ "payload": /* b */ "${s}"}`,
  'trailing comma': (s) => `{"payload": "${s}",}`,
  'missing comma': (s) => `{"a": "b" "payload": "${s}"}`,
  'twice the name': (s) => `{"payload": "a-first-one-12", "payload": "${s}"}`,
  'no colon': (s) => `{"payload"= "${s}"}`,
  'unicode name': (s) => `{"\\u0070ayload": "${s}"}`,
  'two documents': (s) => `{"a":1}{"payload":"${s}"}`,
  list: (s) => `{"payload": ["${s}"]}`,
  object: (s) => `{"payload": {"value": "${s}"}}`,
  'deep object': (s) => `{"payload": {"a": {"b": [{"c": "${s}"}]}}}`,
};
for (const [how, make] of Object.entries(broken)) {
  for (const status of [200, 500]) {
    place(`broken JSON: ${how}, ${status}`, (s) => ({answer: answer(make(s), json, status)}));
  }
}
place('a number', () => ({answer: answer('{"payload": 73829164550192}')}), {secretOf: '73829164550192'});
place('a number in a list', () => ({answer: answer('{"payload": [1, 73829164550193]}')}), {
  secretOf: '73829164550193',
});
place('Buffer', (s) => ({answer: answer(JSON.stringify({payload: Buffer.from(s)}))}));
place('bytes', (s) => ({answer: answer(JSON.stringify({payload: [...Buffer.from(s)]}))}));
place('UTF-16', (s) => ({
  answer: {status: 200, headers: {'Content-Type': json}, body: Buffer.from(JSON.stringify({payload: s}), 'utf16le')},
}));

// 4. one in another
const nested = {
  'JSON in JSON': (s) => JSON.stringify({log: JSON.stringify({password: s})}),
  'JSON in JSON in JSON': (s) => JSON.stringify({log: JSON.stringify({more: JSON.stringify({password: s})})}),
  'form in JSON': (s) => JSON.stringify({log: `a=1&password=${enc(s)}`}),
  'JSON in a form in JSON': (s) => JSON.stringify({log: `a=1&data=${enc(JSON.stringify({password: s}))}`}),
  'base64 of JSON': (s) => JSON.stringify({log: b64(JSON.stringify({password: s}))}),
  'base64 of a form': (s) => JSON.stringify({log: b64(`a=1&password=${enc(s)}`)}),
  'base64 of base64': (s) => JSON.stringify({log: b64(b64(JSON.stringify({password: s})))}),
  'base64 of gzip': (s) => JSON.stringify({log: zlib.gzipSync(JSON.stringify({password: s})).toString('base64')}),
  'base64url in text': (s) =>
    JSON.stringify({log: `id_${Buffer.from(JSON.stringify({password: s})).toString('base64url')}`}),
  'a data URL': (s) => JSON.stringify({log: `data:application/json;base64,${b64(JSON.stringify({password: s}))}`}),
  'XML in JSON': (s) => JSON.stringify({log: `<a><password>${s}</password></a>`}),
  'a URL in a form in JSON': (s) => JSON.stringify({log: `u=${enc(`https://h/?token=${enc(s)}`)}`}),
};
for (const [how, make] of Object.entries(nested)) {
  place(`nested: ${how}`, (s) => ({answer: answer(make(s))}));
  place(`nested: ${how}, in a request`, (s) => ({request: post(make(s), json)}));
  place(`nested: ${how}, in a form`, (s) => ({request: post(`name=a&blob=${enc(make(s))}`)}));
}
place('nested: JSON in multipart', (s) => ({
  request: post(part('name', 'a') + part('meta', JSON.stringify({password: s})) + '--b0--\r\n', multipart),
}));
place('nested: form in multipart', (s) => ({
  request: post(part('meta', `a=1&password=${enc(s)}`) + '--b0--\r\n', multipart),
}));
place('nested: multipart in multipart', (s) => ({
  request: post(
    `--b0\r\nContent-Disposition: form-data; name="files"\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\n` +
      `--b1\r\nContent-Disposition: form-data; name="password"\r\n\r\n${s}\r\n--b1--\r\n--b0--\r\n`,
    multipart,
  ),
}));
place('nested: JSON in a header', (s) => ({
  answer: answer('{}', json, 200, {'X-Debug': JSON.stringify({token: s})}),
}));
place('nested: base64 of JSON in a header', (s) => ({
  answer: answer('{}', json, 200, {'X-State': b64(JSON.stringify({password: s}))}),
}));
place('nested: JSON in a query', (s) => ({
  request: {method: 'GET', query: `q=${enc(JSON.stringify({password: s}))}`},
}));
place('nested: JSON in a cookie', (s) => ({
  request: {method: 'GET', headers: {Cookie: `x=${enc(JSON.stringify({password: s}))}`}},
}));
place('gzip, undeclared', (s) => ({
  answer: {status: 200, headers: {'Content-Type': json}, body: zlib.gzipSync(JSON.stringify({payload: s}))},
}));
place('zlib, undeclared', (s) => ({
  answer: {status: 200, headers: {'Content-Type': json}, body: zlib.deflateSync(JSON.stringify({payload: s}))},
}));
place('gzip, undeclared, in a request', (s) => ({request: post(zlib.gzipSync(`payload=${enc(s)}`))}));
place('gzip, declared', (s) => ({
  answer: {
    status: 200,
    headers: {'Content-Type': json, 'Content-Encoding': 'gzip'},
    body: zlib.gzipSync(JSON.stringify({payload: s})),
  },
}));

// 5. a payload that is known, and comes back in whatever form, whole or in parts
const forms2 = {
  raw: (s) => s,
  percent: enc,
  'percent, all': (s) => [...Buffer.from(s)].map((b) => '%' + b.toString(16).padStart(2, '0')).join(''),
  'percent twice': (s) => enc(enc(s)),
  JSON: (s) => JSON.stringify(s),
  'JSON twice': (s) => JSON.stringify(JSON.stringify(s)),
  'JSON with \\u': (s) => [...s].map((c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')).join(''),
  base64: b64,
  'base64 behind a byte': (s) => b64('x' + s),
  'base64 behind two': (s) => b64('xy' + s + 'z'),
  base64url: (s) => Buffer.from(s).toString('base64url'),
  'base64 twice': (s) => b64(b64(s)),
  'base64 in lines': (s) => b64(s + s + s).replace(/(.{32})/g, '$1\r\n'),
  hex,
  'hex, capitals': (s) => hex(s).toUpperCase(),
  'hex with colons': (s) => hex(s).match(/../g).join(':'),
  'hex of base64': (s) => hex(b64(s)),
  bytes: (s) => [...Buffer.from(s)].join(','),
  capitals: (s) => s.toUpperCase(),
  small: (s) => s.toLowerCase(),
  HTML: (s) => s.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;'),
  'HTML, numbers': (s) => [...s].map((c) => `&#${c.codePointAt(0)};`).join(''),
  'PHP escapes': (s) => [...Buffer.from(s)].map((b) => '\\x' + b.toString(16)).join(''),
  'all but the last': (s) => s.slice(0, -1),
  'all but the first': (s) => s.slice(1),
  'the first 12': (s) => s.slice(0, 12) + '...',
  'the middle': (s) => s.slice(6, 20),
  'the last 12': (s) => '...' + s.slice(-12),
  'the first half in base64': (s) => b64(s.slice(0, 18)),
  'the middle in hex': (s) => hex(s.slice(4, 22)),
  'the middle, percent': (s) => enc(s.slice(3, 25)),
  'a part in capitals': (s) => s.slice(2, 20).toUpperCase(),
  NFC: (s) => s.normalize('NFC'),
  NFD: (s) => s.normalize('NFD'),
  'UTF-8 twice': (s) => Buffer.from(s, 'utf8').toString('latin1'),
  'longer by one': (s) => s + 'x',
  'within a word': (s) => 'abc' + s + 'def',
};
for (const [how, make] of Object.entries(forms2)) {
  for (const kind of ['plain', 'words', 'accents']) {
    const where = kind === 'plain' ? 'a message' : kind === 'words' ? 'a text' : 'a header';
    place(
      `known, ${how}, ${kind}, in ${where}`,
      (s) => ({
        request: post(`name=a&payload=${enc(s)}`),
        answer:
          where === 'a message'
            ? answer(JSON.stringify({error: {message: `bad value <${make(s)}>`}}), json, 400)
            : where === 'a text'
              ? answer(`it said ${make(s)}.\n`, 'text/plain', 200)
              : answer('{}', json, 200, {'X-Note': 'got ' + enc(make(s))}),
      }),
      {kind},
    );
  }
}
for (const [how, key, make] of [['capitals', 'PASSWORD-one-AAAA1111', 'password-two-bbbb2222'.toUpperCase()]]) {
  place(
    `known, another's ${how}`,
    () => ({
      requests: [post(`name=a&payload=${enc(key)}`), post('name=b&payload=password-two-bbbb2222')],
      answer: answer(`bad ${make}`, 'text/plain', 400),
    }),
    {secretOf: 'password-two-bbbb2222'},
  );
}

// 6. suspects: nothing tells that they are secret, but that they are random
const suspects = [];
function suspect(name, make) {
  place(`suspect ${name}`, make, {suspect: name});
  suspects.push(name);
}
suspect('xyzzy', (s) => ({answer: answer(JSON.stringify({xyzzy: s}))}));
suspect('blob', (s) => ({request: post(`name=a&blob=${s}`)}));
suspect('X-Quux', (s) => ({request: {method: 'GET', headers: {'X-Quux': s}}}));

// --- recording -----------------------------------------------------------------------------------

const chosen = placements.filter((p) => !only || p.name === only);

function serve() {
  const server = http.createServer((req, res) => {
    const p = chosen[Number(/^\/p\/(\d+)/.exec(req.url)[1])];
    p.asked = (p.asked || 0) + 1;
    const a = p.answer && p.asked === (p.requests || [0]).length ? p.answer : answer('{}');
    req.resume().on('end', () => {
      res.writeHead(a.status, a.headers);
      res.end(a.body);
    });
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

function send(port, index, q) {
  return new Promise((done, fail) => {
    const body = q.body === undefined ? undefined : Buffer.from(q.body);
    const req = http.request(
      {
        host: '127.0.0.1',
        port,
        method: q.method,
        path: `/p/${index}${q.query ? '?' + q.query : ''}`,
        headers: {...q.headers, ...(body ? {'Content-Length': body.length} : {})},
      },
      (res) => res.resume().on('end', () => done(res.statusCode)),
    );
    req.on('error', fail);
    req.end(body);
  });
}

function start(upstream, fixture) {
  const child = spawn(
    assay,
    [
      'record',
      '--upstream',
      upstream,
      '--fixture',
      fixture,
      '--listen',
      '127.0.0.1:0',
      '--durability',
      'none',
      '--on-conflict',
      'replace',
    ],
    {stdio: ['ignore', 'pipe', 'pipe']},
  );
  const said = {stdout: '', stderr: ''};
  child.stderr.on('data', (d) => (said.stderr += d));
  const ended = new Promise((done) => child.on('close', done));
  return new Promise((done, fail) => {
    child.stdout.on('data', (d) => {
      const first = !said.stdout;
      said.stdout += d;
      const m = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(said.stdout);
      if (first && m) done({child, port: Number(m[1]), said, ended});
    });
    ended.then((code) => fail(new Error(`the recorder ended with ${code}: ${said.stderr}`)));
  });
}

// --- searching -----------------------------------------------------------------------------------

// All that a text says, decoded in every way that a reader might.
function readings(text) {
  const all = [text];
  const percent = text.replace(/(%[0-9A-Fa-f]{2})+/g, (m) => Buffer.from(m.replace(/%/g, ''), 'hex').toString());
  all.push(
    percent,
    percent.replace(/(%[0-9A-Fa-f]{2})+/g, (m) => Buffer.from(m.replace(/%/g, ''), 'hex').toString()),
  );
  const slash = (t) =>
    t
      .replace(/\\+u([0-9a-fA-F]{4})/g, (m, h) => String.fromCharCode(parseInt(h, 16)))
      .replace(/\\+x([0-9a-fA-F]{2})/g, (m, h) => String.fromCharCode(parseInt(h, 16)))
      .replace(/\\+(["\\/n])/g, (m, c) => (c === 'n' ? '\n' : c));
  all.push(slash(text), slash(percent));
  all.push(
    percent
      .replace(/&#(\d+);/g, (m, c) => String.fromCodePoint(Math.min(Number(c), 0x10ffff)))
      .replace(/&quot;/g, '"')
      .replace(/&amp;/g, '&'),
  );
  return all;
}
function decoded(text, depth) {
  const all = readings(text);
  if (depth === 0) return all;
  const more = [];
  for (const t of all.slice(0, 3)) {
    for (const m of t.replace(/\r?\n\s*/g, '').match(/[A-Za-z0-9+/_-]{16,}/g) || []) {
      for (let shift = 0; shift < 4; shift++) {
        const bytes = Buffer.from(m.slice(shift), 'base64');
        more.push(bytes.toString('latin1'), bytes.toString());
        if (depth > 1 && /^[\x20-\x7e]*$/.test(bytes.toString('latin1')))
          more.push(...decoded(bytes.toString(), depth - 1));
        if ((bytes[0] === 0x1f && bytes[1] === 0x8b) || bytes[0] === 0x78) {
          try {
            more.push(zlib.unzipSync(bytes, {finishFlush: zlib.constants.Z_SYNC_FLUSH}).toString());
          } catch (e) {
            /* none */
          }
        }
      }
    }
    for (const m of t.match(/(?:[0-9a-fA-F]{2}[: -]?){12,}/g) || []) {
      const bytes = Buffer.from(m.replace(/[: -]/g, ''), 'hex').toString();
      more.push(bytes, Buffer.from(bytes, 'base64').toString());
    }
    for (const m of t.match(/(?:-?\d{1,3},\s*){11,}-?\d{1,3}/g) || [])
      more.push(Buffer.from(m.split(',').map(Number)).toString());
  }
  return all.concat(more);
}
const flat = (t) =>
  t
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();

function search(haystacks, p) {
  const secret = flat(p.secretOf || p.secret);
  let worst = null;
  for (const [where, hay] of haystacks) {
    if (hay.includes(secret)) return `whole, in the ${where}`;
    for (let i = 0; i + PART <= secret.length && !worst; i++) {
      const piece = secret.slice(i, i + PART);
      if (new Set(piece).size > 4 && hay.includes(piece)) worst = `a part, "${piece}", in the ${where}`;
    }
  }
  return worst;
}

async function main() {
  const server = await serve();
  const fixture = path.join(folder, 'placements.yaml');
  const recorder = await start(`http://127.0.0.1:${server.address().port}`, fixture);
  for (let i = 0; i < chosen.length; i++) {
    for (const q of chosen[i].requests || [chosen[i].request || {method: 'GET'}]) await send(recorder.port, i, q);
  }
  const texts = [['journal', fs.readFileSync(fixture + '.journal', 'latin1')]];
  const texts8 = [['journal', fs.readFileSync(fixture + '.journal', 'utf8')]];
  recorder.child.kill('SIGTERM');
  await recorder.ended;
  server.close();
  for (const [name, text] of [
    ['fixture', fs.readFileSync(fixture)],
    ['stdout', recorder.said.stdout],
    ['stderr', recorder.said.stderr],
  ]) {
    texts.push([name, text.toString('latin1')]);
    texts8.push([name, text.toString('utf8')]);
  }
  if (only) process.stdout.write(texts8[1][1]);
  const hay = [];
  for (const [where, text] of texts.concat(texts8)) hay.push([where, flat(decoded(text, 3).join('\n'))]);
  const found = {whole: 0, part: 0};
  for (const p of chosen.filter((x) => !x.suspect)) {
    const what = search(hay, p);
    if (!what) continue;
    found[what.startsWith('whole') ? 'whole' : 'part']++;
    console.log(`${p.name}: ${what}`);
  }
  const check = spawnSync(assay, ['check', fixture], {encoding: 'utf8'});
  let unnamed = 0;
  for (const p of chosen.filter((x) => x.suspect)) {
    if (!check.stderr.includes(p.suspect)) {
      unnamed++;
      console.log(`${p.name}: not named by check`);
    }
    if (check.stderr.includes(p.secret) || check.stdout.includes(p.secret)) console.log(`${p.name}: shown by check`);
  }
  const allowed = spawnSync(assay, ['check', fixture, ...suspects.flatMap((s) => ['--allow', s])], {
    encoding: 'utf8',
  });
  const again = /suspect/.test(allowed.stderr);
  if (again) console.log('a suspect that is allowed is still named: ' + allowed.stderr);
  if (/looks secret/.test(check.stderr))
    console.log(
      'check after recording: ' +
        check.stderr
          .split('\n')
          .filter((l) => /looks secret/.test(l))
          .join('\n'),
    );
  console.log(
    `${chosen.length} placements: ${found.whole} whole, ${found.part} in part, ${unnamed} suspects not named`,
  );
  process.exit(found.whole + found.part + unnamed || again || /looks secret/.test(check.stderr) ? 1 : 0);
}
main().catch((e) => {
  console.error(e);
  process.exit(2);
});
