// hostile_wire.js - defects that are seen only in a corner: keys, errors, the wire, at the same time.
'use strict';
const zlib = require('node:zlib');
const { Refusal, bad } = require('./api.js');
const { listOf, wrap, both, user, open, pause } = require('./make.js');
const { list, defect } = listOf();
module.exports = list;

// --- keys ----------------------------------------------------------------------------------------

defect('AUTH-1', 'connection-stays-open', 'a request without a key is answered on a connection that had one before',
  wrap('keyOf', (keyOf, q) => {
    if (!q.headers.authorization) return q.connection.key;
    return (q.connection.key = keyOf(q));
  }),
  async (t) => {
    await t.list();
    return (await t.list({}, { key: '' })).status;
  });

defect('AUTH-1', 'key-with-blanks', 'a key with a blank around it is taken',
  wrap('known', (known, key, q) => known(key.trim(), q)),
  async (t) => (await t.list({}, { key: t.basic(` ${t.KEYS.main}:`) })).status);

const sum = (key) => [...key].reduce((all, c) => all + c.charCodeAt(0), 0);
defect('AUTH-1', 'keys-by-checksum', 'a key with two of its characters swapped is taken',
  wrap('known', (known, key, q) => known(key, q) || ['sk_test_assayMain0001aaaaaaaaaaaa']
    .filter((one) => sum(one) === sum(key) && one.length === key.length).map((one) => known(one, q))[0]),
  async (t) => (await t.list({}, { key: t.basic(`${t.KEYS.main.replace('Ma', 'aM')}:`) })).status);

defect('AUTH-1', 'unknown-key-remembered',
  'an unknown key is 401 the first time and, remembered without its owner, 404 the second',
  wrap('authenticate', function (authenticate, q) {
    const seen = (this.seen ||= new Set());
    const key = this.keyOf(q);
    try { return authenticate(q); } catch (e) {
      if (key && seen.has(key)) throw new Refusal(404, 'There is no such account.', undefined, 'account_missing');
      seen.add(key);
      throw e;
    }
  }),
  async (t) => {
    await t.list({}, { key: t.basic('sk_test_none:') });
    return (await t.list({}, { key: t.basic('sk_test_none:') })).status;
  });

defect('AUTH-2', 'basic-refused-after-bearer', 'a key by HTTP Basic is 401 after a bearer token on the same connection',
  wrap('keyOf', (keyOf, q) => {
    if (/^bearer/i.test(q.headers.authorization)) q.connection.bearer = true;
    else if (q.connection.bearer) return undefined;
    return keyOf(q);
  }),
  async (t) => {
    await t.list({}, { key: `Bearer ${t.KEYS.main}` });
    return (await t.list()).status;
  });

defect('AUTH-1', 'key-ends-at-nul', 'a key with a NUL and more behind it is taken',
  wrap('known', (known, key, q) => known(key.replace(/\0.*$/s, ''), q)),
  async (t) => (await t.list({}, { key: t.basic(`${t.KEYS.main}\0x:`) })).status);

defect('AUTH-1', 'key-by-its-tail',
  'a key is looked up by what stands behind sk_test_: sk_live_ with the same tail is taken',
  wrap('known', (known, key, q) => known(key, q) || known(key.replace(/^[a-z]+_[a-z]+_/, 'sk_test_'), q)),
  async (t) => (await t.list({}, { key: t.basic(`${t.KEYS.main.replace('test', 'live')}:`) })).status);

// --- errors --------------------------------------------------------------------------------------

defect('ERR-1', 'two-faults-two-messages', 'where two parameters are missing message is an array of strings',
  wrap('check', (check, call, p, q) => {
    try { return check(call, p, q); } catch (e) {
      if (call !== 'list' && p.name === undefined && p['scope[type]'] === undefined)
        e.error.message = ['name is required', 'scope[type] is required'];
      throw e;
    }
  }),
  async (t) => typeof (await t.call('GET', `${t.PATH}/find`)).error.message);

