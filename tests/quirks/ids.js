'use strict';
// Ids in other forms: what the target calls a secret is shown by another id, and a cursor is turned back.
const crypto = require('crypto');

const hash = (text) => crypto.createHash('sha256').update(text).digest('hex');

// Whose a request is: other accounts and modes are apart, all else is main's world.
function world(headers) {
  const given = String(headers.authorization || '');
  const key = /^basic /i.test(given) ? Buffer.from(given.slice(6), 'base64').toString() : given;
  return /other/i.test(key) ? 'other' : /live/.test(key) ? 'live' : 'main';
}

function each(value, visit) {
  if (value === null || typeof value !== 'object') return;
  if (value.object === 'apps.secret' || value.deleted) visit(value);
  Object.values(value).forEach((one) => each(one, visit));
}

// make(secret, answer, count) gives the id shown, where `count` were shown before.
function ids(about, make) {
  const shown = new Map();
  const real = new Map();
  const show = (secret, answer) => {
    if (!shown.has(secret.id)) {
      shown.set(secret.id, make(secret, answer, shown.size));
      real.set(shown.get(secret.id), secret.id);
    }
    secret.id = shown.get(secret.id);
  };
  const back = (all, name, value) => {
    const id = decodeURIComponent(value.replace(/\+/g, ' '));
    return `${name}=${encodeURIComponent(real.get(id) || (shown.has(id) ? 'none' : id))}`;
  };
  return {
    about,
    json: (v, answer) => each(v, (secret) => typeof secret.id === 'string' && show(secret, answer)),
    ask: (ask) => {
      ask.path = ask.path.replace(/(starting_after|ending_before)=([^&]*)/g, back);
    },
  };
}

const ulid = (secret, answer, count) => {
  const random = hash(secret.id).toUpperCase().replace(/[ILOU]/g, 'Z');
  return `01J${random.slice(0, 16)}${String(count).padStart(7, '0')}`;
};
const ofName = (secret, answer, count) =>
  secret.scope
    ? hash(JSON.stringify([world(answer.asked), secret.scope.type, secret.scope.user, secret.name]))
    : `x${count}`;

module.exports = {
  world,
  quirks: {
    'ids-ulid': ids('ids are ULIDs', ulid),
    'ids-counted': ids('ids are 1, 2, 3 ..', (secret, answer, count) => `${count + 1}`),
    'ids-long': ids('ids have 300 characters', (secret) => `${'a'.repeat(236)}${hash(secret.id)}`),
    'ids-blank': ids(
      'ids hold blanks, quotes and percent signs',
      (secret, answer, count) => `secret "no. ${count + 1}" of 100%`,
    ),
    'ids-by-name': ids(
      'an id is made of account, mode, scope and name: set again after a delete it is the same',
      ofName,
    ),
  },
};
