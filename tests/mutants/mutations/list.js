// Ways to be wrong: list: order, pages, cursors.
'use strict';
const {
  mutations,
  wrap,
  mutation,
  answerEdit,
  isAccount,
  refuse,
  listOrder,
  page,
  hasMore,
  cursorFound,
} = require('./makers.js');

// LIST

answerEdit('list-url-host', 'LIST-1', 'url is absolute', (r, c) => {
  if (c.call === 'list' && r.status === 200) r.out.url = `http://${c.headers.host}/v1/apps/secrets`;
});

answerEdit('list-url-page', 'LIST-1', 'url of later pages has the cursor', (r, c) => {
  if (c.call === 'list' && r.status === 200 && c.p.starting_after)
    r.out.url += `?starting_after=${c.p.starting_after}`;
});

answerEdit('list-object-page', 'LIST-1', 'later pages say object: page', (r, c) => {
  if (c.call === 'list' && r.status === 200 && (c.p.starting_after || c.p.ending_before)) r.out.object = 'page';
});

answerEdit('list-url-empty', 'LIST-1,LIST-3', 'the url of an empty list is null', (r, c) => {
  if (c.call === 'list' && r.status === 200 && !r.out.data.length) r.out.url = null;
});

answerEdit('list-url-acct', 'LIST-1', "the account's list has another url", (r, c) => {
  if (c.call === 'list' && r.status === 200 && c.scope.type === 'account') r.out.url = '/v1/apps/secrets/account';
});

answerEdit('list-object-acct', 'LIST-1', "the account's list says object: array", (r, c) => {
  if (c.call === 'list' && r.status === 200 && c.scope.type === 'account') r.out.object = 'array';
});

answerEdit('list-more-text', 'LIST-1', 'has_more is text', (r, c) => {
  if (c.call === 'list' && r.status === 200) r.out.has_more = String(r.out.has_more);
});

answerEdit('list-more-absent-last', 'LIST-1,LIST-7', 'has_more is absent on the last page', (r, c) => {
  if (c.call === 'list' && r.status === 200 && !r.out.has_more) delete r.out.has_more;
});

answerEdit('list-more-null-empty', 'LIST-3', 'has_more is null in an empty list', (r, c) => {
  if (c.call === 'list' && r.status === 200 && !r.out.data.length) r.out.has_more = null;
});

answerEdit('list-more-empty', 'LIST-3', 'has_more is true in an empty list', (r, c) => {
  if (c.call === 'list' && r.status === 200 && !r.out.data.length) r.out.has_more = true;
});

answerEdit('list-limit-url', 'LIST-1', 'with a limit the url has it', (r, c) => {
  if (c.call === 'list' && r.status === 200 && c.p.limit) r.out.url += `?limit=${c.p.limit}`;
});

answerEdit('list-bare-array', 'LIST-1', 'list answers a bare array', (r, c) => {
  if (c.call === 'list' && r.status === 200) r.out = r.out.data;
});

answerEdit('list-map', 'LIST-1', 'data is a mapping by name', (r, c) => {
  if (c.call === 'list' && r.status === 200) r.out.data = Object.fromEntries(r.out.data.map((s) => [s.name, s]));
});

answerEdit('list-empty-expand-404', 'LIST-3,LIST-12', 'an empty list that is expanded is 404', (r, c) => {
  if (c.call === 'list' && r.status === 200 && !r.out.data.length && c.expanded) {
    r.status = 404;
    r.out = {error: {type: 'invalid_request_error', message: 'x'}};
  }
});

answerEdit('list-empty-expand-crash', 'ERR-5,LIST-3', 'an empty list that is expanded is 500', (r, c) => {
  if (c.call === 'list' && r.status === 200 && !r.out.data.length && c.expanded) {
    r.status = 500;
    r.out = {error: {type: 'api_error', message: 'x'}};
  }
});

answerEdit('list-empty-limit-404', 'LIST-3', 'an empty list with a limit is 404', (r, c) => {
  if (c.call === 'list' && r.status === 200 && !r.out.data.length && c.p.limit && !c.p.starting_after) {
    r.status = 404;
    r.out = {error: {type: 'invalid_request_error', message: 'x'}};
  }
});

