// ordinary_calls.js - defects that a reviewer would nod at: list, delete and the rest.
'use strict';
const { Refusal, bad } = require('./api.js');
const { listOf, wrap, both, altered, reads, listAltered, user, open } = require('./make.js');
const { list, defect } = listOf();
module.exports = list;

// --- list ----------------------------------------------------------------------------------------

defect('LIST-1', 'list-url-absolute', 'the url of a list begins with http:// and the host',
  listAltered((body, want, q) => { body.url = `http://${q.headers.host}${body.url}`; }),
  async (t) => (await t.list()).body.url.startsWith('/'));

defect('LIST-1', 'has-more-as-number', 'has_more is 0 or 1',
  listAltered((body) => { body.has_more = Number(body.has_more); }),
  async (t) => (await t.list()).body.has_more);

defect('LIST-2', 'list-one-per-second', 'of the secrets set in one second a list has one',
  wrap('listed', (listed, want, q) => [...new Map(listed(want, q).map((s) => [s.created, s])).values()]),
  async (t) => {
    await t.fill(4);
    return (await t.names()).length > 2;
  });

defect('LIST-2', 'list-drops-replaced', 'a secret that was replaced is listed no more',
  (api) => {
    wrap('store', (store, space, old, want, q) => {
      const version = (old?.version || 0) + 1;
      return Object.assign(store(space, old, want, q), { version });
    })(api);
    wrap('listed', (listed, want, q) => listed(want, q).filter((s) => s.version === 1))(api);
  },
  async (t) => {
    await t.fill(2);
    await t.set('n1', 'new');
    return t.names();
  });

defect('LIST-4', 'limit-with-rest-taken', 'a limit with letters behind its digits is taken',
  reads((text) => parseInt(text, 10), 'limit'),
  async (t) => (await t.list({ limit: '5x' })).status);

defect('LIST-5', 'after-goes-by-second', 'starting_after leaves out what was set in the second of the cursor',
  wrap('page', function (page, all, want, q) {
    if (want.after === undefined) return page(all, want, q);
    const { created } = all[this.place(all, want.after, 'starting_after')];
    const rest = all.filter((s) => s.created < created);
    return { part: rest.slice(0, want.limit), more: rest.length > want.limit };
  }),
  async (t) => {
    const ids = await t.fill(4);
    return t.names({ starting_after: ids[3] });
  });

defect('LIST-5', 'after-the-last-wraps', 'starting_after the last secret answers the first page again',
  wrap('page', function (page, all, want, q) {
    const last = want.after !== undefined && this.place(all, want.after, 'starting_after') === all.length - 1;
    return page(all, last ? { ...want, after: undefined } : want, q);
  }),
  async (t) => {
    const ids = await t.fill(3);
    return t.names({ starting_after: ids[0] });
  });

defect('LIST-6', 'before-negative-slice', 'ending_before a secret of the first page answers nothing or too little',
  wrap('page', function (page, all, want, q) {
    if (want.before === undefined) return page(all, want, q);
    const end = this.place(all, want.before, 'ending_before');
    return { part: all.slice(end - want.limit, end), more: end > want.limit };
  }),
  async (t) => {
    const ids = await t.fill(5);
    return t.names({ ending_before: ids[2], limit: 4 });
  });

defect('LIST-6', 'before-leaves-one-out', 'ending_before leaves out the secret just before the cursor',
  wrap('page', function (page, all, want, q) {
    if (want.before === undefined) return page(all, want, q);
    const at = this.place(all, want.before, 'ending_before');
    return page(all, { ...want, before: all[Math.max(0, at - 1)].id }, q);
  }),
  async (t) => {
    const ids = await t.fill(5);
    return t.names({ ending_before: ids[0], limit: 2 });
  });

