// Ways to be wrong: what is set and what is refused.
'use strict';
const {mutations, wrap, mutation, answerEdit, afterRefusal} = require('./makers.js');

// SET-1

answerEdit('set-acct-201', 'SET-1', 'a new account secret is 201', (r, c) => {
  if (c.call === 'set' && r.status === 200 && c.scope?.type === 'account') r.status = 201;
});

answerEdit('set-expiring-201', 'SET-1', 'a new expiring secret is 201', (r, c) => {
  if (c.call === 'set' && r.status === 200 && c.expires_at !== null) r.status = 201;
});

answerEdit('set-wrapped', 'SET-1', 'set answers {secret: ..}', (r, c) => {
  if (c.call === 'set' && r.status === 200) r.out = {secret: r.out};
});

answerEdit('set-array', 'SET-1', 'set answers a list of one', (r, c) => {
  if (c.call === 'set' && r.status === 200) r.out = [r.out];
});

mutation('set-other-cap', 'SET-1,SET-13', 'the cap counts all scopes of an account', (w) => {
  w.full = (c) => {
    let n = 0;
    for (const [k, b] of w.buckets)
      if (k.startsWith(`["${c.who.account}",${c.who.live},"user"`)) n += b.filter((s) => w.live(s)).length;
    return n >= 60;
  };
});

mutation('cap-9', 'SET-13', 'the tenth secret is refused', (w) => {
  w.cap = 9;
});

mutation('cap-6', 'SET-13', 'the seventh secret is refused', (w) => {
  w.cap = 6;
});

mutation('cap-evicts', 'SET-12,SET-13,LIST-2', 'the eleventh is refused and the oldest is removed', (w) =>
  wrap(w, 'full', (o, c, sc) => {
    const f = o(c, sc);
    if (f) w.bucket(c, sc).pop();
    return f;
  }),
);

mutation('cap-evicts-200', 'SET-13,LIST-2', 'the eleventh is taken and the oldest is removed', (w) =>
  wrap(w, 'full', (o, c, sc) => {
    if (o(c, sc)) w.bucket(c, sc).pop();
    return false;
  }),
);

mutation('cap-clears', 'SET-12,LIST-2', 'the eleventh is refused and all are removed but the last replaced', (w) =>
  wrap(w, 'full', (o, c, sc) => {
    const f = o(c, sc);
    if (f) w.bucket(c, sc).splice(0, 5);
    return f;
  }),
);

mutation('cap-crash', 'ERR-5,SET-13', 'the eleventh is a 500', (w) =>
  wrap(w, 'full', (o, c, sc) => {
    if (o(c, sc)) throw new Error('cap');
  }),
);

// SET-2,3

mutation('replace-once', 'SET-2', 'only the first replace of a name holds', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    if (s.n) return s;
    s.n = 1;
    return o(c, s);
  }),
);

mutation('replace-not-expiring', 'SET-2', 'replacing with an expires_at keeps the old payload', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    const p = s.payload;
    o(c, s);
    if (c.expires_at !== null) s.payload = p;
    return s;
  }),
);

mutation('replace-same-length', 'SET-2', 'a payload of the same length is not replaced', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    const p = s.payload;
    o(c, s);
    if (c.payload.length === p.length) s.payload = p;
    return s;
  }),
);

mutation(
  'replace-acct-adds',
  'SET-2',
  'in the account a second set adds another',
  (w) =>
    wrap(w, 'set', (o, c) => {
      c.adds = true;
      return o(c);
    }) ||
    wrap(w, 'replace', (o, c, s) => {
      if (c.scope.type !== 'account') return o(c, s);
      w.insert(c, w.create(c));
      return w.bucket(c, c.scope)[0];
    }),
);

mutation('replace-third-adds', 'SET-2', 'the third set of a name adds another', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    s.n = (s.n || 0) + 1;
    if (s.n !== 2) return o(c, s);
    w.insert(c, w.create(c));
    return w.bucket(c, c.scope)[0];
  }),
);

mutation('replace-acct-expiry', 'SET-3', 'in the account replacing without expires_at keeps it', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    const e = s.expires_at;
    o(c, s);
    if (c.scope.type === 'account' && c.expires_at === null) s.expires_at = e;
    return s;
  }),
);

mutation('replace-expiry-second', 'SET-3', 'only the first replace without expires_at makes permanent', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    const e = s.expires_at;
    o(c, s);
    if (c.expires_at === null) {
      if (s.n) s.expires_at = e;
      s.n = 1;
    }
    return s;
  }),
);

mutation('replace-expiry-dropped', 'SET-2,EXP-5', 'a permanent secret cannot be given an expires_at', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    const e = s.expires_at;
    o(c, s);
    if (e === null) s.expires_at = null;
    return s;
  }),
);

mutation(
  'replace-last-wins-list',
  'SET-2',
  'the list shows replaced secrets under their old payload',
  (w) =>
    wrap(w, 'replace', (o, c, s) => {
      s.was = s.payload;
      return o(c, s);
    }) ||
    wrap(w, 'view', (o, s, c, e) => ({...o(s, c, e), ...(e && c.call === 'list' && s.was ? {payload: s.was} : {})})),
);

mutations.at(-1).clause = 'LIST-12';

mutation('replace-with-expand-only', 'SET-2', 'a replace with expand shows the new but does not store it', (w) =>
  wrap(w, 'replace', (o, c, s) => (c.expanded ? {...s, payload: c.payload, expires_at: c.expires_at} : o(c, s))),
);

