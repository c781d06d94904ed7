// Ways to be wrong: more of each.
'use strict';
const {Refusal} = require('../server.js');
const {wrap, mutation} = require('./makers.js');

// more of each

mutation(
  'replace-created-answer',
  'FIND-1,OBJ-7',
  'a set that replaces answers a new created and keeps the old',
  (w) => {
    wrap(w, 'replace', (o, c, s) => {
      o(c, s);
      c.rep = true;
      return s;
    });
    wrap(w, 'view', (o, s, c, e) => ({...o(s, c, e), ...(c.rep ? {created: s.created + 2} : {})}));
  },
);

mutation('list-old-id', 'OBJ-2', 'after a replace the list shows another id', (w) => {
  wrap(w, 'replace', (o, c, s) => {
    o(c, s);
    s.rep = true;
    return s;
  });
  wrap(w, 'view', (o, s, c, e) => ({...o(s, c, e), ...(s.rep && c.call === 'list' ? {id: s.id + 'o'} : {})}));
});

mutation('time-exponent', 'OBJ-1,EXP-1', 'times are written with an exponent', (w) =>
  wrap(w, 'serialise', (o, r, c) =>
    o(r, c).replace(/("(?:created|expires_at)": )(\d{10})\b/g, (_, k, v) => `${k}${v[0]}.${v.slice(1)}e9`),
  ),
);

mutation('time-point-zero', 'OBJ-1,EXP-1', 'times are written as 1.0', (w) =>
  wrap(w, 'serialise', (o, r, c) => o(r, c).replace(/("(?:created|expires_at)": \d+)/g, '$1.0')),
);

mutation('list-newest-late', 'LIST-2', 'a list lacks what was set less than 50 ms ago', (w) => {
  wrap(w, 'insert', (o, c, s) => {
    s.at = Date.now();
    o(c, s);
  });
  wrap(w, 'sort', (o, a, c) => o(a, c).filter((s) => Date.now() - s.at > 50));
});

mutation('find-first-created', 'FIND-1', 'find shows created of the oldest in the scope', (w) =>
  wrap(w, 'view', (o, s, c, e) => ({
    ...o(s, c, e),
    ...(c.call === 'find' ? {created: w.bucket(c, s.scope).at(-1).created - 1} : {}),
  })),
);

mutation('scope-list-mixed', 'OBJ-3', 'list shows the scope of the first item for all, without user', (w) =>
  wrap(w, 'view', (o, s, c, e) => ({
    ...o(s, c, e),
    ...(c.call === 'list' && c.p.limit && s.scope.user
      ? {scope: {type: 'user', user: s.scope.user.slice(0, -1)}}
      : {}),
  })),
);

mutation('list-name-percent', 'SET-8', 'list shows names percent-encoded', (w) =>
  wrap(w, 'view', (o, s, c, e) => ({...o(s, c, e), ...(c.call === 'list' ? {name: encodeURI(s.name)} : {})})),
);

mutation('delete-name-percent', 'DEL-1', 'the full answer of a delete has a wrong name', (w) =>
  wrap(w, 'deleted', (o, s, c) => ({...w.view(s, c, false), name: s.name.toUpperCase(), deleted: true})),
);

mutation('delete-livemode', 'DEL-1', 'the full answer of a delete says livemode true', (w) =>
  wrap(w, 'deleted', (o, s, c) => ({...w.view(s, c, false), livemode: true, deleted: true})),
);

mutation('payload-empty-after-expire', 'EXP-4,SET-8', 'an expired name set again has an empty payload', (w) => {
  const d = new Set();
  wrap(w, 'purge', (o, c, sc) => {
    for (const s of w.bucket(c, sc)) if (!w.live(s)) d.add(w.bucketKey(c, sc) + s.name);
    o(c, sc);
  });
  wrap(w, 'create', (o, c) => {
    const s = o(c);
    if (d.has(w.bucketKey(c, c.scope) + s.name)) s.payload = '';
    return s;
  });
});

