// api.js - the Secrets API without its HTTP: from a request {method, url, headers, body, connection} to
// an answer {status, body}. Each step is a method of its own, so that a defect can replace just one.
'use strict';
const crypto = require('node:crypto');

const KEYS = {
  sk_test_assayMain0001aaaaaaaaaaaa: { account: 'acct_main', live: false },
  sk_test_assayOther002bbbbbbbbbbbb: { account: 'acct_other', live: false },
  sk_live_assayLive0003cccccccccccc: { account: 'acct_main', live: true },
  sk_test_assayUi000004dddddddddddd: { account: 'acct_main', live: false, user: 'usr_assay_ui' },
};
const ROUTES = {
  'POST /v1/apps/secrets': 'set',
  'GET /v1/apps/secrets': 'list',
  'GET /v1/apps/secrets/find': 'find',
  'POST /v1/apps/secrets/delete': 'remove',
};
const TAKES = {
  set: ['name', 'payload', 'scope[type]', 'scope[user]', 'expires_at', 'expand'],
  find: ['name', 'scope[type]', 'scope[user]', 'expand'],
  list: ['scope[type]', 'scope[user]', 'limit', 'starting_after', 'ending_before', 'expand'],
  remove: ['name', 'scope[type]', 'scope[user]', 'expand'],
};
const LONGEST = 5000; // characters
const CENTURY = 100 * 365.25 * 86400;

class Refusal extends Error {
  constructor(status, message, param, code, type = 'invalid_request_error') {
    super(message);
    Object.assign(this, { status, error: { type, message, ...(code && { code }), ...(param && { param }) } });
  }
}
const bad = (message, param, code) => new Refusal(400, message, param, code);

class Api {
  constructor(cap = 10) {
    this.cap = cap;
    this.shift = 0; // seconds that the clock was advanced
    this.spaces = new Map(); // a space is what one scope of one account holds: an array, newest first
    this.replies = new Map(); // by idempotency key
    this.serial = 0;
  }

  now() {
    return Date.now() / 1000 + this.shift;
  }

  async answer(q) {
    try {
      return await this.serve(q);
    } catch (e) {
      if (e instanceof Refusal) return this.refused(e, q);
      this.mishap = e;
      return { status: 500, body: { error: { type: 'api_error', message: 'Something broke on our side.' } } };
    }
  }

  async serve(q) {
    const call = this.route(q);
    q.call = call;
    q.who = this.authenticate(q);
    const want = this.check(call, this.parameters(q, call), q);
    this.permit(q.who, want.scope, want, q);
    return this.once(q, call, want, () => this[call](want, q));
  }

  refused(e) {
    return { status: e.status, body: { error: e.error } };
  }

  pathOf(q) {
    return q.url.replace(/^https?:\/\/[^/?]*/i, '').replace(/[?#].*$/s, '');
  }

  queryOf(q) {
    const at = q.url.indexOf('?');
    return at < 0 ? '' : q.url.slice(at + 1).replace(/#.*$/s, '');
  }

  route(q) {
    const path = this.pathOf(q);
    const call = ROUTES[`${q.method} ${path}`];
    if (call) return call;
    if (Object.keys(ROUTES).some((route) => route.endsWith(` ${path}`)))
      throw new Refusal(405, 'This path does not know that method.');
    throw new Refusal(404, 'There is nothing at this path.');
  }

  // --- who calls ---------------------------------------------------------------------------------

  // The key that the Authorization header holds, or undefined.
  keyOf(q) {
    const [, scheme, token] = /^(\S+) +(\S+) *$/.exec(q.headers.authorization || '') || [];
    if (/^bearer$/i.test(scheme)) return token;
    if (!/^basic$/i.test(scheme) || !/^[A-Za-z0-9+/]+={0,2}$/.test(token)) return undefined;
    const pair = Buffer.from(token, 'base64').toString('latin1');
    return pair.includes(':') ? pair.slice(0, pair.indexOf(':')) : undefined;
  }

  known(key) {
    return Object.hasOwn(KEYS, key) ? { key, ...KEYS[key] } : undefined;
  }

  authenticate(q) {
    const key = this.keyOf(q);
    if (!key) throw new Refusal(401, 'Send your API key as the user name of HTTP Basic.');
    const who = this.known(key, q);
    if (!who) throw new Refusal(401, 'This API key is not one of ours.');
    return who;
  }

  // A UI extension has the account's scope and that of its own user.
  permit(who, scope) {
    if (who.user && scope.type === 'user' && scope.user !== who.user)
      throw new Refusal(403, 'A UI extension may not use the scope of another user.', 'scope[user]');
  }

  // --- parameters --------------------------------------------------------------------------------

  // From the text of a form to what was meant; `text` has a byte in each character.
  decode(text) {
    const bytes = [];
    for (let i = 0; i < text.length; i++) {
      if (text[i] === '%') {
        const hex = text.slice(i + 1, i + 3);
        if (!/^[0-9a-f]{2}$/i.test(hex)) throw bad('A percent sign stands before what is not hexadecimal.');
        bytes.push(parseInt(hex, 16));
        i += 2;
      } else bytes.push(text[i] === '+' ? 32 : text.charCodeAt(i));
    }
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
    } catch {
      throw bad('The parameters are not UTF-8.');
    }
  }

  pairs(text) {
    return text.split('&').filter(Boolean).map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [this.decode(part), ''] : [this.decode(part.slice(0, at)), this.decode(part.slice(at + 1))];
    });
  }

