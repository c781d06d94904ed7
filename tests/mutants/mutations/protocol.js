// Ways to be wrong: idempotency, encodings, concurrency.
'use strict';
const crypto = require('node:crypto');
const {Refusal} = require('../server.js');
const {
  wrap,
  mutation,
  answerEdit,
  sleep,
  refuse,
  idempotencyPrint,
  idempotencySlot,
  pairStored,
  decoded,
} = require('./makers.js');

// PROTO

answerEdit('proto-rid-errors', 'PROTO-1', 'all errors have the same Request-Id', (r) => {
  if (r.status >= 400) r.headers['request-id'] = 'req_error';
});

answerEdit('proto-rid-401', 'PROTO-1', 'a 401 has no Request-Id', (r) => {
  if (r.status === 401) delete r.headers['request-id'];
});

answerEdit('proto-rid-path', 'PROTO-1', 'an unknown path has no Request-Id', (r, c) => {
  if (!c.call) delete r.headers['request-id'];
});

answerEdit('proto-rid-delete', 'PROTO-1', 'delete has no Request-Id', (r, c) => {
  if (c.call === 'delete') delete r.headers['request-id'];
});

answerEdit('proto-rid-list', 'PROTO-1', 'list has no Request-Id', (r, c) => {
  if (c.call === 'list') delete r.headers['request-id'];
});

answerEdit('proto-rid-call', 'PROTO-1', 'the Request-Id is that of the call', (r, c) => {
  r.headers['request-id'] = `req_${c.call}`;
});

answerEdit('proto-rid-name', 'PROTO-1', 'the Request-Id of a find is that of the name', (r, c) => {
  if (c.call === 'find')
    r.headers['request-id'] = `req_${crypto
      .createHash('md5')
      .update(c.name || '')
      .digest('hex')}`;
});

answerEdit('proto-rid-second', 'PROTO-1', 'the Request-Id is the second', (r, c, w) => {
  r.headers['request-id'] = `req_${w.nowS()}`;
});

mutation('proto-rid-conn', 'PROTO-1', 'the Request-Id is that of the connection', (w) => {
  w.requestId = (c) => (c.req.socket.rid ||= `req_${crypto.randomBytes(4).toString('hex')}`);
});

answerEdit('proto-rid-empty', 'PROTO-1', 'the Request-Id is empty', (r) => {
  r.headers['request-id'] = '';
});

mutation('proto-rid-replay', 'PROTO-1', 'a replay has the first Request-Id', (w) => {
  wrap(w, 'finish', (o, r, c) => {
    if (c.first?.rid) r.headers['request-id'] = c.first.rid;
    c.rid = r.headers['request-id'];
  });
  wrap(w, 'replay', (o, seen, c) => {
    c.first = seen.c;
    return o(seen, c);
  });
});

idempotencyPrint('no-payload', 'parameters are compared without the payload', (c) =>
  JSON.stringify([c.call, c.p.name, c.p.scope?.user]),
);

idempotencyPrint('no-name', 'parameters are compared without the name', (c) =>
  JSON.stringify([c.call, c.p.payload, c.p.scope?.user]),
);

idempotencyPrint('no-scope', 'parameters are compared without the scope', (c) =>
  JSON.stringify([c.call, c.p.payload, c.p.name]),
);

idempotencyPrint('no-expires', 'parameters are compared without expires_at', (c) =>
  JSON.stringify([c.call, c.p.payload, c.p.name, c.p.scope?.user]),
);

idempotencyPrint('length', 'parameters are compared by their length', (c, I) => c.call + String(I(c).length));

idempotencyPrint('raw', 'parameters are compared as they are written', (c) => c.call + c.query + c.body.toString());

idempotencyPrint('case', 'parameters are compared in lower case', (c, I) => I(c).toLowerCase());

idempotencyPrint('trim', 'parameters are compared without blanks', (c, I) => I(c).replace(/ /g, ''));

idempotencyPrint('delete-any', 'for a delete parameters are not compared', (c, I) =>
  c.call === 'delete' ? 'delete' : I(c),
);

idempotencySlot('key-case', 'keys ignore case', (k) => k.toLowerCase());

