// Ways to be wrong: deletion and expiry.
'use strict';
const {Refusal} = require('../server.js');
const {wrap, mutation, secretShows, answerEdit, isAccount, refuse, isLive} = require('./makers.js');

// DEL

answerEdit('del-text', 'DEL-1', 'deleted is the text true', (r, c) => {
  if (c.call === 'delete' && r.status === 200) r.out.deleted = 'true';
});

answerEdit('del-one', 'DEL-1', 'deleted is 1', (r, c) => {
  if (c.call === 'delete' && r.status === 200) r.out.deleted = 1;
});

answerEdit('del-object', 'DEL-1', 'delete says object: apps.secret.deleted', (r, c) => {
  if (c.call === 'delete' && r.status === 200) r.out.object = 'apps.secret.deleted';
});

answerEdit('del-acct-said', 'DEL-1', 'delete in the account says no deleted', (r, c) => {
  if (c.call === 'delete' && r.status === 200 && c.scope.type === 'account') delete r.out.deleted;
});

answerEdit('del-202', 'DEL-1', 'delete answers 202', (r, c) => {
  if (c.call === 'delete' && r.status === 200) r.status = 202;
});

mutation('del-replaced-id', 'DEL-1', 'delete answers the id before a replace', (w) => {
  wrap(w, 'replace', (o, c, s) => {
    o(c, s);
    s.rep = true;
    return s;
  });
  wrap(w, 'deleted', (o, s, c) => ({...o(s, c), ...(s.rep ? {id: 'appsecret_first'} : {})}));
});

answerEdit('del-scope-wrong', 'DEL-1', 'delete shows another scope', (r, c) => {
  if (c.call === 'delete' && r.status === 200) r.out.scope = {type: 'account', user: 'x'};
});

mutation('del-pops', 'DEL-2', 'delete of a replaced secret brings back the payload before', (w) => {
  wrap(w, 'replace', (o, c, s) => {
    (s.old ||= []).push(s.payload);
    return o(c, s);
  });
  wrap(w, 'drop', (o, c, sc, s) => {
    if (s.old?.length) {
      s.payload = s.old.pop();
      return;
    }
    o(c, sc, s);
  });
});

mutation('del-second', 'DEL-2', 'a name deleted once and set again cannot be deleted: 200, but it stays', (w) => {
  const d = new Set();
  wrap(w, 'drop', (o, c, sc, s) => {
    const k = w.bucketKey(c, sc) + s.name;
    if (d.has(k)) return;
    d.add(k);
    o(c, sc, s);
  });
});

mutation('del-expiring', 'DEL-2', 'an expiring secret is not deleted', (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    if (s.expires_at === null) o(c, sc, s);
  }),
);

mutation('del-list-expand', 'DEL-2', 'an expanded list shows the deleted', (w) => {
  const g = [];
  wrap(w, 'drop', (o, c, sc, s) => {
    g.push([w.bucketKey(c, sc), s]);
    o(c, sc, s);
  });
  wrap(w, 'sort', (o, a, c) => {
    const k = w.bucketKey(c, c.scope);
    return c.expanded ? [...o(a, c), ...g.filter(([b]) => b === k).map(([, s]) => s)] : o(a, c);
  });
});

mutation('del-back-after-set', 'DEL-2', 'a deleted secret comes back with the next set in its scope', (w) => {
  let g;
  wrap(w, 'drop', (o, c, sc, s) => {
    g = [w.bucketKey(c, sc), s];
    o(c, sc, s);
  });
  wrap(w, 'insert', (o, c, s) => {
    o(c, s);
    if (g && g[0] === w.bucketKey(c, c.scope) && g[1].name !== s.name) {
      w.bucket(c, c.scope).push(g[1]);
      g = undefined;
    }
  });
});

mutation('del-late', 'DEL-2', 'a delete is done 10 ms after its answer', (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    setTimeout(() => o(c, sc, s), 10);
  }),
);

mutation('del-acct-ignored', 'DEL-2', 'a delete in the account is answered and not done', (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    if (sc.type !== 'account') o(c, sc, s);
  }),
);

mutation('del-splice', 'DEL-4', 'deleting what is not there is 404 and deletes the last', (w) =>
  wrap(w, 'missing', (o, c) => {
    if (c.call === 'delete') w.bucket(c, c.scope).splice(-1, 1);
    o(c);
  }),
);

