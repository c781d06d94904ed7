// Replay beside the implementation that was recorded: both are asked the same, and must answer
// the same but for ids, times and request ids. node beside.js (ASSAY is the program)
'use strict';
const http = require('node:http'), fs = require('node:fs'), os = require('node:os'), path = require('node:path');
const {spawn} = require('node:child_process');
const ASSAY = process.env.ASSAY, dir = fs.mkdtempSync(path.join(os.tmpdir(), 'beside-')), kids = new Set();
process.on('exit', () => { for (const k of kids) k.kill('SIGKILL'); fs.rmSync(dir, {recursive: true}); });
setTimeout(() => { console.log('FAILED: no end'); process.exit(1); }, 200000).unref();

const run = (command, args) => new Promise((done, failed) => {
  const k = spawn(command, args, {stdio: ['ignore', 'pipe', 'pipe']});
  kids.add(k);
  k.out = k.err = '';
  k.stderr.on('data', (d) => { k.err += d; });
  k.ended = new Promise((e) => k.on('exit', (code) => { kids.delete(k); e(code); if (!k.url) failed(new Error(k.err)); }));
  k.stdout.on('data', (d) => { k.out += d; k.url ??= /listening on (\S+)/.exec(k.out)?.[1]; if (k.url) done(k); });
});
const stop = (k) => { k.kill('SIGTERM'); return k.ended; };
const odd = (looks, ...more) => run(process.execPath, [path.join(__dirname, 'odd.js'), '--looks', looks, ...more]);
const replay = (files, ...more) => run(ASSAY, ['replay', '--listen', '127.0.0.1:0', ...[].concat(files), ...more]);
const now = () => Math.floor(Date.now() / 1000);
const form = (pairs) => pairs.map(([k, v]) => encodeURIComponent(k) + '=' + encodeURIComponent(v)).join('&');

class Client {
  constructor(url) { this.url = new URL(url); this.agent = new http.Agent({keepAlive: true}); this.ids = new Map(); }
  ask(method, target, {body, key = 'sk_test_oddmain000001', headers = {}, type = 'application/x-www-form-urlencoded'} = {}) {
    const h = {...headers};
    if (key) h.Authorization = 'Basic ' + Buffer.from(key + ':').toString('base64');
    if (body !== undefined) Object.assign(h, {'Content-Type': type, 'Content-Length': Buffer.byteLength(body)});
    return new Promise((done, failed) => {
      const r = http.request({host: this.url.hostname, port: this.url.port, method, path: target, headers: h, agent: this.agent}, (a) => {
        let text = '';
        a.setEncoding('utf8').on('data', (d) => { text += d; }).on('end', () => {
          let json = null;
          try { json = JSON.parse(text); } catch { /* HEAD */ }
          for (const s of [json, ...(json?.data ?? [])]) if (s?.id && s.name) this.ids.set(`${s.scope?.user} ${s.name}`, s.id);
          done({status: a.statusCode, text, json, headers: a.rawHeaders, label: a.headers['assay-replay'], asked: `${method} ${target} ${body ?? ''}`.slice(0, 150)});
        });
      });
      r.on('error', failed);
      r.end(body);
    });
  }
  scope(o) { return o.noscope ? [] : o.user ? [['scope[type]', 'user'], ['scope[user]', o.user]] : [['scope[type]', 'account']]; }
  rest(o) { return [...this.scope(o), ...(o.more ?? [])]; }
  set(name, payload, o = {}) {
    const p = [['name', name], ['payload', payload], ['expires_at', o.expires], ['expand[]', o.expand && 'payload']].filter(([, v]) => v !== null && v !== undefined);
    return this.ask('POST', '/v1/apps/secrets', {...o, body: form([...p, ...this.rest(o)])});
  }
  find(name, o = {}) { return this.ask(o.method ?? 'GET', '/v1/apps/secrets/find?' + form([...(name === null ? [] : [['name', name]]), ...(o.expand ? [['expand[]', 'payload']] : []), ...this.rest(o)]), o); }
  del(name, o = {}) { return this.ask('POST', '/v1/apps/secrets/delete', {...o, body: form([['name', name], ...this.rest(o)])}); }
  list(o = {}) {
    const id = (n) => this.ids.get(`${o.user} ${n}`) ?? n;
    return this.ask('GET', '/v1/apps/secrets?' + form([...this.rest(o), ...(o.limit !== undefined ? [['limit', o.limit]] : []), ...(o.after ? [['starting_after', id(o.after)]] : []),
      ...(o.before ? [['ending_before', id(o.before)]] : []), ...(o.expand ? [['expand[]', 'data.payload']] : [])]), o);
  }
}

