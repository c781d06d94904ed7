// Customers by the official client: node customers.js http://HOST:PORT [HOW MANY AT ONCE]
'use strict';
const assert = require('node:assert/strict');
const Stripe = require('stripe');

const url = new URL(process.argv[2]);
const {customers, subscriptions} = new (Stripe.default || Stripe)('sk_test_4eC39HqLyjWDarjtT1zdp7dc', {
  host: url.hostname, port: url.port, protocol: 'http', maxNetworkRetries: 2, telemetry: false});

async function main() {
  const one = await customers.create({email: 'a@b.c', name: 'Jenny'});
  assert.equal((await customers.retrieve(one.id)).email, 'a@b.c');
  await customers.update(one.id, {description: 'of the second month'});
  assert.equal((await customers.retrieve(one.id)).description, 'of the second month');
  const paid = await subscriptions.create({customer: one.id, price: 'p'});
  assert.equal(paid.customer, one.id);
  assert.deepEqual((await subscriptions.list({customer: one.id})).data.map((s) => s.id), [paid.id]);
  assert.deepEqual(await customers.del(one.id), {id: one.id, object: 'customer', deleted: true});
  assert.equal((await customers.retrieve(one.id)).deleted, true);
  await assert.rejects(subscriptions.create({customer: one.id, price: 'p'}), (e) => e.message.includes(one.id));
  return one.id;
}

Promise.all(Array.from({length: +process.argv[3] || 1}, main)).then((ids) => {
  assert.equal(new Set(ids).size, ids.length);
}).catch((e) => {
  console.error(e);
  process.exit(1);
});
