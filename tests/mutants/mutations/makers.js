// What the mutations are made of. A maker takes a name, the clause (or clauses) one of which must turn
// red, one line, and the function that is wrong; it wraps the method of World that it is named after.
'use strict';
const {Refusal} = require('../server.js');

const mutations = [];

const wrap = (w, k, f) => {
  const o = w[k].bind(w);
  w[k] = (...a) => f(o, ...a);
};

const mutation = (name, clause, about, apply) => mutations.push({name, clause, about, apply});

const secretShows = (name, clause, about, f) =>
  mutation(name, clause, about, (w) =>
    wrap(w, 'view', (o, s, c, e) => {
      const v = o(s, c, e);
      return f(v, s, c, e, w) || v;
    }),
  );

const answerEdit = (name, clause, about, f) =>
  mutation(name, clause, about, (w) =>
    wrap(w, 'finish', async (o, r, c) => {
      await o(r, c);
      return f(r, c, w);
    }),
  );

const isUser = (s) => s.scope.type === 'user';
const isAccount = (s) => s.scope.type === 'account';

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

const refuse = (message, more) => {
  throw new Refusal(400, message, more);
};

const payloadShown = (name, clause, about, when) =>
  secretShows(name, clause, about, (v, s, c, e) => {
    if (when(s, c, e)) v.payload = s.payload;
  });

const expandIf = (name, clause, about, test) =>
  mutation(name, clause, about, (w) => {
    w.expands = (p, c) => (p.expand || []).some(test);
  });

const textRead = (name, clause, about, f) =>
  mutation(name, clause, about, (w) => wrap(w, 'text', (o, p, k, c) => f(o, p, k, c)));

const scopeRead = (name, clause, about, f) =>
  mutation(name, clause, about, (w) => wrap(w, 'scope', (o, p, c) => f(o, p, c, w)));

const scopeType = (name, clause, about, f) =>
  mutation(name, clause, about, (w) => {
    w.scopeType = (t, c) => f(t, c);
  });

const integerRead = (name, clause, about, f) =>
  mutation(name, clause, about, (w) => wrap(w, 'int', (o, v, k) => f(v, k) ?? o(v, k)));

const payloadStored = (name, about, f, clause) =>
  mutation(
    'p-' + name,
    clause || 'SET-8',
    about,
    (w) =>
      wrap(w, 'create', (o, c) => {
        const s = o(c);
        s.payload = f(s.payload, c);
        return s;
      }) ||
      wrap(w, 'replace', (o, c, s) => {
        o(c, s);
        s.payload = f(s.payload, c);
        return s;
      }),
  );

const payloadReplaced = (name, about, f) =>
  mutation('pr-' + name, 'SET-8,SET-2', about, (w) =>
    wrap(w, 'replace', (o, c, s) => {
      o(c, s);
      s.payload = f(s.payload);
      return s;
    }),
  );

const payloadListed = (name, about, f) =>
  mutation('pl-' + name, 'LIST-12', about, (w) =>
    wrap(w, 'view', (o, s, c, e) => {
      const v = o(s, c, e);
      if (e && c.call === 'list') v.payload = f(v.payload);
      return v;
    }),
  );

const nameStored = (name, about, f, clause) =>
  mutation(
    'n-' + name,
    clause || 'SET-8',
    about,
    (w) =>
      wrap(w, 'create', (o, c) => {
        const s = o(c);
        s.name = f(s.name, c);
        return s;
      }) || wrap(w, 'lookup', (o, c, sc, n) => o(c, sc, f(n, c))),
  );

const namesAlike = (name, about, key, only, clause) =>
  mutation('s-' + name, clause || 'SET-9', about, (w) => {
    w.same = (a, b, c) => a === b || ((!only || only.includes(c.call)) && key(a) === key(b));
  });

const expiryRange = (name, about, f) =>
  mutation(name, 'SET-11', about, (w) => {
    w.range = (v, c) => {
      if (!f(v, w.nowS())) refuse('range', {param: 'expires_at'});
    };
  });

const afterRefusal = (name, clause, about, f) =>
  mutation(name, clause, about, (w) =>
    wrap(w, 'set', async (o, c) => {
      try {
        return await o(c);
      } catch (e) {
        try {
          const scope = w.scope(c.p, c);
          const s = c.p.name && w.lookup(c, scope, c.p.name);
          f(s, c, w, scope, e);
        } catch {}
        throw e;
      }
    }),
  );

