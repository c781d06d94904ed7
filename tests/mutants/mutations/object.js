// Ways to be wrong: what a secret shows, and when.
'use strict';
const crypto = require('node:crypto');
const {
  mutations,
  wrap,
  mutation,
  secretShows,
  answerEdit,
  isUser,
  isAccount,
  refuse,
  payloadShown,
  expandIf,
} = require('./makers.js');

const md5 = (text) => crypto.createHash('md5').update(text).digest('hex');

// OBJ-1

secretShows('obj-set-object', 'OBJ-1', 'object is wrong in set only', (v, s, c) => {
  if (c.call === 'set') v.object = 'app.secret';
});

secretShows('obj-find-object', 'OBJ-1', 'object is wrong in find only', (v, s, c) => {
  if (c.call === 'find') v.object = 'secret';
});

secretShows('obj-list-object', 'OBJ-1,LIST-1', 'object is wrong in list items', (v, s, c) => {
  if (c.call === 'list') v.object = 'secret';
});

secretShows('obj-expand-object', 'OBJ-1', 'object is wrong when expanded', (v, s, c, e) => {
  if (e) v.object = 'apps.secret.expanded';
});

secretShows('obj-acct-object', 'OBJ-1', 'object wrong in account find', (v, s, c) => {
  if (isAccount(s) && c.call === 'find') v.object = 'secret';
});

secretShows('obj-created-float', 'OBJ-1', 'created has a fraction', (v, s) => {
  v.created = s.created + 0.5;
});

secretShows('obj-created-float-list', 'OBJ-1', 'created has a fraction in list', (v, s, c) => {
  if (c.call === 'list') v.created = s.created + 0.5;
});

secretShows('obj-created-iso-find', 'OBJ-1', 'created is ISO text in find', (v, s, c) => {
  if (c.call === 'find') v.created = new Date(s.created * 1000).toISOString();
});

secretShows('obj-created-zero', 'OBJ-1', 'created is 0', (v) => {
  v.created = 0;
});

secretShows('obj-created-absent-list', 'OBJ-1', 'created left out in list', (v, s, c) => {
  if (c.call === 'list') delete v.created;
});

secretShows('obj-created-minute', 'OBJ-1', 'created is a minute ahead', (v, s) => {
  v.created = s.created + 60;
});

secretShows('obj-created-zone-list', 'OBJ-1,OBJ-7', 'created is an hour back in list', (v, s, c) => {
  if (c.call === 'list') v.created -= 3600;
});

secretShows('obj-livemode-int', 'OBJ-1', 'livemode is 0', (v) => {
  v.livemode = v.livemode ? 1 : 0;
});

secretShows('obj-livemode-null-list', 'OBJ-1', 'livemode is null in list', (v, s, c) => {
  if (c.call === 'list') v.livemode = null;
});

secretShows('obj-livemode-absent-set', 'OBJ-1', 'livemode is absent in set', (v, s, c) => {
  if (c.call === 'set') delete v.livemode;
});

secretShows('obj-expires-absent-list', 'OBJ-1', 'expires_at absent in list if none', (v, s, c) => {
  if (c.call === 'list' && v.expires_at === null) delete v.expires_at;
});

secretShows('obj-expires-absent-find', 'OBJ-1', 'expires_at absent in find if none', (v, s, c) => {
  if (c.call === 'find' && v.expires_at === null) delete v.expires_at;
});

secretShows('obj-expires-zero-find', 'OBJ-1', 'expires_at 0 in find if none', (v, s, c) => {
  if (c.call === 'find' && v.expires_at === null) v.expires_at = 0;
});

secretShows('obj-expires-false', 'OBJ-1', 'expires_at false if none', (v) => {
  if (v.expires_at === null) v.expires_at = false;
});

secretShows('obj-name-absent-list', 'OBJ-1', 'name left out in account list', (v, s, c) => {
  if (c.call === 'list' && isAccount(s)) delete v.name;
});

secretShows('obj-scope-text', 'OBJ-1,OBJ-3', 'scope is a text in list', (v, s, c) => {
  if (c.call === 'list') v.scope = s.scope.type;
});

secretShows('obj-id-null-list', 'OBJ-1', 'id null in list of account', (v, s, c) => {
  if (c.call === 'list' && isAccount(s)) v.id = null;
});