defect('LIST-7', 'has-more-counts-account', 'has_more counts the secrets of all scopes of the account',
  wrap('list', async function (list, want, q) {
    const answer = await list(want, q);
    const start = JSON.stringify([q.who.account, q.who.live]).slice(0, -1);
    const number = [...this.spaces].filter(([key]) => key.startsWith(start)).reduce((sum, [, s]) => sum + s.length, 0);
    if (want.after === undefined && want.before === undefined) answer.body.has_more = number > want.limit;
    return answer;
  }),
  async (t) => {
    await t.fill(3, user('u1'));
    await t.fill(2);
    return (await t.list({ limit: 3 })).body.has_more;
  });

defect('LIST-8', 'before-cursor-unchecked', 'an unknown ending_before is ignored; starting_after is checked',
  wrap('page', (page, all, want, q) => {
    const known = want.before === undefined || all.some((s) => s.id === want.before);
    return page(all, known ? want : { ...want, before: undefined }, q);
  }),
  async (t) => {
    await t.fill(2);
    return (await t.list({ ending_before: 'appsecret_none' })).status;
  });

// --- delete --------------------------------------------------------------------------------------

defect('DEL-1', 'deleted-true-as-text', 'delete answers deleted: "true", as text',
  wrap('remove', async (remove, want, q) => {
    const answer = await remove(want, q);
    answer.body.deleted = 'true';
    return answer;
  }),
  async (t) => {
    await t.set('a', 'x');
    return (await t.remove('a')).body.deleted;
  });

defect('DEL-1', 'delete-object-of-its-own', 'delete answers object: apps.secret.deleted',
  wrap('remove', async (remove, want, q) => {
    const answer = await remove(want, q);
    answer.body.object += '.deleted';
    return answer;
  }),
  async (t) => {
    await t.set('a', 'x');
    return (await t.remove('a')).body.object;
  });

defect('DEL-1', 'delete-refuses-expand', 'delete with expand[]=payload is 400',
  wrap('check', (check, call, p, q) => {
    if (call === 'remove' && p.expand) throw bad('There is no such parameter.', 'expand');
    return check(call, p, q);
  }),
  async (t) => {
    await t.set('a', 'x');
    return (await t.remove('a', open)).status;
  });

defect('DEL-2', 'delete-ends-the-second',
  'delete makes a secret expire at the end of this second; until then it is found',
  wrap('drop', function (drop, space, secret, want) {
    if (!want) return drop(space, secret);
    secret.expires_at = Math.floor(this.now()) + 1;
  }),
  async (t) => {
    await t.set('a', 'x');
    await t.remove('a');
    return t.is('a');
  });

defect('DEL-3', 'delete-missing-other-code', 'deleting what is not there is 404 with code not_found',
  wrap('missing', (missing, want, q) => {
    const refusal = missing(want, q);
    if (q?.call === 'remove') refusal.error.code = 'not_found';
    return refusal;
  }),
  async (t) => (await t.remove('none')).error.code);

defect('DEL-4', 'delete-takes-the-next', 'a delete takes the secret that is listed behind the named one, too',
  wrap('drop', (drop, space, secret, want) => {
    if (want) space.splice(space.indexOf(secret), 2);
    else drop(space, secret);
  }),
  async (t) => {
    await t.fill(3);
    await t.remove('n2');
    return t.names();
  });

defect('DEL-5', 'deleted-name-rests', 'a name cannot be set again for three seconds after its delete',
  (api) => {
    const rests = new Map();
    wrap('drop', (drop, space, secret, want, q) => {
      if (want) rests.set(JSON.stringify([q.who.account, q.who.live, want.scope, want.name]), api.now() + 3);
      drop(space, secret);
    })(api);
    wrap('set', (set, want, q) => {
      const until = rests.get(JSON.stringify([q.who.account, q.who.live, want.scope, want.name]));
      if (until > api.now()) throw new Refusal(409, 'This name is being deleted.', 'name');
      return set(want, q);
    })(api);
  },
  async (t) => {
    await t.set('a', 'x');
    await t.remove('a');
    return (await t.set('a', 'y')).status;
  });

defect('DEL-6', 'delete-nameless-404', 'a delete without a name is 404 instead of 400',
  wrap('check', function (check, call, p, q) {
    if (call === 'remove' && p.name === undefined) throw this.missing();
    return check(call, p, q);
  }),
  async (t) => (await t.remove(undefined)).status);