const listOrder = (name, clause, about, f) =>
  mutation(name, clause, about, (w) => wrap(w, 'sort', (o, all, c) => f(o(all, c), c, w)));

const page = (name, clause, about, f) =>
  mutation(name, clause, about, (w) => wrap(w, 'page', (o, all, c) => f(o, all, c, w)));

const hasMore = (name, about, f) =>
  page(name, 'LIST-7', about, (o, all, c) => {
    const r = o(all, c);
    r.more = f(r, all, c);
    return r;
  });

const cursorFound = (name, clause, about, f) =>
  mutation(name, clause, about, (w) => wrap(w, 'cursor', (o, a, id, c, which) => f(o, a, id, c, which, w)));

const isLive = (name, clause, about, f) =>
  mutation(name, clause, about, (w) => wrap(w, 'live', (o, s, c) => f(o, s, c || {}, w)));

const bucketKey = (name, clause, about, f) =>
  mutation(name, clause, about, (w) => {
    const B = w.bucketKey.bind(w);
    w.bucketKey = (c, s) => f(c, s, B);
  });

const flatKeys = (name, about, sep) =>
  mutation(name, 'ISO-1,ISO-2', about, (w) => {
    // one flat map keyed by user + sep + name
    const k = (c, sc, n) => `${sc.user ?? ''}${sep}${n}`;
    w.lookup = (c, sc, n) => {
      for (const [, b] of w.buckets)
        for (const s of b)
          if (
            s.world === c.who.account + c.who.live &&
            s.scope.type === sc.type &&
            k(c, s.scope, s.name) === k(c, sc, n) &&
            w.live(s, c)
          )
            return s;
    };
    wrap(w, 'create', (o, c) => ({...o(c), world: c.who.account + c.who.live}));
    w.drop = (c, sc, s) => {
      for (const b of w.buckets.values()) {
        const i = b.indexOf(s);
        if (i >= 0) b.splice(i, 1);
      }
    };
  });

const uiAllowed = (name, clause, about, f) =>
  mutation(name, clause, about, (w) =>
    wrap(w, 'uiCheck', (o, s, c) => {
      if (!f(s, c)) o(s, c);
    }),
  );

const caller = (name, clause, about, f) =>
  mutation(name, clause, about, (w) =>
    wrap(w, 'auth', (o, c) => {
      try {
        return o(c);
      } catch (e) {
        const k = f(c, w, e);
        if (k) return k;
        throw e;
      }
    }),
  );

const MAIN = {account: 'a', live: false};

const sentText = (c) => decodeURIComponent(c.query + '&' + c.body.toString());

const errorBare = (name, about, when) =>
  answerEdit('err-bare-' + name, 'ERR-1', about, (r, c) => {
    if (r.status >= 400 && r.status < 500 && when(r, c)) {
      r.out = 'Bad Request';
      r.headers['content-type'] = 'text/html';
    }
  });

const errorFlat = (name, about, when) =>
  answerEdit('err-noenv-' + name, 'ERR-1', about, (r, c) => {
    if (r.status >= 400 && r.status < 500 && when(r, c))
      r.out = {message: r.out.error.message, type: r.out.error.type};
  });

const errorType = (name, about, when) =>
  answerEdit('err-type-' + name, 'ERR-2', about, (r, c) => {
    if (r.status >= 400 && r.status < 500 && r.out.error && when(r, c)) r.out.error.type = 'validation_error';
  });

const errorParam = (name, about, when) =>
  answerEdit('err-param-' + name, 'ERR-3', about, (r, c) => {
    if (r.status === 400 && r.out.error && when(r, c)) r.out.error.param = 'id';
  });

const unknownParam = (name, about, f) =>
  mutation('err-unknown-' + name, 'ERR-4', about, (w) => {
    const U = w.unknown.bind(w),
      P = w.put.bind(w);
    f(w, U, P);
  });

const crashIf = (name, about, f) =>
  mutation('err-crash-' + name, 'ERR-5', about, (w) =>
    wrap(w, 'pipeline', (o, c) => {
      if (f(c)) throw new Error('crash');
      return o(c);
    }),
  );

