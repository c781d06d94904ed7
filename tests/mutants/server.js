// A third implementation of the Secrets API, written from the clauses alone: every step of an
// answer is a method of World, so that a mutation is an override of one (mutations.js).
//
//   node server.js [NAME...]     a server for each mutation on a port of its own; without a
//                                name for each there is, `none` too. A line for each:
//                                "NAME CLAUSE[,CLAUSE] URL"; the clauses of none are "-"
//   node server.js --list        NAME, clauses and what is wrong
//
// Its choices: the id, created and place stay on replace, the short object on delete, a bad
// cursor is 400, a wrong verb 404, a forbidden scope 403, JSON with blanks.
'use strict';
const http = require('node:http');
const crypto = require('node:crypto');
class Refusal extends Error {
  constructor(status, message, more = {}) {
    super(message);
    this.status = status;
    this.more = more;
  }
}
const YEAR100 = 3155760000;
class World {
  constructor() {
    this.offset = 0;
    this.buckets = new Map();
    this.idem = new Map();
    this.n = 0;
    this.log = [];
    this.keys = new Map([
      ['sk_test_mutantmain00001', {account: 'a', live: false}],
      ['sk_test_mutantother0002', {account: 'b', live: false}],
      ['sk_live_mutantlive0003', {account: 'a', live: true}],
      ['sk_test_mutantui0000004', {account: 'a', live: false, user: 'usr_mutant_ui'}],
    ]);
    this.cap = 10;
  }
  nowMs() {
    return Date.now() + this.offset;
  }
  nowS() {
    return Math.floor(this.nowMs() / 1000);
  }
  newId(c, scope, name) {
    return `appsecret_${crypto.randomBytes(15).toString('hex')}`;
  }

  // protocol
  credential(header) {
    const m = /^(\S+) +(\S+) *$/.exec(header || '');
    if (!m) return undefined;
    if (/^bearer$/i.test(m[1])) return {key: m[2], by: 'bearer'};
    if (/^basic$/i.test(m[1])) return {key: Buffer.from(m[2], 'base64').toString('utf8').split(':')[0], by: 'basic'};
    return undefined;
  }
  who(key, c) {
    return this.keys.get(key);
  }
  auth(c) {
    const cred = this.credential(c.headers.authorization);
    c.cred = cred;
    const who = cred && cred.key ? this.who(cred.key, c) : undefined;
    if (!who)
      throw new Refusal(
        401,
        cred ? `Invalid API Key provided: ${String(cred.key).slice(0, 4)}****` : 'You did not provide an API key.',
      );
    return who;
  }
  route(method, path) {
    return {
      'POST /v1/apps/secrets': 'set',
      'GET /v1/apps/secrets': 'list',
      'GET /v1/apps/secrets/find': 'find',
      'POST /v1/apps/secrets/delete': 'delete',
    }[`${method} ${path}`];
  }
  noRoute(c) {
    throw new Refusal(404, `Unrecognized request URL (${c.method}: path).`);
  }
  contentType(c) {
    if (
      c.method === 'POST' &&
      c.body.length &&
      !/^application\/x-www-form-urlencoded\s*(;|$)/i.test(c.headers['content-type'] || '')
    )
      throw new Refusal(400, 'Send a form.');
  }
  decode(text, place, isKey) {
    const raw = Buffer.from(text.replace(/\+/g, ' '), 'latin1');
    const out = [];
    for (let i = 0; i < raw.length; i++) {
      const hex = raw.toString('latin1', i + 1, i + 3);
      if (raw[i] === 37 && /^[0-9a-fA-F]{2}$/.test(hex)) {
        out.push(parseInt(hex, 16));
        i += 2;
      } else out.push(raw[i]);
    }
    const buf = Buffer.from(out);
    const s = buf.toString('utf8');
    if (Buffer.compare(Buffer.from(s, 'utf8'), buf) || s.includes('\0'))
      throw new Refusal(400, 'Invalid UTF-8 in the request.');
    return s;
  }
  pairs(text, place) {
    return text
      .split('&')
      .filter((p) => p !== '')
      .map((p) => {
        const at = p.indexOf('=');
        return {
          key: this.decode(at < 0 ? p : p.slice(0, at), place, true),
          value: at < 0 ? '' : this.decode(p.slice(at + 1), place, false),
          raw: p,
          place,
        };
      });
  }
  collect(c) {
    return [
      ...this.pairs(c.query, 'query'),
      ...(c.method === 'POST' ? this.pairs(c.body.toString('latin1'), 'body') : []),
    ];
  }
  put(p, pair, c) {
    const {key, value} = pair;
    const m = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(key);
    if (!m) throw new Refusal(400, 'Invalid parameter name.', {param: key.slice(0, 60)});
    if (m[2] === '') {
      if (m[1] === 'scope' || m[1] === 'expand') throw new Refusal(400, `Invalid ${m[1]}.`, {param: m[1]});
      p[m[1]] = value;
      return;
    }
    if (m[1] === 'scope' && m[2] === '[type]') {
      (p.scope ||= Object.create(null)).type = value;
      return;
    }
    if (m[1] === 'scope' && m[2] === '[user]') {
      (p.scope ||= Object.create(null)).user = value;
      return;
    }
    if (m[1] === 'expand' && /^\[\d*\]$/.test(m[2])) {
      (p.expand ||= []).push(value);
      return;
    }
    throw new Refusal(400, `Received unknown parameter: ${key.slice(0, 60)}`, {
      code: 'parameter_unknown',
      param: key.slice(0, 60),
    });
  }
  known(call) {
    return {
      set: ['name', 'payload', 'scope', 'expires_at', 'expand'],
      find: ['name', 'scope', 'expand'],
      list: ['scope', 'limit', 'starting_after', 'ending_before', 'expand'],
      delete: ['name', 'scope', 'expand'],
    }[call];
  }
  params(c) {
    const p = Object.create(null);
    for (const pair of c.pairs) this.put(p, pair, c);
    return p;
  }
  unknown(p, c) {
    for (const k of Object.keys(p))
      if (!this.known(c.call).includes(k))
        throw new Refusal(400, `Received unknown parameter: ${k.slice(0, 60)}`, {
          code: 'parameter_unknown',
          param: k.slice(0, 60),
        });
  }

