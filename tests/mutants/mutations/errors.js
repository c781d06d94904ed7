// Ways to be wrong: errors.
'use strict';
const {
  wrap,
  mutation,
  answerEdit,
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
} = require('./makers.js');

// ERR

for (const [f, t] of [
  [errorBare, 'plain'],
  [errorFlat, 'no envelope'],
]) {
  f('idem', `${t} for an idempotency error`, (r, c) => r.out.error?.type === 'idempotency_error');
  f('utf8', `${t} for invalid UTF-8`, (r, c) => /UTF-8/.test(r.out.error?.message));
  f('shape', `${t} for a scope that is no mapping`, (r, c) => /^Invalid (scope|expand)/.test(r.out.error?.message));
  f('unknown', `${t} for an unknown parameter`, (r, c) => r.out.error?.code === 'parameter_unknown');
  f('both', `${t} for both cursors`, (r, c) => /both/.test(r.out.error?.message));
  f('long', `${t} for a text that is too long`, (r, c) => /at most/.test(r.out.error?.message));
  f('json', `${t} for a JSON body`, (r, c) => /Send a form/.test(r.out.error?.message));
  f('slash', `${t} for a trailing slash`, (r, c) => c.path.endsWith('/'));
  f('range', `${t} for an expires_at out of range`, (r, c) => /range/.test(r.out.error?.message));
  f('limit', `${t} for a limit out of range`, (r, c) => /1 to 100/.test(r.out.error?.message));
  f('expand', `${t} for an unknown expand`, (r, c) => /expanded/.test(r.out.error?.message));
  f('bearer', `${t} for an unknown bearer token`, (r, c) => r.status === 401 && c.cred?.by === 'bearer');
  f(
    'unreadable',
    `${t} for an unreadable Authorization`,
    (r, c) => r.status === 401 && !c.cred && c.headers.authorization,
  );
  f('verb', `${t} for PUT, PATCH, DELETE`, (r, c) => /^(PUT|PATCH|DELETE)$/.test(c.method));
  f('type', `${t} for an unknown scope type`, (r, c) => /scope\[type\]: must/.test(r.out.error?.message));
  f('user', `${t} for a missing user`, (r, c) => /scope\[user\]/.test(r.out.error?.message));
  f('delete', `${t} for a delete without a scope`, (r, c) => c.call === 'delete' && r.out.error?.param === 'scope');
  f('path-post', `${t} for a POST to find`, (r, c) => c.method === 'POST' && c.path.endsWith('/find'));
}

answerEdit('err-message-object', 'ERR-1', 'the message is a list', (r) => {
  if (r.out?.error) r.out.error.message = [r.out.error.message];
});

answerEdit('err-message-null-404', 'ERR-1', 'a 404 has message null', (r) => {
  if (r.status === 404) r.out.error.message = null;
});

answerEdit('err-type-number', 'ERR-1', 'the type is the status', (r) => {
  if (r.out?.error) r.out.error.type = r.status;
});

errorType('find', 'a refused find has another type', (r, c) => c.call === 'find' && r.status === 400);

errorType(
  'list',
  'a refused list has another type',
  (r, c) => c.call === 'list' && r.status === 400 && !/No such/.test(r.out.error.message),
);

errorType(
  'cursor',
  'an unknown cursor has another type',
  (r, c) => c.call === 'list' && /No such/.test(r.out.error.message),
);

errorType(
  'delete',
  'a refused delete has another type',
  (r, c) => c.call === 'delete' && r.status === 400 && r.out.error.type !== 'idempotency_error',
);

errorType('expires', 'a bad expires_at has another type', (r, c) => r.out.error.param === 'expires_at');

errorType(
  'scope',
  'a bad scope type has another type',
  (r, c) => r.out.error.param === 'scope[type]' && /must/.test(r.out.error.message),
);

errorType('long', 'a text too long has another type', (r, c) => /at most/.test(r.out.error.message));

errorType('unknown', 'an unknown parameter has another type', (r, c) => r.out.error.code === 'parameter_unknown');

errorType(
  'acct-404',
  'a missing secret of the account has another type',
  (r, c) => r.status === 404 && c.scope?.type === 'account',
);