idempotencySlot('key-cut', 'keys are cut at 16', (k) => k.slice(0, 16));

idempotencySlot('key-cut-64', 'keys are cut at 64', (k) => k.slice(0, 64));

idempotencySlot('per-user', 'keys are kept apart by user', (k, c) => k + c.p.scope?.user);

idempotencySlot('per-name', 'keys are kept apart by name', (k, c) => k + c.p.name);

mutation('idem-renders', 'PROTO-2', 'a repeated key shows the secret as it is now', (w) => {
  wrap(w, 'replay', (o, seen, c) => {
    if (c.call !== 'set') return o(seen, c);
    c.scope = w.scope(c.p, c);
    c.expanded = w.expands(c.p, c);
    const s = w.lookup(c, c.scope, c.p.name);
    return s ? w.view(s, c, c.expanded) : o(seen, c);
  });
});

mutation('idem-expand-lost', 'PROTO-2', 'a repeated key answers without the payload', (w) =>
  wrap(w, 'replay', (o, seen, c) => {
    const v = o(seen, c);
    delete v.payload;
    return v;
  }),
);

mutation('idem-created', 'PROTO-2', 'a repeated key answers a new created', (w) =>
  wrap(w, 'replay', (o, seen, c) => ({...o(seen, c), created: w.nowS() - 3})),
);

mutation('idem-once-more', 'PROTO-2', 'a key is forgotten after its first repetition', (w) =>
  wrap(w, 'replay', (o, seen, c) => {
    w.idem.delete(w.idemSlot(c, c.headers['idempotency-key']));
    return o(seen, c);
  }),
);

mutation('idem-five', 'PROTO-2', 'only the last key is kept', (w) =>
  wrap(w, 'once', async (o, c) => {
    const v = await o(c);
    const k = [...w.idem.keys()];
    if (k.length > 1) w.idem.delete(k[0]);
    return v;
  }),
);

mutation('idem-delete-stores', 'PROTO-2', 'a repeated delete deletes again', (w) =>
  wrap(w, 'replay', (o, seen, c) => {
    if (c.call === 'delete') w.delete(c).catch(() => {});
    return o(seen, c);
  }),
);

mutation('idem-delete-404', 'PROTO-2', 'a repeated delete is 404', (w) =>
  wrap(w, 'once', (o, c) => (c.call === 'delete' ? w.call(c) : o(c))),
);

mutation('idem-expiry-stores', 'PROTO-2', 'a repeated set renews expires_at', (w) =>
  wrap(w, 'replay', (o, seen, c) => {
    if (c.call === 'set') {
      const sc = w.scope(c.p, c);
      const s = w.lookup(c, sc, c.p.name);
      if (s) s.expires_at = c.p.expires_at ? Number(c.p.expires_at) : null;
    }
    return o(seen, c);
  }),
);

// What is being done is shared by all requests that give the same slot.
const idempotencyBegun = (name, clause, about, slotOf) =>
  mutation('idem-begun-' + name, clause, about, (w) => {
    const open = new Map();
    wrap(w, 'once', async (o, c) => {
      const k = c.headers['idempotency-key'];
      const slot = slotOf(c, k);
      if (!k) return o(c);
      if (open.has(slot)) return structuredClone(await open.get(slot));
      open.set(slot, sleep(20).then(() => o(c)));
      try {
        return await open.get(slot);
      } finally {
        open.delete(slot);
      }
    });
  });
idempotencyBegun('by-all', 'ISO-6', 'what is being done answers the key of another account', (c, k) => k);
idempotencyBegun('by-extension', 'ISO-5', 'what is being done answers a UI extension of another user', (c, k) =>
  c.who.account + k,
);
idempotencyBegun('any', 'PROTO-2', 'what is being done answers whatever has its key', (c, k) =>
  JSON.stringify([c.who, k]),
);
mutation('idem-409', 'PROTO-2', 'a repeated key is 409', (w) => {
  w.replay = () => {
    throw new Refusal(409, 'seen', {type: 'idempotency_error'});
  };
});

