'use strict';
// A proxy that hands every request on and every answer back, but for what its quirks say: each
// is lawful, or what stands between a client and a server does it. Several make one answer.
// Usage: proxy.js QUIRK[,QUIRK..] http://HOST:PORT; --list names them all.
const http = require('http');
const net = require('net');
const zlib = require('zlib');
const quirks = require('./quirks.js');

if (process.argv[2] === '--list') {
  for (const [name, quirk] of Object.entries(quirks)) console.log(`${name}\t${quirk.says || 'pass'}\t${quirk.about}`);
  process.exit(0);
}
const chosen = process.argv[2].split(',').map((name) => {
  if (!quirks[name]) throw new Error(`no quirk is called ${name}`);
  return quirks[name];
});
const {hostname, port} = new URL(process.argv[3]);
const agent = new http.Agent({keepAlive: true});
let seen = 0;

// What the quirks make of an answer, one after the other: values, text, headers, bytes.
function change(answer) {
  const isJson = /json/i.test(String(answer.headers['content-type'])) && answer.body.length;
  for (const quirk of chosen) {
    if (!quirk.json || !isJson) continue;
    const value = JSON.parse(answer.body.toString());
    quirk.json(value, answer);
    answer.body = Buffer.from(JSON.stringify(value));
  }
  for (const quirk of chosen) if (quirk.text && isJson) answer.body = Buffer.from(quirk.text(answer.body.toString()));
  for (const quirk of chosen) if (quirk.head) quirk.head(answer.headers, answer);
  for (const quirk of chosen) if (quirk.bytes) quirk.bytes(answer, zlib);
  return answer;
}

// Head and body as they go onto the wire; a quirk may write the body its own way.
function write(socket, answer) {
  const close = answer.close || /close/i.test(String(answer.asked.connection));
  const name = answer.cased || ((text) => text);
  if (close) answer.headers.connection = 'close';
  if (answer.framed) answer.headers['transfer-encoding'] = 'chunked';
  else if (!answer.delimited) answer.headers['content-length'] = answer.body.length;
  const lines = [`${answer.version || 'HTTP/1.1'} ${answer.status} ${answer.reason}`];
  for (const [key, value] of Object.entries(answer.headers))
    for (const one of [].concat(value)) lines.push(`${name(key)}: ${one}`);
  if (answer.before) socket.write(answer.before);
  const head = `${lines.join('\r\n')}\r\n\r\n`;
  const piece = answer.piece || head.length;
  for (let at = 0; at < head.length; at += piece) socket.write(head.slice(at, at + piece), 'latin1');
  const end = () => {
    if (close || answer.closes) socket.end();
    socket.ended = close || answer.closes; // what comes now is not done
  };
  if (answer.framed) answer.framed(socket);
  else if (answer.method !== 'HEAD' && answer.send) return answer.send(socket, answer.body, end);
  else if (answer.method !== 'HEAD') socket.write(answer.body);
  return end();
}

function serve(socket, asked, done) {
  const ask = {...asked, number: ++seen};
  const finish = (answer) => {
    const times = chosen.map(({wait}) => (typeof wait === 'function' ? wait(ask) : wait || 0));
    const wait = times.reduce((ms, one) => ms + one, 0);
    const go = () => {
      if (!socket.destroyed) write(socket, answer);
      done();
    };
    if (wait) setTimeout(go, wait);
    else go();
  };
  for (const quirk of chosen) {
    const own = quirk.instead && quirk.instead(ask);
    if (own)
      return finish({
        reason: '',
        headers: {},
        method: ask.method,
        asked: ask.headers,
        ...own,
        body: Buffer.from(own.body || ''),
      });
  }
  for (const quirk of chosen) if (quirk.ask) quirk.ask(ask);
  const call = {
    hostname,
    port,
    agent,
    method: ask.method,
    path: ask.path,
    headers: {...ask.headers, connection: 'keep-alive'},
  };
  const up = http.request(call, (answer) => {
    const chunks = [];
    answer.on('data', (chunk) => chunks.push(chunk));
    answer.on('end', () => {
      const headers = {...answer.headers};
      for (const name of ['content-length', 'transfer-encoding', 'connection', 'keep-alive']) delete headers[name];
      finish(
        change({
          status: answer.statusCode,
          reason: answer.statusMessage,
          headers,
          body: Buffer.concat(chunks),
          method: ask.method,
          path: ask.path,
          number: ask.number,
          asked: ask.headers,
        }),
      );
    });
  });
  up.on('error', () => socket.destroy());
  return up.end(ask.body);
}

// One request after another, with Content-Length: that is all our client sends.
function listen(socket) {
  let buffer = Buffer.alloc(0);
  let busy = false;
  const next = () => {
    const end = buffer.indexOf('\r\n\r\n');
    if (busy || socket.ended || end < 0) return;
    const [first, ...rest] = buffer.subarray(0, end).toString('latin1').split('\r\n');
    const headers = {};
    for (const line of rest)
      headers[line.slice(0, line.indexOf(':')).toLowerCase()] = line.slice(line.indexOf(':') + 1).trim();
    const length = Number(headers['content-length'] || 0);
    if (buffer.length < end + 4 + length) return;
    const body = buffer.subarray(end + 4, end + 4 + length);
    buffer = buffer.subarray(end + 4 + length);
    const [method, path] = first.split(' ');
    busy = true;
    serve(socket, {method, path, headers, body}, () => {
      busy = false;
      next();
    });
  };
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    buffer = Buffer.concat([buffer, bytes]);
    next();
  });
}

const server = net.createServer(listen);
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
setTimeout(() => process.exit(0), 170000);
process.on('SIGTERM', () => process.exit(0));