defect('ERR-1', 'bad-http-refused-bare', 'a request that is no HTTP, or has huge headers, is refused without a body',
  (api) => { api.unreadable = () => ''; },
  async (t) => (await t.raw(`GET ${t.PATH} HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n`)).includes('"message"'));

defect('ERR-1', 'garbled-authorization-bare', 'an Authorization with no known scheme is refused with plain text',
  wrap('encode', (encode, answer, q) => {
    if (answer.status !== 401 || /^((basic|bearer) |$)/i.test(q.headers.authorization || '')) return encode(answer, q);
    return { status: 401, headers: { 'Content-Type': 'text/plain' }, bytes: Buffer.from('Unauthorized') };
  }),
  async (t) => (await t.list({}, { key: 'Digest abc' })).error?.type);

defect('ERR-2', 'unknown-cursor-other-type', 'an unknown cursor is refused with type not_found_error',
  wrap('place', (place, all, id, key) => {
    try { return place(all, id, key); } catch (e) { e.error.type = 'not_found_error'; throw e; }
  }),
  async (t) => (await t.list({ starting_after: 'appsecret_none' })).error.type);

const crashes = (step, when) => wrap(step, function (was, ...given) {
  if (when.apply(this, given)) throw new TypeError('as it happens');
  return was(...given);
});
const crash = async (promise) => (await promise).status >= 500;

defect('ERR-5', 'next-after-refusal-crashes', 'after a 400 the next request on the connection is a 500',
  both(
    crashes('route', (q) => { const { broken } = q.connection; q.connection.broken = false; return broken; }),
    wrap('refused', (refused, e, q) => { q.connection.broken = e.status === 400; return refused(e, q); })),
  async (t) => {
    await t.set('a', '');
    return crash(t.list());
  });

defect('ERR-5', 'deep-brackets-crash', 'a parameter with more than 100 pairs of brackets is a 500',
  crashes('parameters', function (q) { return this.sent(q).some(([key]) => key.split('[').length > 100); }),
  async (t) => crash(t.call('POST', t.PATH, `a${'[b]'.repeat(200)}=c`)));

defect('ERR-5', 'many-parameters-crash', 'more than 1,000 parameters are a 500',
  crashes('parameters', function (q) { return this.sent(q).length > 1000; }),
  async (t) => crash(t.call('POST', t.PATH, 'a=b&'.repeat(2000))));

defect('ERR-5', 'proto-parameter-crashes', 'a parameter scope[__proto__] or __proto__[x] is a 500',
  crashes('parameters', function (q) { return this.sent(q).some(([key]) => key.includes('__proto__')); }),
  async (t) => crash(t.call('POST', t.PATH, 'name=a&payload=x&scope[type]=account&scope[__proto__]=x')));

defect('ERR-5', 'huge-expiry-crashes', 'an expires_at of 20 digits is a 500: no date can hold it',
  crashes('expiry', (text) => /^[+-]?\d+$/.test(text) && Math.abs(Number(text)) > 8.64e12),
  async (t) => crash(t.set('a', 'x', { expires_at: '9'.repeat(20) })));

defect('ERR-5', 'huge-limit-crashes', 'a limit beyond 64 bits is a 500',
  crashes('limit', (text) => /^[+-]?\d+$/.test(text) && Math.abs(Number(text)) > 2 ** 63),
  async (t) => crash(t.list({ limit: '9'.repeat(30) })));

defect('ERR-5', 'long-cursor-crashes', 'a cursor of more than 255 characters is a 500',
  crashes('place', (all, id) => id.length > 255),
  async (t) => crash(t.list({ starting_after: 'x'.repeat(300) })));

defect('ERR-5', 'expand-index-crashes', 'expand[4294967295]=payload is a 500',
  crashes('parameters', function (q) { return this.sent(q).some(([key]) => /^expand\[\d{10,}\]$/.test(key)); }),
  async (t) => crash(t.find('a', { 'expand[4294967295]': 'payload' })));