// --- how two answers differ ---
const OURS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'assay-replay']), VOLATILE = new Set(['date', 'request-id', 'etag', 'x-request-count']);
const heads = (raw) => raw.flatMap((n, i) => (i % 2 || OURS.has(n.toLowerCase()) ? [] : [`${n}: ${VOLATILE.has(n.toLowerCase()) ? '*' : raw[i + 1]}`])).join('\n');
const texture = (t) => t.replace(/"(?:[^"\\]|\\.)*"(\s*:)?|-?\d+|true|false|null/g, (m, member) => (member ? m : m[0] === '"' ? 'S' : /\d/.test(m) ? 'N' : m));
class Judge {
  constructor() { this.there = new Map(); this.here = new Map(); }
  pair(a, b) { if (!this.there.has(a) && !this.here.has(b)) { this.there.set(a, b); this.here.set(b, a); } return this.there.get(a) === b; }
  value(a, b, key) {
    if (a && b && typeof a === 'object' && typeof b === 'object')
      return Object.keys(a).join() === Object.keys(b).join() && Object.keys(a).every((k) => this.value(a[k], b[k], Array.isArray(a) ? key : k));
    if (key === 'request') return true;
    if (key === 'id') return this.pair(a, b);
    if (a > 1e9 && b > 1e9) return Math.abs(a - b) <= 2;
    if (/^\d{4}-.*Z$/.test(a)) return Math.abs(Date.parse(a) - Date.parse(b)) <= 2000;
    let text = a;
    if (typeof a === 'string') for (const [x, y] of this.there) text = text.replaceAll(x, y);
    return a === b || text === b;
  }
  differ(a, b) {
    if (a.status !== b.status) return `status ${a.status}, ${b.status}`;
    if (a.json && b.json && !this.value(a.json, b.json, '')) return 'body';
    let there = heads(a.headers);
    for (const [x, y] of this.there) there = there.replaceAll(x, y);
    if (there !== heads(b.headers)) return `headers ${there}\n-- ${heads(b.headers)}`;
    if (!a.json || !b.json) return a.text === b.text ? '' : 'text';
    return texture(a.text) !== texture(b.text) ? 'texture' : '';
  }
}