listOrder('list-no-expiring', 'LIST-2,EXP-2', 'list leaves out expiring secrets', (a) =>
  a.filter((s) => s.expires_at === null),
);

listOrder('list-no-permanent-after', 'LIST-2,EXP-6', 'where one expires list leaves out the permanent ones', (a) =>
  a.some((s) => s.expires_at !== null) ? a.filter((s) => s.expires_at !== null) : a,
);

listOrder('list-acct-drops-expand', 'LIST-2,LIST-12', 'an expanded list leaves out the oldest', (a, c) =>
  c.expanded && a.length > 1 ? a.slice(0, -1) : a,
);

listOrder('list-limit-drops', 'LIST-2,LIST-5', 'with a limit the list leaves out the oldest of four', (a, c) =>
  c.p.limit && a.length > 3 ? a.slice(0, -1) : a,
);

listOrder('list-dedup-created', 'LIST-2', 'list shows one secret a second', (a) =>
  a.filter((s, i) => a.findIndex((t) => t.created === s.created) === i),
);

listOrder('list-dedup-payload', 'LIST-2', 'list shows one secret a payload', (a) =>
  a.filter((s, i) => a.findIndex((t) => t.payload === s.payload) === i),
);

listOrder('list-dedup-case', 'LIST-2,SET-9', 'list shows one name in any case', (a) =>
  a.filter((s, i) => a.findIndex((t) => t.name.toLowerCase() === s.name.toLowerCase()) === i),
);

listOrder('list-max-6', 'LIST-2', 'list looks at six at most', (a) => a.slice(0, 6));

listOrder('list-max-9', 'LIST-2', 'list looks at nine at most', (a) => a.slice(0, 9));

listOrder('list-by-name', 'LIST-9', 'list is sorted by name', (a) =>
  [...a].sort((x, y) => (x.name < y.name ? -1 : 1)),
);

listOrder('list-by-name-desc', 'LIST-9', 'list is sorted by name downwards', (a) =>
  [...a].sort((x, y) => (x.name < y.name ? 1 : -1)),
);

listOrder('list-by-id', 'LIST-9', 'list is sorted by id', (a) => [...a].sort((x, y) => (x.id < y.id ? -1 : 1)));

listOrder('list-by-expiry', 'LIST-9', 'list is sorted by expires_at', (a) =>
  [...a]
    .sort((x, y) => (x.expires_at || 0) - (y.expires_at || 0))
    .sort((x, y) => (x.expires_at || 0) - (y.expires_at || 0)),
);

listOrder('list-by-expiry-first', 'LIST-9', 'expiring secrets come first', (a) => [
  ...a.filter((s) => s.expires_at !== null),
  ...a.filter((s) => s.expires_at === null),
]);

listOrder('list-acct-oldest', 'LIST-9', "the account's list is oldest first", (a, c) =>
  c.scope.type === 'account' ? [...a].reverse() : a,
);

listOrder('list-expand-oldest', 'LIST-9', 'an expanded list is oldest first', (a, c) =>
  c.expanded ? [...a].reverse() : a,
);

listOrder('list-limit-oldest', 'LIST-9', 'with limit the list is oldest first', (a, c) =>
  c.p.limit ? [...a].reverse() : a,
);

listOrder('list-random-ties', 'LIST-13', 'secrets of one second come in a random order', (a) =>
  [...a].sort((x, y) => y.created - x.created || Math.random() - 0.5),
);

listOrder('list-random-acct', 'LIST-13,LIST-2', "the account's list comes in a random order", (a, c) =>
  c.scope.type === 'account' ? [...a].sort(() => Math.random() - 0.5) : a,
);

listOrder('list-random-expand', 'LIST-13,LIST-9,LIST-12', 'an expanded list has a random order', (a, c) =>
  c.expanded ? [...a].sort(() => Math.random() - 0.5) : a,
);

mutation('list-id-limit', 'LIST-4', 'limit on the account is ignored', (w) =>
  wrap(w, 'limit', (o, p, c) => {
    const l = o(p, c);
    return p.scope.type === 'account' ? 10 : l;
  }),
);

