// Ways to be wrong: how parameters are read.
'use strict';
const {wrap, mutation, isAccount, refuse, textRead, scopeRead, scopeType, integerRead} = require('./makers.js');

// SET-4,5,6

textRead('zero-name', 'SET-8,SET-1', 'a name "0" counts as missing', (o, p, k, c) =>
  k === 'name' && p[k] === '0' ? refuse('missing', {param: k}) : o(p, k, c),
);

textRead('null-name', 'SET-8', 'a name "null" counts as missing', (o, p, k, c) =>
  k === 'name' && p[k] === 'null' ? refuse('missing', {param: k}) : o(p, k, c),
);

textRead('undefined-name', 'SET-8', 'a name "undefined" counts as missing', (o, p, k, c) =>
  k === 'name' && p[k] === 'undefined' ? refuse('missing', {param: k}) : o(p, k, c),
);

textRead('blank-payload', 'SET-8', 'a payload of blanks counts as empty', (o, p, k, c) =>
  k === 'payload' && p[k] !== undefined && p[k].trim() === '' && p[k] ? refuse('empty', {param: k}) : o(p, k, c),
);

textRead('false-payload', 'SET-8', 'a payload "false" counts as missing', (o, p, k, c) =>
  k === 'payload' && /^(false|undefined|none)$/i.test(p[k] || '') ? refuse('empty', {param: k}) : o(p, k, c),
);

textRead('find-empty-name-404', 'FIND-3', 'find with an empty name is 404', (o, p, k, c) =>
  c.call === 'find' && p[k] === '' ? p[k] : o(p, k, c),
);

textRead('delete-empty-name-404', 'DEL-6', 'delete with an empty name is 404', (o, p, k, c) =>
  c.call === 'delete' && p[k] === '' ? p[k] : o(p, k, c),
);

textRead('acct-payload-optional', 'SET-4', 'in the account scope the payload may be empty', (o, p, k, c) =>
  k === 'payload' && p[k] === '' && p.scope?.type === 'account' ? '' : o(p, k, c),
);

textRead(
  'replace-payload-optional',
  'SET-4',
  'a replace with an empty payload only changes expires_at',
  (o, p, k, c) => (k === 'payload' && p[k] === '' ? 'x' : o(p, k, c)),
);

scopeRead('find-type-empty', 'FIND-3', 'find with an empty scope[type] looks in the account', (o, p, c) =>
  c.call === 'find' && p.scope?.type === '' ? {type: 'account'} : o(p, c),
);

scopeRead('find-type-absent', 'FIND-3', 'find with scope[user] alone looks at the user', (o, p, c) =>
  c.call === 'find' && p.scope && p.scope.type === undefined ? {type: 'user', user: p.scope.user} : o(p, c),
);

scopeRead('delete-type-empty', 'DEL-6', 'delete with an empty scope[type] looks in the account', (o, p, c) =>
  c.call === 'delete' && p.scope?.type === '' ? {type: 'account'} : o(p, c),
);

scopeRead('delete-type-absent', 'DEL-6', "delete with scope[user] alone deletes the user's", (o, p, c) =>
  c.call === 'delete' && p.scope && p.scope.type === undefined ? {type: 'user', user: p.scope.user} : o(p, c),
);

scopeRead('list-type-absent', 'LIST-11', 'list with scope[user] alone lists the user', (o, p, c) =>
  c.call === 'list' && p.scope && p.scope.type === undefined ? {type: 'user', user: p.scope.user} : o(p, c),
);

scopeRead('find-user-empty', 'FIND-3', 'find with an empty user falls back to the account', (o, p, c) =>
  c.call === 'find' && p.scope?.user === '' ? {type: 'account'} : o(p, c),
);

scopeRead('list-user-empty', 'LIST-11', 'list with an empty user is an empty list', (o, p, c) =>
  c.call === 'list' && p.scope?.user === '' ? {type: 'user', user: ''} : o(p, c),
);

scopeRead('list-user-empty-acct', 'LIST-11', "list with an empty user is the account's", (o, p, c) =>
  c.call === 'list' && p.scope?.user === '' ? {type: 'account'} : o(p, c),
);

scopeRead('delete-user-empty', 'DEL-6', 'delete with an empty user deletes in the account', (o, p, c) =>
  c.call === 'delete' && p.scope?.user === '' ? {type: 'account'} : o(p, c),
);

scopeRead('delete-user-absent', 'DEL-6', 'delete without a user deletes in any user scope', (o, p, c, w) => {
  if (c.call === 'delete' && p.scope?.type === 'user' && p.scope.user === undefined) {
    for (const b of w.buckets.values())
      for (const s of b) if (s.name === p.name && s.scope.user) b.splice(b.indexOf(s), 1);
  }
  return o(p, c);
});

scopeRead('user-zero', 'SET-4,ISO-1', 'a user "0" counts as missing', (o, p, c) =>
  p.scope?.user === '0' ? refuse('missing user', {param: 'scope[user]'}) : o(p, c),
);

scopeType('type-capital', 'SET-5', 'Account and User are taken', (t) =>
  /^(account|user)$/.test(t) ? t : t === 'User' ? 'user' : t === 'Account' ? 'account' : undefined,
);

scopeType('type-upper-acct', 'SET-5', 'ACCOUNT is taken', (t) =>
  t === 'ACCOUNT' ? 'account' : /^(account|user)$/.test(t) ? t : undefined,
);

