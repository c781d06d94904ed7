// hostile_calls.js - defects that are seen only in a corner: find, list and delete.
'use strict';
const { Refusal } = require('./api.js');
const { listOf, wrap, both, altered, kept, listAltered, idOf, user, open, pause } = require('./make.js');
const { list, defect } = listOf();
module.exports = list;

// --- find ----------------------------------------------------------------------------------------

defect('FIND-1', 'proto-name-not-kept', 'a secret called __proto__ is set with 200 and never found',
  wrap('store', (store, space, old, want, q) => store(want.name === '__proto__' ? [] : space, old, want, q)),
  async (t) => {
    await t.set('__proto__', 'x');
    return t.is('__proto__');
  });

defect('FIND-1', 'least-used-evicted',
  'of all secrets the server keeps 60: setting more loses the one that was used longest ago',
  (api) => {
    const used = new Map(); // secret -> space, the longest unused first
    const use = (secret, space) => { used.delete(secret); used.set(secret, space); };
    wrap('pick', (pick, space, name, q) => {
      const secret = pick(space, name, q);
      if (secret) use(secret, space);
      return secret;
    })(api);
    wrap('drop', (drop, space, secret, ...rest) => { used.delete(secret); drop(space, secret, ...rest); })(api);
    wrap('store', (store, space, old, want, q) => {
      const secret = store(space, old, want, q);
      use(secret, space);
      const [[first, where]] = used;
      if (used.size > 60) api.drop(where, first);
      return secret;
    })(api);
  },
  async (t) => {
    await t.set('a', 'x');
    for (let i = 0; i < 6; i++) await t.fill(10, user(`u${i}`));
    return t.is('a');
  });

defect('OBJ-3', 'ui-finds-in-own-scope',
  'a secret of the account that a UI extension finds is shown with the scope of its own user',
  altered((shown, secret, want, q) => {
    if (q.call === 'find' && q.who.user) shown.scope = { type: 'user', user: q.who.user };
  }),
  async (t) => {
    await t.set('a', 'x');
    return (await t.find('a', {}, { as: 'ui' })).body.scope;
  });

defect('FIND-2', 'unused-user-other-code', 'a find in the scope of a user that never had a secret has another code',
  both(
    wrap('store', (store, space, old, want, q) => { space.used = true; return store(space, old, want, q); }),
    wrap('missing', function (missing, want, q) {
      const refusal = missing(want, q);
      const unused = q?.call === 'find' && want.scope.user && !this.space(q.who, want.scope).used;
      if (unused) refusal.error.code = 'user_unknown';
      return refusal;
    })),
  async (t) => (await t.find('a', user('nobody'))).error.code);

defect('FIND-2', 'second-miss-is-null', 'the second find of a name that was never set is 200 with null',
  (api) => {
    const misses = new Set();
    wrap('find', async (find, want, q) => {
      const key = idOf(q, want);
      try { return await find(want, q); } catch (e) {
        if (misses.has(key)) return { status: 200, body: null };
        misses.add(key);
        throw e;
      }
    })(api);
  },
  async (t) => {
    await t.find('none');
    return t.is('none');
  });

defect('FIND-3', 'scope-stays-with-connection', 'a find without a scope takes that of the last find on the connection',
  wrap('check', (check, call, p, q) => {
    if (call !== 'find') return check(call, p, q);
    if (p['scope[type]'] === undefined && q.connection.scope) Object.assign(p, q.connection.scope);
    const want = check(call, p, q);
    q.connection.scope = { 'scope[type]': p['scope[type]'], 'scope[user]': p['scope[user]'] };
    return want;
  }),
  async (t) => {
    await t.set('a', 'x');
    await t.find('a');
    return t.is('a', { 'scope[type]': undefined });
  });

defect('FIND-4', 'payload-shown-once', 'a payload is expanded by the first find only, then it is null',
  altered((shown, secret, want, q) => {
    if (!want.shown || q.call !== 'find') return;
    if (secret.told === secret.payload) shown.payload = null;
    secret.told = secret.payload;
  }),
  async (t) => {
    await t.set('a', 'x');
    await t.payload('a');
    return t.payload('a');
  });

