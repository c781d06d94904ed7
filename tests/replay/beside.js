// Replay beside the implementation that was recorded: both are asked the same, and must answer the
// same but for ids, times and request ids. $ASSAY is the program.
//
//   node beside.js LOOKS RECORDING PROBE [ARGUMENTS OF REPLAY...]
//   node beside.js LOOKS diff RECORDING WANTED-CODE [ARGUMENTS OF odd.js...]
//
// LOOKS is A or B, as odd.js has them; recordings and probes are the tables below.
'use strict';
const http = require('node:http'), fs = require('node:fs'), os = require('node:os'), path = require('node:path');
const {spawn} = require('node:child_process');
const ASSAY = process.env.ASSAY, KEY = 'sk_test_oddmain000001';
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'beside-')), kids = new Set();
process.on('exit', () => {
  for (const k of kids) k.kill('SIGKILL');
  fs.rmSync(dir, {recursive: true});
});

// --- programs ---
const run = (command, args) => new Promise((done, failed) => {
  // a server that has closed off its files cannot be searched for leaks at its end: /proc is gone
  const env = {...process.env, ASAN_OPTIONS: 'detect_leaks=0'};
  const k = spawn(command, args, {stdio: ['ignore', 'pipe', 'pipe'], env});
  kids.add(k);
  k.out = k.err = '';
  k.stderr.on('data', (d) => { k.err += d; });
  k.ended = new Promise((ended) => k.on('exit', (code) => {
    kids.delete(k);
    ended(code);
    if (!k.url) failed(new Error(k.err));
  }));
  k.stdout.on('data', (d) => {
    k.out += d;
    k.url ??= /listening on (\S+)/.exec(k.out)?.[1];
    if (k.url) done(k);
  });
});
const stop = (k) => { k.kill('SIGTERM'); return k.ended; };
const odd = (looks, ...more) => run(process.execPath, [path.join(__dirname, 'odd.js'), '--looks', looks, ...more]);
const replay = (files, ...more) => run(ASSAY, ['replay', '--listen', '127.0.0.1:0', ...files, ...more]);

// --- a client ---
const now = () => Math.floor(Date.now() / 1000);
const form = (pairs) => pairs.map(([k, v]) => encodeURIComponent(k) + '=' + encodeURIComponent(v)).join('&');
const given = ([, v]) => v !== null && v !== undefined && v !== false;

class Client {
  constructor(url) {
    this.url = new URL(url);
    this.agent = new http.Agent({keepAlive: true});
    this.ids = new Map();
  }

  ask(method, target, {body, key = KEY, headers = {}, type = 'application/x-www-form-urlencoded'} = {}) {
    const h = {...headers};
    if (key) h.Authorization = 'Basic ' + Buffer.from(key + ':').toString('base64');
    if (body !== undefined) Object.assign(h, {'Content-Type': type, 'Content-Length': Buffer.byteLength(body)});
    const where = {host: this.url.hostname, port: this.url.port, method, path: target, headers: h, agent: this.agent};
    return new Promise((done, failed) => {
      const r = http.request(where, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (d) => { text += d; });
        answer.on('end', () => done(this.take(answer, text, where, body)));
      });
      r.on('error', failed);
      r.end(body);
    });
  }

  take(answer, text, {method, path: target}, body) {
    let json = null;
    try { json = JSON.parse(text); } catch { /* HEAD */ }
    for (const s of [json, ...(json?.data ?? [])])
      if (s?.id && s.name) this.ids.set(`${s.scope?.user} ${s.name}`, s.id);
    return {status: answer.statusCode, text, json, headers: answer.rawHeaders, label: answer.headers['assay-replay'],
      asked: `${method} ${target} ${body ?? ''}`.slice(0, 150)};
  }

  rest(o) {
    const scope = o.user ? [['scope[type]', 'user'], ['scope[user]', o.user]] : [['scope[type]', 'account']];
    return [...(o.noscope ? [] : scope), ...(o.more ?? [])];
  }

  set(name, payload, o = {}) {
    const p = [['name', name], ['payload', payload], ['expires_at', o.expires], ['expand[]', o.expand && 'payload']];
    return this.ask('POST', '/v1/apps/secrets', {...o, body: form([...p.filter(given), ...this.rest(o)])});
  }

  find(name, o = {}) {
    const p = [['name', name], ['expand[]', o.expand && 'payload']];
    return this.ask(o.method ?? 'GET', '/v1/apps/secrets/find?' + form([...p.filter(given), ...this.rest(o)]), o);
  }

  del(name, o = {}) {
    return this.ask('POST', '/v1/apps/secrets/delete', {...o, body: form([['name', name], ...this.rest(o)])});
  }

  list(o = {}) {
    const id = (n) => n && (this.ids.get(`${o.user} ${n}`) ?? n);
    const p = [['limit', o.limit], ['starting_after', id(o.after)], ['ending_before', id(o.before)],
      ['expand[]', o.expand && 'data.payload']];
    return this.ask('GET', '/v1/apps/secrets?' + form([...this.rest(o), ...p.filter(given)]), o);
  }
}