mutations.at(-1).apply = (w) =>
  wrap(w, 'set', async (o, c) => {
    w.checkSet(c);
    const old = w.lookup(c, c.scope, c.name);
    return old && c.expanded ? w.view({...old, payload: c.payload, expires_at: c.expires_at}, c, true) : o(c);
  });

mutation('replace-bearer-ignored', 'SET-2', 'a replace with a bearer token is ignored', (w) =>
  wrap(w, 'replace', (o, c, s) => (c.cred.by === 'bearer' ? s : o(c, s))),
);

mutation('replace-name-reused', 'SET-2', 'replacing moves the newest of the scope away', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    const b = w.bucket(c, c.scope);
    if (b[0] !== s) b.shift();
    return o(c, s);
  }),
);

mutation('replace-neighbours', 'DEL-4,SET-2,ISO-1,LIST-12', 'replacing gives all of the scope the payload', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    for (const t of w.bucket(c, c.scope)) t.payload = c.payload;
    return o(c, s);
  }),
);

mutation('replace-neighbours-expiry', 'SET-2', 'replacing gives all of the scope the expires_at', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    for (const t of w.bucket(c, c.scope)) t.expires_at = c.expires_at;
    return o(c, s);
  }),
);

mutation('set-neighbours-expiry', 'SET-2,EXP-1,EXP-6', 'a new secret gives all of the scope its expires_at', (w) =>
  wrap(w, 'insert', (o, c, s) => {
    for (const t of w.bucket(c, c.scope)) t.expires_at = c.expires_at;
    o(c, s);
  }),
);

mutation('set-neighbour-payload', 'SET-2,SET-1,EXP-6', 'a new secret gives the one before its payload', (w) =>
  wrap(w, 'insert', (o, c, s) => {
    const t = w.bucket(c, c.scope)[0];
    if (t) t.payload = s.payload;
    o(c, s);
  }),
);

// SET-12

afterRefusal('ref-clears-expiry', 'SET-12', 'a refused set makes the secret permanent', (s) => {
  if (s) s.expires_at = null;
});

afterRefusal('ref-sets-expiry', 'SET-12', 'a set refused for its payload takes over its expires_at', (s, c) => {
  if (s && c.p.expires_at && /^\d+$/.test(c.p.expires_at) && !c.p.payload) s.expires_at = Number(c.p.expires_at);
});

afterRefusal('ref-renews-id', 'SET-12', 'a refused set gives the secret another id', (s, c, w, sc) => {
  if (s) s.id = w.newId(c, sc, s.name);
});

afterRefusal('ref-created', 'SET-12', 'a refused set changes created', (s, c, w) => {
  if (s) s.created -= 7;
});

afterRefusal('ref-moves', 'SET-12', 'a refused set moves the secret to the front', (s, c, w, sc) => {
  if (s) {
    const b = w.bucket(c, sc);
    b.splice(b.indexOf(s), 1);
    b.unshift(s);
  }
});

afterRefusal('ref-others', 'SET-12', 'a refused set removes the others of the scope', (s, c, w, sc) => {
  const b = w.bucket(c, sc);
  for (let i = b.length - 1; i >= 0; i--) if (b[i] !== s) b.splice(i, 1);
});

afterRefusal('ref-empty-payload', 'SET-12', 'a set refused for its empty payload leaves an empty payload', (s, c) => {
  if (s && c.p.payload === '') s.payload = '';
});

afterRefusal('ref-drop-empty', 'SET-12', 'an empty payload is refused and deletes the secret', (s, c, w, sc) => {
  if (s && c.p.payload === '') w.drop(c, sc, s);
});

afterRefusal('ref-drop-past', 'SET-12', 'a past expires_at is refused and deletes the secret', (s, c, w, sc, e) => {
  if (s && e.more.param === 'expires_at' && e.message.includes('range')) w.drop(c, sc, s);
});

afterRefusal('ref-expand-stores', 'SET-12', 'a set refused for its expand is stored', (s, c, w, sc, e) => {
  if (/expanded/.test(e.message)) {
    if (s) s.payload = c.p.payload;
    else
      w.bucket(c, sc).unshift({
        id: w.newId(c),
        name: c.p.name,
        payload: c.p.payload,
        scope: sc,
        expires_at: null,
        created: w.nowS(),
      });
  }
});

mutation('ref-unknown-stores', 'SET-12,ERR-4', 'a set refused for an unknown parameter is stored', (w) =>
  wrap(w, 'unknown', (o, p, c) => {
    try {
      o(p, c);
    } catch (e) {
      if (c.call === 'set') {
        try {
          w.set(c);
        } catch {}
      }
      throw e;
    }
  }),
);

mutation('ref-unknown-deletes', 'ERR-4,DEL-6', 'a delete refused for an unknown parameter deletes', (w) =>
  wrap(w, 'unknown', (o, p, c) => {
    try {
      o(p, c);
    } catch (e) {
      if (c.call === 'delete') w.delete(c).catch(() => {});
      throw e;
    }
  }),
);

mutation(
  'ref-type-account',
  'SET-12,SET-5,SET-1',
  'a set with an unknown scope type is refused and stored in the account',
  (w) =>
    wrap(w, 'scopeType', (o, t, c) => {
      const r = o(t, c);
      if (!r && c.call === 'set' && c.p.name && c.p.payload) {
        c.scope = {type: 'account'};
        c.name = c.p.name;
        c.payload = c.p.payload;
        c.expires_at = null;
        w.insert(c, w.create(c));
      }
      return r;
    }),
);