defect('FIND-4', 'ui-expands-nothing', 'a find by a UI extension does not show the payload',
  altered((shown, secret, want, q) => { if (q.who.user && q.call === 'find') delete shown.payload; }),
  async (t) => {
    await t.set('a', 'x');
    return t.payload('a', {}, { as: 'ui' });
  });

defect('FIND-4', 'large-payload-not-expanded', 'a payload of more than 4,096 bytes is null when expanded by find',
  altered((shown, secret, want, q) => {
    if (want.shown && q.call === 'find' && Buffer.byteLength(secret.payload) > 4096) shown.payload = null;
  }),
  kept('é'.repeat(2500)));

// A cache of finds: on(q) says whose it is, fresh(api, q) which of them end with a write.
const cached = (whose) => (api) => {
  const caches = new Map();
  const of = (q) => caches.get(whose(q)) || caches.set(whose(q), new Map()).get(whose(q));
  const key = (want, q) => JSON.stringify([q.who.account, q.who.live, want]);
  wrap('find', (find, want, q) => {
    if (!of(q).has(key(want, q))) of(q).set(key(want, q), find(want, q));
    return of(q).get(key(want, q));
  })(api);
  for (const call of ['set', 'remove'])
    wrap(call, (write, want, q) => { of(q).clear(); return write(want, q); })(api);
};

defect('FIND-5', 'cache-of-the-connection', 'what a connection has found it finds again, whatever others have written',
  cached((q) => q.connection),
  async (t) => {
    await t.set('a', 'one');
    await t.find('a', open);
    await t.set('a', 'two', {}, { on: 1 });
    return t.payload('a');
  });

defect('FIND-5', 'cache-of-the-key', 'what the account has found it finds again after a UI extension has replaced it',
  cached((q) => q.who.key),
  async (t) => {
    await t.set('a', 'one');
    await t.find('a', open);
    await t.set('a', 'two', {}, { as: 'ui' });
    return t.payload('a');
  });

defect('FIND-5', 'cache-of-the-url', 'a find whose query has name behind scope is answered as the first time',
  (api) => {
    const answers = new Map();
    wrap('find', (find, want, q) => {
      const query = api.queryOf(q);
      if (query.startsWith('name=')) return find(want, q);
      const key = q.who.key + query;
      if (!answers.has(key)) answers.set(key, find(want, q));
      return answers.get(key);
    })(api);
  },
  async (t) => {
    const find = () => t.call('GET', `${t.PATH}/find`, 'scope[type]=account&name=a&expand[]=payload');
    await t.set('a', 'one');
    await find();
    await t.set('a', 'two');
    return (await find()).body.payload;
  });

defect('FIND-5', 'replica-for-other-connections', 'for 40 ms a replacement is seen only on the connection that made it',
  both(
    wrap('store', (store, space, old, want, q) => {
      const before = old?.payload;
      return Object.assign(store(space, old, want, q), { before, at: Date.now(), by: q.connection });
    }),
    altered((shown, secret, want, q) => {
      const lags = secret.by !== q.connection && secret.before !== undefined && Date.now() < secret.at + 40;
      if (want.shown && lags && q.call === 'find') shown.payload = secret.before;
    })),
  async (t) => {
    await t.set('a', 'one');
    await t.find('a', {}, { on: 1 });
    await t.set('a', 'two');
    return t.payload('a', {}, { on: 1 });
  });

defect('FIND-5', 'sweeping-list-undoes-sets', 'a list that removes what has expired undoes the sets that end meanwhile',
  wrap('list', async function (list, want, q) {
    const space = this.space(q.who, want.scope);
    const live = space.filter((s) => this.alive(s));
    const answer = list(want, q);
    if (live.length === space.length) return answer;
    await pause(10);
    space.splice(0, space.length, ...live);
    return answer;
  }),
  async (t) => {
    await t.set('a', 'x', { expires_at: await t.now() + 10 });
    await t.advance(20);
    const listing = t.list({}, { on: 1 });
    await pause(4);
    const { status } = await t.set('b', 'x');
    await listing;
    return [status, await t.is('b')];
  });

// --- list ----------------------------------------------------------------------------------------

defect('LIST-1', 'list-of-one-bare', 'a list of one secret has it as data, without an array',
  listAltered((body) => { if (body.data.length === 1) [body.data] = body.data; }),
  async (t) => {
    await t.set('a', 'x');
    return Array.isArray((await t.list()).body.data);
  });