scopeType('type-blank', 'SET-5', 'blanks around the type are taken', (t) =>
  /^(account|user)$/.test(t.trim()) ? t.trim() : undefined,
);

scopeType('type-prefix', 'SET-5', 'a type that begins with account is taken', (t) =>
  t.startsWith('account') ? 'account' : t === 'user' ? t : undefined,
);

scopeType('type-find-any', 'FIND-3', 'find takes any type for account', (t, c) =>
  t === 'user' ? t : t === 'account' || c.call === 'find' ? 'account' : undefined,
);

scopeType('type-list-any', 'LIST-11', 'list takes any type for user', (t, c) =>
  t === 'account' ? t : t === 'user' || c.call === 'list' ? 'user' : undefined,
);

scopeType('type-delete-any', 'DEL-6', 'delete takes any type for user', (t, c) =>
  t === 'account' ? t : t === 'user' || c.call === 'delete' ? 'user' : undefined,
);

scopeType('type-find-upper', 'FIND-3', 'find takes USER', (t, c) =>
  c.call === 'find'
    ? /^(account|user)$/i.test(t)
      ? t.toLowerCase()
      : undefined
    : /^(account|user)$/.test(t)
      ? t
      : undefined,
);

scopeType('type-app', 'SET-5', 'app is an alias of account', (t) =>
  t === 'app' ? 'account' : /^(account|user)$/.test(t) ? t : undefined,
);

scopeType('type-global', 'SET-5', 'an unknown type has a scope of its own', (t) => t || undefined);

integerRead('int-exponent', 'SET-6', 'expires_at may be 4.1e9', (v, k) =>
  k === 'expires_at' && /^\d+(\.\d+)?e\d+$/i.test(v) ? Math.floor(Number(v)) : undefined,
);

integerRead('int-hex', 'SET-6', 'expires_at may be 0x..', (v, k) =>
  k === 'expires_at' && /^0x[0-9a-f]+$/i.test(v) ? Number(v) : undefined,
);

integerRead('int-point-zero', 'SET-6', 'expires_at may end in .0', (v, k) =>
  k === 'expires_at' && /^\d+\.0+$/.test(v) ? Math.floor(Number(v)) : undefined,
);

integerRead('int-blank', 'SET-6', 'expires_at may have blanks around', (v, k) =>
  k === 'expires_at' && /^ *\d+ *$/.test(v) ? Number(v) : undefined,
);

integerRead('int-tail-s', 'SET-6', 'expires_at may have a tail of letters', (v, k) =>
  k === 'expires_at' && /^\d+[a-z]+$/.test(v) ? parseInt(v, 10) : undefined,
);

integerRead('int-iso', 'SET-6', 'expires_at may be a date', (v, k) =>
  k === 'expires_at' && /^\d{4}-\d\d-\d\d/.test(v) ? Math.floor(Date.parse(v) / 1000) : undefined,
);

integerRead('int-bool', 'SET-6', 'expires_at may be true, null or false', (v, k) =>
  k === 'expires_at' && /^(true|false|null|nil|never|none)$/.test(v) ? 4102444800 : undefined,
);

integerRead('int-underscore', 'SET-6', 'expires_at may have underscores', (v, k) =>
  k === 'expires_at' && /^\d[\d_,]+$/.test(v) ? Number(v.replace(/[_,]/g, '')) : undefined,
);

integerRead('int-limit-exponent', 'LIST-4', 'limit may be 1e1', (v, k) =>
  k === 'limit' && /^\de\d$/i.test(v) ? Number(v) : undefined,
);

integerRead('int-limit-point-zero', 'LIST-4', 'limit may be 2.0', (v, k) =>
  k === 'limit' && /^\d\.0$/i.test(v) ? Number(v) : undefined,
);

integerRead('int-limit-hex', 'LIST-4', 'limit may be 0x2', (v, k) =>
  k === 'limit' && /^0x\d$/i.test(v) ? Number(v) : undefined,
);

integerRead('int-limit-tail', 'LIST-4', 'limit may be 2x', (v, k) =>
  k === 'limit' && /^\d+[a-z]+$/i.test(v) ? parseInt(v, 10) : undefined,
);

integerRead('int-limit-bool', 'LIST-4', 'limit may be true', (v, k) =>
  k === 'limit' && /^(true|all|none|null)$/i.test(v) ? 10 : undefined,
);

mutation('int-acct-unchecked', 'SET-6', 'in the account scope a bad expires_at is ignored', (w) =>
  wrap(w, 'expires', (o, p, c) => {
    try {
      return o(p, c);
    } catch (e) {
      if (c.scope.type === 'account') return null;
      throw e;
    }
  }),
);

mutation('int-unchecked-replace', 'SET-6', 'on a replace a bad expires_at is ignored', (w) =>
  wrap(w, 'expires', (o, p, c) => {
    try {
      return o(p, c);
    } catch (e) {
      if (w.lookup(c, c.scope, c.name)) return null;
      throw e;
    }
  }),
);

// SET-7

mutation('set-expand-acct', 'SET-7', 'set in the account does not expand', (w) =>
  wrap(w, 'view', (o, s, c, e) => o(s, c, e && !(c.call === 'set' && isAccount(s)))),
);

mutation('set-expand-trim', 'SET-7', 'set expands to a trimmed payload', (w) =>
  wrap(w, 'view', (o, s, c, e) => {
    const v = o(s, c, e);
    if (e && c.call === 'set') v.payload = v.payload.slice(0, 100);
    return v;
  }),
);