secretShows('obj-id-number-list', 'OBJ-1,OBJ-2', 'id number in list', (v, s, c) => {
  if (c.call === 'list') v.id = parseInt(s.id.slice(10, 18), 16);
});

secretShows('obj-expanded-created-absent', 'OBJ-1', 'expanded answers hold only name and payload', (v, s, c, e) =>
  e && c.call === 'find' ? {id: v.id, object: v.object, name: v.name, payload: v.payload} : v,
);

secretShows('obj-expanded-list-bare', 'OBJ-1', 'expanded list items hold only name and payload', (v, s, c, e) =>
  e && c.call === 'list' ? {id: v.id, object: v.object, name: v.name, payload: v.payload} : v,
);

secretShows('obj-replaced-created-null', 'OBJ-1', 'created is null after a replace', (v, s, c) => {
  if (s.replaced) v.created = null;
});

mutations.at(-1).apply = ((a) => (w) => {
  a(w);
  wrap(w, 'replace', (o, c, old) => {
    o(c, old);
    old.replaced = true;
    return old;
  });
})(mutations.at(-1).apply);

mutation('obj-created-start', 'OBJ-1', 'created is when the process started', (w) => {
  const t = w.nowS();
  wrap(w, 'create', (o, c) => ({...o(c), created: t - 100}));
});

mutation('obj-created-expires', 'OBJ-1', 'created is expires_at where there is one', (w) =>
  wrap(w, 'view', (o, s, c, e) => ({...o(s, c, e), created: s.expires_at ?? s.created})),
);

mutation(
  'obj-ids-sequential-bucket',
  'OBJ-2',
  'id is a count of the scope, so an id comes twice after a delete',
  (w) => {
    w.newId = (c, scope) =>
      `appsecret_${md5(w.bucketKey(c, scope)).slice(0, 10)}${w.bucket(c, scope).length}`;
  },
);

mutation('obj-id-name-lower', 'OBJ-2', 'id is a hash of scope and name in lower case', (w) => {
  w.newId = (c, scope, name) =>
    `appsecret_${crypto
      .createHash('md5')
      .update(w.bucketKey(c, scope) + name.toLowerCase())
      .digest('hex')}`;
});

mutation('obj-id-seconds', 'OBJ-2', 'id is the time in ms', (w) => {
  w.newId = (c) => `appsecret_${w.nowMs()}`;
});

mutation('obj-id-scope-type', 'OBJ-2', 'id is a hash of scope type and name', (w) => {
  w.newId = (c, scope, name) =>
    `appsecret_${crypto
      .createHash('md5')
      .update(scope.type + name)
      .digest('hex')}`;
});

mutation('obj-id-payload', 'OBJ-2', 'id is a hash of scope and payload', (w) => {
  w.newId = (c, scope) =>
    `appsecret_${crypto
      .createHash('md5')
      .update(w.bucketKey(c, scope) + c.payload)
      .digest('hex')}`;
});

mutation(
  'obj-id-replace-set',
  'OBJ-2,SET-2',
  'set that replaces answers a fresh id that find does not know',
  (w) =>
    wrap(w, 'replace', (o, c, old) => {
      o(c, old);
      c.freshId = w.newId(c, c.scope, c.name);
      return old;
    }) || wrap(w, 'view', (o, s, c, e) => ({...o(s, c, e), ...(c.freshId ? {id: c.freshId} : {})})),
);

secretShows('obj-id-expand', 'OBJ-2,FIND-4', 'expanded find shows another id', (v, s, c, e) => {
  if (e && c.call === 'find') v.id += '_e';
});

secretShows('obj-id-list-expand', 'OBJ-2', 'expanded list shows another id', (v, s, c, e) => {
  if (e && c.call === 'list') v.id += '_e';
});

secretShows('obj-id-acct-find', 'OBJ-2', 'find in the account shows another id', (v, s, c, e) => {
  if (isAccount(s) && c.call === 'find') v.id = 'acct_' + v.id;
});

secretShows('obj-id-index', 'OBJ-7,OBJ-2', 'id is the place in the scope, so it shifts', (v, s, c, e, w) => {
  v.id = `appsecret_${md5(w.bucketKey(c, s.scope))}${w.bucket(c, s.scope).indexOf(s)}`;
});