mutation('after-expiry-order', 'LIST-5,LIST-13', 'after an expiry the list is reversed on pages', (w) =>
  wrap(w, 'sort', (o, a, c) =>
    c.p.starting_after && w.bucket(c, c.scope).length > a.length ? [...o(a, c)].reverse() : o(a, c),
  ),
);

mutation('cursor-after-delete-skips', 'LIST-5', 'after a delete pages skip one', (w) => {
  const d = new Set();
  wrap(w, 'drop', (o, c, sc, s) => {
    d.add(w.bucketKey(c, sc));
    o(c, sc, s);
  });
  wrap(
    w,
    'cursor',
    (o, a, id, c, wh) => o(a, id, c, wh) + (wh === 'starting_after' && d.has(w.bucketKey(c, c.scope)) ? 1 : 0),
  );
});

mutation('before-after-delete', 'LIST-6', 'after a delete backward pages skip one', (w) => {
  const d = new Set();
  wrap(w, 'drop', (o, c, sc, s) => {
    d.add(w.bucketKey(c, sc));
    o(c, sc, s);
  });
  wrap(w, 'cursor', (o, a, id, c, wh) =>
    Math.max(0, o(a, id, c, wh) - (wh === 'ending_before' && d.has(w.bucketKey(c, c.scope)) ? 1 : 0)),
  );
});

mutation('default-limit-paged', 'LIST-5', 'without limit a page after a cursor holds one', (w) =>
  wrap(w, 'checkList', (o, c) => {
    o(c);
    if (c.p.starting_after && !c.p.limit) c.limit = 1;
  }),
);

mutation('limit-10-only', 'LIST-4', 'limit 10 means 5', (w) =>
  wrap(w, 'limit', (o, p, c) => (o(p, c) === 10 && p.limit ? 5 : o(p, c))),
);

mutation('limit-zero-padded', 'LIST-4', 'limit over 5 is 5', (w) =>
  wrap(w, 'limit', (o, p, c) => (p.limit ? Math.min(5, o(p, c)) : o(p, c))),
);

mutation('expand-twice', 'FIND-4', 'expanding payload twice hides it', (w) =>
  wrap(w, 'expands', (o, p, c) => o(p, c) && p.expand.length < 2),
);

mutation('auth-www', 'AUTH-1', 'a 401 says 200 in the body', (w) =>
  wrap(w, 'auth', (o, c) => {
    try {
      return o(c);
    } catch (e) {
      e.status = 200;
      throw e;
    }
  }),
);

mutation('basic-password', 'AUTH-2', 'Basic wants the key as password too', (w) =>
  wrap(w, 'auth', (o, c) => {
    const r = o(c);
    if (
      c.cred.by === 'basic' &&
      Buffer.from(c.headers.authorization.slice(6), 'base64').toString().split(':')[1] === ''
    )
      throw new Refusal(401, 'no password');
    return r;
  }),
);

mutation('idem-replaces-name', 'PROTO-2', 'a repeated set answers the name that is newest', (w) =>
  wrap(w, 'replay', (o, seen, c) => {
    const v = o(seen, c);
    if (v.name) v.name = [...w.buckets.values()].flat()[0]?.name ?? v.name;
    return v;
  }),
);

mutation('idem-expires-lost', 'PROTO-2', 'a repeated set answers expires_at null', (w) =>
  wrap(w, 'replay', (o, seen, c) => {
    const v = o(seen, c);
    if ('expires_at' in v) v.expires_at = null;
    return v;
  }),
);

mutation('idem-delete-not-deleted', 'PROTO-2', 'a repeated delete says deleted: false', (w) =>
  wrap(w, 'replay', (o, seen, c) => {
    const v = o(seen, c);
    if (v.deleted) v.deleted = false;
    return v;
  }),
);

mutation('err-404-find-html', 'ERR-1', 'the 404 of find is text/html', (w) =>
  wrap(w, 'finish', async (o, r, c) => {
    await o(r, c);
    if (c.call === 'find' && r.status === 404) r.headers['content-type'] = 'text/html';
  }),
);

