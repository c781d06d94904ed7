// The tests of the application, for `node --test`. From the environment:
//   ASSAY_URL     where the API is          HTTPS_PROXY, API_URL   .. or how and as what it is asked for
//   WORKER        the name of this worker   SEED      shuffles the tests   EXTRA   one more, not recorded
'use strict';
const assert = require('node:assert/strict'),
  http = require('node:http'),
  https = require('node:https'),
  tls = require('node:tls');
const {test} = require('node:test');
const Stripe = require('../node/node_modules/stripe');
const {Vault} = require('./vault');

const worker = process.env.WORKER || 'w0',
  admin = process.env.ASSAY_URL;
const api = new URL(process.env.API_URL || admin);

// An agent that goes through a proxy, as applications have one for HTTPS_PROXY
class ThroughProxy extends https.Agent {
  createConnection(options, done) {
    const proxy = new URL(process.env.HTTPS_PROXY),
      authority = `${options.host}:${options.port}`;
    http
      .request({host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: authority})
      .on('connect', (res, socket) =>
        res.statusCode === 200
          ? done(null, tls.connect({socket, servername: '', host: options.host}))
          : done(new Error(`the proxy answers ${res.statusCode}`)),
      )
      .on('error', done)
      .end();
  }
}

const stripe = (key) =>
  new (Stripe.default || Stripe)(key, {
    host: api.hostname,
    port: api.port,
    protocol: api.protocol.slice(0, -1),
    maxNetworkRetries: 0,
    telemetry: false,
    httpAgent: process.env.HTTPS_PROXY ? new ThroughProxy({keepAlive: true}) : undefined,
  });
const vault = new Vault(stripe('sk_test_4eC39HqLyjWDarjtT1zdp7dc'));
const user = (name) => `usr_${worker}_${name}`;
const later = Math.floor(Date.now() / 1000) + 3600;

const tests = {
  'a stored token is read back': async () => {
    await vault.store(user('read'), 'github', 'token one');
    assert.equal(await vault.token(user('read'), 'github'), 'token one');
  },
  'there is no token before one is stored': async () => assert.equal(await vault.token(user('none'), 'github'), null),
  'a token is replaced': async () => {
    await vault.store(user('replace'), 'github', 'old');
    await vault.store(user('replace'), 'github', 'new');
    assert.equal(await vault.token(user('replace'), 'github'), 'new');
  },
  'a revoked token is gone': async () => {
    await vault.store(user('revoke'), 'github', 'x');
    assert.equal(await vault.revoke(user('revoke'), 'github'), true);
    assert.equal(await vault.token(user('revoke'), 'github'), null);
  },
  'what was never stored is not revoked': async () =>
    assert.equal(await vault.revoke(user('never'), 'github'), false),
  'a revoked token is stored again': async () => {
    await vault.store(user('again'), 'github', 'first');
    await vault.revoke(user('again'), 'github');
    await vault.store(user('again'), 'github', 'second');
    assert.equal(await vault.token(user('again'), 'github'), 'second');
  },
  'users do not see each other': async () => {
    await vault.store(user('ann'), 'mail', 'of ann');
    await vault.store(user('bob'), 'mail', 'of bob');
    assert.equal(await vault.token(user('ann'), 'mail'), 'of ann');
    await vault.revoke(user('bob'), 'mail');
    assert.equal(await vault.token(user('ann'), 'mail'), 'of ann');
  },
  'the account has tokens of its own': async () => {
    await vault.store(null, `${worker}-bot`, 'of the bot');
    assert.equal(await vault.token(null, `${worker}-bot`), 'of the bot');
    await vault.revoke(null, `${worker}-bot`);
  },
  'services are listed, over several pages': async () => {
    for (const s of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await vault.store(user('list'), s, 'x');
    assert.deepEqual((await vault.services(user('list'))).sort(), ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  },
  'nobody has no services': async () => assert.deepEqual(await vault.services(user('nobody')), []),
  'a token knows when it expires': async () => {
    await vault.store(user('ends'), 'github', 'x', {expiresAt: later});
    assert.equal(await vault.expires(user('ends'), 'github'), later);
  },
  'an expired token is gone': async () => {
    const now = (await (await fetch(`${admin}/_assay/clock`)).json()).now;
    await vault.store(user('expired'), 'github', 'x', {expiresAt: now + 60});
    assert.equal(await vault.token(user('expired'), 'github'), 'x');
    await fetch(`${admin}/_assay/clock`, {method: 'POST', body: new URLSearchParams({advance: '61'})});
    assert.equal(await vault.token(user('expired'), 'github'), null);
  },
  'any text is a token': async () => {
    const token = ' a+b=c&d %41 \u{1f511} ü\n';
    await vault.store(user('text'), 'github', token);
    assert.equal(await vault.token(user('text'), 'github'), token);
  },
  'an order that is sent twice is done once': async () => {
    const once = `${worker}-order`;
    const id = await vault.store(user('once'), 'github', 'x', {once});
    await vault.revoke(user('once'), 'github');
    assert.equal(await vault.store(user('once'), 'github', 'x', {once}), id);
    assert.equal(await vault.token(user('once'), 'github'), null);
    await vault.store(user('once'), 'gitlab', 'y', {once: `${worker}-other`});
    assert.equal(await vault.token(user('once'), 'gitlab'), 'y');
  },
  'a refused key is explained': async () => {
    const other = new Vault(stripe('sk_test_wrong'));
    await assert.rejects(other.token(user('read'), 'github'), /the key of the vault is refused/);
  },
};
if (process.env.EXTRA) {
  tests['payloads are shown in a list'] = async () => {
    await vault.store(user('shown'), 'github', 'x');
    const page = await vault.secrets.list({
      scope: {type: 'user', user: user('shown')},
      limit: 9,
      expand: ['data.payload'],
    });
    assert.equal(page.data[0].payload, 'x');
  };
}

if (process.env.SHARED) delete tests['an expired token is gone']; // workers that share a server share its clock

const names = Object.keys(tests);
let seed = Number(process.env.SEED || 0);
for (let i = names.length - 1; seed && i > 0; i--) {
  seed = (seed * 48271) % 2147483647;
  const k = seed % (i + 1);
  [names[i], names[k]] = [names[k], names[i]];
}
for (const name of names) test(name, tests[name]);