errorParam(
  'list',
  'a list without scope names another param',
  (r, c) => c.call === 'list' && /^scope/.test(r.out.error.param || ''),
);

errorParam('cursor', 'an unknown cursor names another param', (r, c) =>
  /^(starting|ending)/.test(r.out.error.param || ''),
);

errorParam('long', 'a text too long names another param', (r, c) => /at most/.test(r.out.error.message));

errorParam('range', 'an expires_at out of range names another param', (r, c) => /range/.test(r.out.error.message));

errorParam('limit', 'a limit out of range names another param', (r, c) => /1 to 100/.test(r.out.error.message));

errorParam('unknown', 'an unknown parameter is not named', (r, c) => r.out.error.code === 'parameter_unknown');

unknownParam('global', 'a parameter of another call is ignored', (w, U) => {
  w.unknown = (p, c) => {
    for (const k of Object.keys(p))
      if (
        !['name', 'payload', 'scope', 'expires_at', 'expand', 'limit', 'starting_after', 'ending_before'].includes(k)
      )
        U(p, c);
  };
});

unknownParam('nested', 'an unknown member of scope is ignored', (w, U, P) => {
  w.put = (p, pair, c) => {
    if (/^scope\[(?!type\]|user\])/.test(pair.key)) return;
    P(p, pair, c);
  };
});

unknownParam('case', 'Colour with a capital is ignored', (w, U) => {
  w.unknown = (p, c) => {
    for (const k of Object.keys(p)) if (!/^[A-Z]/.test(k)) U({[k]: 1}, c);
  };
});

unknownParam('empty', 'an unknown parameter without a value is ignored', (w, U, P) => {
  w.put = (p, pair, c) => {
    if (pair.value === '') {
      if (!w.known(c.call).includes(pair.key.split('[')[0])) return;
    }
    P(p, pair, c);
  };
});

unknownParam('query', 'an unknown parameter in the query of a POST is ignored', (w, U, P) => {
  w.put = (p, pair, c) => {
    if (c.method === 'POST' && pair.place === 'query' && !w.known(c.call).includes(pair.key.split('[')[0])) return;
    P(p, pair, c);
  };
});

