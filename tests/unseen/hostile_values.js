// hostile_values.js - defects that are seen only in a corner: the object and set.
'use strict';
const path = require('node:path');
const { bad } = require('./api.js');
const { listOf, wrap, both, altered, stored, kept, idOf, user, open } = require('./make.js');
const { list, defect } = listOf();
module.exports = list;

// --- the object ----------------------------------------------------------------------------------

defect('OBJ-1', 'removed-expiry-absent', 'a secret whose expires_at was taken away has no expires_at at all',
  both(
    wrap('store', (store, space, old, want, q) => {
      const had = old?.expires_at;
      return Object.assign(store(space, old, want, q), { had });
    }),
    altered((shown, secret) => { if (secret.had && secret.expires_at === null) delete shown.expires_at; })),
  async (t) => {
    await t.set('a', 'x', { expires_at: await t.now() + 99 });
    await t.set('a', 'y');
    return 'expires_at' in (await t.find('a')).body;
  });

defect('OBJ-2', 'ids-counted-per-connection',
  'ids are the second and a number of the connection: two connections make one id',
  wrap('newId', function (newId, q) {
    q.connection.ids = (q.connection.ids || 0) + 1;
    return `appsecret_${Math.floor(this.now() / 10)}n${q.connection.ids}`;
  }),
  async (t) => (await t.set('a', 'x', {}, { on: 1 })).body.id === (await t.set('b', 'x', {}, { on: 2 })).body.id);

defect('OBJ-2', 'replacing-answers-a-new-id',
  'the answer of a replacing set has a new id that find and list never show',
  altered(function (shown, secret, want, q) {
    if (q.call === 'set' && secret.seen) shown.id = this.newId(q);
    secret.seen = true;
  }),
  async (t) => {
    await t.set('a', 'x');
    return (await t.set('a', 'y')).body.id === (await t.find('a')).body.id;
  });

defect('OBJ-3', 'replaced-scope-lacks-user', 'once replaced, a secret of a user shows its scope without the user',
  wrap('store', (store, space, old, want, q) => {
    if (old) old.scope = { type: old.scope.type };
    return store(space, old, want, q);
  }),
  async (t) => {
    await t.set('a', 'x', user('u1'));
    await t.set('a', 'y', user('u1'));
    return (await t.find('a', user('u1'))).body.scope;
  });

defect('OBJ-4', 'expand-stays-with-connection',
  'once a connection has expanded a payload its later finds show payloads unasked',
  altered((shown, secret, want, q) => {
    if (want.shown) q.connection.shown = true;
    else if (q.connection.shown && q.call === 'find') shown.payload = secret.payload;
  }),
  async (t) => {
    await t.set('a', 'x');
    await t.find('a', open);
    return (await t.find('a')).body.payload ?? null;
  });

defect('OBJ-4', 'payload-in-replacing', 'a set that replaces shows the payload unasked, a first set does not',
  altered((shown, secret, want, q) => {
    if (q.call === 'set' && secret.seen) shown.payload = secret.payload;
    secret.seen = true;
  }),
  async (t) => {
    await t.set('a', 'x');
    return (await t.set('a', 'y')).body.payload ?? null;
  });

defect('OBJ-4', 'payload-with-idempotency-key', 'a set with an Idempotency-Key shows the payload unasked',
  altered((shown, secret, want, q) => { if (q.headers['idempotency-key']) shown.payload = secret.payload; }),
  async (t) => (await t.set('a', 'x', {}, { headers: { 'Idempotency-Key': 'k1' } })).body.payload ?? null);

defect('OBJ-4', 'payload-in-list-if-expiring', 'a list shows the payloads of secrets that have an expires_at',
  altered((shown, secret, want, q) => { if (q.call === 'list' && secret.expires_at) shown.payload = secret.payload; }),
  async (t) => {
    await t.set('a', 'x', { expires_at: await t.now() + 99 });
    return (await t.list()).body.data[0].payload ?? null;
  });