mutation('idem-other-type', 'PROTO-2', 'a key with other parameters is invalid_request_error', (w) =>
  wrap(w, 'envelope', (o, e, c) => {
    const v = o(e, c);
    if (v.error.type === 'idempotency_error') v.error.type = 'invalid_request_error';
    return v;
  }),
);

mutation('idem-other-replaces', 'PROTO-2', 'a key refused with other parameters takes those', (w) =>
  wrap(w, 'once', (o, c) => {
    const k = w.idemSlot(c, c.headers['idempotency-key']);
    const seen = c.headers['idempotency-key'] && w.idem.get(k);
    if (seen && seen.print !== w.idemPrint(c)) {
      const p = seen.print;
      w.idem.delete(k);
      return o(c).then(() => {
        throw new Refusal(400, 'x', {type: 'idempotency_error'});
      });
    }
    return o(c);
  }),
);

mutation('idem-refused-unknown', 'PROTO-2', 'a set refused for an unknown parameter is remembered', (w) =>
  wrap(w, 'unknown', (o, p, c) => {
    const k = c.headers['idempotency-key'];
    try {
      if (k && w.log.includes(k)) refuse('seen');
      o(p, c);
    } catch (e) {
      if (k) w.log.push(k);
      throw e;
    }
  }),
);

mutation('idem-refused-expires', 'PROTO-2', 'a set refused for its expires_at is remembered', (w) =>
  wrap(w, 'once', async (o, c) => {
    const k = c.headers['idempotency-key'];
    if (k && w.log.includes(k)) refuse('seen', {type: 'idempotency_error'});
    try {
      return await o(c);
    } catch (e) {
      if (k && e.more?.param === 'expires_at') w.log.push(k);
      throw e;
    }
  }),
);

answerEdit('proto-ct-delete', 'PROTO-3', 'delete answers text/plain', (r, c) => {
  if (c.call === 'delete' && r.status === 200) r.headers['content-type'] = 'text/plain';
});

answerEdit('proto-ct-latin', 'PROTO-3', 'charset is iso-8859-1', (r, c) => {
  r.headers['content-type'] = 'application/json; charset=iso-8859-1';
});

answerEdit('proto-ct-expand', 'PROTO-3', 'an expanded find answers text/plain', (r, c) => {
  if (c.call === 'find' && c.expanded && r.status === 200) r.headers['content-type'] = 'text/plain';
});

answerEdit('proto-ct-empty-list', 'PROTO-3', 'an empty list answers text/plain', (r, c) => {
  if (c.call === 'list' && r.status === 200 && !r.out.data.length) r.headers['content-type'] = 'text/plain';
});

answerEdit('proto-ct-problem', 'ERR-1', 'errors are application/problem+json', (r, c) => {
  if (r.status >= 400) r.headers['content-type'] = 'application/problem+json';
});

answerEdit('proto-ct-text-json', 'PROTO-3', 'answers are text/json', (r, c) => {
  if (r.status === 200) r.headers['content-type'] = 'text/json';
});

mutation('proto-single', 'PROTO-3,LIST-1', 'two answers in one', (w) =>
  wrap(w, 'serialise', (o, r, c) => (c.call === 'list' ? o(r, c) + o(r, c) : o(r, c))),
);

