// ordinary_values.js - defects that a reviewer would nod at: the object, set and find.
'use strict';
const { Refusal, bad } = require('./api.js');
const { listOf, wrap, both, altered, stored, kept, reads, user, open } = require('./make.js');
const { list, defect } = listOf();
module.exports = list;

// --- the object ----------------------------------------------------------------------------------

defect('OBJ-1', 'created-with-fraction', 'created has a fraction of a second',
  altered((shown, secret) => { shown.created = secret.created + 0.25; }),
  async (t) => Number.isInteger((await t.set('a', 'x')).body.created));

defect('OBJ-1', 'created-an-hour-off', 'created is in local time, an hour from the clock',
  altered((shown, secret) => { shown.created = secret.created + 3600; }),
  async (t) => Math.abs((await t.set('a', 'x')).body.created - await t.now()) < 10);

defect('OBJ-1', 'expires-at-as-text', 'an expires_at is shown as text',
  altered((shown, secret) => { if (secret.expires_at) shown.expires_at = String(secret.expires_at); }),
  async (t) => typeof (await t.set('a', 'x', { expires_at: await t.now() + 99 })).body.expires_at);

defect('OBJ-3', 'scope-user-lowercased', 'the user of a scope is shown in lower case',
  altered((shown) => { if (shown.scope.user) shown.scope.user = shown.scope.user.toLowerCase(); }),
  async (t) => (await t.set('a', 'x', user('usr_Ab'))).body.scope);

defect('OBJ-4', 'payload-masked', 'a payload that is not expanded is shown as **** and its last letters',
  altered((shown, secret) => { shown.payload ??= `****${secret.payload.slice(-4)}`; }),
  async (t) => (await t.set('a', 'payload')).body.payload ?? null);

defect('OBJ-4', 'payload-blank-unless-expanded', 'a payload that is not expanded is an empty string',
  altered((shown) => { shown.payload ??= ''; }),
  async (t) => (await t.set('a', 'payload')).body.payload ?? null);

defect('OBJ-5', 'deleted-as-text', 'a live secret says deleted: "false", as text',
  altered((shown) => { shown.deleted = 'false'; }),
  async (t) => (await t.set('a', 'x')).body.deleted ?? false);

defect('OBJ-6', 'livemode-lost-in-list', 'a list says livemode: false, with a live key too',
  altered((shown, secret, want, q) => { if (q.call === 'list') shown.livemode = false; }),
  async (t) => {
    await t.set('a', 'x', {}, { as: 'live' });
    return (await t.list({}, { as: 'live' })).body.data[0].livemode;
  });

defect('OBJ-7', 'created-bumped-by-expand', 'created is the time of reading when the payload is expanded',
  altered(function (shown, secret, want) { if (want.shown) shown.created = Math.floor(this.now()); }),
  async (t) => {
    const { created } = (await t.set('a', 'x')).body;
    await t.advance(60);
    return created === (await t.find('a', open)).body.created;
  });

// --- set -----------------------------------------------------------------------------------------

defect('SET-1', 'cap-counts-deleted', 'after ten secrets a scope takes no new one, even when some were deleted',
  (api) => {
    const ever = new Map();
    wrap('room', (room, space) => room(space) && (ever.get(space) || 0) < api.cap)(api);
    wrap('store', (store, space, old, want, q) => {
      if (!old) ever.set(space, (ever.get(space) || 0) + 1);
      return store(space, old, want, q);
    })(api);
  },
  async (t) => {
    await t.fill(10);
    await t.remove('n1');
    return (await t.set('more', 'x')).status;
  });

defect('SET-1', 'cap-counts-account', 'the ten secrets of a scope are counted over all scopes of the account',
  wrap('room', function (room, space, want, q) {
    const start = JSON.stringify([q.who.account, q.who.live]).slice(0, -1);
    const all = [...this.spaces].filter(([key]) => key.startsWith(start)).map(([, one]) => one.length);
    return all.reduce((sum, one) => sum + one, 0) < this.cap;
  }),
  async (t) => {
    await t.fill(8, user('u1'));
    await t.fill(2, user('u2'));
    return (await t.set('a', 'x')).status;
  });