let bad = 0;
const check = (what, ok, why = '') => { if (!ok) { bad++; console.log(`FAILED ${what}: ${why}`); } };
async function record(looks, name, script) {
  const file = path.join(dir, name), o = await odd(looks), r = await run(ASSAY, ['record', '--listen', '127.0.0.1:0', '--upstream', o.url, '--fixture', file, '--durability', 'none']);
  await script(new Client(r.url));
  await stop(r);
  await stop(o);
  return file;
}
async function beside(what, looks, files, script, ...more) {
  const o = await odd(looks), p = await replay(files, ...more), live = new Client(o.url), told = new Client(p.url), j = new Judge();
  let n = 0;
  const labels = {};
  await script(new Proxy({}, {get: (_, call) => async (...args) => {
    if (call === 'later') { await live.ask('POST', '/clock', {body: `advance=${args[0]}`}); await told.ask('POST', '/_assay/clock', {body: `advance=${args[0]}`}); return null; }
    const a = await live[call](...args), b = await told[call](...args), why = j.differ(a, b);
    n++;
    labels[b.label] = (labels[b.label] ?? 0) + 1;
    check(`${looks} ${what} #${n} (${b.label}) ${b.asked}`, !why, `${why}\n  ${a.text.slice(0, 300)}\n  ${b.text.slice(0, 300)}`);
    return b;
  }}));
  await stop(o);
  check(`${what} ends`, await stop(p) === 0);
  console.log(`${looks} ${what}: ${n} asked, ${JSON.stringify(labels)}`);
  return labels;
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
const whole = async (c) => { // and what is refused
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
const equal = (x) => async (c) => { // payloads that are names
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

// --- what is asked ---
const probes = {
  'the same': (c) => session(c),
  'other names': (c) => session(c, (x) => 'other-' + x),
  'the story twice': async (c) => { await session(c); await session(c); },
  'more names than were recorded': async (c) => {
    for (let i = 0; i < 9; i++) for (const u of ['usr_x', undefined]) { await c.set('key' + i, `pay of ${i} ${u}`, {user: u}); }
    for (let i = 0; i < 9; i++) for (const u of ['usr_x', undefined]) { await c.find('key' + i, {user: u, expand: true}); }
    for (const u of ['usr_x', undefined]) { await c.list({user: u, expand: true}); await c.del('key4', {user: u}); await c.list({user: u}); }
  },
  'words that are names': async (c) => { for (const n of ['json', 'application', 'secret', 'al-json-pha', 'al-yaml-pha', 'name']) { await c.find(n); await c.set(n, 'pay of ' + n); await c.find(n, {expand: true}); } await c.find('nothing'); await c.find(null); },
  'names of any kind': async (c) => { for (const n of ['ü', 'a b', 'a+b', '100%', '\u{1f511}', ' x', '"q"', "it's", 'alph', 'alpha-1']) { await c.set(n, 'pay ' + n); await c.find(n, {expand: true}); await c.find(n + '!'); await c.del(n); await c.del(n); await c.find(n); } },
  'pages': async (c) => { const ns = ['one', 'two', 'three', 'four', 'five']; for (const n of ns) await c.set(n, 'pay ' + n); for (let l = 1; l <= 5; l++) { await c.list({limit: l}); for (const n of ns) { await c.list({limit: l, after: n}); await c.list({limit: l, before: n}); } } },
  'time': async (c) => { await c.set('gamma', 'pay-g', {expires: now() + 3600}); await c.set('alpha', 'pay-a'); await c.later(3500); await c.list({}); await c.find('gamma'); await c.later(101); await c.list({}); await c.find('gamma'); await c.set('gamma', 'pay-h'); await c.find('gamma', {expand: true}); await c.list({}); },
  'another order': async (c) => { for (const n of ['gamma', 'beta', 'alpha']) await c.set(n, 'pay-' + n, n === 'gamma' ? {expires: now() + 3600} : {}); await c.list({}); await c.list({limit: 2}); await c.list({limit: 2, after: 'beta'}); },
  'HEAD': async (c) => { await c.set('alpha', 'pay-a'); await c.find('alpha', {method: 'HEAD'}); await c.find('none', {method: 'HEAD'}); await c.find('alpha'); },
};
const refusals = {
  'a full scope': async (c) => { for (let i = 0; i < 12; i++) { await c.set('key' + i, 'pay of ' + i); await c.find('key' + i); } await c.del('key3'); await c.set('key11', 'pay-it-fits'); await c.list({}); },
  'refused parameters': async (c) => { await c.set(null, 'pay'); await c.set('a', null); await c.set('', 'pay'); await c.set('a', 'pay', {noscope: true}); await c.set('alpha', 'p'.repeat(5001)); await c.find('alpha'); await c.list({limit: 101}); await c.list({limit: 'ten'}); await c.list({noscope: true}); await c.find('a', {more: [['colour', 'red']]}); await c.find('a', {more: [['expand[]', 'all']]}); await c.del(''); await c.list({before: 'none'}); await c.ask('GET', '/v1/nowhere'); await c.list({key: null}); },
  'idempotency keys': async (c) => { const k = {headers: {'Idempotency-Key': 'key-1'}}; await c.set('alpha', 'pay-a', k); await c.set('alpha', 'pay-b'); await c.set('alpha', 'pay-a', k); await c.find('alpha', {expand: true}); await c.set('beta', 'pay-a', k); await c.find('beta'); },
};

async function main() {
  for (const looks of ['A', 'B']) {
    const plain = await record(looks, `plain.${looks}.yaml`, session), full = await record(looks, `whole.${looks}.yaml`, whole), names = await record(looks, `names.${looks}.yaml`, equal(''));
    for (const [what, script] of Object.entries(probes)) await beside(what, looks, plain, script);
    for (const [what, script] of Object.entries({...probes, ...refusals})) await beside('all recorded: ' + what, looks, full, script);
    for (const x of ['', 'other-']) await beside(`payloads that are names ${x}`, looks, names, equal(x), '--strict');
    await beside('payloads that are names, literally', looks, names, equal(''), '--literal');
    const labels = await beside('two files, in another order', looks, [names, plain], async (c) => { await c.find('alpha', {key: null}); await c.set('beta', 'alpha'); await c.find('beta', {expand: true}); }, '--strict');
    check('two files of one key are one story', !labels.miss, JSON.stringify(labels));
    // the same implementation has not drifted, one with a defect has
    for (const [file, want, ...more] of [[full, 0], [full, 0, '--slow', '20'], [names, 0], [full, 1, '--bug', 'same-id']]) {
      const o = await odd(looks, ...more), args = ['diff', file, '--target', o.url, '--key', 'sk_test_oddmain000001', '--quiet'];
      const code = await new Promise((e) => { spawn(ASSAY, args, {stdio: 'ignore'}).on('exit', e); });
      check(`${looks} diff of ${path.basename(file)} ${more}`, code === want, `exit ${code}, want ${want}`);
      await stop(o);
    }
  }
  process.exit(bad ? 1 : 0);
}
main().catch((e) => { console.log('FAILED', e); process.exit(1); });
