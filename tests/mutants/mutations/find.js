// Ways to be wrong: find.
'use strict';
const {mutations, wrap, mutation, secretShows, answerEdit, isAccount, refuse} = require('./makers.js');

// FIND

secretShows('find-acct-expiry', 'FIND-1,EXP-1', 'find in the account says expires_at null', (v, s, c) => {
  if (c.call === 'find' && isAccount(s)) v.expires_at = null;
});

secretShows('find-expand-expiry', 'FIND-1,FIND-4,EXP-1', 'expanded find says expires_at null', (v, s, c, e) => {
  if (c.call === 'find' && e) v.expires_at = null;
});

answerEdit('find-listed', 'FIND-1', 'find answers a list of one', (r, c) => {
  if (c.call === 'find' && r.status === 200)
    r.out = {object: 'list', data: [r.out], has_more: false, url: '/v1/apps/secrets/find'};
});

answerEdit('find-acct-code', 'FIND-2', 'in the account the 404 has no code', (r, c) => {
  if (c.call === 'find' && r.status === 404 && c.scope?.type === 'account') delete r.out.error.code;
});

answerEdit('find-user-code', 'FIND-2', 'in a user scope the 404 has no code', (r, c) => {
  if (c.call === 'find' && r.status === 404 && c.scope?.type === 'user') delete r.out.error.code;
});

answerEdit('find-code-upper', 'FIND-2', 'the code is RESOURCE_MISSING', (r, c) => {
  if (c.call === 'find' && r.status === 404) r.out.error.code = 'RESOURCE_MISSING';
});

answerEdit('find-expand-404-body', 'FIND-2,DEL-2,ERR-1', 'the 404 of an expanded find has no code', (r, c) => {
  if (c.call === 'find' && r.status === 404 && c.expanded) delete r.out.error.code;
});

answerEdit('find-410', 'FIND-2,DEL-2', 'find of a deleted one is 410', (r, c, w) => {
  if (c.call === 'find' && r.status === 404 && w.log.includes(c.name)) r.status = 410;
});

mutations.at(-1).apply = ((a) => (w) => {
  a(w);
  wrap(w, 'drop', (o, c, sc, s) => {
    w.log.push(s.name);
    o(c, sc, s);
  });
})(mutations.at(-1).apply);

mutation('find-bucket-400', 'FIND-2', 'find in a scope never used is 400', (w) =>
  wrap(w, 'find', (o, c) => {
    w.checkFind(c);
    if (!w.buckets.has(w.bucketKey(c, c.scope))) refuse('no such user');
    return o(c);
  }),
);

mutation('find-expand-ignored-acct', 'FIND-4', 'find in the account does not expand', (w) =>
  wrap(w, 'view', (o, s, c, e) => o(s, c, e && !(c.call === 'find' && isAccount(s)))),
);

mutation('find-expand-expiring', 'FIND-4', 'find does not expand an expiring secret', (w) =>
  wrap(w, 'view', (o, s, c, e) => o(s, c, e && !(c.call === 'find' && s.expires_at !== null))),
);

mutation(
  'find-expand-first',
  'FIND-4,SET-2',
  'find expands to the first payload',
  (w) =>
    wrap(w, 'replace', (o, c, s) => {
      s.first ??= s.payload;
      return o(c, s);
    }) ||
    wrap(w, 'view', (o, s, c, e) => {
      const v = o(s, c, e);
      if (e && c.call === 'find' && s.first) v.payload = s.first;
      return v;
    }),
);

mutation('find-neg-cache', 'FIND-5', 'a miss is remembered for 300 ms', (w) => {
  const t = new Map();
  wrap(w, 'find', async (o, c) => {
    w.checkFind(c);
    const k = w.bucketKey(c, c.scope) + c.name;
    if (w.nowMs() - (t.get(k) || 0) < 300) w.missing(c);
    try {
      return await o(c);
    } catch (e) {
      t.set(k, w.nowMs());
      throw e;
    }
  });
});

mutation('find-cache-plain', 'FIND-5,SET-2,EXP-1', 'find without expand comes from a cache for 300 ms', (w) => {
  const t = new Map();
  wrap(w, 'find', async (o, c) => {
    w.checkFind(c);
    if (c.expanded) return o(c);
    const k = w.bucketKey(c, c.scope) + c.name;
    const e = t.get(k);
    if (e && w.nowMs() - e.at < 300) return e.out;
    const out = await o(c);
    t.set(k, {at: w.nowMs(), out});
    return out;
  });
});

mutation('find-cache-acct', 'FIND-5,SET-2,DEL-2,ISO-2', 'find in the account comes from a cache for 300 ms', (w) => {
  const t = new Map();
  wrap(w, 'find', async (o, c) => {
    w.checkFind(c);
    if (c.scope.type !== 'account') return o(c);
    const k = c.name + c.expanded;
    const e = t.get(k);
    if (e && w.nowMs() - e.at < 300) return e.out;
    const out = await o(c);
    t.set(k, {at: w.nowMs(), out});
    return out;
  });
});

mutation('find-write-behind', 'FIND-5', 'a set is stored 5 ms after its answer', (w) =>
  wrap(w, 'insert', (o, c, s) => {
    setTimeout(() => o(c, s), 5);
  }),
);

mutation('find-idem-get', 'FIND-5', 'a GET with an Idempotency-Key is answered again', (w) => {
  const t = new Map();
  wrap(w, 'find', async (o, c) => {
    const k = c.headers['idempotency-key'];
    if (!k) return o(c);
    if (!t.has(k)) t.set(k, await o(c));
    return t.get(k);
  });
});