secretShows(
  'obj-id-index-rev',
  'OBJ-7,OBJ-2',
  'id is the place in the scope from the oldest, so it shifts on delete',
  (v, s, c, e, w) => {
    const b = w.bucket(c, s.scope);
    v.id = `appsecret_${md5(w.bucketKey(c, s.scope))}${b.length - b.indexOf(s)}`;
  },
);

mutations.at(-1).apply = ((a) => (w) => {
  a(w);
  wrap(w, 'create', (o, c) => ({
    ...o(c),
    id: `appsecret_${md5(w.bucketKey(c, c.scope))}${w.bucket(c, c.scope).length + 1}`,
  }));
  w.cursor = (all, id, c, which) => {
    const b = w.bucket(c, c.scope);
    const at = all.findIndex((s) => id.endsWith(String(b.length - b.indexOf(s))));
    if (at < 0) refuse('no', {param: which});
    return at;
  };
})(mutations.at(-1).apply);

// OBJ-3

secretShows('scope-set-only', 'OBJ-3', 'set echoes scope as account', (v, s, c) => {
  if (c.call === 'set') v.scope = {type: 'account'};
});

secretShows('scope-list-no-user', 'OBJ-3', 'list leaves the user out', (v, s, c) => {
  if (c.call === 'list' && isUser(s)) v.scope = {type: 'user'};
});

secretShows('scope-user-lower', 'OBJ-3', 'user is shown in lower case', (v, s) => {
  if (isUser(s)) v.scope.user = s.scope.user.toLowerCase();
});

secretShows('scope-user-encoded', 'OBJ-3', 'user is shown percent-encoded', (v, s) => {
  if (isUser(s)) v.scope.user = encodeURIComponent(s.scope.user);
});

secretShows('scope-user-trim', 'OBJ-3', 'user is shown trimmed', (v, s) => {
  if (isUser(s)) v.scope.user = s.scope.user.trim();
});

secretShows('scope-user-cut', 'OBJ-3', 'user is cut at 64', (v, s) => {
  if (isUser(s)) v.scope.user = s.scope.user.slice(0, 64);
});

secretShows('scope-acct-user-empty', 'OBJ-3', 'the account scope says user: ""', (v, s) => {
  if (isAccount(s)) v.scope.user = '';
});

secretShows('scope-type-upper', 'OBJ-3', 'scope type is USER', (v, s) => {
  if (isUser(s)) v.scope.type = 'USER';
});

secretShows('scope-expanded-gone', 'OBJ-3', 'expanded find has the scope without user', (v, s, c, e) => {
  if (e && isUser(s)) delete v.scope.user;
});

secretShows('scope-user-object', 'OBJ-3', 'user is an object', (v, s) => {
  if (isUser(s)) v.scope.user = {id: s.scope.user};
});

mutation(
  'scope-replaced-gone',
  'OBJ-3',
  'after a replace scope is empty',
  (w) =>
    wrap(w, 'replace', (o, c, old) => {
      o(c, old);
      old.rep = true;
      return old;
    }) || wrap(w, 'viewScope', (o, s, c) => (s.rep ? {} : o(s, c))),
);

// OBJ-4

payloadShown(
  'leak-acct-find',
  'OBJ-4',
  'find in account shows payload',
  (s, c) => isAccount(s) && c.call === 'find',
);

payloadShown(
  'leak-acct-list',
  'OBJ-4',
  'list of account shows payload',
  (s, c) => isAccount(s) && c.call === 'list',
);

payloadShown('leak-user-set', 'OBJ-4', 'set for user shows payload', (s, c) => isUser(s) && c.call === 'set');

payloadShown('leak-list-limit', 'OBJ-4', 'list with limit shows payload', (s, c) => c.call === 'list' && c.p.limit);

payloadShown(
  'leak-list-nolimit',
  'OBJ-4',
  'list without limit shows payload',
  (s, c) => c.call === 'list' && !c.p.limit,
);

payloadShown(
  'leak-list-before',
  'OBJ-4',
  'list with ending_before shows payload',
  (s, c) => c.call === 'list' && c.p.ending_before,
);

payloadShown(
  'leak-expiring',
  'OBJ-4',
  'find of an expiring secret shows its payload',
  (s, c) => s.expires_at !== null && c.call === 'find',
);