defect('LIST-1', 'list-url-of-a-page', 'the url of a page behind a cursor has the cursor in it',
  listAltered((body, want) => { if (want.after) body.url += `?starting_after=${want.after}`; }),
  async (t) => {
    const ids = await t.fill(2);
    return (await t.list({ starting_after: ids[1] })).body.url.length;
  });

defect('LIST-2', 'names-of-other-case-hidden', 'of names that differ in case a list shows one; find has both',
  wrap('listed', (listed, want, q) => [...new Map(listed(want, q).map((s) => [s.name.toLowerCase(), s])).values()]),
  async (t) => {
    await t.set('key', 'x');
    await t.set('Key', 'y');
    return (await t.names()).length;
  });

defect('LIST-2', 'full-scope-evicts', 'the eleventh set of a scope is refused, and the oldest secret is gone',
  wrap('set', function (set, want, q) {
    const space = this.space(q.who, want.scope);
    try { return set(want, q); } catch (e) { space.pop(); throw e; }
  }),
  async (t) => {
    await t.fill(10);
    await t.set('more', 'x');
    return t.names();
  });

defect('LIST-3', 'emptied-list-404', 'a list of a scope whose last secret was deleted is 404; one never used is fine',
  both(
    wrap('store', (store, space, old, want, q) => { space.used = true; return store(space, old, want, q); }),
    wrap('list', function (list, want, q) {
      const space = this.space(q.who, want.scope);
      if (space.used && !space.length) throw new Refusal(404, 'Nothing is here.', 'scope', 'resource_missing');
      return list(want, q);
    })),
  async (t) => {
    await t.set('a', 'x');
    await t.remove('a');
    return (await t.list()).status;
  });

defect('LIST-3', 'empty-with-limit-has-more', 'has_more of an empty scope is true if a limit is given',
  listAltered(function (body, want, q) {
    if (q.url.includes('limit=') && !this.listed(want, q).length) body.has_more = 0 % want.limit === 0;
  }),
  async (t) => (await t.list({ limit: 3 })).body.has_more);

defect('LIST-4', 'limit-ignored-behind-cursor', 'a page behind a cursor holds 10, whatever the limit',
  wrap('page', (page, all, want, q) => page(all, want.after ? { ...want, limit: 10 } : want, q)),
  async (t) => {
    const ids = await t.fill(5);
    return (await t.names({ starting_after: ids[4], limit: 2 })).length;
  });

defect('LIST-4', 'limit-compared-as-text', 'limits from 2 to 9 are taken for over 100, as text they are',
  wrap('limit', (limit, text) => { const n = limit(text); return String(n) > '100' && n > 1 ? 100 : n; }),
  async (t) => {
    await t.fill(5);
    return (await t.names({ limit: 3 })).length;
  });

defect('LIST-5', 'after-remembers-offset',
  'a cursor is the place it had in the last list: after a delete the walk leaves one out',
  (api) => {
    const places = new Map();
    wrap('list', (list, want, q) => {
      const answer = list(want, q);
      const all = api.listed(want, q);
      for (const { id } of answer.body.data) places.set(id, all.findIndex((s) => s.id === id));
      return answer;
    })(api);
    wrap('place', (place, all, id, key) => {
      const at = place(all, id, key);
      return key === 'starting_after' ? places.get(id) ?? at : at;
    })(api);
  },
  async (t) => {
    const ids = await t.fill(5);
    await t.list({ limit: 2 });
    await t.remove('n5');
    return t.names({ starting_after: ids[3] });
  });

defect('LIST-5', 'replaced-cursor-starts-over', 'starting_after a secret that was replaced answers the first page',
  both(
    wrap('store', (store, space, old, want, q) => {
      const replaced = Boolean(old);
      return Object.assign(store(space, old, want, q), { replaced });
    }),
    wrap('page', (page, all, want, q) => page(all, all.find((s) => s.id === want.after)?.replaced
      ? { ...want, after: undefined } : want, q))),
  async (t) => {
    const ids = await t.fill(3);
    await t.set('n2', 'new');
    return t.names({ starting_after: ids[1] });
  });