defect('OBJ-5', 'deleted-once-set-again', 'a list says deleted: true of a secret whose name was deleted before',
  (api) => {
    const gone = new Set();
    wrap('drop', (drop, space, secret, want, q) => {
      if (want) gone.add(idOf(q, want));
      drop(space, secret);
    })(api);
    altered((shown, secret, want, q) => {
      if (q.call === 'list' && gone.has(idOf(q, { scope: want.scope, name: secret.name }))) shown.deleted = true;
    })(api);
  },
  async (t) => {
    await t.set('a', 'x');
    await t.remove('a');
    await t.set('a', 'y');
    return (await t.list()).body.data[0].deleted ?? false;
  });

defect('OBJ-6', 'livemode-of-the-connection', 'livemode is that of the first key used on the connection',
  altered((shown, secret, want, q) => {
    q.connection.live ??= secret.live;
    shown.livemode = q.connection.live;
  }),
  async (t) => {
    await t.set('a', 'x');
    return (await t.set('a', 'x', {}, { as: 'live' })).body.livemode;
  });

defect('OBJ-6', 'livemode-lost-in-replacing', 'a secret of the live mode that was replaced says livemode: false',
  wrap('store', (store, space, old, want, q) => {
    const live = !old && q.who.live;
    return Object.assign(store(space, old, want, q), { live });
  }),
  async (t) => {
    await t.set('a', 'x', {}, { as: 'live' });
    return (await t.set('a', 'y', {}, { as: 'live' })).body.livemode;
  });

defect('OBJ-7', 'created-moves-with-neighbours', 'setting one name gives all secrets of the scope the created of now',
  wrap('store', function (store, space, old, want, q) {
    for (const secret of space) secret.created = Math.floor(this.now());
    return store(space, old, want, q);
  }),
  async (t) => {
    const { created } = (await t.set('a', 'x')).body;
    await t.advance(60);
    await t.set('b', 'x');
    return (await t.find('a')).body.created === created;
  });

// --- set -----------------------------------------------------------------------------------------

defect('SET-1', 'cap-counts-expired', 'secrets that have expired count for the ten that a scope holds',
  (api) => {
    const dead = new Map();
    wrap('sweep', (sweep, space) => {
      const before = space.length;
      sweep(space);
      dead.set(space, (dead.get(space) || 0) + before - space.length);
    })(api);
    wrap('room', (room, space) => room(space) && space.length + (dead.get(space) || 0) < api.cap)(api);
  },
  async (t) => {
    await t.fill(10, { expires_at: await t.now() + 10 });
    await t.advance(20);
    return (await t.set('more', 'x')).status;
  });

defect('SET-1', 'chunked-form-not-read', 'a form that is sent in chunks, without Content-Length, is read as empty',
  wrap('form', (form, q) => (q.headers['content-length'] ? form(q) : '')),
  async (t) => (await t.set('a', 'x', {}, { headers: { 'Transfer-Encoding': 'chunked' } })).status);

defect('SET-2', 'same-payload-skips-write', 'replacing with the same payload and another expires_at changes nothing',
  wrap('store', (store, space, old, want, q) => (old?.payload === want.payload ? old : store(space, old, want, q))),
  async (t) => {
    await t.set('a', 'x');
    const expires_at = await t.now() + 99;
    await t.set('a', 'x', { expires_at });
    return (await t.find('a')).body.expires_at === expires_at;
  });

defect('SET-2', 'same-beginning-skips-write',
  'replacing a payload by one with the same 64 first characters and length changes nothing',
  wrap('store', (store, space, old, want, q) => {
    const print = (text) => text.slice(0, 64) + text.length;
    const alike = old && print(old.payload) === print(want.payload);
    return store(space, old, alike ? { ...want, payload: old.payload } : want, q);
  }),
  async (t) => {
    await t.set('a', `${'x'.repeat(70)}1`);
    await t.set('a', `${'x'.repeat(70)}2`);
    return t.payload('a');
  });

defect('SET-2', 'other-key-adds-a-second',
  'a secret that another credential replaces stays beside the new one in the list',
  wrap('store', (store, space, old, want, q) => {
    const mine = old?.by && old.by !== q.who.key ? undefined : old;
    return Object.assign(store(space, mine, want, q), { by: q.who.key });
  }),
  async (t) => {
    await t.set('a', 'x');
    await t.set('a', 'y', {}, { as: 'ui' });
    return t.names();
  });