mutation('del-splice-acct', 'DEL-4', 'deleting what is not there in the account deletes its oldest', (w) =>
  wrap(w, 'missing', (o, c) => {
    if (c.call === 'delete' && c.scope.type === 'account') w.bucket(c, c.scope).splice(-1, 1);
    o(c);
  }),
);

mutation('del-twice-splice', 'DEL-4', 'deleting a second time deletes the newest', (w) => {
  const d = new Set();
  wrap(w, 'drop', (o, c, sc, s) => {
    d.add(w.bucketKey(c, sc) + s.name);
    o(c, sc, s);
  });
  wrap(w, 'missing', (o, c) => {
    if (c.call === 'delete' && d.has(w.bucketKey(c, c.scope) + c.name)) w.bucket(c, c.scope).shift();
    o(c);
  });
});

mutation('del-suffix', 'DEL-4', 'delete removes names that end alike', (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    for (const t of [...w.bucket(c, sc)]) if (t.name.endsWith(s.name.slice(-2))) o(c, sc, t);
  }),
);

mutation('del-created', 'DEL-4', 'delete removes what was made before in the same second', (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    for (const t of [...w.bucket(c, sc)])
      if (t === s || (t.created === s.created && w.bucket(c, sc).indexOf(t) > w.bucket(c, sc).indexOf(s)))
        o(c, sc, t);
  }),
);

mutation('del-older', 'DEL-4', 'delete removes the older ones too', (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    const b = w.bucket(c, sc);
    b.splice(b.indexOf(s));
  }),
);

mutation('del-newer', 'DEL-4', 'delete removes the newer ones too', (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    const b = w.bucket(c, sc);
    b.splice(0, b.indexOf(s) + 1);
  }),
);

mutation('del-payload', 'DEL-4', 'delete removes all with the same payload', (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    for (const t of [...w.bucket(c, sc)]) if (t.payload === s.payload) o(c, sc, t);
  }),
);

mutation('del-user-acct', 'DEL-4', "a delete in a user scope deletes the account's too", (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    o(c, sc, s);
    const b = w.bucket(c, {type: 'account'});
    const i = b.findIndex((t) => t.name === s.name);
    if (sc.type === 'user' && i >= 0) b.splice(i, 1);
  }),
);

mutation('del-acct-users', 'DEL-4', "a delete in the account deletes the users' too", (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    o(c, sc, s);
    if (sc.type === 'account')
      for (const b of w.buckets.values()) {
        const i = b.findIndex((t) => t.name === s.name);
        if (i >= 0) b.splice(i, 1);
      }
  }),
);

mutation('del-neighbour-payload', 'DEL-4', 'a delete gives the neighbour its payload', (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    o(c, sc, s);
    const t = w.bucket(c, sc)[0];
    if (t) t.payload = s.payload;
  }),
);

mutation('del-neighbour-expiry', 'DEL-4', 'a delete ends the expiry of the others', (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    o(c, sc, s);
    for (const t of w.bucket(c, sc)) t.expires_at = null;
  }),
);

answerEdit('del-acct-code', 'DEL-3', 'in the account the 404 of a delete has no code', (r, c) => {
  if (c.call === 'delete' && r.status === 404 && c.scope?.type === 'account') delete r.out.error.code;
});

answerEdit('del-404-type', 'ERR-2,DEL-3', 'the 404 of a delete has type not_found_error', (r, c) => {
  if (c.call === 'delete' && r.status === 404) r.out.error.type = 'not_found_error';
});

answerEdit('del-missing-204', 'DEL-3', 'deleting what is not there is 204', (r, c) => {
  if (c.call === 'delete' && r.status === 404 && c.scope?.type === 'account') r.status = 204;
});

mutation('del-old-expand', 'DEL-5', 'a name set again after delete finds no expanded payload', (w) => {
  const d = new Set();
  wrap(w, 'drop', (o, c, sc, s) => {
    d.add(w.bucketKey(c, sc) + s.name);
    o(c, sc, s);
  });
  wrap(w, 'view', (o, s, c, e) => o(s, c, e && !(c.call === 'find' && d.has(w.bucketKey(c, s.scope) + s.name))));
});

