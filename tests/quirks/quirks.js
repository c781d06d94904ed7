'use strict';
const fs = require('fs');
// What lawful implementations and honest gateways do. A quirk changes an answer by some of:
//   json(value, answer)   its value           text(text)   its JSON as text
//   head(headers, answer) its headers         bytes(answer, zlib)  its bytes, its framing
//   ask(ask)              the request before it is handed on
//   instead(ask)          an answer in the place of the target's; nothing = hand it on
//   wait                  milliseconds before it is sent, or what says how many of a request
// `says`: what a run must say: pass (the default: nothing red, all judged), calm (nothing red; what
// cannot be judged is skipped) or unsure (nothing red, and exit code 3).

const JSON_TYPE = 'content-type';

// Every object of the value, the outermost first.
function each(value, visit, key = '') {
  if (value === null || typeof value !== 'object') return;
  if (!Array.isArray(value)) visit(value, key);
  for (const name of Object.keys(value)) each(value[name], visit, name);
}
const secrets = (value, visit) => each(value, (o) => o.object === 'apps.secret' && visit(o));
// Members of a secret that JSON.stringify could not write: `text` is JSON.
const own = (text) => (body) => body.replace(/"object":\s*"apps\.secret"/g, `$&,${text}`);
const type = (value) => ({
  about: `Content-Type: ${value}`,
  head: (h) => {
    if (h[JSON_TYPE]) h[JSON_TYPE] = value;
  },
});
const header = (name, value) => ({
  about: `a header ${name}`,
  head: (h) => {
    h[name] = value;
  },
});
const shift = (seconds) => ({
  about: `Date is ${seconds} s from created`,
  says: 'calm',
  head: (h) => {
    if (h.date) h.date = new Date(Date.parse(h.date) + seconds * 1000).toUTCString();
  },
});
const failing = (status, more = {}) => ({
  status,
  reason: 'Gateway',
  body: '<html>gateway</html>',
  headers: {'content-type': 'text/html', ...more},
});
const error = (value, change) => value && value.error && change(value.error);

function shuffle(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(shuffle);
  const keys = Object.keys(value).sort(() => Math.random() - 0.5);
  return Object.fromEntries(keys.map((key) => [key, shuffle(value[key])]));
}
function replaceAll(value, by) {
  for (const key of Object.keys(value)) delete value[key];
  Object.assign(value, by);
}
const escaped = (c) => (c[0] === '\\' ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
const spelled = (text) =>
  text.replace(
    /"((?:[^"\\]|\\.)*)"/g,
    (all, inside) => `"${inside.replace(/\\u[0-9a-fA-F]{4}|\\.|[^\\]/gs, escaped)}"`,
  );
const upper = (name) => name.toUpperCase();
const titled = (name) => name.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase());
const day = (date, zone) =>
  ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'][date.getUTCDay()].slice(0, zone);

