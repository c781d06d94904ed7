// hostile_worlds.js - defects that are seen only in a corner: time and the scopes.
'use strict';
const { listOf, wrap, both, altered, idOf, ended, user, open } = require('./make.js');
const { list, defect } = listOf();
module.exports = list;

// --- expiry --------------------------------------------------------------------------------------

defect('EXP-1', 'expiry-ends-in-2038', 'an expires_at after 2038 comes back as 2147483647',
  altered((shown) => { if (shown.expires_at) shown.expires_at = Math.min(shown.expires_at, 2147483647); }),
  async (t) => (await t.set('a', 'x', { expires_at: 4102444800 })).body.expires_at);

defect('EXP-2', 'far-expiry-is-now',
  'a secret that ends more than 24.8 days ahead is gone at once: its timer overflows',
  both(
    wrap('store', function (store, space, old, want, q) {
      const overflows = want.expires_at - this.now() > 2147483;
      return Object.assign(store(space, old, want, q), { overflows });
    }),
    wrap('alive', (alive, secret) => alive(secret) && !secret.overflows)),
  async (t) => {
    await t.set('a', 'x', { expires_at: await t.now() + 30 * 86400 });
    return t.is('a');
  });
defect('EXP-2', 'list-ends-early', 'a list lacks a secret five seconds before it ends; find has it',
  wrap('listed', function (listed, want, q) {
    return listed(want, q).filter((s) => s.expires_at === null || this.now() < s.expires_at - 5);
  }),
  async (t) => {
    await t.set('a', 'x', { expires_at: await t.now() + 60 });
    await t.advance(56);
    return t.names();
  });

defect('EXP-3', 'ui-sees-expired', 'a UI extension finds what has expired',
  wrap('alive', (alive, secret, q) => alive(secret) || Boolean(q?.who.user)),
  async (t) => {
    await t.set('a', 'x', { expires_at: await t.now() + 10 });
    await t.advance(20);
    return t.is('a', {}, { as: 'ui' });
  });

defect('EXP-3', 'pages-show-expired', 'a page behind a cursor shows what has expired',
  wrap('listed', function (listed, want, q) {
    return want.after ? this.space(q.who, want.scope) : listed(want, q);
  }),
  async (t) => {
    await t.set('old', 'x', { expires_at: await t.now() + 10 });
    const [first] = await t.fill(1);
    await t.advance(20);
    return t.names({ starting_after: first });
  });

defect('EXP-3', 'looking-prolongs', 'a find in the last ten seconds of a secret gives it thirty more',
  both(
    wrap('find', function (find, want, q) {
      const answer = find(want, q);
      const secret = this.pick(this.space(q.who, want.scope), want.name, q);
      if (secret.expires_at && secret.expires_at - this.now() < 10) secret.more = 30;
      return answer;
    }),
    wrap('alive', function (alive, secret) {
        return alive(secret) || this.now() < secret.expires_at + (secret.more || 0);
      })),
  async (t) => {
    await t.set('a', 'x', { expires_at: await t.now() + 60 });
    await t.advance(55);
    await t.find('a');
    await t.advance(15);
    return t.is('a');
  });
defect('EXP-3', 'first-look-finds-expired', 'the first find of an expired secret answers it, and only then removes it',
  wrap('find', function (find, want, q) {
    const space = this.space(q.who, want.scope);
    const dead = space.find((s) => s.name === want.name && ended(this, s));
    if (!dead) return find(want, q);
    this.drop(space, dead);
    return { status: 200, body: this.show(dead, want, q) };
  }),
  async (t) => {
    await t.set('a', 'x', { expires_at: await t.now() + 10 });
    await t.advance(20);
    return t.is('a');
  });

