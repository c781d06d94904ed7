// A second implementation of the Secrets API, in another language and by other choices than
// the model: the suite must pass it, and must see each of its mutations.
//
//   node server.js [--mutation NAME] [--list]     prints "listening on http://127.0.0.1:PORT"
//
// Its choices: UUID ids, compact JSON, extra members, payload null when hidden, deleted false,
// full object on delete, new id on replace, replaced secrets move to the front, 404 for a bad
// cursor, 404 for a forbidden scope, 405 for a wrong verb, no idempotency replay header.
'use strict';
const http = require('node:http');
const crypto = require('node:crypto');

const MUTATIONS = {
  none: 'nothing is wrong',
  'expiry-late': 'EXP-3: an expired secret is found for three more seconds',
  'expiry-list': 'EXP-3: an expired secret stays in the list',
  'expiry-early': 'EXP-2: a secret ends two seconds too soon',
  'expiry-sticky': 'EXP-5: replacing keeps the first expires_at',
  'expiry-ms': 'EXP-1: expires_at comes back in milliseconds',
  'has-more-full': 'LIST-7: has_more is true on a page that is exactly full',
  'before-first': 'LIST-6: ending_before answers the first page',
  'before-reversed': 'LIST-6: ending_before answers in reverse order',
  'after-inclusive': 'LIST-5: starting_after repeats the cursor',
  'cursor-ignored': 'LIST-8: an unknown cursor is ignored',
  'cursor-foreign': 'LIST-8: a cursor of another scope is taken',
  'limit-ignored': 'LIST-4: limit is ignored',
  'limit-plus-one': 'LIST-4: a page holds one more than limit',
  'payload-find': 'OBJ-4: find shows the payload unasked',
  'payload-list': 'OBJ-4: list shows the payloads unasked',
  'payload-set': 'OBJ-4: set shows the payload unasked',
  'payload-trim': 'SET-8: blanks at the ends of a payload are lost',
  'payload-plus': 'SET-8: a plus sign becomes a space twice',
  'payload-bmp': 'SET-8: characters of four bytes are lost',
  'name-lower': 'SET-9: names ignore case',
  'name-prefix': 'SET-9: find takes a prefix',
  'scope-fallback': 'ISO-2: find in a user scope falls back to the account',
  'scope-users': 'ISO-3: list of a user shows all users',
  'delete-all-scopes': 'DEL-4: delete removes the name in every scope',
  'delete-missing-ok': 'DEL-3: deleting what is not there is 200',
  'delete-soft': 'DEL-2: the list still has the deleted secret',
  'delete-get': 'DEL-7: GET deletes',
  resurrect: 'DEL-5: setting a deleted name again answers the old payload',
  'refused-stores': 'SET-12: a refused expires_at still stores',
  'replace-adds': 'SET-2: replacing adds a second one',
  'no-auth-find': 'AUTH-1: find needs no key',
  'any-key': 'AUTH-1: any key is accepted',
  'error-text': 'ERR-1: errors are plain text',
  'error-echo': 'ERR-6: an error message repeats the payload',
  'crash-percent': 'ERR-5: a bad percent sequence is a 500',
  'index-expand': 'PROTO-4: expand[0] is not understood',
  'live-flag': 'OBJ-6: livemode is true for a test key',
  'created-read': 'OBJ-7: created is the time of reading',
  'same-id': 'OBJ-2: a name has the same id in every scope',
  'ui-reads-other': "ISO-5: a UI extension finds in another user's scope",
  'ui-no-own': 'ISO-4: a UI extension is refused its own user',
  'account-leak': 'ISO-6: another account finds our secrets',
  'stale-find': 'FIND-5: find answers from a cache for 300 ms',
  'empty-404': 'LIST-3: an empty list is 404',
  'user-prefix': "ISO-2: a user's scope is found by the beginning of its user",
  'user-case': 'ISO-2: users ignore case',
  'users-mix-delete': 'DEL-4: delete in a user scope removes the name of every user',
  'name-like': 'SET-9: find takes % and _ as wildcards',
  'name-nfc': 'SET-9: names are compared after normalization',
  'name-number': 'SET-9: names that are equal numbers are one',
  'name-object': 'FIND-2: a name such as constructor is a 500',
  'payload-json': 'SET-8: a payload that is JSON comes back as a value',
  'length-utf16': 'SET-8: length is counted in UTF-16 units',
  'length-bytes': 'SET-8: length is counted in bytes',
  'expired-in-page': 'LIST-5: expired secrets take places of a page',
  'expired-in-more': 'LIST-7: expired secrets count in has_more',
  'key-prefix': 'AUTH-1: a key that begins like a known one is taken',
  'key-inherited': 'AUTH-1: a key such as constructor is taken',
  'more-of-all': 'LIST-7: has_more is true if another scope has more',
  'integer-loose': 'SET-6: an integer may have a tail',
  'limit-loose': 'LIST-4: a limit may have a tail',
  'plus-raw': 'SET-8: a plus sign in a form is a plus sign',
  'hex-upper': 'PROTO-4: percent sequences in lower case are not decoded',
  'query-ignored': 'PROTO-4: a POST ignores its query',
  'error-list-text': 'ERR-1: a refused list is answered in plain text',
  'verb-bare': 'ERR-1: a 405 has no body',
  'created-zone': 'OBJ-1: created is an hour ahead',
  'lost-update': 'LIST-2: concurrent sets in one scope lose one of them',
  'cursor-account': 'LIST-8: a cursor of another account is taken',
  'idempotency-shared': 'ISO-6: accounts share their idempotency keys',
  'idempotency-any-call': 'PROTO-2: an idempotency key holds for any call',
  'auth-crash': 'ERR-5: an Authorization that cannot be read is a 500',
  'empty-cursor-crash': 'ERR-5: an empty cursor is a 500',
  'refused-delete-deletes': 'DEL-6: a refused delete deletes',
  'stale-list': 'LIST-2: list answers from a cache for 300 ms',
  'expiry-null-list': 'EXP-1: list shows expires_at in another type',
  'replace-other-user': 'ISO-1: replacing a name replaces it for every user',
  'name-html': 'SET-8: names are escaped for HTML',
  'payload-crlf': 'SET-8: line ends of a payload are normalized',
  'expand-loose': 'OBJ-4: expand of anything shows the payload',
  'has-more-before': 'LIST-7: has_more of a backward page is false always',
  'deleted-cursor-crash': 'ERR-5: the cursor of a deleted secret is a 500',
  'expires-zero': 'EXP-3: expires_at 0 means never',
  'resource-code-delete': 'DEL-3: deleting what is not there has no code',
  'error-key-part': 'ERR-6: the answer to an unknown key holds it',
  'list-payload-first': 'LIST-12: list expands to the payload that a name had first',
  'cap-counts-deleted': 'SET-1: deleted secrets fill the scope',
  'cap-on-replace': 'SET-2: a full scope refuses to replace',
  'payload-number': 'SET-8: a payload of digits comes back as a number',
  'payload-tab': 'SET-8: tabs become spaces',
  'payload-cr': 'SET-8: a lone carriage return is lost',
  'payload-bom': 'SET-8: a byte order mark is lost',
  'payload-nfc': 'SET-8: payloads are normalized',
  'payload-twice': 'SET-8: payloads are decoded twice',
  'payload-dollar': 'SET-8: $& is replaced',
  'payload-braces': 'SET-8: {{x}} is replaced',
  'payload-backslash': 'SET-8: backslashes are taken for escapes',
  'payload-quote': 'SET-8: quotes are doubled',
  'payload-4096': 'SET-8: a payload ends after 4096 bytes',
  'name-trim': 'SET-9: blanks at the ends of a name do not count',
  'name-256': 'SET-9: names are equal when their first 255 characters are',
  'limit-100': 'LIST-4: limit 100 is refused',
  'limit-one-more': 'LIST-7: limit 1 says has_more false',
  'after-last-wraps': 'LIST-5: after the last comes the first page',
  'before-first-wraps': 'LIST-6: before the first comes the last page',
  'page-two-scopes': 'LIST-2: pages after a cursor show other users',
  'page-two-payload': 'OBJ-4: pages after a cursor show payloads',
  'page-two-limit': 'LIST-5: limit is ignored after a cursor',
  'page-two-expired': 'LIST-5: pages after a cursor show expired secrets',
  'page-two-deleted': 'LIST-2: pages after a cursor show deleted secrets',
  'page-two-live': 'OBJ-6: pages after a cursor say livemode true',
  'ui-account-own': 'ISO-3: to a UI extension the list of the account shows its user too',
  'ui-sets-other': 'ISO-5: a UI extension sets in the scope of another user',
  'ui-deletes-other': 'ISO-5: a UI extension deletes in the scope of another user',
  'ui-lists-other': 'ISO-5: a UI extension lists the scope of another user',
  'live-delete': 'ISO-7: a delete in test mode deletes in live mode',
  'account-delete': 'ISO-6: a delete of another account deletes ours',
  'unknown-key-text': 'ERR-1: 401 is plain text',
  'unknown-path-text': 'ERR-1: 404 for an unknown path is plain text',
  'error-type-404': 'ERR-2: a missing secret is an api_error',
  'request-id-refused': 'PROTO-1: refusals have no Request-Id',
  'idempotency-stores': 'PROTO-2: a repeated set is done again when the secret has changed',
  'idempotency-refused': 'PROTO-2: a refused request is remembered',
  'expand-order': 'PROTO-4: expand counts only as the last parameter',
  'scope-order': 'PROTO-4: scope[user] before scope[type] is not seen',
  'twice-crash': 'ERR-5: a parameter given twice is a 500',
  'deep-crash': 'ERR-5: a name with two brackets is a 500',
  'scalar-crash': 'ERR-5: scope=account is a 500',
  'huge-integer-crash': 'ERR-5: an integer of 20 digits is a 500',
  'long-query-crash': 'SET-8: a query of 5,000 characters is a 500',
  'verb-crash': 'ERR-5: PUT and PATCH are a 500',
  'float-ok': 'SET-6: expires_at may have a fraction',
  'echo-too-long': 'ERR-6: the refusal of a long payload repeats it',
  'echo-expires': 'ERR-6: the refusal of expires_at repeats the payload',
  'hidden-empty': 'OBJ-4: a hidden payload is an empty text',
  'hidden-stars': 'OBJ-4: a hidden payload is stars',
  'deleted-text': 'OBJ-5: deleted is a text',
  'list-url-query': 'LIST-1: url has the query',
  'permanent-zero': 'OBJ-1: a permanent secret has expires_at 0',
  'id-number': 'OBJ-1: id is a number',
  'created-text': 'OBJ-1: created is a text',
  'key-anywhere': 'AUTH-1: a text that holds a known key anywhere is let in',
  'expired-expand': 'EXP-3: find with expand answers expired secrets',
  'deleted-expand': 'DEL-2: find with expand answers deleted secrets',
  'expiry-list-first': 'EXP-5: the list goes by the first expires_at',
  'expiry-neighbour': 'EXP-3: the expiry of one secret takes the older ones of its scope',
  'race-new': 'CONC-1: concurrent sets of a new name add two',
  'payload-swap': 'SET-7: a set that replaces shows the payload before',
  'delete-by-prefix': 'DEL-4: delete removes all names that begin so',
  'replace-expand-null': 'SET-7: replacing with expand shows no payload',
  'find-id-new': 'FIND-1: find answers a new id each time where expires_at is set',
  'error-200': 'FIND-2: a missing secret is an error with status 200',
  'delete-expired-ok': 'DEL-3: deleting an expired secret is 200',
  'expired-keeps-expiry': 'EXP-4: setting an expired name again keeps it expired',
  'text-html': 'PROTO-3: answers are text/html',
  latin1: 'PROTO-3: answers are in Latin-1',
  'limit-negative-all': 'LIST-4a: limit -1 lists all',
  'users-case-list': 'ISO-3: lists ignore the case of users',
  'find-account-any': 'ISO-2: find in the account answers for a user when it has none',
  'key-case': 'AUTH-1: keys ignore case',
  'live-list': 'ISO-7: a list in test mode shows live secrets',
  'live-find': 'ISO-7: a find in test mode finds live secrets',
  'account-list': 'ISO-6: lists show the secrets of other accounts',
  'account-set': 'ISO-6: a set of another account replaces ours',
  'auth-sticky': 'AUTH-1: a connection that showed a key once needs none',
  'type-case': 'SET-5: scope[type] ignores case',
  'cursor-by-created': 'LIST-5: pages go by created alone',
  'list-expires-first': 'EXP-1: a list shows the first expires_at',
  'delete-expands': 'DEL-4: a delete with an unknown user deletes in the account',
  'set-drops-expiry': 'EXP-5: replacing forgets the new expires_at',
  'error-array': 'ERR-1: error is a list',
  'error-no-type': 'ERR-1: a missing secret has no type',
  'payload-case': 'SET-8: payloads are lower case',
  'payload-last': 'SET-2: a shorter payload keeps the end of the longer one before',
  'list-max-5': 'LIST-4: a page holds 5 at most',
  'id-from-name-len': 'OBJ-2: names of one length have one id in a scope',
};
const args = process.argv.slice(2);
if (args.includes('--list')) {
  for (const [k, v] of Object.entries(MUTATIONS)) console.log(`${k}\t${v}`);
  process.exit(0);
}
const mutation = args.includes('--mutation') ? args[args.indexOf('--mutation') + 1] : 'none';
if (!(mutation in MUTATIONS)) {
  console.error(`unknown mutation ${mutation}`);
  process.exit(2);
}
const wrong = (name) => mutation === name;

