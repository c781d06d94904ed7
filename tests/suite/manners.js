'use strict';
// A proxy with the manners of some servers. Usage: manners.js MODE http://HOST:PORT
//   limits  at most 400 requests a second, then 429 with Retry-After
//   dies    closes each connection after three answers, without saying so
//   dates   dates the answers itself, whatever clock is advanced behind it
//   moves   has a clock that is moved by GET /moves/SECONDS
//   few     serves two connections at a time; others wait until one of them is closed
const http = require('http');
const net = require('net');

const [mode, upstream] = process.argv.slice(2);
const { hostname, port } = new URL(upstream);
let left = 60;

function forward(req, res) {
  const socket = req.socket;
  const body = [];
  if (mode === 'dies' && socket.answers === 3) return; // what comes after the last answer is not read
  socket.answers = (socket.answers || 0) + 1;
  req.on('data', (chunk) => body.push(chunk));
  req.on('end', () => {
    if (mode === 'limits' && --left < 0) {
      const error = { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests.' };
      res.writeHead(429, { 'Content-Type': 'application/json', 'Retry-After': '0' });
      res.end(JSON.stringify({ error }));
      return;
    }
    const call = { hostname, port, method: req.method, path: req.url, headers: req.headers };
    const moved = mode === 'moves' && /^\/moves\/(\d+)$/.exec(req.url);
    if (moved) {
      Object.assign(call, { method: 'POST', path: '/_assay/clock', headers: {} });
      body.push(Buffer.from(`advance=${moved[1]}`));
    }
    const up = http.request(call, (answer) => {
      if (mode === 'dates') answer.headers.date = new Date().toUTCString();
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    up.end(Buffer.concat(body));
    if (mode === 'dies' && socket.answers === 3) res.on('finish', () => socket.end());
  });
}

let active = 0;
const waiting = [];
function tunnel(socket) {
  const start = () => {
    const up = net.connect(port, hostname);
    active++;
    socket.pipe(up).pipe(socket);
    up.on('error', () => socket.destroy());
    socket.on('close', () => {
      up.destroy();
      active--;
      if (waiting.length) waiting.shift()();
    });
  };
  socket.on('error', () => {});
  if (active < 2) start();
  else waiting.push(start);
}

if (mode === 'limits') setInterval(() => { left = Math.min(60, left + 20); }, 50);
const server = mode === 'few' ? net.createServer(tunnel) : http.createServer(forward);
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
setTimeout(() => process.exit(0), 110000);
