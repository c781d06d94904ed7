// What stands between us and a server: node gate.js KIND URL-OF-THE-SERVER [CERT KEY CA]
//   h2, h2c       speaks HTTP/2 alone, with TLS or without
//   client-cert   https, and only for those who show a certificate of CA
//   proxy         a forward proxy; wants `Proxy-Authorization` when PROXY_AUTH is set
//   header        only lets requests through that have `X-Gateway: open`
// Prints "listening on URL", then a line for each request: the method, path and HTTP version.
'use strict';
const fs = require('node:fs'),
  http = require('node:http'),
  http2 = require('node:http2'),
  https = require('node:https'),
  net = require('node:net');
const [kind, server, cert, key, ca] = process.argv.slice(2);
const target = new URL(server);
const tls = () => ({cert: fs.readFileSync(cert), key: fs.readFileSync(key)});
const dropped = new Set(['connection', 'host', 'transfer-encoding', 'keep-alive', 'http2-settings', 'upgrade']);

function pass(req, res, path = req.url) {
  console.log(`${req.method} ${path.split('?')[0]} ${req.httpVersion}`);
  if (kind === 'header' && req.headers['x-gateway'] !== 'open') {
    res.writeHead(407, {'content-type': 'text/html'});
    return res.end('<p>closed</p>');
  }
  const headers = Object.fromEntries(
    Object.entries(req.headers).filter(([n]) => !n.startsWith(':') && !dropped.has(n)),
  );
  const out = http.request(
    {host: target.hostname, port: target.port, method: req.method, path, headers},
    (answer) => {
      const back = Object.fromEntries(Object.entries(answer.headers).filter(([n]) => !dropped.has(n)));
      res.writeHead(answer.statusCode, back);
      answer.pipe(res);
    },
  );
  out.on('error', () => res.destroy());
  req.pipe(out);
}

function listen(s, scheme) {
  s.on('sessionError', () => {}).on('clientError', (e, socket) => socket.destroy());
  s.listen(0, '127.0.0.1', () => console.log(`listening on ${scheme}://127.0.0.1:${s.address().port}`));
}

function proxy() {
  const wanted = process.env.PROXY_AUTH && 'Basic ' + Buffer.from(process.env.PROXY_AUTH).toString('base64');
  const s = http.createServer((req, res) => {
    if (wanted && req.headers['proxy-authorization'] !== wanted) return res.writeHead(407).end();
    pass(req, res, new URL(req.url).pathname + new URL(req.url).search);
  });
  s.on('connect', (req, socket) => {
    const [host, port] = req.url.split(':');
    console.log(`CONNECT ${req.url} ${req.httpVersion}`);
    if (wanted && req.headers['proxy-authorization'] !== wanted) return socket.end('HTTP/1.1 407 No\r\n\r\n');
    const out = net.connect(port, host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      out.pipe(socket).pipe(out);
    });
    out.on('error', () => socket.destroy());
    socket.on('error', () => out.destroy());
  });
  return s;
}

const kinds = {
  h2: () => [http2.createSecureServer(tls(), pass), 'https'],
  h2c: () => [http2.createServer(pass), 'http'],
  'client-cert': () => [
    https.createServer({...tls(), ca: fs.readFileSync(ca), requestCert: true, rejectUnauthorized: true}, pass),
    'https',
  ],
  proxy: () => [proxy(), 'http'],
  header: () => [http.createServer(pass), 'http'],
};
listen(...kinds[kind]());