defect('EXP-3', 'same-expiry-never-ends', 'replacing with the expires_at that a secret has makes it stay for ever',
  both(
    wrap('store', (store, space, old, want, q) => {
      const stays = Boolean(old?.expires_at) && old.expires_at === want.expires_at;
      return Object.assign(store(space, old, want, q), { stays });
    }),
    wrap('alive', (alive, secret) => alive(secret) || secret.stays)),
  async (t) => {
    const expires_at = await t.now() + 10;
    await t.set('a', 'x', { expires_at });
    await t.set('a', 'y', { expires_at });
    await t.advance(20);
    return t.is('a');
  });

defect('EXP-4', 'late-sweep-takes-successor',
  'a name set again after its expiry is gone ten seconds later: the sweep goes by name',
  both(
    wrap('set', function (set, want, q) {
      const dead = this.space(q.who, want.scope).find((s) => s.name === want.name && ended(this, s));
      const answer = set(want, q);
      const secret = this.pick(this.space(q.who, want.scope), want.name, q);
      if (dead) secret.swept = this.now() + 10;
      return answer;
    }),
    wrap('alive', function (alive, secret) {
        return alive(secret) && !(this.now() >= secret.swept);
      })),
  async (t) => {
    await t.set('a', 'x', { expires_at: await t.now() + 10 });
    await t.advance(20);
    await t.set('a', 'y');
    await t.advance(20);
    return t.is('a');
  });
defect('EXP-6', 'expired-ends-the-list', 'a list stops at the first secret that has expired',
  wrap('listed', function (listed, want, q) {
    const all = this.space(q.who, want.scope);
    const at = all.findIndex((s) => !this.alive(s));
    return at < 0 ? all : all.slice(0, at);
  }),
  async (t) => {
    await t.set('first', 'x');
    await t.set('short', 'x', { expires_at: await t.now() + 10 });
    await t.set('last', 'x');
    await t.advance(20);
    return t.names();
  });

defect('EXP-6', 'expiry-takes-namesakes', 'when a secret of a user expires its namesake in the account scope goes, too',
  wrap('find', function (find, want, q) {
    const space = this.space(q.who, want.scope);
    const dead = want.scope.user && space.find((s) => s.name === want.name && ended(this, s));
    const account = this.space(q.who, { type: 'account' });
    const namesake = dead && account.find((s) => s.name === want.name);
    if (namesake) this.drop(account, namesake);
    return find(want, q);
  }),
  async (t) => {
    await t.set('a', 'x');
    await t.set('a', 'y', { ...user('u1'), expires_at: await t.now() + 10 });
    await t.advance(20);
    await t.find('a', user('u1'));
    return t.is('a');
  });

// --- isolation -----------------------------------------------------------------------------------

defect('ISO-1', 'joined-by-colons', 'user u with name x:y and user u:x with name y are one secret',
  both(
    wrap('spaceKey', (spaceKey, who, scope) => spaceKey(who, { ...scope, user: scope.user?.split(':')[0] })),
    wrap('pick', function (pick, space, name, q) { return space.find((s) => s.path === q.path && this.alive(s)); }),
    wrap('store', (store, space, old, want, q) => Object.assign(store(space, old, want, q), { path: q.path })),
    wrap('listed', (listed, want, q) => listed(want, q).filter((s) => s.scope.user === want.scope.user)),
    wrap('once', (once, q, call, want, run) => {
      q.path = `${want.scope.user}:${want.name}`;
      return once(q, call, want, run);
    })),
  async (t) => {
    await t.set('x:y', '1', user('u'));
    await t.set('y', '2', user('u:x'));
    return t.payload('x:y', user('u'));
  });

defect('ISO-1', 'name-stays-in-its-first-scope',
  'a connection that has set a name in a scope sets it there again, whatever the scope',
  wrap('set', function (set, want, q) {
    const homes = (q.connection.homes ||= new Map());
    const key = q.who.key + want.name;
    if (!homes.has(key)) homes.set(key, want.scope);
    return set({ ...want, scope: homes.get(key) }, q);
  }),
  async (t) => {
    await t.set('a', '1', user('u1'));
    await t.set('a', '2', user('u2'));
    return t.payload('a', user('u1'));
  });