const KEYS = {
  sk_test_foreignmain0001: {account: 'a', live: false},
  sk_test_foreignother002: {account: 'b', live: false},
  sk_live_foreignlive0003: {account: 'a', live: true},
  sk_test_foreignui000004: {account: 'a', live: false, user: 'usr_foreign_ui'},
};
let offsetMs = 0;
const nowMs = () => Date.now() + offsetMs;
const nowS = () => Math.floor(nowMs() / 1000);

let secrets = []; // newest first: {world, type, user, name, payload, expires, id, created}
const cache = new Map();
const remembered = new Map();
const graves = new Map();
const buried = new Set();
const removed = [];
const made = new Map(); // scope -> how many were deleted

class Refusal extends Error {
  constructor(status, message, more = {}) {
    super(message);
    this.status = status;
    this.more = more;
  }
}

function decode(text) {
  if (wrong('crash-percent')) decodeURIComponent(text); // throws on a bad sequence
  const bytes = [];
  const raw = Buffer.from(wrong('plus-raw') ? text : text.replace(/\+/g, ' '), 'latin1');
  for (let i = 0; i < raw.length; i++) {
    const hex = raw.toString('latin1', i + 1, i + 3);
    if (raw[i] === 37 && (wrong('hex-upper') ? /^[0-9A-F]{2}$/ : /^[0-9a-fA-F]{2}$/).test(hex)) {
      bytes.push(parseInt(hex, 16));
      i += 2;
    } else bytes.push(raw[i]);
  }
  const buffer = Buffer.from(bytes);
  const string = buffer.toString('utf8');
  if (Buffer.compare(Buffer.from(string, 'utf8'), buffer) !== 0 || string.includes('\0'))
    throw new Refusal(400, 'Invalid UTF-8 in the request');
  return string;
}