defect('LIST-6', 'before-capped-by-first-page', 'ending_before looks at the first five secrets only',
  wrap('page', function (page, all, want, q) {
    if (want.before === undefined) return page(all, want, q);
    const end = Math.min(5, this.place(all, want.before, 'ending_before'));
    const from = Math.max(0, end - want.limit);
    return { part: all.slice(from, end), more: from > 0 };
  }),
  async (t) => {
    const ids = await t.fill(9);
    return t.names({ ending_before: ids[0], limit: 2 });
  });

defect('LIST-7', 'has-more-counts-deleted', 'secrets that were deleted count in has_more',
  both(
    wrap('drop', (drop, space, secret, want) => {
      if (want) space.deleted = (space.deleted || 0) + 1;
      drop(space, secret);
    }),
    listAltered(function (body, want, q) {
      const { length, deleted = 0 } = this.space(q.who, want.scope);
      if (!want.after && !want.before) body.has_more = length + deleted > want.limit;
    })),
  async (t) => {
    await t.fill(3);
    await t.remove('n1');
    return (await t.list({ limit: 2 })).body.has_more;
  });

defect('LIST-7', 'has-more-lost-if-expanded', 'has_more is false where the payloads are expanded',
  listAltered((body, want) => { if (want.shown) body.has_more = false; }),
  async (t) => {
    await t.fill(3);
    return (await t.list({ limit: 2, 'expand[]': 'data.payload' })).body.has_more;
  });

defect('LIST-8', 'cursor-by-beginning', 'the beginning of an id is taken as a cursor',
  wrap('place', (place, all, id, key) => {
    const at = all.findIndex((s) => id.length > 12 && s.id.startsWith(id));
    return at < 0 ? place(all, id, key) : at;
  }),
  async (t) => {
    const ids = await t.fill(2);
    return (await t.list({ starting_after: ids[1].slice(0, -1) })).status;
  });

defect('LIST-8', 'cursor-by-name', 'the name of a secret is taken as a cursor',
  wrap('place', (place, all, id, key) => {
    const at = all.findIndex((s) => s.name === id);
    return at < 0 ? place(all, id, key) : at;
  }),
  async (t) => {
    await t.fill(2);
    return (await t.list({ starting_after: 'n2' })).status;
  });

defect('LIST-8', 'cursor-free-in-empty-scope', 'an unknown cursor in a scope without secrets is 200',
  wrap('page', (page, all, want, q) => (all.length ? page(all, want, q) : { part: [], more: false })),
  async (t) => (await t.list({ starting_after: 'appsecret_none' })).status);

defect('LIST-11', 'list-scope-of-the-session', 'a list without a scope takes that of the last list of this key',
  (api) => {
    const last = new Map();
    wrap('check', (check, call, p, q) => {
      if (call !== 'list') return check(call, p, q);
      if (p['scope[type]'] === undefined) Object.assign(p, last.get(q.who.key));
      const want = check(call, p, q);
      last.set(q.who.key, { 'scope[type]': p['scope[type]'], 'scope[user]': p['scope[user]'] });
      return want;
    })(api);
  },
  async (t) => {
    await t.list();
    return (await t.list({ 'scope[type]': undefined })).status;
  });

defect('LIST-13', 'found-comes-first', 'a secret that is found moves to the head of the list',
  wrap('find', function (find, want, q) {
    const answer = find(want, q);
    const space = this.space(q.who, want.scope);
    space.unshift(...space.splice(space.findIndex((s) => s.id === answer.body.id), 1));
    return answer;
  }),
  async (t) => {
    await t.fill(3);
    await t.find('n1');
    return t.names();
  });

defect('LIST-2', 'deleted-take-places',
  'of a scope\'s last ten sets a list shows those that were not deleted, and no older one',
  both(
    wrap('store', (store, space, old, want, q) => {
      const number = old ? old.number : (space.number = (space.number || 0) + 1);
      return Object.assign(store(space, old, want, q), { number });
    }),
    wrap('listed', function (listed, want, q) {
      const { number = 0 } = this.space(q.who, want.scope);
      return listed(want, q).filter((s) => s.number > number - 10);
    })),
  async (t) => {
    await t.fill(10);
    await t.remove('n10');
    await t.set('more', 'x');
    return (await t.names()).includes('n1');
  });