defect('DEL-7', 'get-delete-lists', 'GET of the delete path answers 200 with the list',
  wrap('route', function (route, q) {
    return q.method === 'GET' && this.pathOf(q) === '/v1/apps/secrets/delete' ? 'list' : route(q);
  }),
  async (t) => (await t.call('GET', `${t.PATH}/delete`, 'scope[type]=account')).status);

// --- expiry --------------------------------------------------------------------------------------

defect('EXP-1', 'expiry-of-single-precision',
  'expires_at comes back as a number of 32 bits with a fraction: up to a minute off',
  altered((shown) => { if (shown.expires_at) shown.expires_at = Math.fround(shown.expires_at); }),
  async (t) => {
    const expires_at = Math.floor(await t.now() / 128) * 128 + 1000;
    return (await t.set('a', 'x', { expires_at })).body.expires_at - expires_at;
  });

defect('EXP-2', 'expires-by-the-minute', 'a secret ends at the beginning of the minute in which it should',
  wrap('alive', function (alive, secret) {
    return alive(secret) && (secret.expires_at === null || this.now() < secret.expires_at - secret.expires_at % 60);
  }),
  async (t) => {
    const now = await t.now();
    const minute = (Math.floor(now / 60) + 2) * 60;
    await t.set('a', 'x', { expires_at: minute + 30 });
    await t.advance(minute + 10 - now);
    return t.is('a');
  });

defect('EXP-5', 'expiry-never-later', 'replacing cannot make a secret end later',
  (api) => {
    wrap('store', (store, space, old, want, q) => {
      const first = old?.ends ?? Infinity;
      const secret = store(space, old, want, q);
      secret.ends = Math.min(first, secret.expires_at ?? Infinity);
      return secret;
    })(api);
    wrap('alive', (alive, secret) => alive(secret) && api.now() < (secret.ends ?? Infinity))(api);
  },
  async (t) => {
    const now = await t.now();
    await t.set('a', 'x', { expires_at: now + 30 });
    await t.set('a', 'x', { expires_at: now + 300 });
    await t.advance(60);
    return t.is('a');
  });

// --- isolation -----------------------------------------------------------------------------------

defect('ISO-1', 'users-cut-at-32', 'users whose ids agree in their first 32 characters are one',
  wrap('spaceKey', (spaceKey, who, scope) => spaceKey(who, { ...scope, user: scope.user?.slice(0, 32) })),
  async (t) => {
    await t.set('a', 'one', user(`${'u'.repeat(32)}1`));
    await t.set('a', 'two', user(`${'u'.repeat(32)}2`));
    return t.payload('a', user(`${'u'.repeat(32)}1`));
  });

defect('ISO-4', 'ui-account-apart', 'what a UI extension sets in the account scope the account does not see',
  wrap('spaceKey', (spaceKey, who, scope) => spaceKey(who, scope) + (who.user && scope.type === 'account' ? 'ui' : '')),
  async (t) => {
    await t.set('a', 'x', {}, { as: 'ui' });
    return t.is('a');
  });

defect('ISO-4', 'ui-may-not-delete', 'a UI extension is refused every delete in the account scope',
  wrap('permit', (permit, who, scope, want, q) => {
    if (who.user && q.call === 'remove' && scope.type === 'account') throw new Refusal(403, 'Reading only.');
    permit(who, scope, want, q);
  }),
  async (t) => {
    await t.set('a', 'x');
    return (await t.remove('a', {}, { as: 'ui' })).status;
  });

defect('ISO-6', 'users-of-all-accounts', 'the scope of a user is one for all accounts',
  wrap('spaceKey', (spaceKey, who, scope) => spaceKey(scope.user ? { ...who, account: 'any' } : who, scope)),
  async (t) => {
    await t.set('a', 'x', user('u1'));
    return t.is('a', user('u1'), { as: 'other' });
  });

// --- keys, errors, protocol ----------------------------------------------------------------------