defect('SET-1', 'first-of-user-404', 'the first secret of a new user is 404, the second try works',
  wrap('set', function (set, want, q) {
    const first = want.scope.user && !this.spaces.has(this.spaceKey(q.who, want.scope));
    this.space(q.who, want.scope);
    if (first) throw new Refusal(404, 'There is no such scope.', 'scope[user]', 'resource_missing');
    return set(want, q);
  }),
  async (t) => (await t.set('a', 'x', user('usr_new'))).status);

defect('SET-2', 'cap-counts-replacing', 'in a scope of ten secrets none can be replaced',
  wrap('set', function (set, want, q) {
    if (!this.room(this.space(q.who, want.scope), want, q)) throw bad('This scope is full.', 'scope');
    return set(want, q);
  }),
  async (t) => {
    await t.fill(10);
    return (await t.set('n3', 'new')).status;
  });

defect('SET-4', 'scope-as-text-taken', 'scope=account is taken as scope[type]=account',
  wrap('parameters', function (parameters, q, call) {
    const mended = this.sent(q).map(([key, value]) => [key === 'scope' ? 'scope[type]' : key, value]);
    const { sent } = this;
    this.sent = () => mended;
    try { return parameters(q, call); } finally { this.sent = sent; }
  }),
  async (t) => (await t.call('POST', t.PATH, 'name=a&payload=x&scope=account')).status);

defect('SET-5', 'scope-type-recased', 'scope[type]=Account is taken, in any case',
  wrap('scope', (scope, p) => scope({ ...p, 'scope[type]': p['scope[type]']?.toLowerCase() })),
  async (t) => (await t.set('a', 'x', { 'scope[type]': 'Account' })).status);

defect('SET-5', 'scope-type-unanchored', 'a scope[type] that has "account" or "user" in it is taken',
  wrap('scope', (scope, p) => {
    const [type] = /account|user/.exec(p['scope[type]']) || [p['scope[type]']];
    return scope({ ...p, 'scope[type]': type });
  }),
  async (t) => [(await t.set('a', 'x', { 'scope[type]': 'accounts' })).status,
    (await t.set('a', 'x', { 'scope[type]': 'superuser', 'scope[user]': 'u' })).status]);

defect('SET-6', 'expiry-with-rest-taken', 'an expires_at with letters behind its digits is taken',
  reads((text) => parseInt(text, 10), 'expires_at'),
  async (t) => (await t.set('a', 'x', { expires_at: `${await t.now() + 99}s` })).status);

defect('SET-6', 'expiry-as-date-taken', 'a date such as 2050-01-01 is taken for expires_at',
  reads((text) => (/^\d+$/.test(text) ? Number(text) : Date.parse(text) / 1000), 'expires_at'),
  async (t) => (await t.set('a', 'x', { expires_at: '2050-01-01' })).status);

defect('SET-7', 'set-expands-old', 'replacing with expand[]=payload shows the payload that was replaced',
  both(
    wrap('store', (store, space, old, want, q) => {
      const before = old?.payload;
      return Object.assign(store(space, old, want, q), { before });
    }),
    altered((shown, secret, want, q) => {
      if (want.shown && q.call === 'set') shown.payload = secret.before ?? secret.payload;
    })),
  async (t) => {
    await t.set('a', 'one');
    return (await t.set('a', 'two', open)).body.payload;
  });

defect('SET-7', 'set-expands-raw', 'set shows the expanded payload in the form that was sent, percent signs and all',
  altered((shown, secret, want, q) => {
    if (want.shown && q.call === 'set') shown.payload = encodeURIComponent(secret.payload);
  }),
  async (t) => (await t.set('a', 'a b&c', open)).body.payload);

defect('SET-8', 'payload-lf-to-crlf', 'a newline in a payload comes back as CR LF, as from a text area',
  stored((text) => text.replace(/\r?\n/g, '\r\n')), kept('a\nb'));

