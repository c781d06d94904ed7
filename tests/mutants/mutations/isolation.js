// Ways to be wrong: whose secret it is, and who asks.
'use strict';
const {Refusal} = require('../server.js');
const {wrap, mutation, answerEdit, bucketKey, flatKeys, uiAllowed, caller, MAIN, sentText} = require('./makers.js');

// ISO

for (const [n, sep] of [
  ['colon', ':'],
  ['slash', '/'],
  ['dash', '-'],
  ['underscore', '_'],
  ['dot', '.'],
  ['pipe', '|'],
  ['hash', '#'],
  ['blank', ' '],
  ['none', ''],
])
  flatKeys(`iso-sep-${n}`, `user and name are joined by "${sep}"`, sep);

bucketKey('iso-user-account', 'ISO-1,ISO-2,ISO-3', 'a user "account" is the account', (c, s, B) =>
  s.user === 'account' ? B(c, {type: 'account'}) : B(c, s),
);

bucketKey('iso-user-undefined', 'ISO-1,ISO-2,ISO-3', 'a user "undefined" or "null" is the account', (c, s, B) =>
  /^(undefined|null|None)$/.test(s.user) ? B(c, {type: 'account'}) : B(c, s),
);

bucketKey('iso-user-trim', 'ISO-1,ISO-2,ISO-3', 'blanks at the ends of a user do not count', (c, s, B) =>
  B(c, s.user ? {...s, user: s.user.trim()} : s),
);

bucketKey('iso-user-cut', 'ISO-1,ISO-2,ISO-3', 'users are cut at 64', (c, s, B) =>
  B(c, s.user ? {...s, user: s.user.slice(0, 64)} : s),
);

bucketKey('iso-user-cut-255', 'ISO-1,ISO-2,ISO-3', 'users are cut at 255', (c, s, B) =>
  B(c, s.user ? {...s, user: s.user.slice(0, 255)} : s),
);

bucketKey('iso-user-32', 'ISO-1,ISO-2,ISO-3', 'users are cut at 32', (c, s, B) =>
  B(c, s.user ? {...s, user: s.user.slice(0, 32)} : s),
);

bucketKey('iso-user-number', 'ISO-1,ISO-2,ISO-3', 'users that are equal numbers are one', (c, s, B) =>
  B(c, s.user && !isNaN(Number(s.user)) ? {...s, user: String(Number(s.user))} : s),
);

bucketKey('iso-user-nfc', 'ISO-1,ISO-2,ISO-3', 'users are normalised', (c, s, B) =>
  B(c, s.user ? {...s, user: s.user.normalize()} : s),
);

bucketKey('iso-user-dash', 'ISO-1,ISO-2,ISO-3', '- and _ of users are one', (c, s, B) =>
  B(c, s.user ? {...s, user: s.user.replace(/-/g, '_')} : s),
);

bucketKey('iso-user-prefix-usr', 'ISO-1,ISO-2,ISO-3', 'usr_ before a user does not count', (c, s, B) =>
  B(c, s.user ? {...s, user: s.user.replace(/^usr_/, '')} : s),
);

bucketKey('iso-user-domain', 'ISO-1,ISO-2,ISO-3', 'what follows @ in a user does not count', (c, s, B) =>
  B(c, s.user ? {...s, user: s.user.split('@')[0]} : s),
);

bucketKey('iso-user-plus', 'ISO-1,ISO-2,ISO-3', 'a plus in a user is a blank', (c, s, B) =>
  B(c, s.user ? {...s, user: s.user.replace(/\+/g, ' ')} : s),
);

mutation('iso-user-upper-set', 'ISO-1', 'set ignores the case of users, find does not', (w) => {
  const B = w.bucketKey.bind(w);
  w.bucketKey = (c, s) => B(c, s.user && c.call === 'set' ? {...s, user: s.user.toLowerCase()} : s);
});

mutation('iso-delete-prefix', 'ISO-1,DEL-4', 'delete takes users that begin alike', (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    o(c, sc, s);
    for (const b of w.buckets.values())
      for (const t of [...b])
        if (sc.user && t.scope.user?.startsWith(sc.user) && t.name === s.name) b.splice(b.indexOf(t), 1);
  }),
);

mutation('iso-replace-account', 'ISO-1', 'replacing in a user scope replaces in the account', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    o(c, s);
    const t = w.bucket(c, {type: 'account'}).find((t) => t.name === s.name);
    if (t) t.payload = c.payload;
    return s;
  }),
);

mutation('iso-replace-expiry', 'ISO-1', 'replacing takes over the expires_at in every scope', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    o(c, s);
    for (const b of w.buckets.values()) for (const t of b) if (t.name === s.name) t.expires_at = s.expires_at;
    return s;
  }),
);