mutation('err-404-delete-html', 'ERR-1', 'the 404 of delete is text/html', (w) =>
  wrap(w, 'finish', async (o, r, c) => {
    await o(r, c);
    if (c.call === 'delete' && r.status === 404) r.headers['content-type'] = 'text/html';
  }),
);

mutation('err-missing-name-html', 'ERR-1', 'a missing name in find is text/html', (w) =>
  wrap(w, 'finish', async (o, r, c) => {
    await o(r, c);
    if (c.call === 'find' && r.status === 400) r.headers['content-type'] = 'text/html';
  }),
);

mutation('err-expires-html', 'ERR-1', 'a bad expires_at is text/html', (w) =>
  wrap(w, 'finish', async (o, r, c) => {
    await o(r, c);
    if (r.out?.error?.param === 'expires_at') r.headers['content-type'] = 'text/html';
  }),
);

mutation('err-string', 'ERR-1', 'error is a text', (w) =>
  wrap(w, 'finish', async (o, r, c) => {
    await o(r, c);
    if (r.status === 400) r.out = {error: r.out.error.message};
  }),
);

mutation('err-two-hundred-set', 'SET-4', 'a refused set is 200 with an error', (w) =>
  wrap(w, 'finish', async (o, r, c) => {
    await o(r, c);
    if (r.status === 400 && c.call === 'set') r.status = 200;
  }),
);

mutation('err-422', 'SET-4,SET-6', 'refusals are 422', (w) =>
  wrap(w, 'finish', async (o, r, c) => {
    await o(r, c);
    if (r.status === 400) r.status = 422;
  }),
);

mutation('err-find-422', 'FIND-3', 'refusals of find are 422', (w) =>
  wrap(w, 'finish', async (o, r, c) => {
    await o(r, c);
    if (r.status === 400 && c.call === 'find') r.status = 422;
  }),
);

mutation('err-list-422', 'LIST-11,LIST-4', 'refusals of list are 422', (w) =>
  wrap(w, 'finish', async (o, r, c) => {
    await o(r, c);
    if (r.status === 400 && c.call === 'list' && c.refusal.more.param !== 'starting_after') r.status = 422;
  }),
);

mutation('err-unknown-path-403', 'ERR-5', 'an unknown path is 403', (w) => {
  w.noRoute = () => {
    throw new Refusal(403, 'no');
  };
});

mutation('err-unknown-path-200', 'ERR-5', 'an unknown path below the list is the list', (w) =>
  wrap(w, 'route', (o, me, p) =>
    o(me, p.startsWith('/v1/apps/secrets/') && !/find|delete/.test(p) ? '/v1/apps/secrets' : p),
  ),
);

mutation('err-next', 'ERR-5', 'after a malformed request the next is a 500', (w) => {
  let bad1 = false;
  wrap(w, 'pipeline', async (o, c) => {
    if (bad1) {
      bad1 = false;
      throw new Error('broken');
    }
    try {
      return await o(c);
    } catch (e) {
      if (/UTF-8/.test(e.message)) bad1 = true;
      throw e;
    }
  });
});

mutation('err-closes', 'ERR-5', 'a malformed request closes the connection', (w) =>
  wrap(w, 'pipeline', async (o, c) => {
    try {
      return await o(c);
    } catch (e) {
      if (/UTF-8/.test(e.message)) c.req.socket.destroy();
      throw e;
    }
  }),
);

mutation('null-body', 'SET-1', 'set answers null', (w) =>
  wrap(w, 'finish', async (o, r, c) => {
    await o(r, c);
    if (c.call === 'set' && r.status === 200) r.out = null;
  }),
);

mutation('conc-find-half', 'CONC-2', 'a find during a set shows the new payload and then the old', (w) => {
  wrap(w, 'replace', (o, c, s) => {
    const old = s.payload;
    o(c, s);
    s.flip = [old, Date.now() + 3];
    return s;
  });
  wrap(w, 'view', (o, s, c, e) => {
    const v = o(s, c, e);
    if (e && c.call === 'find' && s.flip && Date.now() < s.flip[1] && Math.random() < 0.5) v.payload = s.flip[0];
    return v;
  });
});