  form(q) {
    const type = (q.headers['content-type'] || '').split(';')[0].trim().toLowerCase();
    if (q.body.length && type && type !== 'application/x-www-form-urlencoded')
      throw bad('Send the parameters as application/x-www-form-urlencoded.');
    return q.body.toString('latin1');
  }

  // Query and form are one bucket; of what stands there twice the last holds, and the form is behind.
  sent(q) {
    return [...this.pairs(this.queryOf(q)), ...(q.method === 'POST' ? this.pairs(this.form(q)) : [])];
  }

  parameters(q, call) {
    const p = Object.create(null);
    for (const [key, value] of this.sent(q)) {
      if (/^expand\[\d*\]$/.test(key)) (p.expand ||= []).push(value);
      else if (key === 'scope' || key === 'expand') throw bad('This parameter has parts in brackets.', key);
      else if (!TAKES[call].includes(key)) throw bad('There is no such parameter.', key.slice(0, 60));
      else p[key] = value;
    }
    return p;
  }

  text(p, key) {
    if (!p[key]) throw bad('This parameter is required.', key, 'parameter_missing');
    if ([...p[key]].length > LONGEST) throw bad(`More than ${LONGEST} characters.`, key, 'parameter_too_long');
    return p[key];
  }

  integer(text, key) {
    if (!/^[+-]?[0-9]+$/.test(text)) throw bad('This is not a whole number.', key, 'parameter_invalid_integer');
    return Number(text);
  }

  scope(p) {
    const type = this.text(p, 'scope[type]');
    if (type !== 'account' && type !== 'user') throw bad('Either account or user.', 'scope[type]');
    if (type === 'user') return { type, user: this.text(p, 'scope[user]') };
    if (p['scope[user]'] !== undefined) throw bad('The account scope has no user.', 'scope[user]');
    return { type };
  }

  expand(call, values = []) {
    const lawful = call === 'list' ? ['data.payload', 'data.scope'] : ['payload', 'scope'];
    if (values.some((value) => !lawful.includes(value))) throw bad('This cannot be expanded.', 'expand');
    return values.includes(lawful[0]);
  }

  expiry(text) {
    if (text === undefined) return null;
    const second = this.integer(text, 'expires_at');
    if (second <= this.now()) throw bad('This second has passed.', 'expires_at');
    if (second > this.now() + CENTURY) throw bad('More than 100 years ahead.', 'expires_at');
    return second;
  }

  limit(text) {
    if (text === undefined) return 10;
    const limit = this.integer(text, 'limit');
    if (limit < 1 || limit > 100) throw bad('From 1 to 100.', 'limit');
    return limit;
  }

  check(call, p) {
    const want = { scope: this.scope(p), shown: this.expand(call, p.expand) };
    if (call !== 'list') want.name = this.text(p, 'name');
    if (call === 'set') want.payload = this.text(p, 'payload');
    if (call === 'set') want.expires_at = this.expiry(p.expires_at);
    if (call !== 'list') return want;
    want.limit = this.limit(p.limit);
    want.after = p.starting_after;
    want.before = p.ending_before;
    if (want.after !== undefined && want.before !== undefined) throw bad('One cursor at a time.', 'ending_before');
    return want;
  }

  // --- idempotency -------------------------------------------------------------------------------

  replyKey(q) {
    return JSON.stringify([q.who.key, q.headers['idempotency-key']]);
  }