// --- how two answers differ ---
const OURS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'assay-replay']);
const VOLATILE = new Set(['date', 'request-id', 'etag', 'x-request-count']);
const heads = (raw) => raw.flatMap((n, i) => {
  const name = n.toLowerCase();
  return i % 2 || OURS.has(name) ? [] : [`${n}: ${VOLATILE.has(name) ? '*' : raw[i + 1]}`];
}).join('\n');
// JSON without its values: blanks, order, members and which kind each value is
const style = (text) => text.replace(/"(?:[^"\\]|\\.)*"(\s*:)?|-?\d+|true|false|null/g, (m, member) => {
  if (member) return m;
  return m[0] === '"' ? 'S' : /\d/.test(m) ? 'N' : m;
});

class Judge {
  constructor() { this.there = new Map(); this.here = new Map(); }

  pair(a, b) {
    if (!this.there.has(a) && !this.here.has(b)) { this.there.set(a, b); this.here.set(b, a); }
    return this.there.get(a) === b;
  }

  value(a, b, key) {
    if (a && b && typeof a === 'object' && typeof b === 'object')
      return Object.keys(a).join() === Object.keys(b).join() &&
        Object.keys(a).every((k) => this.value(a[k], b[k], Array.isArray(a) ? key : k));
    if (key === 'request') return true;
    if (key === 'id') return this.pair(a, b);
    if (a > 1e9 && b > 1e9) return Math.abs(a - b) <= 2;
    if (/^\d{4}-.*Z$/.test(a)) return Math.abs(Date.parse(a) - Date.parse(b)) <= 2000;
    return a === b || (typeof a === 'string' && this.renamed(a) === b);
  }

  renamed(text) {
    for (const [x, y] of this.there) text = text.replaceAll(x, y);
    return text;
  }

  differ(a, b) { // in words; '' = they do not
    if (a.status !== b.status) return `status ${a.status}, ${b.status}`;
    if (a.json && b.json && !this.value(a.json, b.json, '')) return 'body';
    const there = this.renamed(heads(a.headers)), here = heads(b.headers);
    if (there !== here) return `headers ${there}\n-- ${here}`;
    if (!a.json || !b.json) return a.text === b.text ? '' : 'text';
    return style(a.text) !== style(b.text) ? 'style' : '';
  }
}