defect('SET-2', 'third-payload-lost', 'the second replacement of a name is answered and lost; the third holds',
  wrap('store', (store, space, old, want, q) => {
    const version = (old?.version || 0) + 1;
    return Object.assign(store(space, old, version === 3 ? { ...want, payload: old.payload } : want, q), { version });
  }),
  async (t) => {
    for (const payload of ['1', '2', '3']) await t.set('a', payload);
    return t.payload('a');
  });

defect('SET-2', 'removed-expiry-still-ends', 'a replaced secret says expires_at: null and ends at its first expires_at',
  both(
    wrap('store', (store, space, old, want, q) => {
      const ends = want.expires_at ?? old?.ends;
      return Object.assign(store(space, old, want, q), { ends });
    }),
    wrap('alive', function (alive, secret) { return alive(secret) && !(this.now() >= secret.ends); })),
  async (t) => {
    await t.set('a', 'x', { expires_at: await t.now() + 10 });
    await t.set('a', 'y');
    await t.advance(20);
    return t.is('a');
  });

defect('SET-4', 'payload-optional-in-replacing', 'a set without a payload is taken where the name is there already',
  wrap('check', function (check, call, p, q) {
    if (call !== 'set' || p.payload !== undefined || !p.name) return check(call, p, q);
    const old = this.pick(this.space(q.who, this.scope(p)), p.name);
    return check(call, old ? { ...p, payload: old.payload } : p, q);
  }),
  async (t) => {
    await t.set('a', 'x');
    return (await t.set('a', undefined)).status;
  });

defect('SET-4', 'ui-user-by-default', 'a UI extension may leave scope[user] out: it gets its own',
  wrap('check', (check, call, p, q) => {
    if (call === 'set' && q.who.user && p['scope[type]'] === 'user') p['scope[user]'] ??= q.who.user;
    return check(call, p, q);
  }),
  async (t) => (await t.set('a', 'x', { 'scope[type]': 'user' }, { as: 'ui' })).status);

defect('SET-5', 'scope-type-inherited',
  'scope[type]=constructor, or another word every object knows, is taken for account',
  wrap('scope', (scope, p) => (p['scope[type]'] in {} ? { type: 'account' } : scope(p))),
  async (t) => (await t.set('a', 'x', { 'scope[type]': 'constructor' })).status);

// As an integer is read, if the good way refuses it.
const alsoReads = (reader, parameter) => wrap('integer', (integer, text, key) => {
  const number = key === parameter ? reader(text) : NaN;
  return Number.isInteger(number) ? number : integer(text, key);
});
const expiryTaken = (write) => async (t) => (await t.set('a', 'x', { expires_at: write(await t.now() + 1000) })).status;
const limitTaken = (text) => async (t) => (await t.list({ limit: text })).status;
const otherDigits = (text) => Number(text.replace(/[\uff10-\uff19]/g, (c) => c.charCodeAt(0) - 0xff10));
const wide = (number) => String(number).replace(/\d/g, (c) => String.fromCharCode(0xff10 + Number(c)));
const grouped = (text) => (/^\d+(_\d+)*$/.test(text) ? Number(text.replace(/_/g, '')) : NaN);

defect('SET-6', 'expiry-in-hexadecimal', 'expires_at=0x7fffffff is taken', alsoReads(Number, 'expires_at'),
  expiryTaken((second) => `0x${second.toString(16)}`));
defect('SET-6', 'expiry-in-wide-digits', 'an expires_at in the digits of another script is taken',
  alsoReads(otherDigits, 'expires_at'), expiryTaken(wide));
defect('SET-6', 'expiry-in-groups', 'an expires_at with _ between its digits is taken',
  alsoReads(grouped, 'expires_at'), expiryTaken((second) => String(second).replace(/(\d)(\d{9})$/, '$1_$2')));
defect('LIST-4', 'limit-with-exponent', 'limit=1e1 is taken', alsoReads(Number, 'limit'), limitTaken('1e1'));
defect('LIST-4', 'limit-in-wide-digits', 'a limit in the digits of another script is taken',
  alsoReads(otherDigits, 'limit'), limitTaken(wide(5)));

defect('SET-8', 'payload-normalized', 'a letter with a combining mark in a payload comes back as one character',
  stored((text) => text.normalize('NFC')), kept('e\u0301'));

