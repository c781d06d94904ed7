// Ways to be wrong: payloads, names and times that are changed.
'use strict';
const {
  mutations,
  wrap,
  mutation,
  secretShows,
  isAccount,
  refuse,
  payloadStored,
  payloadReplaced,
  payloadListed,
  nameStored,
  namesAlike,
  expiryRange,
} = require('./makers.js');

// SET-8 payload and name edits

payloadStored('255', 'payload is cut at 255', (t) => t.slice(0, 255));

payloadStored('1024', 'payload is cut at 1024', (t) => t.slice(0, 1024));

payloadStored('4999', 'payload is cut at 4999', (t) => t.slice(0, 4999));

payloadStored('8191-bytes', 'payload is cut at 8191 bytes', (t) => Buffer.from(t).subarray(0, 8191).toString());

payloadStored('16383-bytes', 'payload is cut at 16383 bytes', (t) => Buffer.from(t).subarray(0, 16383).toString());

payloadStored('last-newline', 'the last newline is lost', (t) => t.replace(/\n$/, ''));

payloadStored('first-newline', 'a first newline is lost', (t) => t.replace(/^\n/, ''));

payloadStored('nbsp', 'a no-break space becomes a blank', (t) => t.replace(/\u00a0/g, ' '));

payloadStored('nbsp-trim', 'no-break spaces at the ends are lost', (t) =>
  t.replace(/^[\u00a0\u2003\u3000]+|[\u00a0\u2003\u3000]+$/g, ''),
);