defect('ERR-5', 'double-slash-served', '//v1/apps/secrets and /v1//apps/secrets are served as /v1/apps/secrets',
  wrap('pathOf', (pathOf, q) => pathOf(q).replace(/\/{2,}/g, '/')),
  async (t) => (await t.call('GET', '/v1/apps//secrets', 'scope[type]=account')).status);

defect('ERR-5', 'json-suffix-served', '/v1/apps/secrets.json is served as /v1/apps/secrets',
  wrap('pathOf', (pathOf, q) => pathOf(q).replace(/\.json$/, '')),
  async (t) => (await t.call('GET', `${t.PATH}.json`, 'scope[type]=account')).status);

defect('ERR-5', 'secret-by-id-served', 'GET /v1/apps/secrets/ID answers the secret instead of 404',
  wrap('answer', async function (answer, q) {
    const [, id] = /^GET \/v1\/apps\/secrets\/(appsecret_\w+)$/.exec(`${q.method} ${this.pathOf(q)}`) || [];
    const secret = id && [...this.spaces.values()].flat().find((s) => s.id === id);
    return secret ? { status: 200, body: this.show(secret, {}, q) } : answer(q);
  }),
  async (t) => {
    const { id } = (await t.set('a', 'x')).body;
    return (await t.call('GET', `${t.PATH}/${id}`)).status;
  });

defect('ERR-6', 'unknown-path-shows-url',
  'the 404 of an unknown path repeats the query, with the payload that stands there',
  wrap('route', (route, q) => {
    try { return route(q); } catch (e) { e.error.message += ` (${q.method} ${q.url})`; throw e; }
  }),
  async (t) => (await t.call('POST', `${t.PATH}/sett?name=a&payload=hunter2`)).error.message.includes('hunter2'));