  async once(q, call, want, run) {
    if (q.method !== 'POST' || !q.headers['idempotency-key']) return run();
    const key = this.replyKey(q);
    const print = JSON.stringify([call, want]);
    const first = this.replies.get(key);
    if (first && first.print !== print)
      throw new Refusal(409, 'This key was used with other parameters.', undefined, undefined, 'idempotency_error');
    if (first) return first.answer;
    const answer = await run();
    this.replies.set(key, { print, answer });
    return answer;
  }

  // --- the four calls ----------------------------------------------------------------------------

  spaceKey(who, scope) {
    return JSON.stringify([who.account, who.live, scope.type, scope.user]);
  }

  space(who, scope) {
    const key = this.spaceKey(who, scope);
    if (!this.spaces.has(key)) this.spaces.set(key, []);
    return this.spaces.get(key);
  }

  alive(secret) {
    return secret.expires_at === null || this.now() < secret.expires_at;
  }

  same(one, other) {
    return one === other;
  }

  pick(space, name, q) {
    return space.find((secret) => this.same(secret.name, name, q) && this.alive(secret, q));
  }

  drop(space, secret) {
    space.splice(space.indexOf(secret), 1);
  }

  sweep(space) {
    for (const secret of [...space]) if (!this.alive(secret)) this.drop(space, secret);
  }

  newId() {
    const serial = (++this.serial).toString(36).padStart(6, '0');
    return `appsecret_${crypto.randomBytes(9).toString('hex')}${serial}`;
  }

  room(space) {
    return space.length < this.cap;
  }

  store(space, old, want, q) {
    if (old) return Object.assign(old, { payload: want.payload, expires_at: want.expires_at });
    const { name, payload, expires_at, scope } = want;
    const secret = { id: this.newId(q), name, payload, expires_at, scope, live: q.who.live };
    secret.created = Math.floor(this.now());
    space.unshift(secret);
    return secret;
  }

  set(want, q) {
    const space = this.space(q.who, want.scope);
    this.sweep(space);
    const old = this.pick(space, want.name, q);
    if (!old && !this.room(space, want, q)) throw bad(`A scope holds ${this.cap} secrets.`, 'scope', 'secret_limit');
    return { status: 200, body: this.show(this.store(space, old, want, q), want, q) };
  }

  missing() {
    return new Refusal(404, 'This scope has no secret of that name.', 'name', 'resource_missing');
  }

  find(want, q) {
    const secret = this.pick(this.space(q.who, want.scope), want.name, q);
    if (!secret) throw this.missing(want, q);
    return { status: 200, body: this.show(secret, want, q) };
  }

  remove(want, q) {
    const space = this.space(q.who, want.scope);
    const secret = this.pick(space, want.name, q);
    if (!secret) throw this.missing(want, q);
    this.drop(space, secret, want, q);
    return { status: 200, body: { id: secret.id, object: 'apps.secret', deleted: true } };
  }

  listed(want, q) {
    return this.space(q.who, want.scope).filter((secret) => this.alive(secret, q));
  }

  place(all, id, key) {
    const at = all.findIndex((secret) => secret.id === id);
    if (at < 0) throw new Refusal(400, 'This scope has no secret of that id.', key, 'resource_missing');
    return at;
  }

  // What of a list is asked for, and whether more is behind it.
  page(all, want) {
    if (want.before !== undefined) {
      const end = this.place(all, want.before, 'ending_before');
      const from = Math.max(0, end - want.limit);
      return { part: all.slice(from, end), more: from > 0 };
    }
    const from = want.after === undefined ? 0 : this.place(all, want.after, 'starting_after') + 1;
    return { part: all.slice(from, from + want.limit), more: all.length > from + want.limit };
  }

  list(want, q) {
    const { part, more } = this.page(this.listed(want, q), want, q);
    const data = part.map((secret) => this.show(secret, want, q));
    return { status: 200, body: { object: 'list', url: '/v1/apps/secrets', has_more: more, data } };
  }

  show(secret, want) {
    return {
      id: secret.id,
      object: 'apps.secret',
      created: secret.created,
      expires_at: secret.expires_at,
      livemode: secret.live,
      name: secret.name,
      ...(want.shown && { payload: secret.payload }),
      scope: { ...secret.scope },
    };
  }

  // --- the answer as bytes -----------------------------------------------------------------------

  encode(answer) {
    const bytes = Buffer.from(JSON.stringify(answer.body));
    return { status: answer.status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, bytes };
  }
}

module.exports = { Api, Refusal, bad, ROUTES };