mutation('list-limit-expand', 'LIST-4', 'limit is ignored in an expanded list', (w) =>
  wrap(w, 'limit', (o, p, c) => {
    const l = o(p, c);
    return p.expand ? 10 : l;
  }),
);

mutation('list-limit-1-bool', 'LIST-4', 'limit=1 means default', (w) =>
  wrap(w, 'limit', (o, p, c) => {
    const l = o(p, c);
    return l === 1 ? 10 : l;
  }),
);

mutation('list-limit-even', 'LIST-4,LIST-5', 'odd limits are rounded up', (w) =>
  wrap(w, 'limit', (o, p, c) => {
    const l = o(p, c);
    return l > 1 && l % 2 ? l + 1 : l;
  }),
);

mutation('list-limit-min-2', 'LIST-4', 'limit is two at least', (w) =>
  wrap(w, 'limit', (o, p, c) => Math.max(2, o(p, c))),
);

mutation(
  'list-limit-before-filter',
  'LIST-4,LIST-2,LIST-5',
  'limit is applied before expired ones are left out',
  (w) => {
    w.all = (c, sc) => (c.call === 'list' ? w.bucket(c, sc) : w.bucket(c, sc).filter((s) => w.live(s, c)));
    wrap(w, 'page', (o, a, c) => {
      const r = o(a, c);
      r.items = r.items.filter((s) => w.live(s, c));
      return r;
    });
  },
);

mutation('list-limit-1000', 'LIST-4a', 'limit over 1000 is taken as 100', (w) =>
  wrap(w, 'limit', (o, p, c) => (Number(p.limit) > 1000 ? 100 : o(p, c))),
);

mutation('list-limit-wraps', 'LIST-4a', 'limit wraps at 2^32', (w) =>
  wrap(w, 'limit', (o, p, c) =>
    o(
      {...p, limit: p.limit && /^\d{10,}$/.test(p.limit) ? String(Number(BigInt(p.limit) % 4294967296n)) : p.limit},
      c,
    ),
  ),
);

mutation('list-limit-102', 'LIST-4a', 'limit 102 to 199 is taken', (w) =>
  wrap(w, 'limit', (o, p, c) => (Number(p.limit) > 101 && Number(p.limit) < 200 ? 100 : o(p, c))),
);

mutation('list-limit-neg', 'LIST-4a', 'limit below -1 is taken', (w) =>
  wrap(w, 'limit', (o, p, c) => (Number(p.limit) < -1 ? 10 : o(p, c))),
);

hasMore('more-acct', 'has_more is false in the account', (r, a, c) => (c.scope.type === 'account' ? false : r.more));

hasMore('more-acct-true', 'has_more is true on a full last page in the account', (r, a, c) =>
  c.scope.type === 'account' ? r.items.length === c.limit : r.more,
);

hasMore(
  'more-two',
  'has_more is false if just one follows',
  (r, a, c) => r.more && !(a.length - a.indexOf(r.items.at(-1)) - 1 === 1 && !c.p.ending_before),
);

hasMore(
  'more-before-two',
  'has_more backward is false if just one precedes',
  (r, a, c) => r.more && !(c.p.ending_before && a.indexOf(r.items[0]) === 1),
);

hasMore(
  'more-before-many',
  'has_more backward is false if more than one precede',
  (r, a, c) => r.more && !(c.p.ending_before && a.indexOf(r.items[0]) > 1),
);

hasMore('more-before-nolimit', 'has_more backward is true without a limit', (r, a, c) =>
  c.p.ending_before && !c.p.limit ? true : r.more,
);

hasMore('more-before-empty', 'has_more before the first is true', (r, a, c) =>
  c.p.ending_before && !r.items.length ? true : r.more,
);

hasMore('more-after-empty', 'has_more after the last is true', (r, a, c) =>
  c.p.starting_after && !r.items.length ? true : r.more,
);

hasMore('more-before-full', 'has_more of a full backward page is true', (r, a, c) =>
  c.p.ending_before ? r.items.length === c.limit : r.more,
);

hasMore('more-after-total', 'has_more after a cursor compares with the total', (r, a, c) =>
  c.p.starting_after ? a.length > c.limit : r.more,
);