payloadShown(
  'leak-expiring-list',
  'OBJ-4',
  'list shows the payload of an expiring secret',
  (s, c) => s.expires_at !== null && c.call === 'list',
);

payloadShown(
  'leak-expiring-set',
  'OBJ-4',
  'set shows the payload of an expiring secret',
  (s, c) => s.expires_at !== null && c.call === 'set',
);

payloadShown(
  'leak-bearer',
  'OBJ-4',
  'with a bearer token find shows the payload',
  (s, c) => c.cred?.by === 'bearer',
);

payloadShown(
  'leak-ui',
  'OBJ-4',
  'to a UI extension find shows the payload',
  (s, c) => c.who.user && c.call === 'find',
);

payloadShown('leak-live', 'OBJ-4', 'in live mode find shows the payload', (s, c) => c.who.live);

payloadShown('leak-other', 'OBJ-4', 'to another account find shows the payload', (s, c) => c.who.account === 'b');

mutation('leak-replace', 'OBJ-4', 'a set that replaces shows the payload', (w) =>
  wrap(w, 'replace', (o, c, old) => {
    c.expanded = true;
    return o(c, old);
  }),
);

mutation('leak-sticky', 'OBJ-4', 'once expanded, a payload is shown from then on', (w) =>
  wrap(w, 'view', (o, s, c, e) => {
    if (e) s.stick = true;
    return o(s, c, s.stick);
  }),
);

mutation('leak-sticky-find', 'OBJ-4', 'once expanded by find, find shows it from then on', (w) =>
  wrap(w, 'view', (o, s, c, e) => {
    if (e && c.call === 'find') s.stick = true;
    return o(s, c, e || (c.call === 'find' && s.stick));
  }),
);

mutation('leak-set-expand-sticky', 'OBJ-4', 'a payload expanded in set is shown by find', (w) =>
  wrap(w, 'view', (o, s, c, e) => {
    if (e && c.call === 'set') s.stick = true;
    return o(s, c, e || s.stick);
  }),
);

secretShows('leak-member', 'OBJ-4', 'the payload is shown in a member value', (v, s) => {
  v.value = s.payload;
});

secretShows('leak-member-list', 'OBJ-4', 'the payload is shown in a member data of list items', (v, s, c) => {
  if (c.call === 'list') v.data = s.payload;
});

secretShows('leak-masked', 'OBJ-4', 'a hidden payload shows its first characters', (v, s, c, e) => {
  if (!e) v.payload = s.payload.slice(0, 2) + '***';
});

secretShows('leak-hash', 'OBJ-4', 'a hidden payload is its hash', (v, s, c, e) => {
  if (!e) v.payload = crypto.createHash('md5').update(s.payload).digest('hex');
});

secretShows('leak-object', 'OBJ-4', 'a hidden payload is an object', (v, s, c, e) => {
  if (!e) v.payload = {redacted: true};
});

secretShows('leak-false', 'OBJ-4', 'a hidden payload is false', (v, s, c, e) => {
  if (!e) v.payload = false;
});

secretShows('leak-empty-list', 'OBJ-4', 'a hidden payload is empty text in list', (v, s, c, e) => {
  if (!e && c.call === 'list') v.payload = '';
});

answerEdit('leak-header', 'OBJ-4', 'the payload is in a header', (r, c) => {
  if (c.payload && r.status === 200) r.headers['x-payload'] = encodeURIComponent(c.payload);
});

expandIf('expand-case', 'OBJ-4', 'expand[]=PAYLOAD shows it', (e) => /^(data\.)?payload$/i.test(e));

expandIf('expand-sub', 'OBJ-4', 'anything that holds the word payload shows it', (e) => e.includes('payload'));

expandIf('expand-star', 'OBJ-4', 'expand[]=* shows it', (e) => e === '*' || /^(data\.)?payload$/.test(e));

expandIf('expand-scope', 'OBJ-4', 'expand[]=scope shows the payload', (e) => /^(data\.)?(payload|scope)$/.test(e));

expandIf('expand-data', 'OBJ-4', 'expand[]=data shows the payloads', (e) => /^(data|(data\.)?payload)$/.test(e));

expandIf(
  'expand-length',
  'OBJ-4',
  'anything of seven letters shows the payload',
  (e) => e.length === 7 || e === 'data.payload',
);