defect('AUTH-1', 'parameters-before-key', 'a request without a key whose parameters are bad is 400, not 401',
  wrap('authenticate', function (authenticate, q) {
    this.check(q.call, this.parameters(q, q.call), q);
    return authenticate(q);
  }),
  async (t) => (await t.call('GET', `${t.PATH}/find`, '', { key: '' })).status);

defect('AUTH-1', 'key-in-a-header', 'a key in X-Api-Key is taken where Authorization has none',
  wrap('keyOf', (keyOf, q) => keyOf(q) ?? q.headers['x-api-key']),
  async (t) => (await t.list({}, { key: '', headers: { 'X-Api-Key': t.KEYS.main } })).status);

defect('AUTH-1', 'key-in-the-query', 'a key in ?api_key= is taken where Authorization has none',
  both(
    wrap('keyOf', function (keyOf, q) { return keyOf(q) ?? new URLSearchParams(this.queryOf(q)).get('api_key'); }),
    wrap('sent', (sent, q) => sent(q).filter(([key]) => key !== 'api_key'))),
  async (t) => (await t.call('GET', t.PATH, `scope[type]=account&api_key=${t.KEYS.main}`, { key: '' })).status);

defect('AUTH-2', 'key-as-password', 'in HTTP Basic the key is looked for in the password',
  wrap('keyOf', (keyOf, q) => {
    const [, pair] = /^Basic (\S+)/i.exec(q.headers.authorization || '') || [];
    return pair ? Buffer.from(pair, 'base64').toString('latin1').split(':')[1] : keyOf(q);
  }),
  async (t) => (await t.list()).status);

defect('ERR-1', 'unknown-path-of-the-router', 'an unknown path is 404 with the page of HTML that the router has',
  wrap('encode', (encode, answer, q) => {
    if (answer.status !== 404 || q.call) return encode(answer, q);
    const bytes = Buffer.from(`<!DOCTYPE html>\n<pre>Cannot ${q.method} here</pre>\n`);
    return { status: 404, headers: { 'Content-Type': 'text/html; charset=utf-8' }, bytes };
  }),
  async (t) => (await t.call('GET', `${t.PATH}/nothing`)).body);

defect('ERR-1', 'large-body-refused-bare', 'a body that is too large is refused with plain text',
  (api) => {
    api.tooLarge = () => ({ status: 413, bare: true });
    wrap('encode', (encode, answer, q) => (answer.bare
      ? { status: 413, headers: { 'Content-Type': 'text/plain' }, bytes: Buffer.from('request entity too large') }
      : encode(answer, q)))(api);
  },
  async (t) => (await t.set('a', 'x'.repeat(1200000))).error?.type);

defect('ERR-1', 'json-body-refused-bare', 'a JSON body is refused with a body that is no JSON',
  wrap('encode', (encode, answer, q) => (answer.status === 400 && /json/.test(q.headers['content-type'])
    ? { status: 400, headers: { 'Content-Type': 'application/json' }, bytes: Buffer.from('Bad Request') }
    : encode(answer, q))),
  async (t) => {
    const headers = { 'Content-Type': 'application/json' };
    return (await t.call('POST', t.PATH, '{"name":"a"}', { headers })).error?.type;
  });

defect('ERR-2', 'delete-missing-other-type', 'deleting what is not there has type not_found_error',
  wrap('missing', (missing, want, q) => {
    const refusal = missing(want, q);
    if (q?.call === 'remove') refusal.error.type = 'not_found_error';
    return refusal;
  }),
  async (t) => (await t.remove('none')).error.type);

defect('ERR-5', 'path-case-ignored', '/V1/Apps/Secrets is served as /v1/apps/secrets',
  wrap('pathOf', (pathOf, q) => pathOf(q).toLowerCase()),
  async (t) => (await t.call('GET', '/V1/Apps/Secrets', 'scope[type]=account')).status);

defect('ERR-5', 'path-below-find-served', 'what is below /v1/apps/secrets/find is served as find',
  wrap('pathOf', (pathOf, q) => pathOf(q).replace(/(\/secrets\/find)\/.*$/, '$1')),
  async (t) => {
    await t.set('a', 'x');
    return (await t.call('GET', `${t.PATH}/find/more`, 'name=a&scope[type]=account')).status;
  });