mutation('del-again-not-listed', 'DEL-5', 'a name set again after delete is not listed', (w) => {
  const d = new Set();
  wrap(w, 'drop', (o, c, sc, s) => {
    d.add(w.bucketKey(c, sc) + s.name);
    o(c, sc, s);
  });
  wrap(w, 'sort', (o, a, c) => o(a, c).filter((s) => !d.has(w.bucketKey(c, c.scope) + s.name)));
});

mutation('del-again-twice', 'DEL-5', 'a name set again after delete is listed twice', (w) => {
  const d = new Set();
  wrap(w, 'drop', (o, c, sc, s) => {
    d.add(w.bucketKey(c, sc) + s.name);
    o(c, sc, s);
  });
  wrap(w, 'sort', (o, a, c) => o(a, c).flatMap((s) => (d.has(w.bucketKey(c, c.scope) + s.name) ? [s, s] : [s])));
});

mutation('del-again-expiry-lost', 'DEL-5', 'a name set again after delete takes no expires_at', (w) => {
  const d = new Set();
  wrap(w, 'drop', (o, c, sc, s) => {
    d.add(w.bucketKey(c, sc) + s.name);
    o(c, sc, s);
  });
  wrap(w, 'create', (o, c) => {
    const s = o(c);
    if (d.has(w.bucketKey(c, c.scope) + s.name)) s.expires_at = null;
    return s;
  });
});

mutation('del-again-stuck', 'DEL-5', 'a name set again after delete is not replaced any more', (w) => {
  const d = new Set();
  wrap(w, 'drop', (o, c, sc, s) => {
    d.add(w.bucketKey(c, sc) + s.name);
    o(c, sc, s);
  });
  wrap(w, 'replace', (o, c, s) => (d.has(w.bucketKey(c, c.scope) + s.name) ? s : o(c, s)));
});

mutation('del-blocks-acct', 'DEL-5', 'a deleted name of the account cannot be set again', (w) => {
  const d = new Set();
  wrap(w, 'drop', (o, c, sc, s) => {
    if (sc.type === 'account') d.add(s.name);
    o(c, sc, s);
  });
  wrap(w, 'insert', (o, c, s) => {
    if (c.scope.type === 'account' && d.has(s.name)) refuse('was deleted');
    o(c, s);
  });
});

mutation('del-post-find', 'DEL-7,ERR-5', 'POST to find deletes', (w) =>
  wrap(w, 'route', (o, me, p) => (me === 'POST' && p.endsWith('/find') ? 'delete' : o(me, p))),
);

mutation('del-get-405-deletes', 'DEL-7', 'GET of the delete path is 405 and deletes', (w) =>
  wrap(w, 'noRoute', (o, c) => {
    if (c.path.endsWith('/delete') && c.method === 'GET') {
      c.call = 'delete';
      c.pairs = w.collect(c);
      c.p = w.params(c);
      w.delete(c).catch(() => {});
      throw new Refusal(405, 'no');
    }
    o(c);
  }),
);

// EXP

isLive('exp-acct-find', 'EXP-3', 'in the account an expired secret is found', (o, s, c) =>
  isAccount(s) && c.call === 'find' ? true : o(s, c),
);

isLive('exp-acct-list', 'EXP-3', 'in the account an expired secret is listed', (o, s, c) =>
  isAccount(s) && c.call === 'list' ? true : o(s, c),
);

isLive('exp-list-limit', 'EXP-3', 'with a limit an expired secret is listed', (o, s, c) =>
  c.call === 'list' && c.p.limit ? true : o(s, c),
);

isLive('exp-list-before', 'EXP-3,LIST-6', 'with ending_before an expired secret is listed', (o, s, c) =>
  c.call === 'list' && c.p.ending_before ? true : o(s, c),
);

isLive(
  'exp-1-early',
  'EXP-2',
  'a secret ends a second too soon',
  (o, s, c, w) => s.expires_at === null || w.nowMs() < s.expires_at * 1000 - 1000,
);

isLive(
  'exp-half-early',
  'EXP-2',
  'a secret ends half a second too soon',
  (o, s, c, w) => s.expires_at === null || w.nowMs() < s.expires_at * 1000 - 500,
);