defect('SET-8', 'payload-invisible-lost',
  'characters of no width in a payload are lost, so a family becomes its members',
  stored((text) => text.replace(/[\u200b-\u200f\u2060]/g, '')), kept('👩\u200d👧'));

defect('SET-8', 'payload-json-printed-anew', 'a payload that is a JSON object comes back without its blanks',
  stored((text) => {
    try { return /^\s*[[{]/.test(text) ? JSON.stringify(JSON.parse(text)) : text; } catch { return text; }
  }),
  kept('{"a": 1}'));

defect('SET-8', 'payload-broken-at-1024',
  'a character of some bytes that lies over byte 1,024 of a payload comes back as two marks',
  stored((text) => {
    const bytes = Buffer.from(text);
    const parts = [];
    for (let i = 0; i < bytes.length; i += 1024) parts.push(bytes.subarray(i, i + 1024).toString());
    return parts.join('');
  }),
  kept(`${'x'.repeat(1023)}é`));

defect('SET-8', 'form-decoded-by-part', 'raw UTF-8 in a form is broken where a character lies over two packets',
  (api) => {
    api.readBody = async (req) => {
      let text = '';
      for await (const part of req) text += part;
      return Buffer.from(text);
    };
  },
  async (t) => {
    const body = Buffer.from('name=a&payload=é&scope[type]=account');
    const head = `POST ${t.PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`
      + `Authorization: ${t.basic(`${t.KEYS.main}:`)}\r\nContent-Length: ${body.length}\r\n\r\n`;
    await t.raw(Buffer.concat([Buffer.from(head), body.subarray(0, 16)]), body.subarray(16));
    return t.payload('a');
  });

defect('SET-8', 'semicolon-separates', 'a bare ; in a form separates parameters as & does',
  wrap('pairs', (pairs, text) => pairs(text.replace(/;/g, '&'))),
  async (t) => (await t.call('POST', t.PATH, 'name=a&scope[type]=account&payload=a;b')).status);

defect('SET-8', 'controls-not-escaped', 'control characters stand in the JSON as they are, so it is none',
  wrap('encode', (encode, answer, q) => {
    const out = encode(answer, q);
    const raw = (_, hex) => String.fromCharCode(parseInt(hex, 16));
    return { ...out, bytes: Buffer.from(out.bytes.toString().replace(/\\u00([01].)/g, raw)) };
  }),
  async (t) => {
    await t.set('a', 'x\u0001y');
    return (await t.find('a', open)).body?.payload ?? null;
  });

defect('SET-8', 'payload-replaced-in-place', 'a $& in a payload that replaces one becomes the old payload',
  wrap('store', (store, space, old, want, q) => {
    const payload = old ? old.payload.replace(/^[^]*$/, want.payload) : want.payload;
    return store(space, old, { ...want, payload }, q);
  }),
  async (t) => {
    await t.set('a', 'one');
    await t.set('a', 'x$&x');
    return t.payload('a');
  });

// Which names are one: those that fold makes equal.
const sameAs = (fold) => wrap('same', (same, one, other) => fold(one) === fold(other));
const apart = (one, other) => async (t) => {
  await t.set(one, '1');
  await t.set(other, '2');
  return t.payload(one);
};

defect('SET-9', 'names-without-accents', 'names that differ in accents are one',
  sameAs((name) => name.normalize('NFD').replace(/[\u0300-\u036f]/g, '')), apart('résumé', 'resume'));
defect('SET-9', 'names-of-compatible-letters',
  'names that differ in compatible characters, as fi and its ligature, are one',
  sameAs((name) => (/[\u0300-\u036f]/.test(name) ? name : name.normalize('NFKC'))), apart('ﬁle', 'file'));
defect('SET-9', 'names-with-dots-as-underscores',
  'a.b and a_b are one name', sameAs((name) => name.replace(/\./g, '_')),
  apart('a.b', 'a_b'));
defect('SET-9', 'names-as-paths', 'a//b, a/./b and a/b are one name', sameAs((name) => path.posix.normalize(name)),
  apart('a//b', 'a/b'));
const hash = (name) => [...name].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) | 0, 7);
defect('SET-9', 'names-by-hash',
  'names with the same hash of 32 bits, as Aa and BB, are one', sameAs(hash), apart('Aa', 'BB'));