function parse(text, into) {
  for (const part of text.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const key = decode(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? '' : decode(part.slice(at + 1));
    const found = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(key);
    if (wrong('twice-crash') && into.has(key) && key !== 'expand[]') throw new Error('twice');
    if (wrong('deep-crash') && /\]\[/.test(key)) throw new Error('deep');
    if (wrong('scalar-crash') && key === 'scope') throw new Error('scalar');
    if (!found) throw new Refusal(400, 'Invalid parameter name', {param: key.slice(0, 100)});
    const inner = found[2].slice(1, -1);
    if (found[2] === '') into.set(key, value);
    else if (found[1] === 'expand' && /^\d*$/.test(inner)) {
      if (wrong('index-expand') && inner !== '') continue;
      if (wrong('expand-order') && part !== text.split('&').pop()) continue;
      into.set('expand', [...(Array.isArray(into.get('expand')) ? into.get('expand') : []), value]);
    } else if (!(wrong('scope-order') && key === 'scope[user]' && !into.has('scope[type]')))
      into.set(`${found[1]}[${inner}]`, value);
  }
}

const PARAMS = {
  set: ['name', 'payload', 'scope[type]', 'scope[user]', 'expires_at', 'expand'],
  find: ['name', 'scope[type]', 'scope[user]', 'expand'],
  list: ['scope[type]', 'scope[user]', 'limit', 'starting_after', 'ending_before', 'expand'],
  delete: ['name', 'scope[type]', 'scope[user]', 'expand'],
};
const length = (text) =>
  wrong('length-utf16') ? text.length : wrong('length-bytes') ? Buffer.byteLength(text) : [...text].length;

function required(form, name) {
  const value = form.get(name);
  if (value === undefined) throw new Refusal(400, `${name} is required`, {code: 'parameter_missing', param: name});
  if (value === '') throw new Refusal(400, `${name} is empty`, {code: 'parameter_invalid_empty', param: name});
  if (length(value) > 5000)
    throw new Refusal(400, `${name} is too long${wrong('echo-too-long') ? `: ${value}` : ''}`, {param: name});
  return value;
}

function integer(form, name) {
  const value = form.get(name);
  if (value === undefined) return undefined;
  if ((name === 'limit' ? wrong('limit-loose') : wrong('integer-loose')) && /^\d/.test(value))
    return parseInt(value, 10);
  if (wrong('huge-integer-crash') && /^\d{20,}$/.test(value)) throw new Error('huge');
  if (wrong('float-ok') && name === 'expires_at' && /^\d+\.\d+$/.test(value)) return Math.floor(Number(value));
  if (!/^-?\d{1,15}$/.test(value))
    throw new Refusal(400, `${name} is no integer`, {code: 'parameter_invalid_integer', param: name});
  return Number(value);
}

function scopeOf(form, who) {
  if (!form.has('scope[type]'))
    throw new Refusal(400, 'scope is required', {code: 'parameter_missing', param: 'scope'});
  let type = required(form, 'scope[type]');
  if (wrong('type-case')) type = type.toLowerCase();
  if (type !== 'account' && type !== 'user')
    throw new Refusal(400, 'scope[type] must be account or user', {param: 'scope[type]'});
  const user = type === 'user' ? required(form, 'scope[user]') : undefined;
  if (who.user && user !== undefined) {
    const own = user === who.user;
    if (own ? wrong('ui-no-own') : true)
      if (
        !(wrong('ui-reads-other') && form.get('__call') === 'find') &&
        !(wrong('ui-sets-other') && form.has('payload')) &&
        !(wrong('ui-deletes-other') && form.get('__call') === 'delete') &&
        !(wrong('ui-lists-other') && !form.has('name'))
      )
        throw new Refusal(404, 'No such scope', {code: 'resource_missing'});
  }
  if (wrong('delete-expands') && form.get('__call') === 'delete' && !secrets.some((s) => s.user === user))
    return {world: `${who.account}/${who.live}`, type: 'account'};
  return {world: `${who.account}/${who.live}`, type, user};
}

const alive = (s, slack = 0) => s.expires === null || nowMs() < s.expires * 1000 + slack;
const sameUser = (a, b) =>
  a === b ||
  (a &&
    b &&
    ((wrong('user-prefix') && a.startsWith(b)) || (wrong('user-case') && a.toLowerCase() === b.toLowerCase())));
const sameWorld = (a, b) =>
  a === b ||
  ((wrong('live-list') || wrong('live-find')) && a.split('/')[0] === b.split('/')[0]) ||
  wrong('account-list') ||
  wrong('account-set');
const inScope = (s, scope) =>
  (s.world === scope.world || (scope.wide && sameWorld(s.world, scope.world))) &&
  s.type === scope.type &&
  sameUser(s.user, scope.user);
const slack = wrong('expiry-late') ? 3000 : wrong('expiry-early') ? -2000 : 0;

function sameName(a, b) {
  if (wrong('name-lower')) return a.toLowerCase() === b.toLowerCase();
  if (wrong('name-trim')) return a.trim() === b.trim();
  if (wrong('name-256')) return a.slice(0, 255) === b.slice(0, 255);
  if (wrong('name-nfc')) return a.normalize() === b.normalize();
  if (wrong('name-number')) return a === b || (a.trim() !== '' && Number(a) === Number(b));
  return a === b;
}

function lookup(scope, name) {
  const here = (s) => inScope(s, scope) && !s.gone && alive(s, slack);
  let found = secrets.find((s) => here(s) && sameName(s.name, name));
  if (wrong('name-object') && name in {}) throw new Error('found in the prototype');
  if (!found && wrong('name-like')) {
    const like = new RegExp(
      `^${name
        .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        .replace(/%/g, '.*')
        .replace(/_/g, '.')}$`,
      'su',
    );
    found = secrets.find((s) => here(s) && like.test(s.name));
  }
  if (!found && wrong('name-prefix')) found = secrets.find((s) => here(s) && s.name.startsWith(name));
  if (!found && wrong('scope-fallback') && scope.type === 'user')
    found = lookup({world: scope.world, type: 'account'}, name);
  if (!found && wrong('find-account-any') && scope.type === 'account')
    found = secrets.find((s) => s.world === scope.world && s.name === name && alive(s));
  if (!found && wrong('account-leak'))
    found = secrets.find((s) => s.type === scope.type && s.user === scope.user && s.name === name && alive(s));
  return found;
}

function shownPayload(text) {
  if (wrong('payload-json'))
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  if (wrong('payload-number') && /^\d+$/.test(text)) return Number(text);
  return text;
}

function show(s, who, expanded, extra = {}) {
  const scope = s.type === 'user' ? {user: s.user, type: 'user'} : {type: 'account'};
  return {
    updated_by: 'nobody',
    scope,
    name: s.name,
    livemode: wrong('live-flag') ? true : who.live,
    object: 'apps.secret',
    deleted: wrong('deleted-text') ? 'false' : false,
    payload: expanded ? shownPayload(s.payload) : wrong('hidden-empty') ? '' : wrong('hidden-stars') ? '***' : null,
    expires_at:
      s.expires === null ? (wrong('permanent-zero') ? 0 : null) : wrong('expiry-ms') ? s.expires * 1000 : s.expires,
    created: wrong('created-text')
      ? String(s.created)
      : wrong('created-read')
        ? nowS() + 1
        : wrong('created-zone')
          ? s.created + 3600
          : s.created,
    id: wrong('id-number') ? parseInt(s.id.slice(0, 8), 16) : s.id,
    ...extra,
  };
}

const expands = (form, what) => {
  const list = form.get('expand') || [];
  if (!Array.isArray(list)) throw new Refusal(400, 'expand must be an array', {param: 'expand'});
  if (wrong('expand-loose')) return list.length > 0;
  for (const e of list)
    if (!['payload', 'data.payload', 'scope', 'data.scope'].includes(e))
      throw new Refusal(400, `cannot expand ${e.slice(0, 50)}`, {param: 'expand'});
  return list.includes(what);
};

const CALLS = {
  set(form, who) {
    const scope = scopeOf(form, who);
    const name = required(form, 'name');
    let payload = required(form, 'payload');
    const expanded = expands(form, 'payload');
    const expires = integer(form, 'expires_at');
    const old = secrets.find(
      (s) =>
        inScope(s, wrong('account-set') ? {...scope, wide: true} : scope) &&
        !s.gone &&
        !s.hide &&
        alive(s) &&
        sameName(s.name, name),
    );
    for (const s of secrets) delete s.hide;
    if (wrong('payload-case')) payload = payload.toLowerCase();
    if (wrong('payload-last') && old) payload += old.payload.slice(payload.length);
    if (wrong('payload-tab')) payload = payload.replace(/\t/g, ' ');
    if (wrong('payload-cr')) payload = payload.replace(/\r(?!\n)/g, '');
    if (wrong('payload-bom')) payload = payload.replace(/^\ufeff/, '');
    if (wrong('payload-nfc')) payload = payload.normalize();
    if (wrong('payload-twice'))
      try {
        payload = decodeURIComponent(payload);
      } catch {
        /* as it is */
      }
    if (wrong('payload-dollar')) payload = 'x'.replace('x', payload);
    if (wrong('payload-braces')) payload = payload.replace(/\{\{.*?\}\}/g, '');
    if (wrong('payload-backslash')) payload = payload.replace(/\\(.)/g, '$1');
    if (wrong('payload-quote')) payload = payload.replace(/'/g, "''");
    if (wrong('payload-4096')) payload = payload.slice(0, 4096);
    if (wrong('payload-trim')) payload = payload.trim();
    if (wrong('payload-plus')) payload = payload.replace(/\+/g, ' ');
    if (wrong('payload-crlf')) payload = payload.replace(/\r\n/g, '\n');
    if (wrong('payload-bmp')) payload = payload.replace(/[\u{10000}-\u{10ffff}]/gu, '?');
    if (wrong('resurrect') && graves.has(JSON.stringify([scope, name])))
      payload = graves.get(JSON.stringify([scope, name]));
    const secret = {
      ...scope,
      name,
      payload,
      expires: expires === undefined ? null : expires,
      created: nowS(),
      id: wrong('same-id') ? crypto.createHash('md5').update(name).digest('hex') : crypto.randomUUID(),
    };
    if (wrong('expires-zero') && expires === 0) secret.expires = null;
    const refusal =
      expires !== undefined &&
      !(wrong('expires-zero') && expires === 0) &&
      (expires <= nowS() || expires > nowS() + 3155760000);
    if (refusal && !wrong('refused-stores'))
      throw new Refusal(400, `expires_at is out of range${wrong('echo-expires') ? ` for ${payload}` : ''}`, {
        param: 'expires_at',
      });
    if (wrong('set-drops-expiry') && old && old.expires === null) secret.expires = null;
    if (wrong('id-from-name-len'))
      secret.id = crypto
        .createHash('md5')
        .update(JSON.stringify([scope, name.length]))
        .digest('hex');
    if (wrong('cap-on-replace') && old && secrets.filter((s) => inScope(s, scope) && alive(s)).length >= 10)
      throw new Refusal(409, 'this scope is full');
    if (
      wrong('cap-counts-deleted') &&
      !old &&
      secrets.filter((s) => inScope(s, scope) && alive(s)).length + (made.get(JSON.stringify(scope)) || 0) >= 10
    )
      throw new Refusal(409, 'this scope is full');
    const expired = secrets.find((s) => inScope(s, scope) && s.name === name && !alive(s));
    if (wrong('expired-keeps-expiry') && expired) secret.expires = expired.expires;
    if (old) secret.first = old.first === undefined ? old.payload : old.first;
    if (old) secret.firstExpires = old.firstExpires === undefined ? old.expires : old.firstExpires;
    if (!old && secrets.filter((s) => inScope(s, scope) && !s.gone && alive(s)).length >= 10)
      throw new Refusal(409, 'this scope is full');
    if (old && wrong('expiry-sticky') && old.expires !== null) secret.expires = old.expires;
    secrets = secrets.filter(
      (s) =>
        (s !== old || wrong('replace-adds')) &&
        !(inScope(s, scope) && s.name === name && !alive(s) && !wrong('expiry-list')),
    );
    if (wrong('replace-other-user') && old && scope.user)
      for (const s of secrets) if (s.world === scope.world && s.user && s.name === name) s.payload = payload;
    secrets.unshift(secret);
    if (refusal) throw new Refusal(400, 'expires_at is out of range', {param: 'expires_at'});
    if (wrong('payload-swap') && old) return show({...secret, payload: old.payload}, who, expanded);
    return show(secret, who, (expanded && !(old && wrong('replace-expand-null'))) || wrong('payload-set'));
  },
  find(form, who) {
    form.set('__call', 'find');
    const scope = scopeOf(form, who);
    const name = required(form, 'name');
    const expanded = expands(form, 'payload') || wrong('payload-find');
    if (wrong('live-find')) scope.wide = true;
    let found = lookup(scope, name);
    if (wrong('stale-find')) {
      const key = JSON.stringify([scope, name]);
      const kept = cache.get(key);
      if (kept && nowMs() - kept.at < 300) found = kept.found;
      else cache.set(key, {at: nowMs(), found: found && {...found}});
    }
    if (!found && expanded && wrong('expired-expand'))
      found = secrets.find((s) => inScope(s, scope) && s.name === name);
    if (!found && expanded && wrong('deleted-expand'))
      found = removed.find((s) => inScope(s, scope) && s.name === name);
    if (!found && wrong('error-200'))
      return {error: {type: 'invalid_request_error', message: 'there is no such secret', code: 'resource_missing'}};
    if (!found)
      throw new Refusal(404, 'there is no such secret', {
        code: 'resource_missing',
        param: 'name',
        ...(wrong('error-type-404') ? {type: 'api_error'} : {}),
      });
    if (wrong('find-id-new') && found.expires !== null) found = {...found, id: crypto.randomUUID()};
    return show(found, who, expanded);
  },
  list(form, who) {
    const scope = scopeOf(form, who);
    let limit = integer(form, 'limit');
    if (wrong('limit-negative-all') && limit === -1) limit = 100;
    if (wrong('limit-100') && limit === 100) limit = 101;
    if (limit !== undefined && (limit < 1 || limit > 100))
      throw new Refusal(400, 'limit is 1 to 100', {param: 'limit'});
    const paged = form.has('starting_after') || form.has('ending_before');
    limit = limit === undefined || wrong('limit-ignored') || (paged && wrong('page-two-limit')) ? 10 : limit;
    if (wrong('limit-plus-one')) limit += 1;
    const expanded = expands(form, 'data.payload') || wrong('payload-list');
    const after = form.get('starting_after');
    const before = form.get('ending_before');
    if (after !== undefined && before !== undefined) throw new Refusal(400, 'one cursor only');
    const stands = (s) =>
      alive(s, slack) && !(wrong('expiry-list-first') && s.firstExpires && nowMs() >= s.firstExpires * 1000);
    const shut = (at) =>
      wrong('expiry-neighbour') && secrets.slice(0, at).some((s) => inScope(s, scope) && !alive(s));
    if (wrong('live-list') || wrong('account-list')) scope.wide = true;
    if (wrong('list-max-5')) limit = Math.min(limit, 5);
    const all = [...secrets, ...(paged && wrong('page-two-deleted') ? removed : [])].filter(
      (s, at) =>
        ((paged && wrong('page-two-scopes') && s.world === scope.world && s.type === scope.type) ||
        (wrong('users-case-list') &&
          s.world === scope.world &&
          s.type === scope.type &&
          String(s.user).toLowerCase() === String(scope.user).toLowerCase()) ||
        (wrong('ui-account-own') && who.user && s.world === scope.world && s.user === who.user) ||
        (wrong('scope-users') && scope.type === 'user')
          ? s.world === scope.world && s.type === 'user'
          : inScope(s, scope)) &&
        (!s.gone || wrong('delete-soft') || wrong('page-two-deleted')) &&
        !shut(at) &&
        (stands(s) ||
          (paged && wrong('page-two-expired')) ||
          wrong('expiry-list') ||
          wrong('expired-in-page') ||
          wrong('expired-in-more')),
    );
    let page, more;
    if (after === undefined && before === undefined) {
      page = all.slice(0, limit);
      more = all.length > limit;
    } else {
      const id = after === undefined ? before : after;
      let at = all.findIndex((s) => s.id === id);
      if (at < 0 && wrong('cursor-ignored'))
        return {
          object: 'list',
          url: '/v1/apps/secrets',
          has_more: all.length > limit,
          data: all.slice(0, limit).map((s) => show(s, who, expanded)),
        };
      if (at < 0 && wrong('deleted-cursor-crash') && buried.has(id)) throw new Error('gone');
      if (wrong('empty-cursor-crash') && id === '') throw new Error('empty');
      if (at < 0 && wrong('cursor-account') && secrets.some((s) => s.id === id && s.world !== scope.world)) at = -1;
      else if (at < 0 && wrong('cursor-foreign') && secrets.some((s) => s.id === id)) at = -1;
      else if (at < 0)
        throw new Refusal(404, 'no such cursor', {
          code: 'resource_missing',
          param: after === undefined ? 'ending_before' : 'starting_after',
        });
      if (after !== undefined) {
        const from = at + (wrong('after-inclusive') ? 0 : 1);
        page = all.slice(from, from + limit);
        more = from + limit < all.length;
        if (wrong('cursor-by-created')) {
          const rest = all.filter((s) => s.created < all[at].created);
          page = rest.slice(0, limit);
          more = rest.length > limit;
        }
      } else {
        const from = wrong('before-first') ? 0 : Math.max(0, at - limit);
        page = all.slice(from, Math.min(at, from + limit));
        more = from > 0;
        if (wrong('before-reversed')) page.reverse();
      }
    }
    if (wrong('limit-one-more') && limit === 1) more = false;
    if (wrong('after-last-wraps') && after !== undefined && page.length === 0) page = all.slice(0, limit);
    if (wrong('before-first-wraps') && before !== undefined && page.length === 0) page = all.slice(-limit);
    if (wrong('expired-in-page')) page = page.filter((s) => alive(s));
    if (wrong('expired-in-more')) page = page.filter((s) => alive(s));
    if (wrong('more-of-all') && after === undefined && before === undefined)
      more = secrets.filter((s) => s.world === scope.world && alive(s)).length > limit;
    if (wrong('has-more-before') && before !== undefined) more = false;
    if (wrong('has-more-full') && page.length === limit) more = true;
    if (wrong('empty-404') && page.length === 0) throw new Refusal(404, 'nothing here', {code: 'resource_missing'});
    const answered = {
      url: '/v1/apps/secrets',
      data: page.map((s) =>
        show(
          wrong('list-payload-first') && s.first !== undefined ? {...s, payload: s.first} : s,
          paged && wrong('page-two-live') ? {...who, live: true} : who,
          expanded || (paged && wrong('page-two-payload')),
        ),
      ),
      has_more: more,
      object: 'list',
    };
    if (wrong('list-expires-first'))
      answered.data.forEach((s, i) => {
        if (page[i].firstExpires !== undefined) s.expires_at = page[i].firstExpires;
      });
    if (wrong('list-url-query')) answered.url += `?limit=${limit}`;
    if (wrong('expiry-null-list'))
      for (const s of answered.data) s.expires_at = s.expires_at === null ? null : String(s.expires_at);
    if (wrong('name-html')) for (const s of answered.data) s.name = s.name.replace(/&/g, '&amp;');
    if (wrong('stale-list')) {
      const slot = JSON.stringify([scope, [...form]]);
      const kept = cache.get(slot);
      if (kept && nowMs() - kept.at < 300) return kept.answered;
      cache.set(slot, {at: nowMs(), answered});
    }
    return answered;
  },
  delete(form, who) {
    form.set('__call', 'delete');
    const scope = scopeOf(form, who);
    const name = required(form, 'name');
    let found = lookup(scope, name);
    if (!found && wrong('delete-expired-ok')) found = secrets.find((s) => inScope(s, scope) && s.name === name);
    if (wrong('live-delete'))
      secrets = secrets.filter(
        (s) =>
          s.world === scope.world || s.user !== scope.user || s.name !== name || !s.world.startsWith(who.account),
      );
    if (wrong('account-delete'))
      secrets = secrets.filter((s) => s.world === scope.world || s.user !== scope.user || s.name !== name);
    if (wrong('delete-by-prefix'))
      for (const s of secrets) if (inScope(s, scope) && s.name.startsWith(name)) s.gone = true;
    if (!found) {
      if (wrong('delete-missing-ok')) return {id: 'none', object: 'apps.secret', deleted: true};
      throw new Refusal(404, 'there is no such secret', {
        code: wrong('resource-code-delete') ? 'missing' : 'resource_missing',
        param: 'name',
      });
    }
    graves.set(JSON.stringify([scope, name]), found.payload);
    found.gone = true;
    removed.unshift(found);
    made.set(JSON.stringify(scope), (made.get(JSON.stringify(scope)) || 0) + 1);
    buried.add(found.id);
    if (wrong('users-mix-delete') && scope.user)
      for (const s of secrets) if (s.world === scope.world && s.user && s.name === name) s.gone = true;
    if (wrong('delete-all-scopes'))
      for (const s of secrets) if (s.world === scope.world && s.name === name) s.gone = true;
    if (!wrong('delete-soft')) secrets = secrets.filter((s) => !s.gone);
    return show(found, who, false, {deleted: true});
  },
};

const ROUTES = {
  'POST /v1/apps/secrets': 'set',
  'GET /v1/apps/secrets': 'list',
  'GET /v1/apps/secrets/find': 'find',
  'POST /v1/apps/secrets/delete': 'delete',
};

function credential(header) {
  const [, scheme, rest] = /^(\S+) +(\S+)$/.exec(header || '') || [];
  if (/^bearer$/i.test(scheme || '')) return rest;
  if (/^basic$/i.test(scheme || '')) return Buffer.from(rest, 'base64').toString('utf8').split(':')[0];
  return undefined;
}

function answer(request, body) {
  const [path, query = ''] = request.url.split(/\?(.*)/s);
  let call = ROUTES[`${request.method} ${path}`];
  if (!call && wrong('delete-get') && path === '/v1/apps/secrets/delete') call = 'delete';
  const key = credential(request.headers.authorization);
  let who = Object.hasOwn(KEYS, key || '') ? KEYS[key] : undefined;
  if (!who && wrong('key-case') && key)
    who = Object.entries(KEYS).find(([k]) => key.toLowerCase() === k.toLowerCase())?.[1];
  if (wrong('auth-sticky')) who = request.socket.who = who || (key === undefined ? request.socket.who : undefined);
  if (!who && wrong('key-anywhere')) who = Object.entries(KEYS).find(([k]) => (key || '').includes(k))?.[1];
  if (wrong('verb-crash') && /^(PUT|PATCH)$/.test(request.method)) throw new Error('verb');
  if (wrong('long-query-crash') && request.url.length > 5000) throw new Error('long');
  if (wrong('key-inherited') && key in KEYS) who = {account: 'a', live: false};
  if (!who && wrong('key-prefix'))
    who = Object.entries(KEYS).find(([k]) => key && key.startsWith(k.slice(0, -1)))?.[1];
  if (wrong('auth-crash') && request.headers.authorization !== undefined && key === undefined)
    throw new Error('no key');
  if (!who && ((wrong('any-key') && key) || (wrong('no-auth-find') && call === 'find')))
    who = {account: 'a', live: false};
  if (!who) throw new Refusal(401, `the key ${wrong('error-key-part') ? key : ''} is not known`);
  if (!call) {
    const known = Object.keys(ROUTES).some((r) => r.endsWith(` ${path}`));
    throw new Refusal(known ? 405 : 404, 'there is nothing at this address');
  }
  if (
    request.method === 'POST' &&
    body.length > 0 &&
    !/^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] || '')
  )
    throw new Refusal(400, 'send a form');
  const form = new Map();
  if (request.method === 'GET' || !wrong('query-ignored'))
    parse(Buffer.from(query, 'latin1').toString('latin1'), form);
  if (request.method === 'POST') parse(body.toString('latin1'), form);
  if (wrong('refused-delete-deletes') && call === 'delete' && !form.get('scope[type]'))
    secrets = secrets.filter((s) => s.name !== form.get('name'));
  for (const name of form.keys())
    if (!PARAMS[call].includes(name))
      throw new Refusal(
        400,
        `unknown parameter${wrong('error-echo') ? ` beside payload ${form.get('payload')}` : ''}`,
        {code: 'parameter_unknown', param: name.slice(0, 100).startsWith('scope') ? 'scope' : name.slice(0, 100)},
      );
  const idem = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
  if (idem === undefined) return CALLS[call](form, who);
  if (who.user) scopeOf(form, who); // whoever used the key first, a forbidden scope stays shut
  const slot = JSON.stringify([wrong('idempotency-shared') ? '' : who.account, who.live, idem]);
  const what = wrong('idempotency-any-call')
    ? JSON.stringify([form.get('name')])
    : JSON.stringify([call, [...form].sort()]);
  const seen = remembered.get(slot);
  if (seen && seen.what !== what)
    throw new Refusal(400, 'this key was used with other parameters', {type: 'idempotency_error'});
  const now =
    form.has('payload') && secrets.find((s) => s.name === form.get('name') && s.user === form.get('scope[user]'));
  if (seen && !(wrong('idempotency-stores') && now && now.payload !== form.get('payload'))) {
    if (seen.refusal) throw seen.refusal;
    return seen.result;
  }
  let result;
  try {
    result = CALLS[call](form, who);
  } catch (e) {
    if (wrong('idempotency-refused')) remembered.set(slot, {what, refusal: e});
    throw e;
  }
  remembered.set(slot, {what, result});
  return result;
}