isLive(
  'exp-2-late',
  'EXP-3',
  'a secret is there two seconds too long',
  (o, s, c, w) => s.expires_at === null || w.nowMs() < s.expires_at * 1000 + 2000,
);

isLive(
  'exp-list-2-late',
  'EXP-3',
  'a secret is listed two seconds too long',
  (o, s, c, w) => s.expires_at === null || w.nowMs() < s.expires_at * 1000 + (c.call === 'list' ? 2000 : 0),
);

isLive(
  'exp-find-2-late',
  'EXP-3',
  'a secret is found two seconds too long',
  (o, s, c, w) => s.expires_at === null || w.nowMs() < s.expires_at * 1000 + (c.call === 'find' ? 2000 : 0),
);

isLive(
  'exp-list-early',
  'EXP-2',
  'a secret is listed a second too short',
  (o, s, c, w) => s.expires_at === null || w.nowMs() < s.expires_at * 1000 - (c.call === 'list' ? 1000 : 0),
);

isLive('exp-live-only', 'EXP-3', 'to UI extensions expired secrets are there', (o, s, c) =>
  c.who?.user ? true : o(s, c),
);

mutation('exp-replaced-never', 'EXP-5', 'a replaced secret never expires', (w) => {
  wrap(w, 'replace', (o, c, s) => {
    o(c, s);
    s.rep = true;
    return s;
  });
  wrap(w, 'live', (o, s, c) => s.rep || o(s, c));
});

mutation('exp-same-name', 'EXP-6,ISO-1', 'the expiry of a secret ends those of its name in all scopes', (w) =>
  wrap(w, 'live', (o, s, c) => {
    if (!o(s, c)) return false;
    for (const b of w.buckets.values()) for (const t of b) if (t !== s && t.name === s.name && !o(t, c)) return false;
    return true;
  }),
);

mutation('exp-prefix', 'EXP-6', 'the expiry of a secret ends those that begin so', (w) =>
  wrap(w, 'live', (o, s, c) => {
    if (!o(s, c)) return false;
    for (const b of w.buckets.values())
      if (b.includes(s)) for (const t of b) if (t !== s && s.name.startsWith(t.name) && !o(t, c)) return false;
    return true;
  }),
);

mutation('exp-neighbour-expiring', 'EXP-6', 'the expiry of a secret ends the others that would', (w) =>
  wrap(w, 'live', (o, s, c) => {
    if (!o(s, c)) return false;
    if (s.expires_at === null) return true;
    for (const b of w.buckets.values()) if (b.includes(s)) for (const t of b) if (!o(t, c)) return false;
    return true;
  }),
);

mutation('exp-timer-after-delete', 'DEL-5,EXP-4', 'the timer of a deleted secret ends the one set then', (w) => {
  const t = new Map();
  wrap(w, 'drop', (o, c, sc, s) => {
    if (s.expires_at !== null) t.set(w.bucketKey(c, sc) + s.name, s.expires_at);
    o(c, sc, s);
  });
  wrap(w, 'live', (o, s, c) => {
    for (const [k, b] of w.buckets)
      if (b.includes(s)) {
        const at = t.get(k + s.name);
        if (at && w.nowMs() >= at * 1000) return false;
      }
    return o(s, c);
  });
});

mutation('exp-again-never', 'EXP-3,EXP-4', 'a name that expired once does not expire again', (w) => {
  const d = new Set();
  wrap(w, 'purge', (o, c, sc) => {
    for (const s of w.bucket(c, sc)) if (!w.live(s)) d.add(w.bucketKey(c, sc) + s.name);
    o(c, sc);
  });
  wrap(w, 'live', (o, s, c) => {
    for (const [k, b] of w.buckets) if (b.includes(s) && d.has(k + s.name) && s.again) return true;
    return o(s, c);
  });
  wrap(w, 'create', (o, c) => {
    const s = o(c);
    s.again = d.has(w.bucketKey(c, c.scope) + s.name);
    return s;
  });
});