defect('SET-9', 'names-without-case-abroad', 'names with letters beyond ASCII ignore case',
  sameAs((name) => (/^[\x00-\x7f]*$/.test(name) ? name : name.toUpperCase())), apart('ς', 'σ'));

defect('SET-12', 'refused-payload-moves-expiry', 'a set refused for its payload has changed the expires_at already',
  wrap('check', function (check, call, p, q) {
    try { return check(call, p, q); } catch (e) {
      const named = call === 'set' && p.name && p['scope[type]'] === 'account';
      const old = named && this.pick(this.space(q.who, this.scope(p)), p.name);
      if (old && e.error.param === 'payload') old.expires_at = this.expiry(p.expires_at);
      throw e;
    }
  }),
  async (t) => {
    await t.set('a', 'x');
    await t.set('a', '', { expires_at: await t.now() + 99 });
    return (await t.find('a')).body.expires_at !== null;
  });

defect('SET-12', 'refused-set-revives', 'a refused set of a deleted name brings the deleted secret back',
  (api) => {
    const bin = new Map();
    wrap('drop', (drop, space, secret, want, q) => {
      if (want) bin.set(idOf(q, want), secret);
      drop(space, secret);
    })(api);
    wrap('check', (check, call, p, q) => {
      try { return check(call, p, q); } catch (e) {
        const scope = call === 'set' && p.name && !/^scope/.test(e.error.param) && api.scope(p);
        const old = scope && bin.get(idOf(q, { scope, name: p.name }));
        const space = old && api.space(q.who, scope);
        if (old && !space.includes(old)) space.unshift(old);
        throw e;
      }
    })(api);
  },
  async (t) => {
    await t.set('a', 'x');
    await t.remove('a');
    await t.set('a', '');
    return t.is('a');
  });

defect('SET-1', 'null-word-is-missing', 'a name or payload that is the word null or undefined is refused as missing',
  wrap('text', (text, p, key) => text({ ...p, [key]: /^(null|undefined)$/.test(p[key]) ? '' : p[key] }, key)),
  async (t) => (await t.set('a', 'null')).status);

defect('SET-8', 'payload-end-of-line-lost', 'one newline at the end of a payload is lost, more keep all but one',
  stored((text) => text.replace(/\n$/, '')), kept('-----END KEY-----\n'));

defect('SET-8', 'payload-as-decimal', 'a payload such as 007 or 1.10 comes back as 7 and 1.1',
  stored((text) => (/^\d{1,15}(\.\d{1,9})?$/.test(text) ? String(Number(text)) : text)), kept('007'));

defect('SET-8', 'payload-long-number-rounded', 'a payload of 17 digits or more comes back with zeros at its end',
  stored((text) => (/^[1-9]\d{16,}$/.test(text) ? BigInt(Number(text)).toString() : text)),
  kept('12345678901234567891'));

defect('SET-8', 'replacement-mark-refused', 'a payload or name with U+FFFD is refused as if it were not UTF-8',
  wrap('decode', (decode, text) => {
    const decoded = decode(text);
    if (decoded.includes('\ufffd')) throw bad('The parameters are not UTF-8.');
    return decoded;
  }),
  async (t) => (await t.set('a', 'x\ufffdy')).status);

defect('SET-8', 'query-decoded-before-split',
  'a name with & or = in it is set and not found: a query is decoded, then split',
  wrap('queryOf', (queryOf, q) => {
    const query = queryOf(q);
    return q.method === 'GET' ? query.replace(/%26/g, '&').replace(/%3D/gi, '=') : query;
  }),
  async (t) => {
    await t.set('a&b', 'x');
    return t.is('a&b');
  });

defect('SET-8', 'list-cuts-names', 'a list shows the first 64 characters of a name; find shows all',
  altered((shown, secret, want, q) => { if (q.call === 'list') shown.name = shown.name.slice(0, 64); }),
  async (t) => {
    await t.set('n'.repeat(100), 'x');
    return (await t.names())[0].length;
  });

defect('SET-9', 'find-decodes-twice', 'a find of the name %41 answers the secret A',
  wrap('find', (find, want, q) => {
    const name = want.name.replace(/%([2-7][0-9a-f])/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
    return find({ ...want, name }, q);
  }),
  async (t) => {
    await t.set('A', 'x');
    return t.is('%41');
  });