// --- what is recorded ---
const session = async (c, n = (x) => x) => {
  await c.find(n('alpha'));
  await c.set(n('alpha'), 'pay-one');
  await c.find(n('alpha'), {expand: true});
  await c.find(n('alpha'));
  await c.set(n('alpha'), 'pay-two', {expand: true});
  await c.set(n('beta'), 'pay-beta');
  await c.set(n('gamma'), 'pay-gamma', {expires: now() + 3600});
  await c.list({});
  await c.list({limit: 2});
  await c.list({limit: 2, after: n('beta')});
  await c.set(n('alpha'), 'pay-user', {user: 'usr_one'});
  await c.find(n('alpha'), {user: 'usr_one', expand: true});
  await c.list({user: 'usr_one'});
  await c.del(n('alpha'));
  await c.find(n('alpha'));
  await c.list({});
  await c.find(null);
  await c.find(n('alpha'), {key: 'sk_test_wrong00000'});
  await c.find(n('alpha'), {key: null});
};
const sessionAndRefusals = async (c) => {
  await session(c);
  for (let i = 0; i < 11; i++) await c.set('full' + i, 'pay-full' + i, {user: 'usr_full'});
  await c.set('x', '');
  await c.set('x', 'pay-x', {expires: 'never'});
  await c.set('x', 'p'.repeat(5001));
  await c.list({limit: 0});
  await c.list({limit: 'abc'});
  await c.list({after: 'nobody'});
  await c.find('x', {more: [['shape', 'round']]});
  await c.find('x', {more: [['expand[]', 'stars']]});
  await c.ask('GET', '/v1/elsewhere');
  const once = {headers: {'Idempotency-Key': 'once'}, user: 'usr_once'};
  await c.set('once', 'pay-once', once);
  await c.set('once', 'pay-once', once);
  await c.set('once', 'pay-other', once);
};
const payloadsThatAreNames = (x) => async (c) => {
  await c.set(x + 'alpha', 'pay-one');
  await c.set(x + 'beta', x + 'alpha');
  await c.find(x + 'alpha', {expand: true});
  await c.find(x + 'beta', {expand: true});
  await c.list({expand: true});
  await c.set(x + 'gamma', x + 'gamma', {expand: true});
  await c.del(x + 'alpha');
  await c.find(x + 'alpha');
  await c.list({});
};
const RECORDINGS = {plain: session, whole: sessionAndRefusals, names: payloadsThatAreNames('')};

// --- what is asked ---
const ORDER = ['gamma', 'beta', 'alpha'];
const PROBES = {
  same: (c) => session(c),
  renamed: (c) => session(c, (x) => 'other-' + x),
  twice: async (c) => { await session(c); await session(c); },
  more: async (c) => { // more names than were recorded
    const users = ['usr_x', undefined];
    for (let i = 0; i < 9; i++) for (const user of users) await c.set('key' + i, `pay of ${i} ${user}`, {user});
    for (let i = 0; i < 9; i++) for (const user of users) await c.find('key' + i, {user, expand: true});
    for (const user of users) {
      await c.list({user, expand: true});
      await c.del('key4', {user});
      await c.list({user});
    }
  },
  words: async (c) => { // names that are words of the answers
    for (const n of ['json', 'application', 'secret', 'al-json-pha', 'al-yaml-pha', 'name']) {
      await c.find(n);
      await c.set(n, 'pay of ' + n);
      await c.find(n, {expand: true});
    }
    await c.find('nothing');
    await c.find(null);
  },
  names: async (c) => { // of any kind
    for (const n of ['ü', 'a b', 'a+b', '100%', '\u{1f511}', ' x', '"q"', "it's", 'alph', 'alpha-1']) {
      await c.set(n, 'pay ' + n);
      await c.find(n, {expand: true});
      await c.find(n + '!');
      await c.del(n);
      await c.del(n);
      await c.find(n);
    }
  },
  pages: async (c) => {
    const names = ['one', 'two', 'three', 'four', 'five'];
    for (const n of names) await c.set(n, 'pay ' + n);
    for (let limit = 1; limit <= 5; limit++) {
      await c.list({limit});
      for (const n of names) {
        await c.list({limit, after: n});
        await c.list({limit, before: n});
      }
    }
  },
  time: async (c) => {
    await c.set('gamma', 'pay-g', {expires: now() + 3600});
    await c.set('alpha', 'pay-a');
    for (const seconds of [3500, 101]) {
      await c.later(seconds);
      await c.list({});
      await c.find('gamma');
    }
    await c.set('gamma', 'pay-h');
    await c.find('gamma', {expand: true});
    await c.list({});
  },
  order: async (c) => {
    for (const n of ORDER) await c.set(n, 'pay-' + n, n === 'gamma' ? {expires: now() + 3600} : {});
    await c.list({});
    await c.list({limit: 2});
    await c.list({limit: 2, after: 'beta'});
  },
  head: async (c) => {
    await c.set('alpha', 'pay-a');
    await c.find('alpha', {method: 'HEAD'});
    await c.find('none', {method: 'HEAD'});
    await c.find('alpha');
  },
  full: async (c) => { // a full scope
    for (let i = 0; i < 12; i++) {
      await c.set('key' + i, 'pay of ' + i);
      await c.find('key' + i);
    }
    await c.del('key3');
    await c.set('key11', 'pay-it-fits');
    await c.list({});
  },
  refused: async (c) => { // parameters
    await c.set(null, 'pay');
    await c.set('a', null);
    await c.set('', 'pay');
    await c.set('a', 'pay', {noscope: true});
    await c.set('alpha', 'p'.repeat(5001));
    await c.find('alpha');
    await c.list({limit: 101});
    await c.list({limit: 'ten'});
    await c.list({noscope: true});
    await c.find('a', {more: [['colour', 'red']]});
    await c.find('a', {more: [['expand[]', 'all']]});
    await c.del('');
    await c.list({before: 'none'});
    await c.ask('GET', '/v1/nowhere');
    await c.list({key: null});
  },
  idempotency: async (c) => {
    const k = {headers: {'Idempotency-Key': 'key-1'}};
    await c.set('alpha', 'pay-a', k);
    await c.set('alpha', 'pay-b');
    await c.set('alpha', 'pay-a', k);
    await c.find('alpha', {expand: true});
    await c.set('beta', 'pay-a', k);
    await c.find('beta');
  },
  equal: payloadsThatAreNames(''),
  'other-equal': payloadsThatAreNames('other-'),
  'two-files': async (c) => {
    await c.find('alpha', {key: null});
    await c.set('beta', 'alpha');
    await c.find('beta', {expand: true});
  },
};