defect('ISO-2', 'user-called-account', 'the scope of a user whose id is "account" is the scope of the account',
  wrap('spaceKey', (spaceKey, who, scope) => spaceKey(who, scope.user === 'account' ? { type: 'account' } : scope)),
  async (t) => {
    await t.set('a', 'x');
    return t.is('a', user('account'));
  });

defect('ISO-2', 'falls-back-when-gone',
  'a find of a user\'s secret that was deleted answers its namesake of the account',
  (api) => {
    const gone = new Set();
    wrap('drop', (drop, space, secret, want, q) => { if (want) gone.add(idOf(q, want)); drop(space, secret); })(api);
    wrap('find', (find, want, q) => {
      try { return find(want, q); } catch (e) {
        if (!want.scope.user || !gone.has(idOf(q, want))) throw e;
        return find({ ...want, scope: { type: 'account' } }, q);
      }
    })(api);
  },
  async (t) => {
    await t.set('a', 'x');
    await t.set('a', 'y', user('u1'));
    await t.remove('a', user('u1'));
    return t.is('a', user('u1'));
  });

defect('ISO-3', 'pages-run-on', 'the page behind the last secret of a user shows what other users have',
  wrap('page', function (page, all, want, q) {
    const found = page(all, want, q);
    if (!want.after || !want.scope.user || found.part.length) return found;
    const others = [...this.spaces.values()].flat().filter((s) => s.scope.user && s.scope.user !== want.scope.user);
    return { part: others.slice(0, want.limit), more: false };
  }),
  async (t) => {
    await t.fill(1, user('u1'));
    const [id] = await t.fill(1, user('u2'));
    return (await t.names({ ...user('u2'), starting_after: id })).length;
  });

defect('ISO-3', 'list-expands-namesakes',
  'a list expands each secret with the payload that its name has in the account scope',
  altered(function (shown, secret, want, q) {
    if (!want.shown || q.call !== 'list') return;
    const namesake = this.pick(this.space(q.who, { type: 'account' }), secret.name);
    if (namesake) shown.payload = namesake.payload;
  }),
  async (t) => {
    await t.set('a', 'x');
    await t.set('a', 'y', user('u1'));
    return (await t.list({ ...user('u1'), 'expand[]': 'data.payload' })).body.data[0].payload;
  });

const own = user('usr_assay_ui');
const theirs = user('usr_b');
const asUi = { as: 'ui' };
const ofUi = (body) => async (t) => {
  await t.set('a', 'x', theirs);
  const r = await body(t);
  return [r.status, await t.payload('a', theirs)];
};

// What permit looks at instead of the scope that is used.
const permitsBy = (choose) => wrap('permit', function (permit, who, scope, want, q) {
  const sent = this.sent(q).filter(([key]) => key === 'scope[user]').map(([, value]) => value);
  permit(who, scope.user ? { ...scope, user: choose(sent) } : scope, want, q);
});

defect('ISO-5', 'ui-checked-by-the-first-user',
  'with scope[user] twice a UI extension is checked by the first and served by the last',
  permitsBy((sent) => sent[0]),
  ofUi((t) => t.call('GET', `${t.PATH}/find`,
    'name=a&scope[type]=user&scope[user]=usr_assay_ui&scope[user]=usr_b', asUi)));

defect('ISO-5', 'ui-of-other-case', 'a UI extension may use the scope of a user whose id differs from its own in case',
  permitsBy((sent) => (sent.at(-1).toLowerCase() === 'usr_assay_ui' ? 'usr_assay_ui' : sent.at(-1))),
  async (t) => (await t.list(user('USR_assay_ui'), asUi)).status);

defect('ISO-5', 'ui-by-beginning', 'a UI extension may use the scope of a user whose id begins with its own',
  permitsBy((sent) => (sent.at(-1).startsWith('usr_assay_ui') ? 'usr_assay_ui' : sent.at(-1))),
  async (t) => (await t.list(user('usr_assay_ui2'), asUi)).status);