module.exports = {
  none: {about: 'hands everything on'},
  ...require('./ids.js').quirks,
  ...require('./habits.js'),
  // --- JSON that is legal ---
  u64: {about: 'a member beyond 2^63', text: own('"rev":18446744073709551615')},
  'u64-negative': {about: 'a member below -2^63', text: own('"rev":-9223372036854775809')},
  exponent: {about: 'a member beyond a double', text: own('"rev":1e999')},
  fraction: {about: 'members with fractions and exponents', text: own('"weight":1.50e-3,"size":1E2')},
  deep: {about: 'a member nested 200 deep', text: own(`"tree":${'['.repeat(200)}${']'.repeat(200)}`)},
  surrogate: {about: 'a member with half of a surrogate pair', text: own('"mark":"\\ud83d"')},
  'nul-escaped': {about: 'a member with a NUL', text: own('"mark":"a\\u0000b"')},
  'same-member-twice': {about: 'a member of its own comes twice', text: own('"tag":1,"tag":2')},
  'empty-key': {about: 'a member without a name', text: own('"":1')},
  'dollar-key': {about: 'members that look like ours', text: own('"$type":"string","${x}":"${y}"')},
  shuffled: {about: 'members in another order each time', json: (v) => replaceAll(v, shuffle(v))},
  escaped: {about: 'every character is a \\u escape', text: spelled},
  slashes: {
    about: 'slashes are escaped',
    text: (t) => t.replace(/"(?:[^"\\]|\\.)*"/g, (s) => s.replace(/\//g, '\\/')),
  },
  spaced: {
    about: 'blanks, tabs and newlines between all tokens',
    text: (t) => `\r\n ${t.replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g, (c) => ` ${c}\t\r\n`)}\n\n`,
  },
  'newline-at-end': {about: 'a newline behind the body', text: (t) => `${t}\n`},
  // --- objects that say more ---
  'members-more': {
    about: 'secrets have more members',
    json: (v) =>
      secrets(v, (o) =>
        Object.assign(o, {metadata: {}, updated: 1, version: '7', links: [{rel: 'self'}], etag: null}),
      ),
  },
  'members-like-ours': {
    about: 'secrets nest members of our names',
    json: (v) =>
      secrets(v, (o) => {
        o.owner = {
          id: 'acct_1',
          name: 'Ada Lovelace',
          created: 1,
          deleted: true,
          livemode: true,
          scope: null,
          payload: null,
        };
      }),
  },
  'scope-more': {
    about: 'scopes have more members',
    json: (v) =>
      secrets(v, (o) => {
        if (o.scope) o.scope.id = 'sc_1';
      }),
  },
  'list-more': {
    about: 'lists have more members',
    json: (v) => {
      if (v.object === 'list')
        Object.assign(v, {total_count: 3, next_page: null, first_id: 'x', count: v.data.length});
    },
  },
  'payload-null': {
    about: 'a hidden payload is null',
    json: (v) =>
      secrets(v, (o) => {
        if (!('payload' in o)) o.payload = null;
      }),
  },
  'deleted-false': {
    about: 'deleted is false on what lives',
    json: (v) =>
      secrets(v, (o) => {
        if (!o.deleted) o.deleted = false;
      }),
  },
  'delete-echoes': {
    about: 'delete answers with more attributes',
    json: (v) =>
      secrets(v, (o) => {
        if (o.deleted === true) Object.assign(o, {deleted_at: 1, payload: null, name: null});
      }),
  },
  'created-early': {
    about: 'a database whose clock is a second behind dates what is made',
    json: (v) =>
      secrets(v, (o) => {
        if (o.created) o.created -= 1;
      }),
  },
  'created-late': {
    about: 'a database whose clock is a second ahead dates what is made',
    json: (v) =>
      secrets(v, (o) => {
        if (o.created) o.created += 1;
      }),
  },
  'read-marks': {
    about: 'each answer shows when it was read',
    json: (v, a) =>
      secrets(v, (o) => {
        o.last_read = a.number;
      }),
  },
  // --- errors ---
  'error-more': {
    about: 'errors have more members',
    json: (v) =>
      error(v, (e) =>
        Object.assign(e, {
          request_log_url: 'https://x.example/y',
          doc_url: null,
          decline_code: null,
          details: [{a: 1}],
        }),
      ),
  },
  'error-beside': {
    about: 'members beside the error',
    json: (v, a) => {
      if (v.error) Object.assign(v, {status: a.status, request_id: 'x', timestamp: new Date().toISOString()});
    },
  },
  'error-unicode': {
    about: 'messages in another language',
    json: (v) =>
      error(v, (e) => {
        e.message = 'はい é 🔑';
      }),
  },
  'error-empty-message': {
    about: 'messages are empty',
    json: (v) =>
      error(v, (e) => {
        e.message = '';
      }),
  },
  'error-param-null': {
    about: 'an error without a param says null',
    json: (v) =>
      error(v, (e) => {
        for (const key of ['param', 'code', 'doc_url']) if (!(key in e)) e[key] = null;
      }),
  },
  'error-types': {
    about: 'a 401 and a 403 have types of their own',
    json: (v, a) =>
      error(v, (e) => {
        if (a.status === 401) e.type = 'authentication_error';
        if (a.status === 403) e.type = 'permission_error';
      }),
  },
  'conflict-409': {
    about: 'a reused idempotency key is 409',
    json: (v, a) =>
      error(v, (e) => {
        if (e.type === 'idempotency_error') a.status = 409;
      }),
  },
  'forbidden-401': {
    about: 'a forbidden scope is 401',
    json: (v, a) => {
      if (a.status === 403) a.status = 401;
    },
  },
  'forbidden-400': {
    about: 'a forbidden scope is 400',
    json: (v, a) => {
      if (a.status === 403) a.status = 400;
    },
  },
  'cursor-422': {
    about: 'a bad cursor is 422',
    json: (v, a) =>
      error(v, (e) => {
        if (/starting_after|ending_before/.test(e.param)) a.status = 422;
      }),
  },
  'code-on-400': {
    about: 'every 400 has a code',
    json: (v, a) =>
      error(v, (e) => {
        if (a.status === 400 && !e.code) e.code = 'invalid';
      }),
  },
  // --- media types ---
  type: type('application/json; charset=utf-8; v=1.0'),
  'type-empty-parameter': type('application/json;'),
  'type-quoted': type('application/json; charset="UTF-8"'),
  'type-cased': type('Application/JSON;CHARSET=Utf-8'),
  'type-profile': type('application/json; profile="https://x.example/a;b=\\"c\\""; charset=utf-8'),
  'type-blanks': type('application/json \t; charset=utf-8 ; '),
  // --- headers ---
  'headers-upper': {
    about: 'header names in capitals',
    head: (h, a) => {
      a.cased = upper;
    },
  },
  'headers-titled': {
    about: 'header names in title case',
    head: (h, a) => {
      a.cased = titled;
    },
  },
  'headers-many': {
    about: 'a hundred headers more',
    head: (h) => {
      for (let i = 0; i < 100; i++) h[`x-more-${i}`] = 'v'.repeat(60);
    },
  },
  'headers-twice': {
    about: 'headers that come several times',
    head: (h) =>
      Object.assign(h, {
        vary: ['Accept', 'Origin'],
        'set-cookie': ['a=1; Path=/', 'b=2'],
        via: ['1.1 a', '1.1 b'],
        warning: '199 - "x"',
      }),
  },
  'headers-empty': {about: 'headers without a value', head: (h) => Object.assign(h, {'x-empty': '', server: ''})},
  'headers-cors': {
    about: 'the headers of CORS',
    head: (h) =>
      Object.assign(h, {
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'Request-Id',
        'access-control-max-age': '300',
      }),
  },
  'headers-security': {
    about: 'headers that harden',
    head: (h) =>
      Object.assign(h, {
        'strict-transport-security': 'max-age=1',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'",
      }),
  },
  'location-absolute': header('location', 'https://api.example.test/v1/apps/secrets'),
  etag: {
    about: 'an ETag and Last-Modified',
    head: (h) => Object.assign(h, {etag: '"x"', 'last-modified': h.date || 'Mon, 01 Jan 2024 00:00:00 GMT'}),
  },
  'alt-svc': header('alt-svc', 'h2=":443"; ma=60'),
  'request-id-uuid': {
    about: 'Request-Id is a UUID',
    head: (h) => {
      if (h['request-id']) h['request-id'] = require('crypto').randomUUID();
    },
  },
  // --- HTTP ---
  http10: {
    about: 'HTTP/1.0, a body that ends with the connection',
    bytes: (a) => Object.assign(a, {version: 'HTTP/1.0', delimited: true, close: true}),
  },
  close: {
    about: 'every answer closes its connection',
    bytes: (a) => {
      a.close = true;
    },
  },
  delimited: {
    about: 'a body that ends with the connection',
    bytes: (a) => Object.assign(a, {delimited: true, close: true}),
  },
  'keep-alive': header('keep-alive', 'timeout=5, max=100'),
  chunked: {
    about: 'chunks of a byte, with extensions and a trailer',
    bytes: (a) => {
      a.framed = (to) => {
        let all = '';
        for (const b of a.body) all += `1;x=y\r\n${String.fromCharCode(b)}\r\n`;
        to.write(Buffer.from(`${all}0\r\nX-Trailer: a\r\n\r\n`, 'latin1'));
      };
    },
  },
  'reason-empty': {
    about: 'an empty reason phrase',
    bytes: (a) => {
      a.reason = '';
    },
  },
  'reason-odd': {
    about: 'another reason phrase',
    bytes: (a) => {
      a.reason = '404 Not what you think';
    },
  },
  continue: {
    about: '100 Continue before each answer',
    bytes: (a) => {
      a.before = 'HTTP/1.1 100 Continue\r\n\r\n';
    },
  },
  'early-hints': {
    about: '103 Early Hints before each answer',
    bytes: (a) => {
      a.before = 'HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n';
    },
  },
  gzip: {
    about: 'Content-Encoding: gzip where it is accepted',
    bytes: (a, z) => {
      if (/gzip/.test(a.asked['accept-encoding']) && a.body.length) {
        a.body = z.gzipSync(a.body);
        a.headers['content-encoding'] = 'gzip';
      }
    },
  },
  deflate: {
    about: 'Content-Encoding: deflate where it is accepted',
    bytes: (a, z) => {
      if (/deflate/.test(a.asked['accept-encoding']) && a.body.length) {
        a.body = z.deflateSync(a.body);
        a.headers['content-encoding'] = 'deflate';
      }
    },
  },
  pieces: {
    about: 'a body in several pieces',
    bytes: (a) => {
      a.send = (to, bytes, end) => {
        const half = bytes.length >> 1;
        to.write(bytes.subarray(0, half));
        setTimeout(() => {
          to.write(bytes.subarray(half));
          end();
        }, 2);
      };
    },
  },
  slow: {about: 'each answer takes 60 ms', wait: 60},
  // --- time ---
  'date-none': {about: 'no Date', head: (h) => delete h.date},
  'date-junk': {
    about: 'a Date that is none',
    head: (h) => {
      h.date = 'yesterday';
    },
  },
  'date-rfc850': {
    about: 'Date as RFC 850 has it',
    head: (h) => {
      if (!h.date) return;
      const d = new Date(h.date);
      const [, dd, mon, yyyy, time] = h.date.split(' ');
      h.date = `${day(d, 99)}, ${dd}-${mon}-${yyyy.slice(2)} ${time} GMT`;
    },
  },
  'date-asctime': {
    about: 'Date as asctime writes it',
    head: (h) => {
      if (!h.date) return;
      const [, dd, mon, yyyy, time] = h.date.split(' ');
      h.date = `${day(new Date(h.date), 3)} ${mon} ${dd.replace(/^0/, ' ')} ${time} ${yyyy}`;
    },
  },
  'date-3-ahead': shift(3),
  'date-3-behind': shift(-3),
  'date-2-ahead': shift(2),
  'date-2-behind': shift(-2),
  'date-20-ahead': shift(20),
  'date-20-behind': shift(-20),
  'date-hour-ahead': shift(3600),
  'date-hour-behind': shift(-3600),
  'date-two-servers': {
    about: 'two servers whose clocks are three seconds apart',
    says: 'calm',
    head: (h, a) => {
      if (h.date && a.number % 2) h.date = new Date(Date.parse(h.date) + 3000).toUTCString();
    },
  },
  'clock-set': {
    about: 'a clock is set: at the STEP_ATth request STEP_TO is written to STEP_FILE',
    says: 'calm',
    instead: (ask) => {
      if (ask.number === Number(process.env.STEP_AT))
        fs.writeFileSync(process.env.STEP_FILE, `${process.env.STEP_TO}\n`);
    },
  },
  // --- gateways ---
  exits: {
    about: 'the target ends at the 500th request',
    says: 'unsure',
    instead: (ask) => ask.number === 500 && process.exit(0),
  },
  'options-by-gateway': {
    about: 'OPTIONS is answered by a gateway',
    instead: (ask) => ask.method === 'OPTIONS' && {status: 204, headers: {allow: 'GET, POST'}},
  },
  'busy-503': {
    about: "each 50th request is a gateway's 503 with Retry-After",
    instead: (ask) => ask.number > 100 && ask.number % 50 === 0 && failing(503, {'retry-after': '0'}),
  },
  'busy-503-bare': {
    about: "each 40th request is a gateway's 503",
    instead: (ask) => ask.number > 60 && ask.number % 40 === 0 && failing(503),
  },
  'busy-502': {
    about: "each 60th request is a gateway's 502",
    instead: (ask) => ask.number > 60 && ask.number % 60 === 0 && failing(502),
  },
  'busy-429': {
    about: "each 50th request is a gateway's 429",
    instead: (ask) => ask.number % 50 === 0 && failing(429),
  },
  'lost-504': {
    about: 'each 90th answer is lost in a gateway: 504',
    head: (h, a) => {
      if (a.number > 60 && a.number % 90 === 0) {
        Object.assign(a, {status: 504, reason: 'Gateway Timeout', body: Buffer.from('<html>too late</html>')});
        h[JSON_TYPE] = 'text/html';
      }
    },
  },
  'lost-502-json': {
    about: 'each 90th answer is lost in a gateway: 502 with JSON of its own',
    head: (h, a) => {
      if (a.number > 60 && a.number % 90 === 0)
        Object.assign(a, {status: 502, body: Buffer.from('{"message": "upstream"}')});
    },
  },
  'dead-502': {
    about: 'from the 300th request on a gateway has nobody behind it',
    says: 'unsure',
    instead: (ask) => ask.number > 300 && failing(502),
  },
  'dead-503': {
    about: 'from the 300th request on a gateway is in maintenance',
    says: 'unsure',
    instead: (ask) => ask.number > 300 && failing(503, {'retry-after': '3600'}),
  },
  'dead-504': {
    about: 'from the 300th request on a gateway waits in vain',
    says: 'unsure',
    instead: (ask) => ask.number > 300 && failing(504),
  },
  'dead-429': {
    about: 'from the 300th request on a gateway limits all',
    says: 'unsure',
    instead: (ask) => ask.number > 300 && failing(429),
  },
  'dead-from-the-start': {about: 'a gateway has nobody behind it', says: 'unsure', instead: () => failing(502)},
};