mutation('exp-deleted-never', 'EXP-3,DEL-5', 'a name that was deleted once does not expire', (w) => {
  const d = new Set();
  wrap(w, 'drop', (o, c, sc, s) => {
    d.add(w.bucketKey(c, sc) + s.name);
    o(c, sc, s);
  });
  wrap(w, 'live', (o, s, c) => {
    for (const [k, b] of w.buckets) if (b.includes(s) && d.has(k + s.name)) return true;
    return o(s, c);
  });
});

mutation('exp-lazy-list', 'EXP-3', 'the list shows an expired secret until a find missed it', (w) => {
  w.all = (c, sc) =>
    w.bucket(c, sc).filter((s) => (c.call === 'list' ? !s.noticed : w.live(s) || ((s.noticed = true), false)));
});

mutation('exp-lazy-find', 'EXP-3', 'find shows an expired secret until a list left it out', (w) => {
  w.all = (c, sc) =>
    w.bucket(c, sc).filter((s) => (c.call === 'find' ? !s.noticed : w.live(s) || ((s.noticed = true), false)));
});

mutation('exp-old-id-payload', 'EXP-4', 'an expired name set again lists its old payload', (w) => {
  const d = new Map();
  wrap(w, 'purge', (o, c, sc) => {
    for (const s of w.bucket(c, sc)) if (!w.live(s)) d.set(w.bucketKey(c, sc) + s.name, s.payload);
    o(c, sc);
  });
  wrap(w, 'view', (o, s, c, e) => {
    const v = o(s, c, e);
    const p = d.get(w.bucketKey(c, s.scope) + s.name);
    if (e && c.call === 'list' && p) v.payload = p;
    return v;
  });
});

secretShows('exp-expand-find', 'EXP-1,FIND-1', 'expanded find shows expires_at as text', (v, s, c, e) => {
  if (e && v.expires_at !== null) v.expires_at = String(v.expires_at);
});

secretShows('exp-list-minute', 'EXP-1', 'list shows expires_at to the minute', (v, s, c) => {
  if (c.call === 'list' && v.expires_at !== null) v.expires_at -= v.expires_at % 60;
});

secretShows('exp-list-expand-null', 'EXP-1,OBJ-1', 'an expanded list shows expires_at null', (v, s, c, e) => {
  if (c.call === 'list' && e) v.expires_at = null;
});

secretShows('exp-32-bit', 'EXP-1', 'expires_at wraps at 2^31', (v) => {
  if (v.expires_at > 2147483647) v.expires_at = 2147483647;
});

secretShows('exp-u32-bit', 'EXP-1', 'expires_at stops at 2^32', (v) => {
  if (v.expires_at > 4294967295) v.expires_at = 4294967295;
});

secretShows('exp-iso', 'EXP-1', 'expires_at is shown as date in set', (v, s, c) => {
  if (c.call === 'set' && v.expires_at) v.expires_at = new Date(v.expires_at * 1000).toISOString();
});

mutation('exp-1-real', 'EXP-1', 'expires_at is written as 1.0', (w) =>
  wrap(w, 'serialise', (o, r, c) => o(r, c).replace(/("expires_at": \d+)/g, '$1.5')),
);

mutation('exp-delete-500', 'ERR-5,DEL-3', 'deleting an expired secret is a 500', (w) =>
  wrap(w, 'delete', (o, c) => {
    w.checkDelete(c);
    if (w.bucket(c, c.scope).some((s) => s.name === c.name && !w.live(s))) throw new Error('x');
    return o(c);
  }),
);

mutation('exp-delete-expired-ui', 'DEL-3', 'deleting an expired secret of the account is 200', (w) =>
  wrap(w, 'delete', async (o, c) => {
    w.checkDelete(c);
    const s = w.bucket(c, c.scope).find((t) => t.name === c.name && !w.live(t));
    return s && c.scope.type === 'account' ? w.deleted(s, c) : o(c);
  }),
);

mutation(
  'exp-set-expired-refused-acct',
  'EXP-4',
  'in the account an expired name cannot be set again',
  (w) =>
    wrap(w, 'insert', (o, c, s) => {
      if (c.scope.type === 'account' && w.dead?.has(s.name)) refuse('expired');
      o(c, s);
    }) ||
    wrap(w, 'purge', (o, c, sc) => {
      for (const s of w.bucket(c, sc)) if (!w.live(s)) (w.dead ||= new Set()).add(s.name);
      o(c, sc);
    }),
);