defect('LIST-5', 'after-counts-expired', 'starting_after leaves out one secret for every expired one before the cursor',
  wrap('page', function (page, all, want, q) {
    if (want.after === undefined) return page(all, want, q);
    const at = this.place(this.space(q.who, want.scope), want.after, 'starting_after');
    return { part: all.slice(at + 1, at + 1 + want.limit), more: all.length > at + 1 + want.limit };
  }),
  async (t) => {
    const ids = await t.fill(4);
    await t.set('short', 'x', { expires_at: await t.now() + 10 });
    await t.advance(20);
    return t.names({ starting_after: ids[3] });
  });

// --- delete --------------------------------------------------------------------------------------

defect('DEL-1', 'delete-answers-the-first-id',
  'deleting a name that was set again answers the id it had the first time',
  (api) => {
    const first = new Map();
    wrap('remove', (remove, want, q) => {
      const answer = remove(want, q);
      if (!first.has(idOf(q, want))) first.set(idOf(q, want), answer.body.id);
      answer.body.id = first.get(idOf(q, want));
      return answer;
    })(api);
  },
  async (t) => {
    await t.set('a', 'x');
    await t.remove('a');
    const { id } = (await t.set('a', 'y')).body;
    return (await t.remove('a')).body.id === id;
  });

defect('DEL-1', 'deleted-twice-too-soon',
  'a name deleted, set and deleted again in three seconds is 409: its time is a unique key',
  (api) => {
    const times = new Set();
    wrap('remove', (remove, want, q) => {
      const key = idOf(q, want) + Math.floor(api.now() / 3);
      const there = api.pick(api.space(q.who, want.scope), want.name);
      if (times.has(key) && there) throw new Refusal(409, 'There is one.', 'name');
      const answer = remove(want, q);
      times.add(key);
      return answer;
    })(api);
  },
  async (t) => {
    await t.set('a', 'x');
    await t.remove('a');
    await t.set('a', 'x');
    return (await t.remove('a')).status;
  });

defect('DEL-2', 'deleted-version-below', 'deleting a secret that was replaced brings back what it held before',
  both(
    wrap('store', (store, space, old, want, q) => {
      const below = old && { ...old };
      return Object.assign(store(space, old, want, q), { below });
    }),
    wrap('drop', (drop, space, secret, want) => {
      if (want && secret.below) Object.assign(secret, secret.below);
      else drop(space, secret);
    })),
  async (t) => {
    await t.set('a', 'one');
    await t.set('a', 'two');
    await t.remove('a');
    return t.is('a');
  });

defect('DEL-2', 'deleted-comes-back', 'a deleted secret is found again a minute later',
  both(
    wrap('pick', function (pick, space, name, q) {
      for (const { secret, at } of space.gone || [])
        if (this.now() > at + 60 && !space.some((s) => s.name === secret.name)) space.push(secret);
      space.gone = (space.gone || []).filter((one) => this.now() <= one.at + 60);
      return pick(space, name, q);
    }),
    wrap('drop', function (drop, space, secret, want) {
        if (want) (space.gone ||= []).push({ secret, at: this.now() });
        drop(space, secret);
      })),
  async (t) => {
    await t.set('a', 'x');
    await t.remove('a');
    await t.advance(90);
    return t.is('a');
  });
defect('DEL-3', 'delete-in-unused-scope-200', 'a delete in a scope without secrets is 200',
  wrap('remove', function (remove, want, q) {
    if (this.space(q.who, want.scope).length) return remove(want, q);
    return { status: 200, body: { id: null, object: 'apps.secret', deleted: true } };
  }),
  async (t) => (await t.remove('a', user('nobody'))).status);

defect('DEL-4', 'delete-missing-takes-the-last',
  'deleting a name that is not there is 404, and the last secret of the list is gone',
  wrap('remove', function (remove, want, q) {
    try { return remove(want, q); } catch (e) { this.space(q.who, want.scope).splice(-1, 1); throw e; }
  }),
  async (t) => {
    await t.fill(3);
    await t.remove('none');
    return t.names();
  });

const removesAlso = (alike) => wrap('remove', function (remove, want, q) {
  const answer = remove(want, q);
  const space = this.space(q.who, want.scope);
  for (const one of [...space]) if (alike(one.name, want.name)) this.drop(space, one);
  return answer;
});
const stays = (gone, other) => async (t) => {
  await t.set(gone, 'x');
  await t.set(other, 'y');
  await t.remove(gone);
  return t.is(other);
};