  // checks
  len(s) {
    return [...s].length;
  }
  text(p, k, c) {
    const v = p[k];
    if (v === undefined)
      throw new Refusal(400, `Missing required param: ${k}.`, {code: 'parameter_missing', param: k});
    if (v === '')
      throw new Refusal(400, `You passed an empty string for '${k}'.`, {code: 'parameter_invalid_empty', param: k});
    if (this.len(v) > 5000) throw new Refusal(400, `Invalid string; must be at most 5000 characters`, {param: k});
    return v;
  }
  int(v, k) {
    if (!/^-?\d{1,15}$/.test(v))
      throw new Refusal(400, `Invalid integer`, {code: 'parameter_invalid_integer', param: k});
    return Number(v);
  }
  scope(p, c) {
    const s = p.scope;
    if (!s) throw new Refusal(400, 'Missing required param: scope.', {code: 'parameter_missing', param: 'scope'});
    if (s.type === undefined)
      throw new Refusal(400, 'Missing required param: scope[type].', {
        code: 'parameter_missing',
        param: 'scope[type]',
      });
    const type = this.scopeType(s.type, c);
    if (!type) throw new Refusal(400, 'Invalid scope[type]: must be one of account or user', {param: 'scope[type]'});
    if (type === 'account') return {type};
    if (s.user === undefined || s.user === '')
      throw new Refusal(400, 'Missing required param: scope[user].', {
        code: 'parameter_missing',
        param: 'scope[user]',
      });
    const scope = {type, user: s.user};
    this.uiCheck(scope, c);
    return scope;
  }
  scopeType(t, c) {
    return t === 'account' || t === 'user' ? t : undefined;
  }
  uiCheck(scope, c) {
    if (c.who.user !== undefined && scope.user !== c.who.user) throw new Refusal(403, 'This scope is not yours.', {});
  }
  expands(p, c) {
    const allowed = c.call === 'list' ? ['data.payload', 'data.scope'] : ['payload', 'scope'];
    for (const e of p.expand || [])
      if (!allowed.includes(e)) throw new Refusal(400, `This property cannot be expanded.`, {});
    return (p.expand || []).includes(allowed[0]);
  }
  expires(p, c) {
    if (p.expires_at === undefined) return null;
    const v = this.int(p.expires_at, 'expires_at');
    this.range(v, c);
    return v;
  }
  range(v, c) {
    if (v <= this.nowS() || v > this.nowS() + YEAR100)
      throw new Refusal(400, 'expires_at is out of range', {param: 'expires_at'});
  }
  limit(p, c) {
    if (p.limit === undefined) return 10;
    const v = this.int(p.limit, 'limit');
    if (v < 1 || v > 100) throw new Refusal(400, 'limit must be 1 to 100', {param: 'limit'});
    return v;
  }