mutation('iso-new-replaces-account', 'ISO-1', "a new secret of a user removes the account's", (w) =>
  wrap(w, 'insert', (o, c, s) => {
    o(c, s);
    if (c.scope.type === 'user') {
      const b = w.bucket(c, {type: 'account'});
      const i = b.findIndex((t) => t.name === s.name);
      if (i >= 0) b.splice(i, 1);
    }
  }),
);

mutation('iso-find-expand-falls', 'ISO-2', 'an expanded find falls back to the account', (w) =>
  wrap(
    w,
    'lookup',
    (o, c, sc, n) =>
      o(c, sc, n) || (c.call === 'find' && c.p.expand && sc.type === 'user' ? o(c, {type: 'account'}, n) : undefined),
  ),
);

mutation('iso-list-expand-all', 'ISO-3', "an expanded list shows the account's too", (w) =>
  wrap(w, 'sort', (o, a, c) =>
    c.expanded && c.scope.type === 'user' ? [...o(a, c), ...w.all(c, {type: 'account'})] : o(a, c),
  ),
);

mutation('iso-list-limit-all', 'ISO-3', "a list of a user with limit 100 shows the account's too", (w) =>
  wrap(w, 'sort', (o, a, c) =>
    c.limit === 100 && c.scope.type === 'user' ? [...o(a, c), ...w.all(c, {type: 'account'})] : o(a, c),
  ),
);

mutation('iso-list-empty-falls', 'ISO-3', "the list of a user without secrets shows the account's", (w) =>
  wrap(w, 'sort', (o, a, c) => (!a.length && c.scope.type === 'user' ? w.all(c, {type: 'account'}) : o(a, c))),
);

mutation(
  'iso-delete-falls',
  'DEL-4,DEL-3',
  'a delete in a user scope that has others falls back to the account',
  (w) =>
    wrap(w, 'delete', async (o, c) => {
      w.checkDelete(c);
      if (c.scope.type === 'user' && !w.lookup(c, c.scope, c.name)) {
        const a = {type: 'account'};
        const s = w.lookup(c, a, c.name);
        if (s) {
          w.drop(c, a, s);
          return w.deleted(s, c);
        }
      }
      return o(c);
    }),
);

mutation('ui-prefix', 'ISO-5', 'a UI extension reaches users that begin as its own', (w) => {
  w.uiCheck = (s, c) => {
    if (c.who.user && !s.user.startsWith(c.who.user)) throw new Refusal(403, 'no');
  };
});

mutation('ui-case', 'ISO-5', 'a UI extension reaches its user in another case', (w) => {
  w.uiCheck = (s, c) => {
    if (c.who.user && s.user.toLowerCase() !== c.who.user.toLowerCase()) throw new Refusal(403, 'no');
  };
});

uiAllowed(
  'ui-find-expand',
  'ISO-5',
  'a UI extension finds without expand in another scope',
  (s, c) => c.call === 'find' && !c.p.expand,
);

uiAllowed(
  'ui-list-limit',
  'ISO-5',
  'a UI extension lists another scope with a limit',
  (s, c) => c.call === 'list' && c.p.limit,
);

uiAllowed(
  'ui-list-expand',
  'ISO-5',
  'a UI extension lists another scope expanded',
  (s, c) => c.call === 'list' && c.p.expand,
);

mutation('ui-set-new', 'ISO-5', 'a UI extension makes new secrets in another scope', (w) =>
  wrap(w, 'uiCheck', (o, s, c) => {
    if (c.call === 'set' && !w.bucket(c, s).some((t) => t.name === c.p.name)) return;
    o(s, c);
  }),
);

mutation('ui-set-refused-stores', 'ISO-5', 'a UI extension is refused and the set is stored', (w) =>
  wrap(w, 'uiCheck', (o, s, c) => {
    try {
      o(s, c);
    } catch (e) {
      if (c.call === 'set')
        w.bucket(c, s).unshift({
          id: w.newId(c),
          name: c.p.name,
          payload: c.p.payload,
          scope: s,
          expires_at: null,
          created: w.nowS(),
        });
      throw e;
    }
  }),
);

answerEdit('ui-bare', 'ERR-1', 'the refusal of a UI extension has no body', (r, c) => {
  if (r.status === 403) {
    r.out = '';
    r.headers['content-type'] = 'text/plain';
  }
});

answerEdit('ui-leak', 'ERR-6,ISO-5', 'the refusal of a UI extension repeats the payload', (r, c) => {
  if (r.status === 403 && c.p?.payload) r.out.error.message += c.p.payload;
});

answerEdit('ui-200', 'ISO-5', 'the refusal of a UI extension has status 200', (r, c) => {
  if (r.status === 403) r.status = 200;
});