// --- both beside each other ---
let bad = 0;
const check = (what, ok, why) => {
  if (ok) return;
  bad++;
  console.log(`FAILED ${what}: ${why}`);
};

async function record(looks, name) {
  const file = path.join(dir, name + '.yaml'), o = await odd(looks);
  const r = await run(ASSAY, ['record', '--listen', '127.0.0.1:0', '--upstream', o.url, '--fixture', file,
    '--durability', 'none']);
  await RECORDINGS[name](new Client(r.url));
  await stop(r);
  await stop(o);
  return file;
}

async function beside(looks, files, script, more) {
  const o = await odd(looks), p = await replay(files, ...more), judge = new Judge(), labels = {};
  const there = new Client(o.url), here = new Client(p.url);
  let n = 0;
  const both = async (call, args) => {
    if (call === 'later') {
      await there.ask('POST', '/clock', {body: `advance=${args[0]}`});
      return here.ask('POST', '/_assay/clock', {body: `advance=${args[0]}`});
    }
    const a = await there[call](...args), b = await here[call](...args), why = judge.differ(a, b);
    n++;
    labels[b.label] = (labels[b.label] ?? 0) + 1;
    check(`#${n} (${b.label}) ${b.asked}`, !why, `${why}\n  ${a.text.slice(0, 300)}\n  ${b.text.slice(0, 300)}`);
    return b;
  };
  await script(new Proxy({}, {get: (_, call) => (...args) => both(call, args)}));
  await stop(o);
  const code = await stop(p);
  check('replay ends', code === 0, `wanted exit 0, got ${code}`);
  console.log(`${n} asked, ${JSON.stringify(labels)}`);
  check('there are answers', n > 0, 'none was asked for');
  if (more.includes('--strict')) check('nothing is missed', !labels.miss, JSON.stringify(labels));
}

async function diff(looks, recording, wanted, more) {
  const file = await record(looks, recording), o = await odd(looks, ...more);
  const k = spawn(ASSAY, ['diff', file, '--target', o.url, '--key', KEY, '--quiet'], {stdio: 'ignore'});
  const code = await new Promise((ended) => { k.on('exit', ended); });
  check('diff', code === Number(wanted), `wanted exit ${wanted}, got ${code}`);
  await stop(o);
}

async function main([looks, what, which, ...more]) {
  if (what === 'diff') {
    await diff(looks, which, more.shift(), more);
  } else {
    const files = [];
    for (const name of what === 'both' ? ['names', 'plain'] : [what]) files.push(await record(looks, name));
    await beside(looks, files, PROBES[which], more);
  }
  process.exit(bad ? 1 : 0);
}
main(process.argv.slice(2)).catch((e) => { console.log('FAILED', e); process.exit(1); });