  // store
  bucketKey(c, scope) {
    return JSON.stringify([c.who.account, c.who.live, scope.type, scope.user]);
  }
  bucket(c, scope) {
    const k = this.bucketKey(c, scope);
    let b = this.buckets.get(k);
    if (!b) this.buckets.set(k, (b = []));
    return b;
  }
  same(a, b, c) {
    return a === b;
  }
  live(s, c) {
    return s.expires_at === null || this.nowMs() < s.expires_at * 1000;
  }
  all(c, scope) {
    return this.bucket(c, scope).filter((s) => this.live(s, c));
  }
  lookup(c, scope, name) {
    return this.all(c, scope).find((s) => this.same(s.name, name, c));
  }
  drop(c, scope, s) {
    const b = this.bucket(c, scope);
    const i = b.indexOf(s);
    if (i >= 0) b.splice(i, 1);
  }
  purge(c, scope) {
    const b = this.bucket(c, scope);
    for (let i = b.length - 1; i >= 0; i--) if (!this.live(b[i], c)) b.splice(i, 1);
  }
  full(c, scope) {
    return this.all(c, scope).length >= this.cap;
  }

  // views
  view(s, c, expanded) {
    const v = {
      id: s.id,
      object: 'apps.secret',
      created: s.created,
      expires_at: s.expires_at,
      livemode: c.who.live,
      name: s.name,
      scope: this.viewScope(s, c),
    };
    if (expanded) v.payload = s.payload;
    return v;
  }
  viewScope(s, c) {
    return s.scope.type === 'user' ? {type: 'user', user: s.scope.user} : {type: 'account'};
  }

  // calls
  checkSet(c) {
    const p = c.p;
    c.scope = this.scope(p, c);
    c.name = this.text(p, 'name', c);
    c.payload = this.text(p, 'payload', c);
    c.expanded = this.expands(p, c);
    c.expires_at = this.expires(p, c);
  }
  checkFind(c) {
    c.scope = this.scope(c.p, c);
    c.name = this.text(c.p, 'name', c);
    c.expanded = this.expands(c.p, c);
  }
  checkDelete(c) {
    c.scope = this.scope(c.p, c);
    c.name = this.text(c.p, 'name', c);
    this.expands(c.p, c);
  }
  checkList(c) {
    c.scope = this.scope(c.p, c);
    c.limit = this.limit(c.p, c);
    c.expanded = this.expands(c.p, c);
    if (c.p.starting_after !== undefined && c.p.ending_before !== undefined)
      throw new Refusal(400, 'Received both starting_after and ending_before parameters.');
  }
  insert(c, s) {
    this.bucket(c, c.scope).unshift(s);
  }
  replace(c, old) {
    old.payload = c.payload;
    old.expires_at = c.expires_at;
    return old;
  }
  create(c) {
    return {
      id: this.newId(c, c.scope, c.name),
      name: c.name,
      payload: c.payload,
      scope: c.scope,
      expires_at: c.expires_at,
      created: this.nowS(),
    };
  }
  async set(c) {
    this.checkSet(c);
    const old = this.lookup(c, c.scope, c.name);
    if (old) {
      this.replace(c, old);
      return this.view(old, c, c.expanded);
    }
    this.purge(c, c.scope);
    if (this.full(c, c.scope)) throw new Refusal(400, 'This scope is full.', {});
    const s = this.create(c);
    this.insert(c, s);
    return this.view(s, c, c.expanded);
  }
  missing(c) {
    throw new Refusal(404, `No such secret`, {code: 'resource_missing', param: 'name'});
  }
  async find(c) {
    this.checkFind(c);
    const s = this.lookup(c, c.scope, c.name);
    if (!s) this.missing(c);
    return this.view(s, c, c.expanded);
  }
  async delete(c) {
    this.checkDelete(c);
    const s = this.lookup(c, c.scope, c.name);
    if (!s) this.missing(c);
    this.drop(c, c.scope, s);
    return this.deleted(s, c);
  }
  deleted(s, c) {
    return {id: s.id, object: 'apps.secret', deleted: true};
  }
  cursor(all, id, c, which) {
    const at = all.findIndex((s) => s.id === id);
    if (at < 0) throw new Refusal(400, 'No such secret', {code: 'resource_missing', param: which});
    return at;
  }
  sort(all, c) {
    return all;
  }
  page(all, c) {
    const {starting_after: after, ending_before: before} = c.p;
    if (before !== undefined) {
      const at = this.cursor(all, before, c, 'ending_before');
      const from = Math.max(0, at - c.limit);
      return {items: all.slice(from, at), more: from > 0};
    }
    const from = after === undefined ? 0 : this.cursor(all, after, c, 'starting_after') + 1;
    return {items: all.slice(from, from + c.limit), more: from + c.limit < all.length};
  }
  async list(c) {
    this.checkList(c);
    const all = this.sort(this.all(c, c.scope), c);
    const {items, more} = this.page(all, c);
    return {
      object: 'list',
      url: '/v1/apps/secrets',
      has_more: more,
      data: items.map((s) => this.view(s, c, c.expanded)),
    };
  }