hasMore('more-before-total', 'has_more before a cursor compares with the total', (r, a, c) =>
  c.p.ending_before ? a.length > c.limit : r.more,
);

hasMore('more-expand', 'has_more is false in an expanded list', (r, a, c) => (c.expanded ? false : r.more));

hasMore('more-nolimit', 'has_more without a limit is true', (r, a, c) => (!c.p.limit && a.length ? true : r.more));

hasMore('more-after-one', 'has_more after a cursor is false with limit 1', (r, a, c) =>
  c.p.starting_after && c.limit === 1 ? false : r.more,
);

hasMore('more-before-one', 'has_more before a cursor is false with limit 1', (r, a, c) =>
  c.p.ending_before && c.limit === 1 ? false : r.more,
);

hasMore('more-before-one-true', 'has_more before a cursor is true with limit 1', (r, a, c) =>
  c.p.ending_before && c.limit === 1 ? true : r.more,
);

hasMore('more-deleted', 'has_more counts deleted ones', (r, a, c) => r.more || !!(c.limit < 10 && c.w_deleted));

mutations.at(-1).apply = (w) => {
  const d = new Map();
  wrap(w, 'drop', (o, c, sc, s) => {
    const k = w.bucketKey(c, sc);
    d.set(k, (d.get(k) || 0) + 1);
    o(c, sc, s);
  });
  wrap(w, 'page', (o, all, c) => {
    const r = o(all, c);
    r.more ||=
      !c.p.ending_before && all.length + (d.get(w.bucketKey(c, c.scope)) || 0) > all.indexOf(r.items.at(-1)) + 1;
    return r;
  });
};

mutations.at(-1).clause = 'LIST-7,LIST-3,LIST-2';

page('before-nolimit', 'LIST-6', 'ending_before without limit is ignored', (o, a, c) =>
  c.p.ending_before && !c.p.limit ? {items: a, more: false} : o(a, c),
);

page('before-one-first', 'LIST-6', 'ending_before with limit 1 answers the first', (o, a, c) => {
  const r = o(a, c);
  if (c.p.ending_before && c.limit === 1) r.items = r.items.length ? a.slice(0, 1) : [];
  return r;
});

page('before-acct', 'LIST-6', 'ending_before in the account answers the first page', (o, a, c) =>
  c.p.ending_before && c.scope.type === 'account'
    ? {
        items: a.slice(
          0,
          Math.min(
            c.limit,
            a.findIndex((s) => s.id === c.p.ending_before),
          ),
        ),
        more: false,
      }
    : o(a, c),
);

page('after-acct-inclusive', 'LIST-5', 'starting_after in the account repeats the cursor', (o, a, c) => {
  const r = o(a, c);
  if (c.p.starting_after && c.scope.type === 'account') r.items.unshift(a.find((s) => s.id === c.p.starting_after));
  return r;
});

page('before-short-fills', 'LIST-6', 'a short backward page is filled up with what follows', (o, a, c) => {
  const r = o(a, c);
  if (c.p.ending_before && r.items.length && r.items.length < c.limit) r.items = a.slice(0, c.limit);
  return r;
});

page('before-last', 'LIST-6', 'ending_before of the last skips one', (o, a, c) => {
  const r = o(a, c);
  if (c.p.ending_before === a.at(-1)?.id && r.items.length > 1) r.items = r.items.slice(0, -1);
  return r;
});

page('after-nolimit-ignored', 'LIST-5', 'starting_after without limit is ignored', (o, a, c) =>
  c.p.starting_after && !c.p.limit ? {items: a, more: false} : o(a, c),
);

page('after-first', 'LIST-5', 'starting_after of the first is ignored', (o, a, c) =>
  c.p.starting_after === a[0]?.id ? {items: a.slice(0, c.limit), more: a.length > c.limit} : o(a, c),
);

page('after-expand', 'LIST-5,LIST-12', 'starting_after is ignored in an expanded list', (o, a, c) =>
  c.p.starting_after && c.expanded ? {items: a.slice(0, c.limit), more: a.length > c.limit} : o(a, c),
);