unknownParam('list', 'an unknown list parameter is ignored', (w, U, P) => {
  w.put = (p, pair, c) => {
    if (/^colour\[/.test(pair.key)) return;
    P(p, pair, c);
  };
});

unknownParam('metadata', 'metadata is ignored', (w, U, P) => {
  w.put = (p, pair, c) => {
    if (/^metadata/.test(pair.key)) return;
    P(p, pair, c);
  };
});

unknownParam('underscore', 'a parameter with an underscore before is ignored', (w, U) => {
  w.unknown = (p, c) => {
    for (const k of Object.keys(p)) if (k[0] !== '_') U({[k]: 1}, c);
  };
});

crashIf('path-percent', 'a path with a bad percent sequence is a 500', (c) => /%(?![0-9a-f]{2})/i.test(c.path));

crashIf('path-utf8', 'a path with %ff is a 500', (c) => /%ff/i.test(c.path));

crashIf('path-double', 'a path with // is a 500', (c) => /\/\//.test(c.path));

crashIf('post-find', 'POST to find is a 500', (c) => c.method === 'POST' && c.path.endsWith('/find'));

crashIf('options', 'OPTIONS is a 500', (c) => c.method === 'OPTIONS');

crashIf(
  'no-type',
  'a POST without a content type is a 500',
  (c) => c.method === 'POST' && !c.headers['content-type'],
);

crashIf(
  'json-bad',
  'a broken JSON body is a 500',
  (c) =>
    /json/.test(c.headers['content-type'] || '') &&
    (() => {
      try {
        JSON.parse(c.body);
        return false;
      } catch {
        return true;
      }
    })(),
);

crashIf(
  'json-array',
  'a JSON body that is a list is a 500',
  (c) => /json/.test(c.headers['content-type'] || '') && /^\[|^null|^1/.test(c.body.toString()),
);

crashIf(
  'delete-empty',
  'a delete without a body is a 500',
  (c) => c.path.endsWith('/delete') && c.method === 'POST' && !c.body.length,
);

crashIf(
  'delete-percent',
  'a delete with a bad percent sequence is a 500',
  (c) => c.path.endsWith('/delete') && /%(?![0-9a-f]{2})/i.test(c.body.toString()),
);

crashIf(
  'delete-shape',
  'a delete with scope=account is a 500',
  (c) => c.path.endsWith('/delete') && /(^|&)scope=/.test(bodyText(c)),
);

crashIf(
  'delete-list-name',
  'a delete with name[]= is a 500',
  (c) => c.path.endsWith('/delete') && /name\[/.test(bodyText(c)),
);

crashIf(
  'find-list-name',
  'a find with name[]= is a 500',
  (c) => c.path.endsWith('/find') && /name\[/.test(queryText(c)),
);

crashIf(
  'find-expand',
  'a find with expand=payload is a 500',
  (c) => c.path.endsWith('/find') && /(^|&)expand=/.test(queryText(c)),
);

crashIf(
  'find-expand-map',
  'a find with expand[a]= is a 500',
  (c) => c.path.endsWith('/find') && /expand\[[a-z]/.test(queryText(c)),
);

crashIf('expand-index', 'expand[999999999] is a 500', (c) => /expand\[\d{6,}\]/.test(queryText(c) + bodyText(c)));

crashIf('expand-negative', 'expand[-1] is a 500', (c) => /expand\[-1\]/.test(queryText(c) + bodyText(c)));

crashIf('list-limit-list', 'limit[]=1 is a 500', (c) => /limit\[/.test(queryText(c)));

crashIf('list-after-list', 'starting_after[]= is a 500', (c) => /starting_after\[/.test(queryText(c)));

crashIf(
  'list-scope-scalar',
  'a list with scope=account is a 500',
  (c) => c.path === '/v1/apps/secrets' && /(^|&)scope=/.test(queryText(c)),
);

crashIf('list-limit-twice', 'limit twice is a 500', (c) => (queryText(c).match(/limit=/g) || []).length > 1);

crashIf('limit-exp', 'limit=1e400 is a 500', (c) => /limit=1e\d/.test(queryText(c)));

crashIf('limit-nan', 'limit=NaN is a 500', (c) => /limit=NaN/.test(queryText(c)));

crashIf('limit-int64', 'limit=9223372036854775808 is a 500', (c) => /limit=92233720/.test(queryText(c)));

crashIf('expires-negative', 'a very negative expires_at is a 500', (c) => /expires_at=-\d{12}/.test(bodyText(c)));

crashIf('expires-int64', 'expires_at=9223372036854775807 is a 500', (c) => /expires_at=9223372/.test(bodyText(c)));

crashIf('expires-empty', 'an empty expires_at is a 500', (c) => /expires_at=(&|$)/.test(bodyText(c)));

crashIf('user-nul', 'a NUL in the user is a 500', (c) => /user\]=[^&]*%00/.test(c.body.toString() + c.query));

crashIf('user-list', 'scope[user][]= is a 500', (c) => /user\]\[/.test(queryText(c) + bodyText(c)));

crashIf('type-list', 'scope[type][]= is a 500', (c) => /type\]\[\]/.test(queryText(c) + bodyText(c)));

crashIf(
  'idem-long',
  'an Idempotency-Key of 300 characters is a 500',
  (c) => (c.headers['idempotency-key'] || '').length > 255,
);

crashIf('idem-odd', 'an Idempotency-Key with odd characters is a 500', (c) =>
  /['"%\/]/.test(c.headers['idempotency-key'] || ''),
);

crashIf(
  'auth-long',
  'an Authorization of 5,000 characters is a 500',
  (c) => (c.headers.authorization || '').length > 4000,
);

crashIf(
  'auth-nul',
  'a NUL in a Basic key is a 500',
  (c) =>
    /^Basic/.test(c.headers.authorization || '') &&
    Buffer.from(c.headers.authorization.slice(6), 'base64').includes(0),
);

crashIf(
  'auth-latin1',
  'a Basic key that is no UTF-8 is a 500',
  (c) =>
    /^Basic/.test(c.headers.authorization || '') &&
    Buffer.from(c.headers.authorization.slice(6), 'base64').includes(0xff),
);

crashIf('get-body', 'a GET with a body is a 500', (c) => c.method === 'GET' && c.body.length);

mutation('err-crash-get-type', 'ERR-1,ERR-5,PROTO-4', 'a GET with a content type is a 500', (w) =>
  wrap(w, 'pipeline', (o, c) => {
    if (((c) => c.method === 'GET' && c.headers['content-type'])(c)) throw new Error('crash');
    return o(c);
  }),
);

crashIf('semicolon', 'a ; in a query is a 500', (c) => /;/.test(c.query));

crashIf('equals', 'two = in a parameter is a 500', (c) => c.query.split('&').some((p) => p.split('=').length > 2));

crashIf('bracket-only', 'a parameter []= is a 500', (c) => /(^|&)\[/.test(queryText(c) + bodyText(c)));

crashIf('path-long', 'a path of 3,000 characters is a 500', (c) => c.path.length > 2000);

errorLeak(
  'missing',
  'a missing parameter error repeats the parameters',
  (r, c) => r.out.error?.code === 'parameter_missing' && rawPayload(c),
);

errorLeak(
  'empty',
  'an empty parameter error repeats the parameters',
  (r, c) => r.out.error?.code === 'parameter_invalid_empty' && rawPayload(c),
);

errorLeak(
  'idem',
  'an idempotency error repeats the payload',
  (r, c) => r.out.error?.type === 'idempotency_error' && rawPayload(c),
);

errorLeak(
  'cap',
  'the refusal of a full scope repeats the payload',
  (r, c) => /full/.test(r.out.error?.message) && rawPayload(c),
);

errorLeak(
  'expand',
  'the refusal of an expand repeats the payload',
  (r, c) => /expanded/.test(r.out.error?.message) && rawPayload(c),
);

errorLeak(
  'long-name',
  'the refusal of a long name repeats the payload',
  (r, c) => /at most/.test(r.out.error?.message) && c.p?.payload?.length < 5000 && c.p.payload,
);

errorLeak(
  'body-json',
  'the refusal of a JSON body repeats it',
  (r, c) => /Send a form/.test(r.out.error?.message) && c.body.toString(),
);

errorLeak('body-401', 'a 401 repeats the body', (r, c) => r.status === 401 && c.body.toString());

errorLeak('body-404', 'an unknown path repeats the body', (r, c) => r.status === 404 && !c.call && c.body.toString());

errorLeak(
  'utf8',
  'the refusal of invalid UTF-8 repeats the body',
  (r, c) => /UTF-8/.test(r.out.error?.message) && c.body.toString(),
);

errorLeak(
  'shape',
  'the refusal of a scope that is no mapping repeats the body',
  (r, c) => /Invalid (scope|param)/.test(r.out.error?.message) && c.body.toString(),
);

errorLeak(
  'delete',
  'a refused payload of a delete is repeated',
  (r, c) => c.call === 'delete' && r.out.error?.code === 'parameter_unknown' && rawPayload(c),
);

errorLeak('key-404', 'a 404 repeats the key', (r, c) => r.status === 404 && c.cred?.key);

errorLeak('key-400', 'a 400 repeats the key', (r, c) => r.status === 400 && c.cred?.key);

errorLeak('key-path', 'an unknown path repeats the key', (r, c) => r.status === 404 && !c.call && c.cred?.key);

errorLeak(
  'key-header',
  'a 404 repeats the Authorization header',
  (r, c) => r.status === 404 && c.headers.authorization,
);

errorLeak(
  'key-basic',
  'a 401 to Basic repeats the key',
  (r, c) => r.status === 401 && c.cred?.by === 'basic' && c.cred.key,
);

errorLeak(
  'key-idem',
  'an idempotency error repeats the key',
  (r, c) => r.out.error?.type === 'idempotency_error' && c.cred?.key,
);

answerEdit('err-leak-param', 'ERR-6', 'an error of a set has a member value with the payload', (r, c) => {
  if (r.status === 400 && c.call === 'set' && rawPayload(c)) r.out.error.params = {payload: rawPayload(c)};
});

mutation('err-leak-earlier', 'ERR-6', 'the refusal of a replace shows the payload that is there', (w) =>
  wrap(w, 'envelope', (o, e, c) => {
    const v = o(e, c);
    const s = c.call === 'set' && c.scope && c.p.name && w.lookup(c, c.scope, c.p.name);
    if (s) v.error.current = s.payload;
    return v;
  }),
);