mutation('ui-own-world', 'ISO-4', 'a UI extension has secrets of its own', (w) => {
  const B = w.bucketKey.bind(w);
  w.bucketKey = (c, s) => B(c, s) + (c.who.user || '');
});

mutation('ui-no-delete', 'ISO-4', 'a UI extension may not delete in the account', (w) =>
  wrap(w, 'checkDelete', (o, c) => {
    o(c);
    if (c.who.user && c.scope.type === 'account') throw new Refusal(403, 'no');
  }),
);

mutation('ui-no-replace', 'ISO-4', 'a UI extension may not replace', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    if (c.who.user) throw new Refusal(403, 'no');
    return o(c, s);
  }),
);

mutation('ui-no-replace-backend', 'ISO-4', 'a UI extension may not replace what a backend made', (w) => {
  wrap(w, 'create', (o, c) => ({...o(c), by: c.who.user}));
  wrap(w, 'replace', (o, c, s) => {
    if (c.who.user && !s.by) throw new Refusal(403, 'no');
    return o(c, s);
  });
});

mutation('ui-no-delete-backend', 'ISO-4', 'a UI extension may not delete what a backend made', (w) => {
  wrap(w, 'create', (o, c) => ({...o(c), by: c.who.user}));
  wrap(w, 'drop', (o, c, sc, s) => {
    if (c.who.user && !s.by) throw new Refusal(403, 'no');
    o(c, sc, s);
  });
});

mutation('acct-find-expand', 'ISO-6', 'an expanded find sees other accounts', (w) =>
  wrap(
    w,
    'lookup',
    (o, c, sc, n) =>
      o(c, sc, n) ||
      (c.call === 'find' && c.p.expand
        ? [...w.buckets.values()]
            .flat()
            .find((s) => s.scope.type === sc.type && s.scope.user === sc.user && s.name === n && w.live(s))
        : undefined),
  ),
);

mutation('acct-list-expand', 'ISO-6', 'an expanded list shows other accounts', (w) =>
  wrap(w, 'sort', (o, a, c) =>
    c.expanded
      ? [...w.buckets.values()]
          .flat()
          .filter((s) => s.scope.type === c.scope.type && s.scope.user === c.scope.user && w.live(s))
      : o(a, c),
  ),
);

mutation('acct-list-nolimit', 'ISO-6', 'a list without limit shows other accounts', (w) =>
  wrap(w, 'sort', (o, a, c) =>
    !c.p.limit
      ? [...w.buckets.values()]
          .flat()
          .filter((s) => s.scope.type === c.scope.type && s.scope.user === c.scope.user && w.live(s))
      : o(a, c),
  ),
);

mutation('acct-refused-deletes', 'ISO-6', "another account's delete is 404 and deletes ours", (w) =>
  wrap(w, 'missing', (o, c) => {
    if (c.call === 'delete')
      for (const b of w.buckets.values())
        for (const s of [...b]) if (s.name === c.name && s.scope.user === c.scope.user) b.splice(b.indexOf(s), 1);
    o(c);
  }),
);

mutation('acct-account-scope', 'ISO-6', 'accounts share their account scope', (w) => {
  const B = w.bucketKey.bind(w);
  w.bucketKey = (c, s) => (s.type === 'account' ? 'account' + c.who.live : B(c, s));
});

mutation('acct-user-scope', 'ISO-6', 'accounts share their user scopes', (w) => {
  const B = w.bucketKey.bind(w);
  w.bucketKey = (c, s) => (s.type === 'user' ? s.user + c.who.live : B(c, s));
});

mutation('live-account-scope', 'ISO-7', 'modes share the account scope', (w) => {
  const B = w.bucketKey.bind(w);
  w.bucketKey = (c, s) => (s.type === 'account' ? 'account' + c.who.account : B(c, s));
});

mutation('live-idem', 'ISO-7', 'modes share their idempotency keys', (w) => {
  w.idemSlot = (c, k) => c.who.account + k;
});

mutation('live-find-expand', 'ISO-7', 'an expanded find in live mode sees test', (w) =>
  wrap(
    w,
    'lookup',
    (o, c, sc, n) =>
      o(c, sc, n) ||
      (c.call === 'find' && c.p.expand && c.who.live ? o({...c, who: {...c.who, live: false}}, sc, n) : undefined),
  ),
);

// AUTH

caller('auth-acct-none', 'AUTH-1', 'the account scope needs no key', (c) =>
  sentText(c).includes('type]=account') ? MAIN : null,
);

caller('auth-find-acct-none', 'AUTH-1', 'find in the account needs no key', (c) =>
  c.call === 'find' && sentText(c).includes('type]=account') ? MAIN : null,
);

caller('auth-list-cursor', 'AUTH-1', 'a list with limit needs no key', (c) =>
  c.call === 'list' && sentText(c).includes('limit=') ? MAIN : null,
);