page('after-100', 'LIST-5', 'a cursor with limit 100 is ignored', (o, a, c) =>
  c.p.starting_after && c.limit === 100 ? {items: a, more: false} : o(a, c),
);

page('before-100', 'LIST-6', 'ending_before with limit 100 is ignored', (o, a, c) =>
  c.p.ending_before && c.limit === 100 ? {items: a, more: false} : o(a, c),
);

page('before-exceeds', 'LIST-6', 'ending_before with a limit larger than the list is empty', (o, a, c) => {
  const r = o(a, c);
  if (c.p.ending_before && c.limit > a.length) r.items = [];
  return r;
});

mutation('page-expand-lost', 'LIST-12', 'pages after a cursor do not expand', (w) =>
  wrap(w, 'view', (o, s, c, e) => o(s, c, e && !c.p.starting_after)),
);

mutation('page-before-expand-lost', 'LIST-12', 'pages before a cursor do not expand', (w) =>
  wrap(w, 'view', (o, s, c, e) => o(s, c, e && !c.p.ending_before)),
);

mutation('list-expand-limit-lost', 'LIST-12', 'with a limit list does not expand', (w) =>
  wrap(w, 'view', (o, s, c, e) => o(s, c, e && !(c.call === 'list' && c.p.limit))),
);

mutation('list-expand-first-only', 'LIST-12', 'list expands the first item only', (w) =>
  wrap(w, 'view', (o, s, c, e) => {
    c.vn = (c.vn || 0) + 1;
    return o(s, c, e && !(c.call === 'list' && c.vn > 1));
  }),
);

mutation('list-expand-acct', 'LIST-12', 'list in the account does not expand', (w) =>
  wrap(w, 'view', (o, s, c, e) => o(s, c, e && !(c.call === 'list' && isAccount(s)))),
);

mutation('list-expand-expiring', 'LIST-12', 'list does not expand expiring secrets', (w) =>
  wrap(w, 'view', (o, s, c, e) => o(s, c, e && !(c.call === 'list' && s.expires_at !== null))),
);

mutation('list-expand-400', 'LIST-12', 'data.payload is refused', (w) =>
  wrap(w, 'expands', (o, p, c) => (c.call === 'list' && p.expand ? refuse('no') : o(p, c))),
);

cursorFound('cursor-acct-unknown', 'LIST-8', 'in the account an unknown cursor is ignored', (o, a, id, c, wh) =>
  c.scope.type === 'account' && !a.some((s) => s.id === id) ? -1 : o(a, id, c, wh),
);

cursorFound('cursor-empty-scope', 'LIST-8', 'in an empty scope any cursor gives an empty list', (o, a, id, c, wh) =>
  a.length ? o(a, id, c, wh) : -1,
);

cursorFound('cursor-from-acct', 'LIST-8', 'a cursor of the account is taken in a user scope', (o, a, id, c, wh, w) =>
  !a.some((s) => s.id === id) && c.scope.type === 'user' && w.bucket(c, {type: 'account'}).some((s) => s.id === id)
    ? -1
    : o(a, id, c, wh),
);

cursorFound('cursor-to-acct', 'LIST-8', 'a cursor of a user is taken in the account', (o, a, id, c, wh, w) =>
  !a.some((s) => s.id === id) &&
  c.scope.type === 'account' &&
  [...w.buckets.values()].some((b) => b.some((s) => s.id === id))
    ? -1
    : o(a, id, c, wh),
);

cursorFound('cursor-longer', 'LIST-8', 'a cursor with more behind it is taken', (o, a, id, c, wh) =>
  o(a, a.find((s) => id.startsWith(s.id))?.id ?? id, c, wh),
);

cursorFound('cursor-shorter', 'LIST-8', 'the beginning of an id is taken as cursor', (o, a, id, c, wh) =>
  o(a, id.length > 10 ? (a.find((s) => s.id.startsWith(id))?.id ?? id) : id, c, wh),
);

cursorFound('cursor-case', 'LIST-8', 'cursors ignore case', (o, a, id, c, wh) =>
  o(a, a.find((s) => s.id.toLowerCase() === id.toLowerCase())?.id ?? id, c, wh),
);