const server = http.createServer({keepAliveTimeout: 20000, maxHeaderSize: 65536}, (request, response) => {
  const chunks = [];
  request.on('data', (c) => chunks.push(c));
  request.on('end', () => handle(request, response, chunks));
});

function handle(request, response, chunks, late) {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'request-id': `r-${crypto.randomUUID()}`,
    date: new Date(nowMs()).toUTCString(),
  };
  const body = Buffer.concat(chunks);
  let status = 200;
  let out;
  if (request.url === '/clock' && request.method === 'POST') {
    offsetMs += 1000 * Number(new URLSearchParams(body.toString()).get('advance'));
    out = {now: nowS()};
  } else {
    try {
      if (wrong('race-new') && request.method === 'POST' && !late && /payload=/.test(body.toString())) {
        const before = secrets.slice();
        setTimeout(() => handle(request, response, chunks, before), 10);
        return;
      }
      if (late && wrong('race-new')) {
        const known = new Set(late.map((s) => s.name));
        for (const s of secrets) if (!known.has(s.name)) s.hide = true; // what came meanwhile is not looked for
      }
      if (wrong('lost-update') && request.method === 'POST' && !late) {
        const before = secrets.slice();
        setTimeout(() => handle(request, response, chunks, before), 3);
        return;
      }
      if (late && wrong('lost-update') && /scope(\[|%5B)user/.test(body.toString())) {
        const user = new URLSearchParams(body.toString()).get('scope[user]');
        secrets = [...late.filter((s) => s.user === user), ...secrets.filter((s) => s.user !== user)];
      }
      out = answer(request, body);
    } catch (e) {
      if (!(e instanceof Refusal)) {
        status = 500;
        out = {error: {type: 'api_error', message: 'internal'}};
      } else {
        status = e.status;
        if (wrong('error-no-type') && e.status === 404) e.more.type = undefined;
        if (wrong('request-id-refused')) delete headers['request-id'];
        out = {error: {message: e.message, type: 'invalid_request_error', ...e.more}};
      }
    }
  }
  if (wrong('text-html')) headers['content-type'] = 'text/html';
  if (
    (wrong('error-text') ||
      (wrong('unknown-key-text') && status === 401) ||
      (wrong('unknown-path-text') && status === 404 && !request.url.startsWith('/v1/apps/secrets')) ||
      (wrong('error-list-text') && status === 400 && request.url.startsWith('/v1/apps/secrets?')) ||
      (wrong('verb-bare') && status === 405)) &&
    status >= 400
  ) {
    headers['content-type'] = 'text/plain';
    response.writeHead(status, headers).end(out.error.message);
    return;
  }
  if (wrong('error-array') && out.error) out.error = [out.error];
  const text = JSON.stringify(out);
  if (request.method === 'HEAD') response.writeHead(status, headers).end();
  else response.writeHead(status, headers).end(text, wrong('latin1') ? 'latin1' : 'utf8');
}

server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
setTimeout(() => process.exit(0), 120000).unref();
setTimeout(() => server.close(), 119000).unref();
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