caller('auth-find-plain', 'AUTH-1', 'a find without expand needs no key', (c) =>
  c.call === 'find' && !sentText(c).includes('expand') ? MAIN : null,
);

caller('auth-bearer-set', 'AUTH-1', 'any bearer token may set', (c) =>
  c.call === 'set' && c.cred?.by === 'bearer' ? MAIN : null,
);

caller('auth-bearer-list', 'AUTH-1', 'any bearer token may list', (c) =>
  c.call === 'list' && c.cred?.by === 'bearer' ? MAIN : null,
);

caller('auth-bearer-delete', 'AUTH-1', 'any bearer token may delete', (c) =>
  c.call === 'delete' && c.cred?.by === 'bearer' ? MAIN : null,
);

caller('auth-near-list', 'AUTH-1', 'a key with more behind may list', (c) =>
  c.call === 'list' && c.cred?.key.startsWith('sk_test_mutantmain00001') ? MAIN : null,
);

caller('auth-near-set', 'AUTH-1', 'a key with more behind may set', (c) =>
  c.call === 'set' && c.cred?.key.startsWith('sk_test_mutantmain00001') ? MAIN : null,
);

caller('auth-near-delete', 'AUTH-1', 'a shorter key may delete', (c) =>
  c.call === 'delete' && c.cred && 'sk_test_mutantmain00001'.startsWith(c.cred.key) && c.cred.key.length > 15
    ? MAIN
    : null,
);

caller('auth-idem', 'AUTH-1', 'a repeated Idempotency-Key is answered without a key', (c, w) =>
  c.headers['idempotency-key'] &&
  [...w.idem.keys()].some((k) => k.includes(JSON.stringify(c.headers['idempotency-key']).slice(1, -1)))
    ? MAIN
    : null,
);

caller('auth-bearer-near', 'AUTH-1', 'a bearer token with more behind is taken', (c) =>
  c.cred?.by === 'bearer' && c.cred.key.startsWith('sk_test_mutantmain00001') ? MAIN : null,
);

caller('auth-401-set-stores', 'AUTH-1', 'a set without a key is 401 and stored', (c, w) => {
  if (c.call === 'set') {
    try {
      c.who = MAIN;
      c.pairs = w.collect(c);
      c.p = w.params(c);
      w.set(c).catch(() => {});
    } catch {}
  }
});

caller('auth-401-delete', 'AUTH-1', 'a delete without a key is 401 and done', (c, w) => {
  if (c.call === 'delete') {
    try {
      c.who = MAIN;
      c.pairs = w.collect(c);
      c.p = w.params(c);
      w.delete(c).catch(() => {});
    } catch {}
  }
});

mutation('auth-403', 'AUTH-1', 'without a key list is 403', (w) =>
  wrap(w, 'auth', (o, c) => {
    try {
      return o(c);
    } catch (e) {
      if (c.call === 'list') e.status = 403;
      throw e;
    }
  }),
);

mutation('auth-404', 'AUTH-1', 'without a key find is 404', (w) =>
  wrap(w, 'auth', (o, c) => {
    try {
      return o(c);
    } catch (e) {
      if (c.call === 'find') e.status = 404;
      throw e;
    }
  }),
);

mutation('auth-400', 'AUTH-1', 'an unreadable Authorization is 400', (w) =>
  wrap(w, 'auth', (o, c) => {
    try {
      return o(c);
    } catch (e) {
      if (!c.cred) e.status = 400;
      throw e;
    }
  }),
);

mutation('auth-order-set', 'AUTH-1', 'a set without a key that lacks a payload is 400', () => {});

mutation('auth-bearer-no-list', 'AUTH-3', 'list refuses bearer tokens', (w) =>
  wrap(w, 'auth', (o, c) => {
    const r = o(c);
    if (c.call === 'list' && c.cred.by === 'bearer') throw new Refusal(401, 'no');
    return r;
  }),
);

mutation('auth-bearer-no-delete', 'AUTH-3', 'delete refuses bearer tokens', (w) =>
  wrap(w, 'auth', (o, c) => {
    const r = o(c);
    if (c.call === 'delete' && c.cred.by === 'bearer') throw new Refusal(401, 'no');
    return r;
  }),
);

mutation('auth-basic-no-delete', 'AUTH-2', 'delete refuses Basic', (w) =>
  wrap(w, 'auth', (o, c) => {
    const r = o(c);
    if (c.call === 'delete' && c.cred.by === 'basic') throw new Refusal(401, 'no');
    return r;
  }),
);

mutation('auth-bearer-world', 'AUTH-3', 'bearer tokens have a world of their own', (w) => {
  const B = w.bucketKey.bind(w);
  w.bucketKey = (c, s) => B(c, s) + (c.cred.by === 'bearer' ? 'b' : '');
});