defect('SET-8', 'payload-html-escaped', 'a payload comes back with &amp;, &lt; and &quot;',
  stored((text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')), kept('a&"<b>'));

defect('SET-8', 'payload-backslash-read', 'a backslash and n in a payload become a newline, other backslashes go',
  stored((text) => text.replace(/\\n/g, '\n').replace(/\\(.)/g, '$1')), kept('C:\\new\\dir'));

defect('SET-8', 'payload-tabs-to-blanks', 'a tab in a payload becomes four blanks',
  stored((text) => text.replace(/\t/g, '    ')), kept('a\tb'));

defect('SET-8', 'payload-cut-at-equals', 'of a payload with a bare = what follows the = is lost',
  wrap('pairs', function (pairs, text) {
    const parts = text.split('&').filter(Boolean).map((part) => part.split('='));
    return parts.map(([name, value = '']) => [this.decode(name), this.decode(value)]);
  }),
  async (t) => {
    await t.call('POST', t.PATH, 'name=a&scope[type]=account&payload=Zm9v==');
    return t.payload('a');
  });

defect('SET-8', 'literals-parsed', 'a payload of digits, true or null comes back as a JSON number, true or null',
  altered((shown) => {
    if (/^(\d{1,15}|true|false|null)$/.test(shown.payload)) shown.payload = JSON.parse(shown.payload);
  }),
  kept('12345'));

defect('SET-8', 'payload-zero-refused', 'the payload 0 is refused as if it were empty',
  wrap('text', (text, p, key) => {
    if (key === 'payload' && Number(p[key]) === 0) throw bad('This parameter is required.', key);
    return text(p, key);
  }),
  async (t) => (await t.set('a', '0')).status);

defect('SET-8', 'length-in-characters', 'an answer is cut by a byte for every byte beyond one a character',
  wrap('encode', (encode, answer, q) => {
    const out = encode(answer, q);
    return { ...out, bytes: out.bytes.subarray(0, out.bytes.toString().length) };
  }),
  async (t) => {
    await t.set('a', 'äöü');
    return (await t.find('a', open)).body === null;
  });

defect('SET-12', 'bad-expand-refused-late', 'a set is refused for its expand after it has stored the secret',
  (api) => {
    wrap('expand', (expand, call, values) => {
      if (call !== 'set') return expand(call, values);
      try { return expand(call, values); } catch { return 'late'; }
    })(api);
    wrap('set', (set, want, q) => {
      const answer = set(want, q);
      if (want.shown === 'late') throw bad('This cannot be expanded.', 'expand');
      return answer;
    })(api);
  },
  async (t) => {
    await t.set('a', 'one');
    await t.set('a', 'two', { 'expand[]': 'nonsense' });
    return t.payload('a');
  });

// --- find ----------------------------------------------------------------------------------------

defect('FIND-1', 'long-query-refused', 'a find of a name whose query is over 2,048 bytes is 414',
  wrap('queryOf', (queryOf, q) => {
    const query = queryOf(q);
    if (query.length > 2048) throw new Refusal(414, 'This URL is too long.');
    return query;
  }),
  async (t) => {
    await t.set('n'.repeat(3000), 'x');
    return t.is('n'.repeat(3000));
  });

defect('FIND-3', 'find-nameless-404', 'a find without a name is 404 instead of 400',
  wrap('check', function (check, call, p, q) {
    if (call === 'find' && p.name === undefined) throw this.missing();
    return check(call, p, q);
  }),
  async (t) => (await t.find(undefined)).status);

defect('FIND-5', 'missing-is-remembered',
  'a name that was not found stays not found for two seconds, even once it is set',
  (api) => {
    const misses = new Map();
    wrap('find', async (find, want, q) => {
      const key = JSON.stringify([q.who.key, want.scope, want.name]);
      if (misses.get(key) > api.now()) throw api.missing();
      try { return await find(want, q); } catch (e) { misses.set(key, api.now() + 2); throw e; }
    })(api);
  },
  async (t) => {
    await t.find('a');
    await t.set('a', 'x');
    return t.is('a');
  });

defect('FIND-5', 'expanded-find-is-cached',
  'a find with the payload shows the old payload after a replace, for some time',
  (api) => {
    const cache = new Map();
    wrap('find', async (find, want, q) => {
      if (!want.shown) return find(want, q);
      const key = JSON.stringify([q.who.account, q.who.live, want]);
      const answer = await find(want, q); // 404 comes through
      if (!(cache.get(key)?.until > api.now())) cache.set(key, { answer, until: api.now() + 5 });
      return cache.get(key).answer;
    })(api);
  },
  async (t) => {
    await t.set('a', 'one');
    await t.payload('a');
    await t.set('a', 'two');
    return t.payload('a');
  });