pairStored('index-list', 'PROTO-4,LIST-12', 'expand[0] is not understood in list', (o, p, pair, c) =>
  c.call === 'list' && /expand\[\d/.test(pair.key) ? undefined : o(p, pair, c),
);

pairStored('index-set', 'PROTO-4', 'expand[0] is not understood in set', (o, p, pair, c) =>
  c.call === 'set' && /expand\[\d/.test(pair.key) ? undefined : o(p, pair, c),
);

pairStored('index-one', 'PROTO-4', 'only expand[0] is understood', (o, p, pair, c) =>
  /expand\[[1-9]/.test(pair.key) ? undefined : o(p, pair, c),
);

pairStored('post-query-delete', 'PROTO-4', 'the query of a delete is not read', (o, p, pair, c) =>
  c.call === 'delete' && pair.place === 'query' ? undefined : o(p, pair, c),
);

pairStored('post-query-scope', 'PROTO-4', 'scope in the query of a POST is not read', (o, p, pair, c) =>
  c.method === 'POST' && pair.place === 'query' && /^scope/.test(pair.key) ? undefined : o(p, pair, c),
);

pairStored('post-query-expand', 'PROTO-4', 'expand in the query of a POST is not read', (o, p, pair, c) =>
  c.method === 'POST' && pair.place === 'query' && /^expand/.test(pair.key) ? undefined : o(p, pair, c),
);

pairStored('order-list', 'PROTO-4', 'in list scope must stand first', (o, p, pair, c) =>
  c.call === 'list' && /^scope/.test(pair.key) && p.limit ? undefined : o(p, pair, c),
);

pairStored('order-delete', 'PROTO-4', 'in delete name must stand before scope', (o, p, pair, c) =>
  c.call === 'delete' && pair.key === 'name' && p.scope ? undefined : o(p, pair, c),
);

pairStored('order-user-first', 'PROTO-4', 'scope[type] after scope[user] clears the user', (o, p, pair, c) => {
  o(p, pair, c);
  if (pair.key === 'scope[type]' && p.scope.user) delete p.scope.user;
});

pairStored('order-expand', 'PROTO-4', 'expand before name is not seen', (o, p, pair, c) =>
  /^expand/.test(pair.key) && !p.name && c.call === 'find' ? undefined : o(p, pair, c),
);

pairStored('order-expires', 'PROTO-4', 'expires_at before payload is not seen', (o, p, pair, c) =>
  pair.key === 'expires_at' && p.payload === undefined ? undefined : o(p, pair, c),
);

decoded('plus-query', 'SET-8,PROTO-4', 'a plus in a query stays a plus', (t, place, k, D) =>
  place === 'query' ? D(t.replace(/\+/g, '%2B'), place, k) : D(t, place, k),
);

decoded('plus-body', 'SET-8,PROTO-4', 'a plus in a body stays a plus', (t, place, k, D) =>
  place === 'body' ? D(t.replace(/\+/g, '%2B'), place, k) : D(t, place, k),
);

decoded('percent-body-20', 'PROTO-4,SET-8', '%20 in a body stays', (t, place, k, D) =>
  place === 'body' ? D(t.replace(/%20/g, '%2520'), place, k) : D(t, place, k),
);

decoded('key-query', 'PROTO-4', 'names of parameters in a query are not decoded', (t, place, k, D) =>
  k && place === 'query' ? t : D(t, place, k),
);

decoded('key-body', 'PROTO-4', 'names of parameters in a body are not decoded', (t, place, k, D) =>
  k && place === 'body' ? t : D(t, place, k),
);

decoded('key-lower', 'PROTO-4', '%5b in lower case is not decoded in names', (t, place, k, D) =>
  k
    ? D(
        t.replace(/%5b|%5d/g, (x) => '%25' + x.slice(1)),
        place,
        k,
      )
    : D(t, place, k),
);

mutation('enc-charset', 'PROTO-4', 'a content type with a charset is refused', (w) =>
  wrap(w, 'contentType', (o, c) => {
    if (/charset/i.test(c.headers['content-type'] || '')) refuse('no charset');
    o(c);
  }),
);

mutation('enc-get-type', 'PROTO-4', 'a GET with a content type is refused', (w) =>
  wrap(w, 'contentType', (o, c) => {
    if (c.method === 'GET' && c.headers['content-type']) refuse('no type');
    o(c);
  }),
);

mutation('enc-stripe-version', 'PROTO-4', 'an unknown header is refused', (w) =>
  wrap(w, 'contentType', (o, c) => {
    if (c.headers['stripe-version']) refuse('no version');
    o(c);
  }),
);

// CONC

mutation('conc-deletes', 'CONC-2', 'concurrent deletes all answer 200', (w) =>
  wrap(w, 'delete', async (o, c) => {
    w.checkDelete(c);
    const s = w.lookup(c, c.scope, c.name);
    await sleep(3);
    if (!s) w.missing(c);
    w.drop(c, c.scope, s);
    return w.deleted(s, c);
  }),
);

mutation('conc-torn', 'CONC-1,CONC-2', 'concurrent sets mix payload and expires_at', (w) => {
  w.set = async (c) => {
    w.checkSet(c);
    let s = w.lookup(c, c.scope, c.name);
    if (!s) {
      w.purge(c, c.scope);
      s = w.create(c);
      w.insert(c, s);
    }
    s.payload = c.payload;
    await sleep(Math.random() * 4);
    s.expires_at = c.expires_at;
    return w.view({...s, payload: c.payload, expires_at: c.expires_at}, c, c.expanded);
  };
});

mutation('conc-new-two', 'CONC-1', 'concurrent sets of a new name add several in the account', (w) => {
  w.set = async (c) => {
    w.checkSet(c);
    const old = w.lookup(c, c.scope, c.name);
    if (c.scope.type === 'account') await sleep(2);
    if (old) {
      w.replace(c, old);
      return w.view(old, c, c.expanded);
    }
    w.purge(c, c.scope);
    const s = w.create(c);
    w.insert(c, s);
    return w.view(s, c, c.expanded);
  };
});

mutation('conc-new-user', 'CONC-1', 'concurrent sets of a new name add several', (w) => {
  w.set = async (c) => {
    w.checkSet(c);
    const old = w.lookup(c, c.scope, c.name);
    await sleep(2);
    if (old) {
      w.replace(c, old);
      return w.view(old, c, c.expanded);
    }
    w.purge(c, c.scope);
    const s = w.create(c);
    w.insert(c, s);
    return w.view(s, c, c.expanded);
  };
});

mutation('conc-409', 'SET-1,CONC-1', 'a set during another of its name is 409', (w) => {
  const busy = new Set();
  wrap(w, 'set', async (o, c) => {
    w.checkSet(c);
    const k = w.bucketKey(c, c.scope) + c.name;
    if (busy.has(k)) throw new Refusal(409, 'busy');
    busy.add(k);
    await sleep(2);
    busy.delete(k);
    return o(c);
  });
});

mutation('conc-500', 'SET-1,CONC-1', 'a set during another of its name is a 500', (w) => {
  const busy = new Set();
  wrap(w, 'set', async (o, c) => {
    w.checkSet(c);
    const k = w.bucketKey(c, c.scope) + c.name;
    if (busy.has(k)) throw new Error('deadlock');
    busy.add(k);
    await sleep(2);
    busy.delete(k);
    return o(c);
  });
});

mutation('conc-names-lost', 'LIST-2', 'of concurrent sets of names in a scope one is lost', (w) => {
  w.insert = (c, s) => {
    const k = w.bucketKey(c, c.scope);
    const b = w.bucket(c, c.scope).slice();
    setTimeout(() => {
      b.unshift(s);
      w.buckets.set(k, b);
    }, 2);
  };
  wrap(w, 'set', async (o, c) => {
    const v = await o(c);
    await sleep(4);
    return v;
  });
});

mutation('conc-list-empty', 'CONC-3', 'during a set a list is empty', (w) => {
  const busy = new Map();
  wrap(w, 'set', async (o, c) => {
    w.checkSet(c);
    const k = w.bucketKey(c, c.scope);
    busy.set(k, (busy.get(k) || 0) + 1);
    await sleep(2);
    busy.set(k, busy.get(k) - 1);
    return o(c);
  });
  wrap(w, 'sort', (o, a, c) => (busy.get(w.bucketKey(c, c.scope)) ? [] : o(a, c)));
});

mutation('conc-find-miss', 'CONC-2', 'during a replace a find misses', (w) => {
  const busy = new Map();
  wrap(w, 'set', async (o, c) => {
    w.checkSet(c);
    const k = w.bucketKey(c, c.scope) + c.name;
    busy.set(k, (busy.get(k) || 0) + 1);
    await sleep(2);
    busy.set(k, busy.get(k) - 1);
    return o(c);
  });
  wrap(w, 'find', (o, c) => {
    w.checkFind(c);
    if (busy.get(w.bucketKey(c, c.scope) + c.name)) w.missing(c);
    return o(c);
  });
});

mutation('conc-idem', 'PROTO-2', 'the same key at once is done twice', (w) =>
  wrap(w, 'set', async (o, c) => {
    await sleep(3);
    return o(c);
  }),
);