defect('ERR-6', 'replace-refused-with-the-old', 'a refused set says in its message what payload the name holds',
  wrap('serve', async function (serve, q) {
    try { return await serve(q); } catch (e) {
      const name = q.call === 'set' && e.status === 400 && /name=([^&]*)/.exec(q.body)?.[1];
      const old = name && [...this.spaces.values()].flat().find((s) => s.name === name);
      if (old) e.error.message += ` The value stays "${old.payload}".`;
      throw e;
    }
  }),
  async (t) => {
    await t.set('a', 'hunter2');
    return (await t.set('a', 'x', { expires_at: 'soon' })).error.message.includes('hunter2');
  });

defect('PROTO-3', 'errors-as-problem-json', 'errors have the media type application/problem+json',
  wrap('encode', (encode, answer, q) => {
    const out = encode(answer, q);
    if (answer.status >= 400) out.headers['Content-Type'] = 'application/problem+json';
    return out;
  }),
  async (t) => (await t.find('none')).headers['content-type']);

defect('PROTO-3', 'charset-ascii-stated', 'answers say charset=us-ascii',
  wrap('encode', (encode, answer, q) => {
    const out = encode(answer, q);
    return { ...out, headers: { 'Content-Type': 'application/json; charset=us-ascii' } };
  }),
  async (t) => (await t.list()).headers['content-type']);

defect('PROTO-3', 'answers-with-bom', 'answers begin with a byte order mark',
  wrap('encode', (encode, answer, q) => {
    const out = encode(answer, q);
    return { ...out, bytes: Buffer.concat([Buffer.from('\ufeff'), out.bytes]) };
  }),
  async (t) => (await t.list()).text.charCodeAt(0));

defect('PROTO-4', 'form-with-charset-refused',
  'Content-Type: application/x-www-form-urlencoded; charset=UTF-8 is refused',
  wrap('form', (form, q) => {
    if ((q.headers['content-type'] || '').includes(';')) throw bad('Send application/x-www-form-urlencoded.');
    return form(q);
  }),
  async (t) => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' };
    return (await t.set('a', 'x', {}, { headers })).status;
  });

defect('PROTO-4', 'query-plus-kept', 'a plus in a query stays a plus instead of a blank',
  wrap('queryOf', (queryOf, q) => queryOf(q).replace(/\+/g, '%2B')),
  async (t) => {
    await t.set('a b', 'x');
    return (await t.call('GET', `${t.PATH}/find`, 'name=a+b&scope[type]=account')).status;
  });

defect('CONC-2', 'replace-has-a-gap', 'while a name is replaced a find may be 404: it is deleted, then inserted',
  wrap('set', async function (set, want, q) {
    const space = this.space(q.who, want.scope);
    const old = this.pick(space, want.name, q);
    if (!old) return set(want, q);
    const at = space.indexOf(old);
    space.splice(at, 1);
    await new Promise((resolve) => setTimeout(resolve, 4));
    if (!space.includes(old)) space.splice(at, 0, old);
    return set(want, q);
  }),
  async (t) => {
    await t.set('a', 'x');
    const all = [1, 2, 3, 4, 5, 6].map((on) => (on % 2 ? t.set('a', 'y', {}, { on }) : t.is('a', {}, { on })));
    return (await Promise.all(all)).filter((one) => one === 404).length > 0;
  });

defect('CONC-2', 'two-deletes-succeed', 'two deletes of one secret at the same time are both 200',
  wrap('remove', async function (remove, want, q) {
    const secret = this.pick(this.space(q.who, want.scope), want.name, q);
    await new Promise((resolve) => setTimeout(resolve, 5));
    try { return await remove(want, q); } catch (e) {
      if (!secret) throw e;
      return { status: 200, body: { id: secret.id, object: 'apps.secret', deleted: true } };
    }
  }),
  async (t) => {
    await t.set('a', 'x');
    return (await Promise.all([1, 2, 3].map((on) => t.remove('a', {}, { on })))).map((r) => r.status).sort();
  });