defect('ISO-5', 'ui-refused-but-done',
  'a UI extension that sets in another user\'s scope is 403, and the secret is set',
  wrap('permit', function (permit, who, scope, want, q) {
    try { permit(who, scope, want, q); } catch (e) { if (q.call === 'set') this.set(want, q); throw e; }
  }),
  ofUi((t) => t.set('a', 'stolen', theirs, asUi)));

defect('ISO-5', 'ui-gets-kept-answers',
  'a UI extension that repeats the idempotency key of another key gets that answer, refused or not',
  (api) => {
    wrap('replyKey', (replyKey, q) => `${q.who.account} ${q.headers['idempotency-key']}`)(api);
    wrap('permit', (permit, who, scope, want, q) => {
      if (!q.headers['idempotency-key'] || !api.replies.has(api.replyKey(q))) permit(who, scope, want, q);
    })(api);
  },
  async (t) => {
    const headers = { 'Idempotency-Key': 'k1' };
    await t.set('a', 'x', { ...theirs, ...open }, { headers });
    return (await t.set('a', 'x', { ...theirs, ...open }, { ...asUi, headers })).status;
  });

defect('ISO-5', 'ui-pages-of-others', 'a UI extension may list another user\'s scope behind a cursor',
  wrap('permit', (permit, who, scope, want, q) => { if (!want.after) permit(who, scope, want, q); }),
  async (t) => {
    const ids = await t.fill(2, theirs);
    return (await t.list({ ...theirs, starting_after: ids[1] }, asUi)).status;
  });

defect('ISO-5', 'ui-names-a-user-of-account',
  'scope[type]=account with a scope[user] passes the check and is that user\'s scope',
  both(
    wrap('scope', (scope, p) => (p['scope[type]'] === 'account' && p['scope[user]']
      ? { type: 'user', user: p['scope[user]'], said: 'account' }
      : scope(p))),
    wrap('permit', (permit, who, { said, ...scope }, want, q) => {
      want.scope = scope;
      if (!said) permit(who, scope, want, q);
    })),
  ofUi((t) => t.find('a', { 'scope[user]': 'usr_b' }, asUi)));

defect('ISO-5', 'ui-trusted-on-this-connection',
  'on a connection that the account has used a UI extension may use any scope',
  wrap('permit', (permit, who, scope, want, q) => {
    if (!who.user) q.connection.trusted = true;
    if (!q.connection.trusted) permit(who, scope, want, q);
  }),
  ofUi((t) => t.find('a', theirs, asUi)));

defect('ISO-5', 'ui-reads-others-after-ten', 'after ten lawful calls a UI extension is no longer checked',
  wrap('permit', function (permit, who, scope, want, q) {
    if (who.user && scope.user === who.user) this.passed = (this.passed || 0) + 1;
    if (!(this.passed >= 10)) permit(who, scope, want, q);
  }),
  ofUi(async (t) => {
    for (let i = 0; i < 10; i++) await t.list(own, asUi);
    return t.find('a', theirs, asUi);
  }));

defect('ISO-6', 'connection-keeps-account', 'on a connection the account of its first key is used for all later keys',
  wrap('authenticate', (authenticate, q) => {
    const who = authenticate(q);
    q.connection.account ??= who.account;
    return { ...who, account: q.connection.account };
  }),
  async (t) => {
    await t.set('a', 'x');
    return t.is('a', {}, { as: 'other' });
  });

defect('ISO-6', 'list-cache-of-all-accounts', 'a list that was just read is shown to any key that asks for the same',
  (api) => {
    const lists = new Map();
    for (const call of ['set', 'remove'])
      wrap(call, (write, want, q) => { lists.clear(); return write(want, q); })(api);
    wrap('list', (list, want, q) => {
      const key = q.url;
      if (!(lists.get(key)?.until > api.now())) lists.set(key, { until: api.now() + 1, answer: list(want, q) });
      return lists.get(key).answer;
    })(api);
  },
  async (t) => {
    await t.set('a', 'x');
    await t.list();
    return t.names({}, { as: 'other' });
  });

