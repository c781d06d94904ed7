'use strict';
// Habits of servers: what their errors say, how long they take, what they do with a connection.
const {world} = require('./ids.js');

const inError = (change) => (value, answer) => value && value.error && change(value.error, answer);
const keyOf = (asked) => {
  const given = String(asked.authorization || '');
  if (!/^basic /i.test(given)) return given;
  return Buffer.from(given.slice(6), 'base64').toString().replace(/:.*/s, '');
};

// Answers while another request with the same Idempotency-Key is still being done.
function inUse(status) {
  const open = new Map();
  const of = (headers) => headers['idempotency-key'] && `${world(headers)} ${headers['idempotency-key']}`;
  const body = '{"error": {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": "wait"}}';
  return {
    about: `an idempotency key that is in use is ${status}`,
    instead: (ask) => {
      const key = of(ask.headers);
      const headers = {'content-type': 'application/json', 'request-id': `req_${ask.number}`};
      if (key && open.get(key)) return {status, headers, body};
      open.set(key, true);
      return null;
    },
    head: (h, answer) => {
      open.delete(of(answer.asked));
    },
  };
}

// Ends as soon as it is asked anything after it refused a set, the 400th request or a later one.
function endsBehindRefusal() {
  let armed = false;
  return {
    about: 'the target ends behind a refused set',
    says: 'unsure',
    head: (h, answer) => {
      const isSet = answer.method === 'POST' && /\/secrets$/.test(answer.path);
      armed = armed || (answer.number > 400 && isSet && answer.status === 400);
    },
    instead: () => armed && process.exit(0),
  };
}

module.exports = {
  'ends-behind-a-refusal': endsBehindRefusal(),
  'members-large': {
    about: 'secrets have a member of 20,000 characters',
    text: (t) => t.replace(/"object":\s*"apps\.secret"/g, `$&,"note":"${'n'.repeat(20000)}"`),
  },
  // --- errors ---
  'error-long': {
    about: 'messages of 10,000 characters',
    json: inError((e) => {
      e.message = `${e.message} `.repeat(200).slice(0, 10000);
    }),
  },
  'error-names-what-it-saw': {
    about: 'messages tell the path and the name, which is no secret',
    json: inError((e, answer) => {
      e.message = `${answer.method} ${answer.path.replace(/payload[^&]*/g, '')}: ${e.message}`;
    }),
  },
  'error-masks-key': {
    about: 'a 401 shows the last four characters of the key',
    json: inError((e, answer) => {
      const last = keyOf(answer.asked).slice(-4);
      if (answer.status === 401) e.message = `Invalid API Key: sk_test_${'*'.repeat(20)}${last}`;
    }),
  },
  'error-param-scope': {
    about: 'what is wrong in a scope is called scope',
    json: inError((e) => {
      if (/^scope/.test(e.param)) e.param = 'scope';
    }),
  },
  'key-in-use': inUse(409),
  'key-in-use-400': inUse(400),
  // --- headers ---
  challenges: {
    about: 'a 401 names several schemes',
    head: (h, answer) => {
      if (answer.status === 401)
        h['www-authenticate'] = ['Basic realm="a, b", charset="UTF-8"', 'Bearer realm="a", error="invalid_token"'];
    },
  },
  cacheable: {
    about: 'answers may be kept for an hour',
    head: (h) =>
      Object.assign(h, {
        'cache-control': 'public, max-age=3600',
        expires: 'Fri, 01 Jan 2100 00:00:00 GMT',
        age: '3',
      }),
  },
  'encoding-identity': {
    about: 'Content-Encoding: identity',
    head: (h) => {
      h['content-encoding'] = 'identity';
    },
  },
  // --- connections ---
  'ends-in-an-answer': {
    about: 'the target ends while it writes its 500th answer',
    says: 'unsure',
    bytes: (answer) => {
      if (answer.number !== 500) return;
      answer.send = (to, body) => {
        to.write(body.subarray(0, 9));
        setTimeout(() => process.exit(0), 5);
      };
    },
  },
  'closes-unsaid': {
    about: 'each tenth answer closes its connection and does not say so',
    bytes: (answer) => {
      answer.closes = answer.number % 10 === 0;
    },
  },
  'head-in-pieces': {
    about: 'a head that comes in pieces of seven bytes',
    bytes: (answer) => {
      answer.piece = 7;
    },
  },
  processing: {
    about: '102 Processing twice before each answer',
    bytes: (answer) => {
      answer.before = 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\nX-A: b\r\n\r\n';
    },
  },
  // --- how long it takes ---
  'slow-first': {about: 'the first answer takes four seconds', wait: (ask) => (ask.number === 1 ? 4000 : 0)},
  'slow-sometimes': {
    about: 'each 97th answer takes 700 ms',
    says: 'calm',
    wait: (ask) => (ask.number % 97 === 0 ? 700 : 0),
  },
  jitter: {
    about: 'each answer takes up to 40 ms, none as long as the one before',
    says: 'calm',
    wait: (ask) => (ask.number * 17) % 41,
  },
};