cursorFound('cursor-name', 'LIST-8', 'a name is taken as cursor', (o, a, id, c, wh) =>
  o(a, a.find((s) => s.name === id)?.id ?? id, c, wh),
);

cursorFound('cursor-index', 'LIST-8', 'a number is taken as an offset', (o, a, id, c, wh) =>
  /^\d+$/.test(id) ? Number(id) : o(a, id, c, wh),
);

cursorFound('cursor-live', 'LIST-8,ISO-7', 'a cursor of live mode is taken in test mode', (o, a, id, c, wh, w) =>
  !a.some((s) => s.id === id) &&
  [...w.buckets].some(([k, b]) => k.includes(',true,') !== c.who.live && b.some((s) => s.id === id))
    ? -1
    : o(a, id, c, wh),
);

cursorFound('cursor-expired-crash', 'ERR-5', 'the cursor of an expired secret is a 500', (o, a, id, c, wh, w) => {
  if (w.bucket(c, c.scope).some((s) => s.id === id && !w.live(s))) throw new Error('expired');
  return o(a, id, c, wh);
});

cursorFound(
  'cursor-deleted-before-crash',
  'ERR-5',
  'ending_before a deleted secret is a 500',
  (o, a, id, c, wh, w) => {
    if (w.log.includes(id) && wh === 'ending_before') throw new Error('deleted');
    return o(a, id, c, wh);
  },
);

mutations.at(-1).apply = ((ap) => (w) => {
  ap(w);
  wrap(w, 'drop', (o, c, sc, s) => {
    w.log.push(s.id);
    o(c, sc, s);
  });
})(mutations.at(-1).apply);

cursorFound('cursor-replaced', 'LIST-5', 'a replaced secret is no cursor', (o, a, id, c, wh) =>
  a.find((s) => s.id === id)?.rep ? refuse('no such cursor') : o(a, id, c, wh),
);

mutations.at(-1).apply = ((ap) => (w) => {
  ap(w);
  wrap(w, 'replace', (o, c, s) => {
    o(c, s);
    s.rep = true;
    return s;
  });
})(mutations.at(-1).apply);

cursorFound('cursor-replaced-front', 'LIST-5', 'after a replace a cursor points to the front', (o, a, id, c, wh) =>
  a.find((s) => s.id === id)?.rep ? 0 : o(a, id, c, wh),
);

mutations.at(-1).apply = ((ap) => (w) => {
  ap(w);
  wrap(w, 'replace', (o, c, s) => {
    o(c, s);
    s.rep = true;
    return s;
  });
})(mutations.at(-1).apply);

cursorFound('cursor-expiring', 'LIST-5', 'an expiring secret is no cursor', (o, a, id, c, wh) =>
  a.find((s) => s.id === id)?.expires_at ? refuse('no such cursor') : o(a, id, c, wh),
);

cursorFound('cursor-200-error', 'LIST-8', 'an unknown cursor is an error with status 200', (o, a, id, c, wh) => {
  try {
    return o(a, id, c, wh);
  } catch (e) {
    e.status = 200;
    throw e;
  }
});

cursorFound('cursor-422-empty', 'LIST-8', 'an unknown cursor is a 400 with data', (o, a, id, c, wh) => {
  try {
    return o(a, id, c, wh);
  } catch (e) {
    c.addData = true;
    throw e;
  }
});

mutations.at(-1).apply = ((ap) => (w) => {
  ap(w);
  wrap(w, 'envelope', (o, e, c) => ({...o(e, c), ...(c.addData ? {object: 'list', data: []} : {})}));
})(mutations.at(-1).apply);

cursorFound('cursor-crash', 'ERR-5,LIST-8', 'an unknown cursor that is no appsecret_ is a 500', (o, a, id, c, wh) => {
  if (id && !id.startsWith('appsecret_')) throw new Error('bad id');
  return o(a, id, c, wh);
});

page('both-different', 'LIST-10', 'two different cursors are a range', (o, a, c) => o(a, c));

mutations.at(-1).apply = (w) =>
  wrap(w, 'checkList', (o, c) => {
    const b = c.p.ending_before;
    if (b !== undefined && c.p.starting_after !== undefined && b !== c.p.starting_after) delete c.p.ending_before;
    return o(c);
  });