defect('DEL-4', 'delete-of-other-case', 'deleting a name deletes those that differ in case, too',
  removesAlso((one, other) => one.toLowerCase() === other.toLowerCase()), stays('key', 'KEY'));
const like = (pattern) => {
  const escaped = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/_/g, '.').replace(/%/g, '.*')}$`, 's');
};
defect('DEL-4', 'delete-by-pattern', 'deleting a name with _ or % in it deletes those it matches, too',
  removesAlso((one, other) => like(other).test(one)), stays('my_key', 'my-key'));

defect('DEL-4', 'last-of-account-takes-users',
  'deleting the last secret of the account scope empties the scopes of its users',
  wrap('remove', function (remove, want, q) {
    const answer = remove(want, q);
    if (want.scope.type !== 'account' || this.space(q.who, want.scope).length) return answer;
    const start = JSON.stringify([q.who.account, q.who.live]).slice(0, -1);
    for (const [key, space] of this.spaces) if (key.startsWith(start)) space.length = 0;
    return answer;
  }),
  async (t) => {
    await t.set('a', 'x', user('u1'));
    await t.set('a', 'x');
    await t.remove('a');
    return t.is('a', user('u1'));
  });

defect('DEL-5', 'timer-outlives-delete', 'a name that was deleted and set again ends when the deleted one would have',
  (api) => {
    const timers = new Map();
    wrap('drop', (drop, space, secret, want, q) => {
      if (want && secret.expires_at) timers.set(idOf(q, want), secret.expires_at);
      drop(space, secret);
    })(api);
    wrap('store', (store, space, old, want, q) => {
      const timer = old ? old.timer : timers.get(idOf(q, want));
      return Object.assign(store(space, old, want, q), { timer });
    })(api);
    wrap('alive', (alive, secret) => alive(secret) && !(api.now() >= secret.timer))(api);
  },
  async (t) => {
    await t.set('a', 'x', { expires_at: await t.now() + 10 });
    await t.remove('a');
    await t.set('a', 'y');
    await t.advance(20);
    return t.is('a');
  });

defect('DEL-6', 'nameless-delete-empties', 'a delete with an empty name is 400, and the scope is empty',
  wrap('check', function (check, call, p, q) {
    try { return check(call, p, q); } catch (e) {
      if (call === 'remove' && p.name === '') this.space(q.who, this.scope(p)).length = 0;
      throw e;
    }
  }),
  async (t) => {
    await t.fill(2);
    await t.remove('');
    return t.names();
  });

defect('DEL-6', 'userless-delete-in-account', 'a delete with scope[type]=user and no user deletes in the account scope',
  wrap('check', (check, call, p, q) => {
    const userless = p['scope[type]'] === 'user' && p['scope[user]'] === undefined;
    if (call === 'remove' && userless) p['scope[type]'] = 'account';
    return check(call, p, q);
  }),
  async (t) => {
    await t.set('a', 'x');
    await t.remove('a', { 'scope[type]': 'user' });
    return t.is('a');
  });

defect('DEL-7', 'get-delete-refused-but-done', 'GET of the delete path is 405, and the secret is gone',
  wrap('route', function (route, q) {
    if (q.method === 'GET' && /\/secrets\/delete$/.test(this.pathOf(q))) {
      try {
        q.who = this.authenticate(q);
        this.remove(this.check('remove', this.parameters(q, 'remove'), q), q);
      } catch { /* it is 405 anyway */ }
    }
    return route(q);
  }),
  async (t) => {
    await t.set('a', 'x');
    await t.call('GET', `${t.PATH}/delete`, 'name=a&scope[type]=account');
    return t.is('a');
  });

defect('DEL-1', 'expiring-is-not-deleted', 'the delete of a secret that has an expires_at is 404',
  wrap('remove', function (remove, want, q) {
    if (this.pick(this.space(q.who, want.scope), want.name, q)?.expires_at) throw this.missing(want, q);
    return remove(want, q);
  }),
  async (t) => {
    await t.set('a', 'x', { expires_at: await t.now() + 99 });
    return (await t.remove('a')).status;
  });