expandIf('expand-last-word', 'OBJ-4', 'a.payload shows the payload', (e) => e.split('.').pop() === 'payload');

// OBJ-5,6,7

mutation('deleted-sticks', 'OBJ-5', 'a name set again after delete says deleted: true', (w) => {
  const g = new Set();
  wrap(w, 'drop', (o, c, sc, s) => {
    g.add(w.bucketKey(c, sc) + s.name);
    o(c, sc, s);
  });
  wrap(w, 'view', (o, s, c, e) =>
    g.has(w.bucketKey(c, s.scope) + s.name) && c.call !== 'delete' ? {...o(s, c, e), deleted: true} : o(s, c, e),
  );
});

secretShows('deleted-list', 'OBJ-5', 'list items say deleted: true in the account', (v, s, c) => {
  if (isAccount(s) && c.call === 'list') v.deleted = true;
});

secretShows('deleted-zero', 'OBJ-5', 'live ones say deleted: 0', (v, s, c) => {
  v.deleted = 0;
});

secretShows('deleted-find-expand', 'OBJ-5', 'expanded find says deleted: true', (v, s, c, e) => {
  if (e && c.call === 'find') v.deleted = true;
});

secretShows('deleted-expiring', 'OBJ-5', 'expiring secrets say deleted: true', (v, s, c, e) => {
  if (s.expires_at !== null) v.deleted = true;
});

secretShows('live-list-false', 'OBJ-6', 'list in live mode says livemode false', (v, s, c) => {
  if (c.call === 'list') v.livemode = false;
});

secretShows('live-expanded-false', 'OBJ-6', 'expanded find in live mode says livemode false', (v, s, c, e) => {
  if (e) v.livemode = false;
});

secretShows('live-acct-true', 'OBJ-6', 'account secrets of a test key say livemode true in list', (v, s, c) => {
  if (isAccount(s) && c.call === 'list') v.livemode = true;
});

secretShows('live-ui-true', 'OBJ-6', 'to a UI extension livemode is true', (v, s, c) => {
  if (c.who.user) v.livemode = true;
});

secretShows('live-other-true', 'OBJ-6', 'to another account livemode is true', (v, s, c) => {
  if (c.who.account === 'b') v.livemode = true;
});

secretShows('live-bearer-true', 'OBJ-6', 'with bearer livemode is true', (v, s, c) => {
  if (c.cred?.by === 'bearer') v.livemode = true;
});

secretShows('live-replaced-true', 'OBJ-6', 'livemode true in expanded', (v, s, c, e) => {
  if (e) v.livemode = true;
});

secretShows('created-list-plus', 'OBJ-7', 'created is one more in list', (v, s, c) => {
  if (c.call === 'list') v.created += 1;
});

secretShows('created-expand-plus', 'OBJ-7', 'created is one more when expanded', (v, s, c, e) => {
  if (e) v.created += 1;
});

secretShows('created-drift', 'OBJ-7', 'created is ten seconds before now at most', (v, s, c, e, w) => {
  v.created = Math.max(s.created, w.nowS() - 1);
});

mutation('created-touched', 'OBJ-7', 'a find renews created', (w) =>
  wrap(w, 'lookup', (o, c, sc, n) => {
    const s = o(c, sc, n);
    if (s && c.call === 'find') s.created = w.nowS();
    return s;
  }),
);

mutation('id-touched-by-neighbour', 'OBJ-7', 'a set in the scope renews the ids of all', (w) =>
  wrap(w, 'insert', (o, c, s) => {
    for (const t of w.bucket(c, c.scope)) t.id = w.newId(c, c.scope, t.name);
    o(c, s);
  }),
);

mutation('id-touched-by-delete', 'OBJ-7', 'a delete in the scope renews the ids of the rest', (w) =>
  wrap(w, 'drop', (o, c, sc, s) => {
    o(c, sc, s);
    for (const t of w.bucket(c, sc)) t.id = w.newId(c, sc, t.name);
  }),
);

mutation('created-by-neighbour', 'OBJ-7', 'a replace in the scope renews created of all', (w) =>
  wrap(w, 'replace', (o, c, s) => {
    o(c, s);
    for (const t of w.bucket(c, c.scope)) if (t !== s) t.created -= 5;
    return s;
  }),
);
