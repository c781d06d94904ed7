// The official client against a stand-in: node client.js http://HOST:PORT [PREFIX OF NAMES[,..] [LONGER]]
// Several prefixes: as many clients at once. STRIPE=stripe14: that version; POLLY=FOLDER: Polly.js writes a HAR there.
'use strict';
const assert = require('node:assert/strict');
const Stripe = require(process.env.STRIPE || 'stripe');

const url = new URL(process.argv[2]);
const options = {host: url.hostname, port: url.port, protocol: 'http', maxNetworkRetries: 0, telemetry: false};
const make = (key) => new (Stripe.default || Stripe)(key, options);

async function main(p) {
  const secrets = make('sk_test_4eC39HqLyjWDarjtT1zdp7dc').apps.secrets;
  const account = {type: 'account'};
  const user = {type: 'user', user: `usr_${p}node`};

  const made = await secrets.create({scope: account, name: p + 'a', payload: 'one & two = 3 + %'});
  assert.equal(made.object, 'apps.secret');
  assert.equal(made.payload ?? null, null);
  await secrets.create({scope: account, name: p + 'a', payload: 'replaced \u{1f511}'});
  const found = await secrets.find({scope: account, name: p + 'a', expand: ['payload']});
  assert.equal(found.payload, 'replaced \u{1f511}');

  await secrets.create({scope: user, name: p + 'a', payload: 'of the user', expires_at: 4102444800});
  const own = await secrets.find({scope: user, name: p + 'a', expand: ['payload']});
  assert.deepEqual([own.payload, own.expires_at, own.scope.user], ['of the user', 4102444800, `usr_${p}node`]);

  for (let i = 1; i < 9; i++) await secrets.create({scope: user, name: `${p}s${i}`, payload: 'x'});
  const names = [];
  for await (const s of secrets.list({scope: user, limit: 4})) names.push(s.name);
  assert.deepEqual(
    names.sort(),
    ['a', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 's8'].map((n) => p + n),
  );

  const gone = await secrets.deleteWhere({scope: user, name: p + 'a'});
  assert.equal(gone.deleted, true);
  await assert.rejects(
    secrets.find({scope: user, name: p + 'a'}),
    (e) => e.type === 'StripeInvalidRequestError' && e.statusCode === 404 && e.code === 'resource_missing',
  );
  await assert.rejects(
    make('sk_test_wrong').apps.secrets.find({scope: user, name: p + 'a'}),
    (e) => e.type === 'StripeAuthenticationError' && e.statusCode === 401,
  );
  if (process.argv[4]) {
    // what was not recorded
    for (let i = 1; i < 4; i++) await secrets.create({scope: account, name: `${p}longer${i}`, payload: `p${i} long`});
    const page = await secrets.list({scope: account, limit: 2});
    assert.deepEqual([page.has_more, page.data.map((s) => s.name)], [true, [`${p}longer3`, `${p}longer2`]]);
    const one = await secrets.find({scope: account, name: `${p}longer1`, expand: ['payload']});
    assert.equal(one.payload, 'p1 long');
    await secrets.deleteWhere({scope: account, name: `${p}longer1`});
    await assert.rejects(
      secrets.find({scope: account, name: `${p}longer1`}),
      (e) => e.code === 'resource_missing' && e.message.includes(`${p}longer1`),
    );
  }
}

// Polly.js takes the traffic down as a test would have it.
function withPolly(folder) {
  const {Polly} = require('@pollyjs/core');
  Polly.register(require('@pollyjs/adapter-node-http'));
  Polly.register(require('@pollyjs/persister-fs'));
  return new Polly('client', {
    adapters: ['node-http'],
    mode: 'record',
    recordFailedRequests: true,
    logLevel: 'silent',
    persister: 'fs',
    persisterOptions: {fs: {recordingsDir: folder}},
  });
}

const polly = process.env.POLLY && withPolly(process.env.POLLY);
Promise.all((process.argv[3] || '').split(',').map(main))
  .then(() => polly && polly.stop())
  .then(() => console.log('the client is content'))
  .catch((e) => {
    console.error(e);
    process.exit(1);
  });
