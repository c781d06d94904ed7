// Ways to be wrong: an authentication layer, a cache, a proxy or a collation in the way.
'use strict';
const {
  mutations,
  wrap,
  mutation,
  answerEdit,
  isAccount,
  sleep,
  refuse,
  payloadStored,
  nameStored,
  namesAlike,
  isLive,
  uiAllowed,
  errorBare,
  crashIf,
  hasRawHeader,
  dropAlso,
  errorGlued,
  cachedRead,
} = require('./makers.js');

// Where an authentication layer, a cache, a proxy or a collation is in the way

uiAllowed(
  'ui-bearer',
  'ISO-5',
  'as a bearer token a UI extension reaches every user',
  (s, c) => c.cred.by === 'bearer',
);

mutation('live-bearer-test', 'AUTH-3,ISO-7', 'as a bearer token a live key is in test mode', (w) =>
  wrap(w, 'auth', (o, c) => {
    const k = o(c);
    return c.cred.by === 'bearer' ? {...k, live: false} : k;
  }),
);

mutation('auth-header-case', 'AUTH-3', 'the Authorization header is known in capitals only', (w) =>
  wrap(w, 'auth', (o, c) => {
    if (c.headers.authorization && !hasRawHeader(c, 'Authorization')) c.headers.authorization = undefined;
    return o(c);
  }),
);

mutation('enc-type-header-case', 'PROTO-4', 'the Content-Type header is known in capitals only', (w) =>
  wrap(w, 'contentType', (o, c) => {
    if (c.method === 'POST' && c.headers['content-type'] && !hasRawHeader(c, 'Content-Type')) refuse('Send a form.');
    o(c);
  }),
);

mutation('idem-header-case', 'PROTO-2', 'the Idempotency-Key header is known in capitals only', (w) =>
  wrap(w, 'once', (o, c) => (hasRawHeader(c, 'Idempotency-Key') ? o(c) : w.call(c))),
);

mutation('idem-bearer', 'PROTO-2', 'with a bearer token keys are not remembered', (w) =>
  wrap(w, 'once', (o, c) => (c.cred.by === 'bearer' ? w.call(c) : o(c))),
);

mutation('idem-other-forgets', 'PROTO-2', 'a key refused with other parameters is forgotten', (w) =>
  wrap(w, 'once', async (o, c) => {
    try {
      return await o(c);
    } catch (e) {
      if (e.more?.type === 'idempotency_error') w.idem.delete(w.idemSlot(c, c.headers['idempotency-key']));
      throw e;
    }
  }),
);

answerEdit('idem-type', 'PROTO-3', 'a repeated answer is text/html', (r, c) => {
  if (c.replayed) r.headers['content-type'] = 'text/html';
});

mutation('idem-miss-200', 'DEL-3', 'a repeated delete of what is not there is 200', (w) =>
  wrap(w, 'once', async (o, c) => {
    const k = c.call + c.headers['idempotency-key'];
    try {
      return await o(c);
    } catch (e) {
      if (e.status !== 404 || !c.headers['idempotency-key']) throw e;
      if (w.log.includes(k)) return w.envelope(e, c);
      w.log.push(k);
      throw e;
    }
  }),
);

crashIf(
  'no-type',
  'a POST without a Content-Type is a 500',
  (c) => c.method === 'POST' && c.headers['content-type'] === undefined,
);

crashIf(
  'cursor-longest',
  'a cursor of over 1,000 characters is a 500',
  (c) => c.path === '/v1/apps/secrets' && c.query.length > 1200,
);

mutations.at(-1).clause = 'ERR-5,LIST-8';

crashIf('name-blanks', 'a name of blanks alone is a 500', (c) => /(^|&)name=[+]+(&|$)/.test(c.query + '&' + c.body));

errorBare('large', 'a body of over 64 kB is refused in plain text', (r, c) => c.body.length > 65536);

dropAlso('iso-delete-accounts', 'ISO-6', 'a delete deletes the name in every account', (who) =>
  ['a', 'b'].map((account) => ({...who, account})),
);

dropAlso('iso-delete-modes', 'ISO-7', 'a delete deletes the name in both modes', (who) =>
  [true, false].map((live) => ({...who, live})),
);

mutation('iso-acct-user', 'OBJ-3,ISO-1,ISO-3', 'scope[user] beside scope[type]=account means the user', (w) =>
  wrap(w, 'scope', (o, p, c) => {
    if (p.scope?.type === 'account' && p.scope.user) p.scope.type = 'user';
    return o(p, c);
  }),
);

