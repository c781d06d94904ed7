#!/usr/bin/env node
// server.js - the Secrets API, written from its clauses alone, without sight of the suite that judges it.
//
//   server.js [--port N] [--cap N] [--defect NAME]   prints: listening on http://127.0.0.1:PORT
//   server.js --list-defects                         name, clause, level, kind, what a client sees
//
// api.js is correct; a defect (defects.js) replaces some of its methods. `shows` proves each of them.
'use strict';
const http = require('node:http');
const crypto = require('node:crypto');
const { Api } = require('./api.js');
const defects = require('./defects.js');

const MOST_BYTES = 1 << 20; // of a body

function fault(status, message) {
  return { status, body: { error: { type: 'invalid_request_error', message } } };
}

// The bytes of a body; null if there are too many.
async function readBody(req) {
  const parts = [];
  let size = 0;
  for await (const part of req) {
    size += part.length;
    if (size <= MOST_BYTES) parts.push(part);
  }
  return size > MOST_BYTES ? null : Buffer.concat(parts);
}

function send(api, res, answer, q) {
  const { status, headers, bytes } = api.encode(answer, q);
  res.sendDate = false;
  const head = { Date: new Date(api.now() * 1000).toUTCString(), 'Request-Id': `req_${crypto.randomUUID()}` };
  if (status === 401) head['WWW-Authenticate'] = 'Basic realm="secrets"';
  res.writeHead(status, { ...head, ...headers, 'Content-Length': bytes.length });
  res.end(q.method === 'HEAD' ? undefined : bytes);
}

// The clock of the tests: it can be read, and moved ahead.
function clock(api, q) {
  if (q.method === 'POST') {
    const seconds = Number(new URLSearchParams(q.body.toString()).get('advance'));
    if (!Number.isFinite(seconds) || seconds < 0) return fault(400, 'advance is a number of seconds.');
    api.shift += seconds;
  }
  return { status: 200, body: { now: Math.floor(api.now()), frozen: false } };
}

function createServer(api) {
  const connections = new WeakMap(); // what a defect remembers of a connection
  const server = http.createServer({ maxHeaderSize: 65536 }, async (req, res) => {
    const { method, url, headers, socket } = req;
    if (!connections.has(socket)) connections.set(socket, {});
    const q = { method, url, headers, connection: connections.get(socket) };
    try {
      q.body = await (api.readBody || readBody)(req);
    } catch {
      return res.destroy(); // the client went away
    }
    if (q.body === null) send(api, res, api.tooLarge?.() ?? fault(413, 'The body is too large.'), q);
    else if (api.pathOf(q) === '/_assay/clock') send(api, res, clock(api, q), q);
    else send(api, res, await api.answer(q), q);
  });
  server.on('checkExpectation', (req, res) => send(api, res, fault(417, 'Expect only 100-continue.'), req));
  server.on('connect', (req, socket) => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'));
  server.on('clientError', (e, socket) => {
    if (!socket.writable) return socket.destroy();
    const status = e.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    const body = api.unreadable?.() ?? JSON.stringify(fault(0, 'This is not HTTP as we know it.').body);
    const type = body && 'Content-Type: application/json\r\n';
    socket.end(`HTTP/1.1 ${status}\r\n${type}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  });
  api.server = server;
  return server;
}

// start({port, cap, defect}): resolves to {url, stop}
function start({ port = 0, cap = 10, defect } = {}) {
  const api = new Api(cap);
  if (defect) defect.breaks(api);
  const server = createServer(api);
  server.keepAliveTimeout = 60000;
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      const stop = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
      resolve({ url: `http://127.0.0.1:${server.address().port}`, api, stop });
    });
  });
}

function misused(why) {
  console.error(why);
  process.exit(2);
}

function main(args) {
  const options = {};
  while (args.length) {
    const word = args.shift();
    if (word === '--list-defects') {
      for (const { name, clause, kind, text } of defects)
        console.log(`${name.padEnd(30)} ${clause.padEnd(8)} must  ${kind.padEnd(9)} ${text}`);
      return;
    }
    if (word === '--port' || word === '--cap') options[word.slice(2)] = Number(args.shift());
    else if (word === '--listen') options.port = Number(args.shift().split(':').pop());
    else if (word === '--defect') {
      const name = args.shift();
      options.defect = defects.find((d) => d.name === name);
      if (!options.defect) misused(`there is no defect "${name}"; --list-defects lists them`);
    } else misused(`unknown argument "${word}"`);
  }
  start(options).then(({ url }) => console.log(`listening on ${url}`));
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
}

module.exports = { start };
if (require.main === module) main(process.argv.slice(2));