defect('ISO-1', 'users-trimmed', 'users whose ids differ by blanks at the ends are one',
  wrap('spaceKey', (spaceKey, who, scope) => spaceKey(who, { ...scope, user: scope.user?.trim() })),
  async (t) => {
    await t.set('a', 'one', user('u1'));
    await t.set('a', 'two', user('u1 '));
    return t.payload('a', user('u1'));
  });

defect('ISO-1', 'users-as-numbers', 'users whose ids are equal numbers, as 7 and 07, are one',
  wrap('spaceKey', (spaceKey, who, scope) => {
    const same = /^\d+$/.test(scope.user) ? String(Number(scope.user)) : scope.user;
    return spaceKey(who, { ...scope, user: same });
  }),
  async (t) => {
    await t.set('a', 'one', user('7'));
    await t.set('a', 'two', user('07'));
    return t.payload('a', user('7'));
  });

defect('ISO-4', 'ui-has-what-it-set', 'a UI extension does not find what the account set in the scope of its user',
  both(
    wrap('store', (store, space, old, want, q) => Object.assign(store(space, old, want, q), { by: q.who.key })),
    wrap('find', function (find, want, q) {
      const secret = this.pick(this.space(q.who, want.scope), want.name, q);
      if (q.who.user && want.scope.user && secret?.by !== q.who.key) throw this.missing(want, q);
      return find(want, q);
    })),
  async (t) => {
    await t.set('a', 'x', own);
    return t.is('a', own, asUi);
  });

// What permit looks at is found in the text of the request, by a pattern.
const permitsByText = (textOf) => wrap('permit', function (permit, who, scope, want, q) {
  const [, named] = /scope\[user\]=([^&]*)/.exec(textOf.call(this, q)) || [];
  if (named !== undefined) permit(who, scope, want, q);
});

defect('ISO-5', 'ui-checked-with-bare-brackets', 'a UI extension that sends scope%5Buser%5D is not checked',
  permitsByText(function (q) { return `${this.queryOf(q)}&${q.body}`; }),
  ofUi((t) => t.call('GET', `${t.PATH}/find`, 'name=a&scope%5Btype%5D=user&scope%5Buser%5D=usr_b', asUi)));

defect('ISO-5', 'ui-checked-in-the-form', 'a UI extension that names the user in the query of a POST is not checked',
  wrap('permit', function (permit, who, scope, want, q) {
    const formed = q.method !== 'POST' || this.pairs(this.form(q)).some(([key]) => key === 'scope[user]');
    if (formed) permit(who, scope, want, q);
  }),
  ofUi((t) => t.call('POST', `${t.PATH}?scope[type]=user&scope[user]=usr_b`, 'name=a&payload=stolen', asUi)));

defect('ISO-6', 'delete-reaches-other-account', 'a delete by another account of its own secret deletes our namesake',
  wrap('remove', function (remove, want, q) {
    const answer = remove(want, q);
    for (const account of ['acct_main', 'acct_other']) {
      const space = this.space({ ...q.who, account }, want.scope);
      const namesake = this.pick(space, want.name, q);
      if (namesake) this.drop(space, namesake);
    }
    return answer;
  }),
  async (t) => {
    await t.set('a', 'x');
    await t.set('a', 'y', {}, { as: 'other' });
    await t.remove('a', {}, { as: 'other' });
    return t.is('a');
  });

defect('ISO-6', 'other-account-fills-scope',
  'the secrets that another account has in a scope count for the ten of ours',
  wrap('room', function (room, space, want, q) {
    const all = ['acct_main', 'acct_other'].map((account) => this.space({ ...q.who, account }, want.scope).length);
    return all[0] + all[1] < this.cap;
  }),
  async (t) => {
    await t.fill(9, {}, { as: 'other' });
    await t.set('a', 'x');
    return (await t.set('b', 'x')).status;
  });