defect('ERR-6', 'nested-payload-shown', 'payload[a]=secret is refused with a message that shows it',
  wrap('parameters', function (parameters, q, call) {
    const nested = this.sent(q).find(([key]) => /^payload\[/.test(key));
    if (nested) throw bad(`payload is no text but {${nested[0].slice(8, -1)}: "${nested[1]}"}.`, 'payload');
    return parameters(q, call);
  }),
  async (t) => (await t.set('a', undefined, { 'payload[a]': 'hunter2' })).error.message.includes('hunter2'));

// Refusals of this status go out without the envelope.
const bare = (status, when = () => true) => wrap('encode', (encode, answer, q) => {
  if (answer.status !== status || !when(answer, q)) return encode(answer, q);
  return { ...encode(answer, q), bytes: Buffer.from('{}') };
});

defect('ERR-1', 'ui-refusal-bare', 'a UI extension that is refused another user\'s scope gets an empty object',
  bare(403), async (t) => (await t.list(user('usr_b'), { as: 'ui' })).error?.type);

defect('ERR-1', 'other-parameters-refused-bare',
  'an idempotency key with other parameters is refused with an empty object',
  bare(409),
  async (t) => {
    const o = { headers: { 'Idempotency-Key': 'k1' } };
    await t.set('a', 'x', {}, o);
    return (await t.set('a', 'y', {}, o)).error?.type;
  });

defect('ERR-1', 'full-scope-refused-bare', 'a set in a full scope is refused with an empty object',
  bare(400, (answer) => answer.body.error.code === 'secret_limit'),
  async (t) => {
    await t.fill(10);
    return (await t.set('more', 'x')).error?.type;
  });

defect('ERR-2', 'bad-percent-other-type', 'a bad percent sequence is refused with type parse_error',
  wrap('decode', (decode, text) => {
    try { return decode(text); } catch (e) { e.error.type = 'parse_error'; throw e; }
  }),
  async (t) => (await t.call('GET', `${t.PATH}/find?name=%zz&scope[type]=account`)).error?.type);

defect('ERR-5', 'nine-at-once-crash', 'of more than eight requests at the same time some are a 500: the pool is empty',
  wrap('serve', async function (serve, q) {
    this.busy = (this.busy || 0) + 1;
    try {
      await pause(2);
      if (this.busy > 8) throw new TypeError('as it happens');
      return await serve(q);
    } finally {
      this.busy--;
    }
  }),
  async (t) => {
    const all = await Promise.all([...Array(30).keys()].map((on) => t.list({}, { on })));
    return all.some((r) => r.status >= 500);
  });

defect('ERR-6', 'idempotency-error-shows-first',
  'an idempotency key with other parameters is refused with the first ones',
  wrap('once', async function (once, q, call, want, run) {
    try { return await once(q, call, want, run); } catch (e) {
      const first = e.status === 409 && this.replies.get(this.replyKey(q));
      if (first) e.error.message += ` It came with ${first.print}.`;
      throw e;
    }
  }),
  async (t) => {
    const o = { headers: { 'Idempotency-Key': 'k1' } };
    await t.set('a', 'hunter2', {}, o);
    return (await t.set('a', 'y', {}, o)).error.message.includes('hunter2');
  });

// --- protocol ------------------------------------------------------------------------------------

defect('PROTO-3', 'accept-html-obeyed', 'with Accept: text/html answers are a page of HTML',
  wrap('encode', (encode, answer, q) => {
    const out = encode(answer, q);
    if (!/^text\/html/.test(q.headers.accept)) return out;
    const bytes = Buffer.from(`<pre>${out.bytes}</pre>`);
    return { ...out, headers: { 'Content-Type': 'text/html' }, bytes };
  }),
  async (t) => (await t.list({}, { headers: { Accept: 'text/html,*/*' } })).headers['content-type']);

defect('PROTO-3', 'gzip-not-said', 'where gzip is accepted answers over 1,000 bytes are gzip, without Content-Encoding',
  wrap('encode', (encode, answer, q) => {
    const out = encode(answer, q);
    const packed = out.bytes.length > 1000 && /gzip/.test(q.headers['accept-encoding']);
    return packed ? { ...out, bytes: zlib.gzipSync(out.bytes) } : out;
  }),
  async (t) => {
    await t.fill(8);
    return (await t.list({}, { headers: { 'Accept-Encoding': 'gzip' } })).body === null;
  });

defect('PROTO-4', 'expand-must-be-last', 'an expand that is not the last parameter is not seen',
  wrap('parameters', function (parameters, q, call) {
    const p = parameters(q, call);
    if (!/^expand/.test(this.sent(q).at(-1)?.[0])) delete p.expand;
    return p;
  }),
  async (t) => {
    await t.set('a', 'x');
    return (await t.call('GET', `${t.PATH}/find`, 'expand[]=payload&name=a&scope[type]=account')).body.payload ?? null;
  });

defect('PROTO-4', 'expect-refused', 'a POST with Expect: 100-continue, as curl sends it, is 417',
  wrap('form', (form, q) => {
    if (q.headers.expect) throw new Refusal(417, 'Expect nothing.');
    return form(q);
  }),
  async (t) => (await t.set('a', 'x', {}, { headers: { Expect: '100-continue' } })).status);

defect('PROTO-4', 'form-type-by-case', 'Content-Type: Application/X-WWW-Form-Urlencoded is refused',
  wrap('form', (form, q) => {
    const [type] = (q.headers['content-type'] || '').split(';');
    if (/[A-Z]/.test(type)) throw bad('Send application/x-www-form-urlencoded.');
    return form(q);
  }),
  async (t) => {
    const headers = { 'Content-Type': 'Application/X-WWW-Form-Urlencoded' };
    return (await t.set('a', 'x', {}, { headers })).status;
  });

defect('PROTO-3', 'unauthorized-as-text', 'a 401 has the envelope and the media type text/plain',
  wrap('encode', (encode, answer, q) => {
    const out = encode(answer, q);
    if (answer.status === 401) out.headers['Content-Type'] = 'text/plain; charset=utf-8';
    return out;
  }),
  async (t) => (await t.list({}, { key: '' })).headers['content-type']);

// --- at the same time ----------------------------------------------------------------------------

defect('CONC-1', 'payloads-torn',
  'two sets of long payloads at the same time leave the beginning of one and the end of the other',
  wrap('set', async function (set, want, q) {
    const space = this.space(q.who, want.scope);
    const old = this.pick(space, want.name, q);
    if (!old || want.payload.length < 200) return set(want, q);
    const half = want.payload.length >> 1;
    old.payload = want.payload.slice(0, half) + old.payload.slice(half);
    await pause(want.payload.charCodeAt(0) % 7);
    return set({ ...want, payload: old.payload.slice(0, half) + want.payload.slice(half) }, q);
  }),
  async (t) => {
    const torn = async () => {
      await t.set('a', 'x');
      await Promise.all(['a', 'b', 'c', 'd'].map((c, on) => t.set('a', c.repeat(1000), {}, { on })));
      return new Set(await t.payload('a')).size > 1;
    };
    for (let i = 0; i < 10; i++) if (await torn()) return true;
    return false;
  });

defect('CONC-2', 'delete-takes-the-newer', 'a delete removes also what was set, and answered, while it ran',
  wrap('remove', async function (remove, want, q) {
    const answer = remove(want, q);
    await pause(15);
    try { remove(want, q); } catch { /* nothing was set meanwhile */ }
    return answer;
  }),
  async (t) => {
    await t.set('a', 'x');
    const removed = t.remove('a', {}, { on: 1 });
    await pause(5);
    await t.set('a', 'y');
    await removed;
    return t.is('a');
  });

defect('CONC-3', 'list-in-slices', 'a list is read three at a time by offset: a delete meanwhile makes it lack another',
  wrap('list', async function (list, want, q) {
    const all = [];
    for (let at = 0; at === 0 || all.length === at; at += 3) {
      const part = this.listed(want, q).slice(at, at + 3);
      all.push(...part);
      if (part.length < 3) break;
      await pause(4);
    }
    const was = this.listed;
    this.listed = () => all;
    try { return list(want, q); } finally { this.listed = was; }
  }),
  async (t) => {
    await t.fill(9);
    const listing = t.names({}, { on: 1 });
    await pause(2);
    await t.remove('n9');
    const names = await listing;
    return [1, 2, 3, 4, 5, 6, 7, 8].every((i) => names.includes(`n${i}`));
  });

defect('CONC-3', 'list-fails-when-one-goes', 'an expanded list is 404 if a secret of it is deleted while it is read',
  wrap('list', async function (list, want, q) {
    if (!want.shown) return list(want, q);
    const all = this.listed(want, q);
    await pause(4 * all.length);
    const space = this.space(q.who, want.scope);
    if (all.some((s) => !space.includes(s))) throw this.missing(want, q);
    return list(want, q);
  }),
  async (t) => {
    await t.fill(5);
    const listing = t.list({ 'expand[]': 'data.payload' }, { on: 1 });
    await pause(6);
    await t.remove('n3');
    return (await listing).status;
  });

defect('CONC-2', 'find-reads-in-two-steps', 'a find during a replace shows the old expires_at with the new payload',
  wrap('find', async function (find, want, q) {
    const answer = find(want, q);
    if (!want.shown) return answer;
    const secret = this.pick(this.space(q.who, want.scope), want.name, q);
    await pause(15);
    answer.body.payload = secret.payload;
    return answer;
  }),
  async (t) => {
    await t.set('a', 'old');
    const until = await t.now() + 99;
    const finding = t.find('a', open, { on: 1 });
    await pause(4);
    await t.set('a', 'new', { expires_at: until });
    const { payload, expires_at } = (await finding).body;
    return payload === 'new' && expires_at === null;
  });
