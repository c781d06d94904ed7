// make.js - what the lists of defects are written with.
'use strict';

// A list, and what adds to it: defect(CLAUSE, NAME, what a client sees, breaks(api), shows(t)).
// shows(t) makes a few requests and returns what differs; `shows` says what t has.
function listOf() {
  const list = [];
  const defect = (clause, name, text, breaks, shows) => list.push({ clause, name, text, breaks, shows });
  return { list, defect };
}

// wrap(METHOD, f): the method is f(its old self, arguments...)
const wrap = (method, f) => (api) => {
  const was = api[method].bind(api);
  api[method] = (...given) => f.call(api, was, ...given);
};

const both = (...all) => (api) => all.forEach((breaks) => breaks(api));

// altered(f): f changes a secret as it is shown, before it goes out
const altered = (f) => wrap('show', function (show, secret, want, q) {
  const shown = show(secret, want, q);
  return f.call(this, shown, secret, want, q) || shown;
});

// stored(f): what becomes of a payload on its way in; kept(payload): shows what becomes of it
const stored = (f) => wrap('store', (store, space, old, want, q) =>
  store(space, old, { ...want, payload: f(want.payload) }, q));
const kept = (payload) => async (t) => {
  await t.set('a', payload);
  return t.payload('a');
};

// reads(READER, PARAMETER): its integers are read by READER, and by the good way where that gives none
const reads = (reader, parameter) => wrap('integer', (integer, text, key) => {
  if (key !== parameter) return integer(text, key);
  const number = reader(text);
  return Number.isInteger(number) ? number : integer(text, key);
});

// listAltered(f): f changes the body of a list
const listAltered = (f) => wrap('list', async function (list, want, q) {
  const answer = await list(want, q);
  f.call(this, answer.body, want, q);
  return answer;
});

// idOf(q, want): the secret that is meant, as text; ended(api, secret): it has expired
const idOf = (q, want) => JSON.stringify([q.who.account, q.who.live, want.scope, want.name]);
const ended = (api, secret) => secret.expires_at !== null && api.now() >= secret.expires_at;

const user = (name) => ({ 'scope[type]': 'user', 'scope[user]': name });
const open = { 'expand[]': 'payload' };
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

module.exports = { listOf, wrap, both, altered, stored, kept, reads, listAltered, idOf, ended, user, open, pause };