mutation('iso-user-decoded-list', 'OBJ-3,LIST-2', 'list decodes the user twice', (w) =>
  wrap(w, 'scope', (o, p, c) => {
    const s = o(p, c);
    if (c.call === 'list' && s.user) {
      try {
        s.user = decodeURIComponent(s.user);
      } catch {}
    }
    return s;
  }),
);

mutation('live-delete-false', 'OBJ-6', 'a delete in live mode says livemode false', (w) =>
  wrap(w, 'deleted', (o, s, c) => ({...w.view(s, c, false), livemode: false, deleted: true})),
);

mutation('delete-name-lower', 'DEL-1', 'the full answer of a delete has the name in lower case', (w) =>
  wrap(w, 'deleted', (o, s, c) => ({...w.view(s, c, false), name: s.name.toLowerCase(), deleted: true})),
);

mutation('expand-first', 'FIND-4', 'only the first of what is expanded counts', (w) =>
  wrap(w, 'expands', (o, p, c) => o({expand: (p.expand || []).slice(0, 1)}, c)),
);

mutation('expand-last', 'FIND-4', 'only the last of what is expanded counts', (w) =>
  wrap(w, 'expands', (o, p, c) => o({expand: (p.expand || []).slice(-1)}, c)),
);

isLive('exp-live-never', 'EXP-3', 'in live mode nothing ends', (o, s, c) => (c.who?.live ? true : o(s, c)));

mutation('list-find-first', 'LIST-13', 'what was found comes first from then on', (w) =>
  wrap(w, 'find', async (o, c) => {
    const v = await o(c);
    const s = w.lookup(c, c.scope, c.name);
    w.drop(c, c.scope, s);
    w.insert(c, s);
    return v;
  }),
);

mutation('limit-default-9', 'LIST-4,LIST-7', 'without limit a page holds 9', (w) =>
  wrap(w, 'limit', (o, p, c) => (p.limit === undefined ? 9 : o(p, c))),
);

mutation('find-by-id', 'FIND-2', 'find takes an id for a name', (w) =>
  wrap(
    w,
    'lookup',
    (o, c, sc, n) => o(c, sc, n) ?? (c.call === 'find' ? w.all(c, sc).find((s) => s.id === n) : undefined),
  ),
);

mutation('delete-by-id', 'DEL-3', 'delete takes an id for a name', (w) =>
  wrap(
    w,
    'lookup',
    (o, c, sc, n) => o(c, sc, n) ?? (c.call === 'delete' ? w.all(c, sc).find((s) => s.id === n) : undefined),
  ),
);

mutation('proto-rid-ms', 'PROTO-1', 'the Request-Id is the time in milliseconds', (w) => {
  w.requestId = () => `req_${w.nowMs()}`;
});

payloadStored('doubled-percent', 'two percent signs become one', (t) => t.replace(/%%/g, '%'));

mutation('enc-equals', 'PROTO-4,SET-8', 'a value ends at a second =', (w) =>
  wrap(w, 'pairs', (o, t, place) =>
    o(t, place).map((p) => ({
      ...p,
      value: p.raw.split('=').length > 2 ? w.decode(p.raw.split('=')[1], place, false) : p.value,
    })),
  ),
);

mutation('enc-raw-utf8-lost', 'SET-8', 'UTF-8 that is not percent-encoded is taken for Latin-1', (w) =>
  wrap(w, 'decode', (o, t, place, isKey) =>
    /[\x80-\xff]/.test(t)
      ? o(
          t.replace(/[\x80-\xff]/g, (x) => encodeURIComponent(x)),
          place,
          isKey,
        )
      : o(t, place, isKey),
  ),
);

uiAllowed(
  'ui-list-cursor',
  'ISO-5',
  'a UI extension lists behind a cursor in another scope',
  (s, c) => c.call === 'list' && (c.p.starting_after || c.p.ending_before),
);

mutation('ui-list-empty', 'ISO-5', 'a UI extension lists the scope of a user who has nothing', (w) =>
  wrap(w, 'uiCheck', (o, s, c) => {
    if (c.call !== 'list' || w.bucket(c, s).length) o(s, c);
  }),
);

uiAllowed(
  'ui-trim',
  'ISO-5',
  'the user of a UI extension is compared without blanks',
  (s, c) => s.user.trim() === c.who.user,
);

mutation(
  'exp-acct-timer',
  'EXP-5,DEL-5',
  'in the account the first expires_at of a name ends it, whatever is set then',
  (w) => {
    const t = new Map();
    wrap(w, 'create', (o, c) => {
      const s = o(c),
        k = w.bucketKey(c, c.scope) + s.name;
      if (isAccount(s) && s.expires_at) t.set(k, s.expires_at);
      s.ends = t;
      s.key = k;
      return s;
    });
    wrap(
      w,
      'live',
      (o, s, c) => o(s, c) && !(s.ends?.get(s.key) * 1000 < w.nowMs() && w.nowMs() < s.ends.get(s.key) * 1000 + 3000),
    );
  },
);