payloadStored('controls', 'control characters are lost', (t) => t.replace(/[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/g, ''));

payloadStored('escape', 'an escape character is lost', (t) => t.replace(/\x1b\[[0-9;]*m/g, ''));

payloadStored('double-blank', 'double blanks become one', (t) => t.replace(/  +/g, ' '));

payloadStored('inner-double-blank', 'double blanks inside become one', (t) => t.replace(/(\S)  +(?=\S)/g, '$1 '));

payloadStored('html-unescape', '&lt; becomes <', (t) => t.replace(/&lt;/g, '<').replace(/&gt;/g, '>'));

payloadStored('html-strip', 'tags are lost', (t) => t.replace(/<[^>]*>/g, ''));

payloadStored('html-escape', '< becomes &lt;', (t) => t.replace(/</g, '&lt;'));

payloadStored('script', 'script tags are lost', (t) => t.replace(/<\/?script>/gi, ''));

payloadStored('comment', 'SQL comments are lost', (t) => t.replace(/--.*$/gm, ''));

payloadStored('env', '${X} is replaced', (t) => t.replace(/\$\{\w+\}/g, ''));

payloadStored('percent-s', '%s is replaced', (t) => t.replace(/%[sd]/g, 'undefined'));

payloadStored('zwj', 'zero-width characters are lost', (t) => t.replace(/[\u200b\u2060]/g, ''));

payloadStored('ls', 'U+2028 becomes a newline', (t) => t.replace(/[\u2028\u2029\u0085]/g, '\n'));

payloadStored('fffd', 'U+FFFD is refused as broken', (t) => (t.includes('\ufffd') ? '?' : t));

payloadStored('nonchar', 'U+FFFF is lost', (t) => t.replace(/[\uffff\ufffe]/g, ''));

payloadStored('smart', 'typographic quotes become straight', (t) =>
  t.replace(/[\u201c\u201d]/g, '"').replace(/[\u2018\u2019]/g, "'"),
);

payloadStored('fullwidth', 'NFKC', (t) =>
  t.normalize('NFKC') === t ? t : /[\uff00-\uffef\ufb01]/.test(t) ? t.normalize('NFKC') : t,
);

payloadStored('bmp-plane2', 'characters of plane 2 are lost', (t) => t.replace(/[\u{20000}-\u{2ffff}]/gu, '?'));

payloadStored('emoji-zwj', 'emoji modifiers are lost', (t) => t.replace(/[\u{1f3fb}-\u{1f3ff}\ufe0f]/gu, ''));

payloadStored('json-min', 'JSON is written again', (t) => {
  try {
    return JSON.stringify(JSON.parse(t));
  } catch {
    return t;
  }
});

payloadStored('json-big', 'a number of 20 digits loses precision', (t) =>
  /^\d{17,}$/.test(t) ? String(Number(t)) : t,
);

payloadStored('float', 'decimals lose trailing zeros', (t) => (/^-?\d+\.\d+$/.test(t) ? String(Number(t)) : t));

payloadStored('leading-zero', 'digits lose leading zeros', (t) => (/^0\d+$/.test(t) ? String(Number(t)) : t));

payloadStored('base64', 'what looks like base64 is decoded', (t) =>
  /^[A-Za-z0-9+/]{8,}={1,2}$/.test(t) ? Buffer.from(t, 'base64').toString('latin1') : t,
);

payloadStored('b64url', 'a base64 padding is lost', (t) => t.replace(/=+$/, ''));

payloadStored('semicolon-end', 'a last semicolon is lost', (t) => t.replace(/;$/, ''));

payloadStored('tilde', '~ becomes %7E', (t) => t.replace(/~/g, '%7E'));

payloadStored('star', '* becomes %2A', (t) => t.replace(/\*/g, '%2A'));

payloadStored('paren', 'parentheses and ! become percent sequences', (t) =>
  t.replace(/[()!]/g, (x) => '%' + x.charCodeAt(0).toString(16)),
);

payloadStored('pipe', '| becomes a blank', (t) => t.replace(/\|/g, ' '));

payloadStored('caret', '^ is lost', (t) => t.replace(/\^/g, ''));

payloadStored('backtick', '` is lost', (t) => t.replace(/`/g, ''));

payloadStored('at', 'an @ at the beginning reads a file', (t) => t.replace(/^@/, ''));

payloadStored('lt-cr', 'CRLF at the end is lost', (t) => t.replace(/\r\n$/, ''));

payloadStored('trailing-cr', 'a carriage return at the end is lost', (t) => t.replace(/\r$/, ''));

payloadStored('form-feed', 'form feed and vertical tab become blanks', (t) => t.replace(/[\f\v]/g, ' '));

payloadStored('del', 'U+007F is lost', (t) => t.replace(/\x7f/g, ''));

payloadStored('u-escape', '\\u0041 is decoded', (t) =>
  t.replace(/\\u([0-9a-f]{4})/gi, (_, h) => String.fromCharCode(parseInt(h, 16))),
);

payloadStored('percent-u', '%u0041 is decoded', (t) =>
  t.replace(/%u([0-9a-f]{4})/gi, (_, h) => String.fromCharCode(parseInt(h, 16))),
);

payloadStored('plus-only-end', 'a plus at the end becomes a blank', (t) => t.replace(/\+$/, ' '));

payloadStored('undefined', 'the payload undefined becomes null', (t) =>
  t === 'undefined' || t === 'None' || t === 'NaN' ? 'null' : t,
);

payloadStored('false', 'the payload false becomes 0', (t) => (t === 'false' ? '0' : t));

payloadStored('question', '? is lost', (t) => t.replace(/\?/g, ''));

payloadStored('comma', 'a list with commas is cut', (t) => t.split(',')[0]);

payloadStored('colon', 'what follows a colon is cut', (t) => t.split(':')[0]);

payloadStored('pem', 'a PEM loses its newlines', (t) => (/BEGIN/.test(t) ? t.replace(/\n/g, ' ') : t));

payloadStored('acct-plus', 'in the account a plus becomes a blank', (t, c) =>
  c.scope.type === 'account' ? t.replace(/\+/g, ' ') : t,
);

payloadStored('acct-cut', 'in the account the payload is cut at 255', (t, c) =>
  c.scope.type === 'account' ? t.slice(0, 255) : t,
);

payloadStored('acct-latin', 'in the account characters beyond ASCII are lost', (t, c) =>
  c.scope.type === 'account' ? t.replace(/[^\x00-\x7f]/g, '?') : t,
);

payloadStored('expiring-cut', 'with expires_at the payload is cut at 255', (t, c) =>
  c.expires_at !== null ? t.slice(0, 255) : t,
);

payloadReplaced('trim', 'a replace trims', (t) => t.trim());

payloadReplaced('plus', 'a replace turns plus into blank', (t) => t.replace(/\+/g, ' '));

payloadReplaced('ascii', 'a replace loses what is not ASCII', (t) => t.replace(/[^\x00-\x7f]/g, '?'));

payloadReplaced('cut', 'a replace cuts at 255', (t) => t.slice(0, 255));

payloadReplaced('cut-old', 'a replace cuts at 4096', (t) => t.slice(0, 4096));

payloadReplaced('newline', 'a replace loses newlines', (t) => t.replace(/\n/g, ' '));

payloadReplaced('quote', 'a replace doubles quotes', (t) => t.replace(/'/g, "''"));

payloadReplaced('percent', 'a replace decodes twice', (t) => {
  try {
    return decodeURIComponent(t);
  } catch {
    return t;
  }
});

payloadListed('cut', 'an expanded list shows 100 characters', (t) => t.slice(0, 100));

payloadListed('dots', 'an expanded list shows stars in the middle', (t) =>
  t.length > 8 ? t.slice(0, 4) + '...' + t.slice(-4) : t,
);

payloadListed('html', 'an expanded list escapes HTML', (t) => t.replace(/</g, '&lt;'));

payloadListed('ascii', 'an expanded list has ? for what is not ASCII', (t) => t.replace(/[^\x00-\x7f]/g, '?'));

payloadListed('trim', 'an expanded list trims', (t) => t.trim());

payloadListed('json', 'an expanded list parses JSON', (t) => {
  try {
    return JSON.parse(t);
  } catch {
    return t;
  }
});

nameStored('backslash', 'a backslash in a name becomes a slash', (t) => t.replace(/\\/g, '/'));

nameStored('tab', 'a tab in a name becomes a blank', (t) => t.replace(/\t/g, ' '));

nameStored('crlf', 'CR in a name is lost', (t) => t.replace(/\r/g, ''));

nameStored('last-newline', 'a newline at the end of a name is lost', (t) => t.replace(/\n$/, ''));

nameStored('upper', 'names become upper case in what is not ASCII', (t) =>
  t.replace(/[^\x00-\x7f]+/g, (x) => x.toUpperCase()),
);

nameStored('question', 'what follows ? in a name is lost', (t) => t.split('?')[0] || t);

nameStored('hash', 'what follows # in a name is lost', (t) => t.split('#')[0] || t);

nameStored('slash-end', 'a slash at the end of a name is lost', (t) => t.replace(/(.)\/+$/, '$1'));

nameStored('slash-begin', 'a slash at the beginning of a name is lost', (t) => t.replace(/^\/+(?=.)/, ''));

nameStored('dot-begin', 'a dot at the beginning is lost', (t) => t.replace(/^\.+(?=.)/, ''));

nameStored('double-slash', '// in a name becomes /', (t) => t.replace(/\/\/+/g, '/'));

nameStored('path', 'a name is a path: ./a is a', (t) =>
  t.includes('/') ? require('node:path').posix.normalize(t) : t,
);

nameStored('basename', 'a name is cut to what follows the last slash', (t) => t.split('/').pop() || t);

nameStored('colon', 'a name is cut at a colon', (t) => t.split(':')[0] || t);

nameStored('pipe', '| in a name becomes _', (t) => t.replace(/\|/g, '_'));

nameStored('space-plus', 'a blank in a name becomes a plus', (t) => t.replace(/ /g, '+'));

nameStored('html', '< in a name becomes &lt;', (t) => t.replace(/</g, '&lt;'));

nameStored('null', 'the name null becomes empty', (t) => (t === 'null' ? '' : t));

nameStored('1000', 'a name is cut at 1000', (t) => t.slice(0, 1000));

nameStored('4096', 'a name is cut at 4096', (t) => t.slice(0, 4096));

nameStored('2048-bytes', 'a name is cut at 2048 bytes', (t) => Buffer.from(t).subarray(0, 2048).toString());

nameStored('json', 'a name that is JSON is written again', (t) => {
  try {
    return String(JSON.parse(t));
  } catch {
    return t;
  }
});

nameStored(
  'acct-lower',
  'in the account names become lower case',
  (t, c) => (c.scope?.type === 'account' ? t.toLowerCase() : t),
  'SET-8,SET-9',
);

nameStored(
  'acct-trim',
  'in the account names are trimmed',
  (t, c) => (c.scope?.type === 'account' ? t.trim() : t),
  'SET-8,SET-9',
);

nameStored('emoji', 'an emoji in a name becomes ?', (t) => t.replace(/[\u{1f300}-\u{1ffff}]/gu, '?'));

secretShows('n-show-cut', 'SET-8', 'set shows a name cut at 255', (v, s, c) => {
  if (c.call === 'set') v.name = v.name.slice(0, 255);
});

secretShows('n-list-cut', 'SET-8', 'list shows names cut at 50', (v, s, c) => {
  if (c.call === 'list') v.name = v.name.slice(0, 50);
});

secretShows('n-find-lower', 'SET-8', 'find shows names in lower case', (v, s, c) => {
  if (c.call === 'find') v.name = v.name.toLowerCase();
});

secretShows('n-list-lower', 'SET-8,SET-9', 'list shows names in lower case', (v, s, c) => {
  if (c.call === 'list') v.name = v.name.toLowerCase();
});

secretShows('n-list-trim', 'SET-8', 'list shows names trimmed', (v, s, c) => {
  if (c.call === 'list') v.name = v.name.trim();
});

secretShows('n-acct-list-lower', 'SET-8,SET-9', 'list of the account shows names in lower case', (v, s, c) => {
  if (c.call === 'list' && isAccount(s)) v.name = v.name.toLowerCase();
});

// SET-9

namesAlike('accent', 'names that differ in accents only are one', (t) =>
  t.normalize('NFD').replace(/[\u0300-\u036f]/g, ''),
);

namesAlike('unicode-case', 'case of letters beyond ASCII does not count', (t) =>
  t.replace(/[^\x00-\x7f]/g, (x) => x.toLowerCase()),
);

namesAlike('nfkc', 'names that are equal by NFKC are one', (t) =>
  t.normalize('NFKC') === t ? t : /[\u0300-\u036f\u00e9]/.test(t) ? t : t.normalize('NFKC'),
);

namesAlike('supplementary', 'all characters beyond U+FFFF are one', (t) =>
  t.replace(/[\u{10000}-\u{10ffff}]/gu, '?'),
);

namesAlike('zero-width', 'zero-width characters do not count', (t) =>
  t.replace(/[\u200b-\u200d\u2060\u00ad\ufeff]/g, ''),
);

namesAlike('dash', '- and _ are one', (t) => t.replace(/-/g, '_'));

namesAlike('dot', '. and _ are one', (t) => t.replace(/\./g, '_'));

namesAlike('slug', 'blanks and - are one', (t) => t.replace(/ /g, '-'));

namesAlike('plus', 'a plus and a blank are one', (t) => t.replace(/\+/g, ' '));

namesAlike('leading', 'blanks at the beginning do not count', (t) => t.replace(/^ +/, ''));

namesAlike('inner', 'several blanks are one', (t) => t.replace(/ +/g, ' '));

namesAlike('tab', 'tab, newline and blank are one', (t) => t.replace(/[\t\n\r]/g, ' '));

namesAlike('slash', 'a slash at the end does not count', (t) => t.replace(/\/$/, ''));

namesAlike('path', 'a/../b and b are one', (t) => require('node:path').posix.normalize(t));

namesAlike('percent', 'a name and its percent-encoding are one', (t) => {
  try {
    return decodeURIComponent(t);
  } catch {
    return t;
  }
});

namesAlike('html', '& and &amp; are one', (t) => t.replace(/&amp;/g, '&'));

namesAlike('anagram', 'names with the same letters are one', (t) => [...t].sort().join(''));

namesAlike('crc', 'names are kept by an 8-bit sum', (t) => [...Buffer.from(t)].reduce((a, b) => (a + b) & 255, 0));

namesAlike('crc16', 'names are kept by a 16-bit sum', (t) =>
  [...Buffer.from(t)].reduce((a, b) => (a * 31 + b) & 65535, 0),
);

namesAlike('length', 'names of one length are one', (t) => t.length);

namesAlike('last-255', 'names with the same last 200 characters are one', (t) => t.slice(-200));

namesAlike('first-32', 'names with the same first 32 characters are one', (t) => t.slice(0, 32));

namesAlike('first-64', 'names with the same first 64 characters are one', (t) => t.slice(0, 64));

namesAlike('first-1000', 'names with the same first 1000 characters are one', (t) => t.slice(0, 1000));

namesAlike('first-4000', 'names with the same first 4000 characters are one', (t) => t.slice(0, 4000));

namesAlike('float', '1 and 1.0 are one', (t) => (/^[\d.]+$/.test(t) ? String(parseFloat(t)) : t));

namesAlike('bigint', 'numbers beyond 2^53 are one', (t) => (/^\d{17,}$/.test(t) ? String(Number(t)) : t));

namesAlike('bool', 'true and 1 are one', (t) => (t === 'true' ? '1' : t));

namesAlike('hex', '0x10 and 16 are one', (t) => (/^0x/.test(t) ? String(Number(t)) : t));

namesAlike('sign', '+1 and 1 are one', (t) => t.replace(/^\+/, ''));

namesAlike('quote', 'quotes do not count', (t) => t.replace(/["']/g, ''));

namesAlike('eszett', 'ß and ss are one', (t) => t.replace(/ß/g, 'ss'));

namesAlike('delete-case', 'delete ignores case', (t) => t.toLowerCase(), ['delete'], 'SET-9,DEL-4');

namesAlike('delete-trim', 'delete ignores blanks at the ends', (t) => t.trim(), ['delete'], 'SET-9,DEL-4');

namesAlike('set-case', 'set ignores case', (t) => t.toLowerCase(), ['set']);

namesAlike('find-trim', 'find ignores blanks at the ends', (t) => t.trim(), ['find']);

namesAlike('find-first-100', 'find looks at 100 characters only', (t) => t.slice(0, 100), ['find']);

namesAlike(
  'delete-first-100',
  'delete looks at 100 characters only',
  (t) => t.slice(0, 100),
  ['delete'],
  'SET-9,DEL-4',
);

namesAlike('set-first-400', 'set looks at 400 characters only', (t) => t.slice(0, 400), ['set']);

mutation('s-suffix', 'SET-9', 'find takes the end of a name', (w) => {
  w.same = (a, b, c) => a === b || (c.call === 'find' && a.endsWith(b));
});

mutation('s-contains', 'SET-9', 'find takes a part of a name', (w) => {
  w.same = (a, b, c) => a === b || (c.call === 'find' && a.includes(b));
});

mutation('s-starts-other', 'SET-9', 'find takes a name that begins with a known one', (w) => {
  w.same = (a, b, c) => a === b || (c.call === 'find' && b.startsWith(a));
});

mutation('s-regex', 'SET-9', 'find takes a regular expression', (w) => {
  w.same = (a, b, c) => {
    if (a === b) return true;
    if (c.call !== 'find') return false;
    try {
      return new RegExp(`^${b}$`).test(a);
    } catch {
      return false;
    }
  };
});

mutation('s-regex-delete', 'SET-9,DEL-4', 'delete takes a regular expression', (w) => {
  w.same = (a, b, c) => {
    if (a === b) return true;
    if (c.call !== 'delete') return false;
    try {
      return new RegExp(`^${b}$`).test(a);
    } catch {
      return false;
    }
  };
});

mutation('s-ghost', 'FIND-2,SET-9', 'find of hasOwnProperty answers a ghost', (w) =>
  wrap(w, 'find', async (o, c) => {
    w.checkFind(c);
    if (c.name in {} && !w.lookup(c, c.scope, c.name)) return {id: 'x', object: 'apps.secret', name: c.name};
    return o(c);
  }),
);

mutation('s-reserved-delete', 'ERR-5,DEL-3', 'delete of a name such as hasOwnProperty is a 500', (w) =>
  wrap(w, 'checkDelete', (o, c) => {
    o(c);
    if (c.name in {}) throw new Error('proto');
  }),
);

mutation('s-valueof', 'FIND-2,ERR-5', 'a name such as valueOf or hasOwnProperty is a 500', (w) =>
  wrap(w, 'checkFind', (o, c) => {
    o(c);
    if (/^(valueOf|hasOwnProperty|isPrototypeOf)$/.test(c.name)) throw new Error('proto');
  }),
);

mutation('s-user-proto', 'ERR-5,ISO-2', 'a user such as __proto__ is a 500', (w) =>
  wrap(w, 'scope', (o, p, c) => {
    const s = o(p, c);
    if (s.user in {}) throw new Error('proto');
    return s;
  }),
);

mutation('s-name-find', 'SET-8', 'a secret named find or delete is not found', (w) =>
  wrap(w, 'lookup', (o, c, sc, n) => (/^(find|delete)$/.test(n) ? undefined : o(c, sc, n))),
);

// SET-10, 11

mutation('long-5001', 'SET-10', 'a payload of 5,001 is taken', (w) => wrap(w, 'len', (o, s) => o(s) - 1));

mutation('long-4999', 'SET-8', '5,000 is refused', (w) => wrap(w, 'len', (o, s) => o(s) + 1));

mutation('long-name-4096', 'SET-8', 'a name of over 4096 is refused', (w) =>
  wrap(w, 'text', (o, p, k, c) =>
    k === 'name' && (p[k] || '').length > 4096 ? refuse('too long', {param: k}) : o(p, k, c),
  ),
);

mutation('long-name-bytes', 'SET-8', 'a name of over 5000 bytes is refused', (w) =>
  wrap(w, 'text', (o, p, k, c) =>
    k === 'name' && Buffer.byteLength(p[k] || '') > 5000 ? refuse('too long', {param: k}) : o(p, k, c),
  ),
);

mutation('long-wide-taken', 'SET-10', 'characters of more than one byte count half', (w) =>
  wrap(w, 'len', (o, s) => [...s].reduce((a, x) => a + (x > '\x7f' ? 0.5 : 1), 0)),
);

mutation('long-trimmed', 'SET-10', 'blanks at the ends do not count to the length', (w) =>
  wrap(w, 'len', (o, s) => o(s.trim())),
);

mutation('long-acct', 'SET-10', 'in the account long payloads are taken', (w) =>
  wrap(w, 'text', (o, p, k, c) =>
    p.scope?.type === 'account' && o({...p, [k]: (p[k] || '').slice(0, 10)}, k, c) ? p[k] : o(p, k, c),
  ),
);

mutation('long-replace', 'SET-10', 'on a replace long payloads are taken', (w) =>
  wrap(w, 'text', (o, p, k, c) =>
    k === 'payload' && p[k]?.length > 5000 && w.lookup(c, c.scope, c.name) ? p[k] : o(p, k, c),
  ),
);

mutation('long-replace-deletes', 'SET-12', 'a payload that is too long removes the secret it would replace', (w) =>
  wrap(w, 'text', (o, p, k, c) => {
    if (k === 'payload' && p[k]?.length > 5000) {
      const s = w.lookup(c, c.scope, c.name);
      if (s) w.drop(c, c.scope, s);
    }
    return o(p, k, c);
  }),
);

mutation('long-name-find-crash', 'ERR-5', 'find of a name of over 5,000 is a 500', (w) =>
  wrap(w, 'checkFind', (o, c) => {
    if ((c.p.name || '').length > 5000) throw new Error('long');
    o(c);
  }),
);

mutation('long-name-delete-crash', 'ERR-5', 'delete of a name of over 5,000 is a 500', (w) =>
  wrap(w, 'checkDelete', (o, c) => {
    if ((c.p.name || '').length > 5000) throw new Error('long');
    o(c);
  }),
);

mutation('long-user-crash', 'ERR-5', 'a user of 5,001 characters is a 500', (w) =>
  wrap(w, 'scope', (o, p, c) => {
    if ((p.scope?.user || '').length > 255) throw new Error('long');
    return o(p, c);
  }),
);

mutation('long-cursor-crash', 'ERR-5,LIST-8', 'a cursor of 300 characters is a 500', (w) =>
  wrap(w, 'checkList', (o, c) => {
    if ((c.p.starting_after || '').length > 255) throw new Error('long');
    o(c);
  }),
);

expiryRange(
  'past-5-min',
  'an expires_at up to five minutes ago is taken',
  (v, n) => v > n - 300 && v <= n + 3155760000,
);

expiryRange(
  'past-30-min',
  'an expires_at up to 30 minutes ago is taken',
  (v, n) => v > n - 1800 && v <= n + 3155760000,
);

expiryRange('far-101', 'an expires_at 101 years ahead is taken', (v, n) => v > n && v <= n + 3155760000 * 1.015);

expiryRange('far-150', 'an expires_at 150 years ahead is taken', (v, n) => v > n && v <= n + 3155760000 * 1.5);

expiryRange('far-90', 'an expires_at over 90 years ahead is refused', (v, n) => v > n && v <= n + 3155760000 * 0.9);

mutations.at(-1).clause = 'EXP-1';

expiryRange('far-ms', 'an expires_at in milliseconds is taken', (v, n) => v > n && (v <= n + 3155760000 || v > 1e12));