  // idempotency
  idemSlot(c, key) {
    return JSON.stringify([c.who.account, c.who.live, key]);
  }
  idemPrint(c) {
    return JSON.stringify([
      c.call,
      Object.keys(c.p)
        .sort()
        .map((k) => [
          k,
          Array.isArray(c.p[k])
            ? [...c.p[k]].sort()
            : typeof c.p[k] === 'object'
              ? Object.keys(c.p[k])
                  .sort()
                  .map((i) => [i, c.p[k][i]])
              : c.p[k],
        ]),
    ]);
  }
  async call(c) {
    return this[c.call](c);
  }
  async once(c) {
    const key = c.method === 'POST' ? c.headers['idempotency-key'] : undefined;
    if (key === undefined) return this.call(c);
    if (c.who.user !== undefined) this.scope(c.p, c); // whoever used the key first, a forbidden scope stays shut
    const slot = this.idemSlot(c, key);
    const print = this.idemPrint(c);
    const seen = this.idem.get(slot);
    if (seen) {
      if (seen.print !== print)
        throw new Refusal(400, 'Keys for idempotent requests can only be used with the same parameters.', {
          type: 'idempotency_error',
        });
      return this.replay(seen, c);
    }
    const out = await this.call(c);
    this.idem.set(slot, {print, out: structuredClone(out), c});
    return out;
  }
  replay(seen, c) {
    c.replayed = true;
    return structuredClone(seen.out);
  }

  // the whole
  async pipeline(c) {
    c.call = this.route(c.method, c.path);
    c.who = this.auth(c);
    if (!c.call) this.noRoute(c);
    this.contentType(c);
    c.pairs = this.collect(c);
    c.p = this.params(c);
    this.unknown(c.p, c);
    return this.once(c);
  }
  envelope(e, c) {
    return {error: {type: 'invalid_request_error', message: e.message, ...e.more}};
  }
  crashed(e, c) {
    return {status: 500, out: {error: {type: 'api_error', message: 'internal'}}};
  }
  requestId(c) {
    return `req_${crypto.randomBytes(8).toString('hex')}`;
  }
  async respond(c) {
    const r = {
      status: 200,
      headers: {
        'content-type': 'application/json',
        'request-id': this.requestId(c),
        date: new Date(this.nowMs()).toUTCString(),
      },
      out: undefined,
    };
    try {
      r.out = await this.pipeline(c);
    } catch (e) {
      if (e instanceof Refusal) {
        r.status = e.status;
        r.out = this.envelope(e, c);
        c.refusal = e;
      } else {
        Object.assign(r, this.crashed(e, c));
      }
    }
    try {
      await this.finish(r, c);
    } catch (e) {
      Object.assign(r, this.crashed(e, c));
    }
    return r;
  }
  async finish(r, c) {}
  serialise(r, c) {
    return typeof r.out === 'string' ? r.out : JSON.stringify(r.out, null, 2) + '\n';
  }
}

function serve(world) {
  return new Promise((done) => {
    const server = http.createServer({keepAliveTimeout: 20000, maxHeaderSize: 131072}, (req, res) => {
      const chunks = [];
      req.on('data', (x) => chunks.push(x));
      req.on('end', async () => {
        const body = Buffer.concat(chunks);
        if (req.url === '/clock') {
          world.offset += 1000 * Number(new URLSearchParams(body.toString()).get('advance'));
          res.end('{}');
          return;
        }
        const at = req.url.indexOf('?');
        const c = {
          req,
          method: req.method,
          path: at < 0 ? req.url : req.url.slice(0, at),
          query: at < 0 ? '' : req.url.slice(at + 1),
          headers: req.headers,
          body,
        };
        const r = await world.respond(c);
        res.writeHead(r.status, r.headers);
        if (req.method === 'HEAD') res.end();
        else res.end(world.serialise(r, c), r.encoding || 'utf8');
      });
    });
    server.listen(0, '127.0.0.1', () => done(server));
  });
}

module.exports = {World, Refusal};
if (require.main === module) {
  const mutations = [
    {name: 'none', clause: '-', about: 'nothing is wrong', apply() {}},
    ...require('./mutations.js'),
  ];
  const names = process.argv.slice(2);
  if (names.includes('--list')) {
    for (const m of mutations) console.log(`${m.name}\t${m.clause}\t${m.about}`);
    process.exit(0);
  }
  const chosen = mutations.filter((m) => !names.length || names.includes(m.name));
  (async () => {
    for (const m of chosen) {
      const world = new World();
      m.apply(world);
      const server = await serve(world);
      console.log(`${m.name} ${m.clause} http://127.0.0.1:${server.address().port}`);
    }
    console.log('listening');
  })();
  setTimeout(() => process.exit(0), 900000).unref();
  process.on('unhandledRejection', () => {}); // of a mutation that does what it refused
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
}