const queryText = (c) => {
  try {
    return decodeURIComponent(c.query);
  } catch {
    return c.query;
  }
};

const bodyText = (c) => {
  try {
    return decodeURIComponent(c.body.toString());
  } catch {
    return c.body.toString();
  }
};

const errorLeak = (name, about, f) =>
  answerEdit('err-leak-' + name, 'ERR-6', about, (r, c) => {
    const v = r.status >= 400 && f(r, c);
    if (v && r.out.error) r.out.error.message += ` ${v}`;
  });

const rawPayload = (c) => c.p?.payload ?? c.pairs?.find((p) => p.key === 'payload')?.value;

const idempotencyPrint = (name, about, f) =>
  mutation('idem-' + name, 'PROTO-2', about, (w) => {
    const I = w.idemPrint.bind(w);
    w.idemPrint = (c) => f(c, I);
  });

const idempotencySlot = (name, about, f) =>
  mutation('idem-' + name, 'PROTO-2', about, (w) => {
    const I = w.idemSlot.bind(w);
    w.idemSlot = (c, k) => I(c, f(k, c));
  });

const pairStored = (name, clause, about, f) =>
  mutation('enc-' + name, clause, about, (w) => wrap(w, 'put', (o, p, pair, c) => f(o, p, pair, c, w)));

const decoded = (name, clause, about, f) =>
  mutation('enc-' + name, clause, about, (w) => {
    const D = w.decode.bind(w);
    w.decode = (t, place, isKey) => f(t, place, isKey, D);
  });

const hasRawHeader = (c, name) => c.req.rawHeaders.some((h, i) => i % 2 === 0 && h === name);

const dropAlso = (name, clause, about, f) =>
  mutation(name, clause, about, (w) =>
    wrap(w, 'drop', (o, c, sc, s) => {
      o(c, sc, s);
      for (const who of f(c.who)) {
        const b = w.bucket({...c, who}, sc);
        const i = b.findIndex((t) => t.name === s.name);
        if (i >= 0) b.splice(i, 1);
      }
    }),
  );

const errorGlued = (name, about, when) =>
  answerEdit('err-glued-' + name, 'ERR-1', about, (r, c) => {
    const odd = (c.pairs || []).flatMap((p) => [p.value, p.key]).find((t) => t.includes('"'));
    if (odd && r.status >= 400 && r.status < 500 && when(r, c))
      r.out = `{"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No ${odd}"}}`;
  });

const cachedRead = (name, clause, about, when) =>
  mutation('cache-' + name, clause, about, (w) => {
    const t = new Map();
    wrap(w, 'pipeline', async (o, c) => {
      const key = c.path + '?' + c.query,
        hit = t.get(key);
      let by;
      try {
        by = w.auth(c);
      } catch {}
      if (c.method === 'GET' && hit && Date.now() < hit.until && when(by, hit.by)) return structuredClone(hit.out);
      const out = await o(c);
      if (c.method === 'GET')
        t.set(key, {out: structuredClone(out), by: c.who, user: c.scope.user, until: Date.now() + 300});
      else for (const [k, v] of t) if (v.user === c.scope.user) t.delete(k);
      return out;
    });
  });

module.exports = {
  mutations,
  wrap,
  mutation,
  secretShows,
  answerEdit,
  isUser,
  isAccount,
  sleep,
  refuse,
  payloadShown,
  expandIf,
  textRead,
  scopeRead,
  scopeType,
  integerRead,
  payloadStored,
  payloadReplaced,
  payloadListed,
  nameStored,
  namesAlike,
  expiryRange,
  afterRefusal,
  listOrder,
  page,
  hasMore,
  cursorFound,
  isLive,
  bucketKey,
  flatKeys,
  uiAllowed,
  caller,
  MAIN,
  sentText,
  errorBare,
  errorFlat,
  errorType,
  errorParam,
  unknownParam,
  crashIf,
  queryText,
  bodyText,
  errorLeak,
  rawPayload,
  idempotencyPrint,
  idempotencySlot,
  pairStored,
  decoded,
  hasRawHeader,
  dropAlso,
  errorGlued,
  cachedRead,
};