errorGlued('find', 'the 404 of a find is glued together from texts', (r, c) => c.call === 'find' && r.status === 404);

errorGlued(
  'delete',
  'the 404 of a delete is glued together from texts',
  (r, c) => c.call === 'delete' && r.status === 404,
);

errorGlued('list', 'refusals of list are glued together from texts', (r, c) => c.call === 'list');

errorGlued('set', 'refusals of set are glued together from texts', (r, c) => c.call === 'set');

crashIf(
  'cursor-quote',
  'a quote in a cursor is a 500',
  (c) => c.path === '/v1/apps/secrets' && /starting_after=[^&]*%27/.test(c.query),
);

mutation('user-quote', 'OBJ-3', 'a double quote in a user is a 500', (w) =>
  wrap(w, 'uiCheck', (o, s, c) => {
    if (s.user.includes('"')) throw new Error('crash');
    o(s, c);
  }),
);

mutation('enc-expires-in-query', 'PROTO-4', 'expires_at in the query of a POST is not read', (w) =>
  wrap(w, 'put', (o, p, pair, c) => {
    if (c.method === 'POST' && pair.place === 'query' && pair.key === 'expires_at') return;
    o(p, pair, c);
  }),
);

// a cache of reads that knows the URL only; changes of the user's secrets empty it

cachedRead('nobody', 'AUTH-1', 'what was just read is shown without a key', (by) => !by);

cachedRead(
  'account',
  'ISO-6',
  'what was just read is shown to another account',
  (by, was) => by && by.account !== was.account,
);

cachedRead('mode', 'ISO-7', 'what was just read is shown in the other mode', (by, was) => by && by.live !== was.live);

cachedRead('ui', 'ISO-5', 'what was just read is shown to a UI extension', (by, was) => by?.user && !was.user);

answerEdit(
  'list-expand-large',
  'LIST-12',
  'an expanded list of over 16,384 characters has its last payload cut',
  (r, c) => {
    if (c.call === 'list' && r.status === 200 && c.expanded && JSON.stringify(r.out).length > 16384) {
      const last = r.out.data.at(-1);
      last.payload = last.payload.slice(0, 100);
    }
  },
);

mutation('ui-user-optional', 'SET-4', 'a UI extension need not name its user', (w) =>
  wrap(w, 'scope', (o, p, c) => {
    if (c.who.user && p.scope?.type === 'user' && p.scope.user === undefined) p.scope.user = c.who.user;
    return o(p, c);
  }),
);

mutation(
  'conc-pair-torn',
  'CONC-2',
  'a set that replaces stores the payload first and the expires_at 2 ms later',
  (w) =>
    wrap(w, 'set', async (o, c) => {
      w.checkSet(c);
      const old = w.lookup(c, c.scope, c.name);
      if (old) {
        old.payload = c.payload;
        await sleep(2);
      }
      return o(c);
    }),
);

namesAlike('line-ends', 'CR LF and LF are one', (t) => t.replace(/\r\n/g, '\n'));

namesAlike('hard-blank', 'a no-break space and a blank are one', (t) => t.replace(/\u00a0/g, ' '));

namesAlike('backslash', 'a backslash and n are a newline', (t) => t.replace(/\\n/g, '\n'));

namesAlike('quotes', 'two single quotes are one', (t) => t.replace(/''/g, "'"));

namesAlike('variation', 'variation selectors do not count', (t) => t.replace(/[\ufe0e\ufe0f]/g, ''));

mutation('n-nul-cut', 'SET-9', 'a name ends at a NUL', (w) =>
  wrap(w, 'decode', (o, t, place, isKey) => o(isKey ? t : t.split('%00')[0], place, isKey)),
);

namesAlike('fragment', 'what stands behind # does not count', (t) => t.split('#')[0] || t);

namesAlike('question-mark', 'what stands behind ? does not count', (t) => t.split('?')[0] || t);

nameStored('controls-lost', 'control characters of a name are lost', (t) => t.replace(/[\x01-\x1f\x7f]/g, '') || t);

mutation('name-dash-refused', 'SET-8', 'a name that begins with - is refused', (w) =>
  wrap(w, 'text', (o, p, k, c) => {
    const v = o(p, k, c);
    if (k === 'name' && v.startsWith('-')) refuse('name', {param: 'name'});
    return v;
  }),
);

// Not judged: the clauses leave it free, or it cannot be told from outside.
