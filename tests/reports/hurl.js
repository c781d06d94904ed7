// What the files of `--format hurl` need of hurl, by the documented grammar
// (https://hurl.dev/docs/grammar.html): reads a file strictly, sends it, holds its asserts. Where the
// real hurl is installed the tests use that.
// Usage: node hurl.js [--test] [--continue-on-error] [--variable NAME=VALUE]... [--secret NAME=VALUE]... FILE
// Exit, as hurl's: 0, 2 the file is no hurl file, 3 it could not be run, 4 an assert does not hold.
const fs = require('fs'),
  http = require('http');
const variables = {};
let goesOn = false,
  file;
for (let i = 2; i < process.argv.length; i++) {
  const word = process.argv[i];
  if (word === '--variable' || word === '--secret') {
    const [, name, value] = /^([A-Za-z][A-Za-z0-9_-]*)=([^]*)$/.exec(process.argv[++i]);
    variables[name] = value;
  } else if (word === '--continue-on-error') goesOn = true;
  else if (word !== '--test') file = word;
}
const stop = (code, text) => {
  console.error(text);
  process.exit(code);
};

// --- reading ---
const SIGNS = '==|!=|>=|<=|>|<|contains|includes|matches|startsWith|exists';
const TYPES = 'isString|isInteger|isBoolean|isCollection';
const PREDICATE = new RegExp(`^( count)?( not)? (${SIGNS}|${TYPES})(?: (.*))?$`);
const lines = fs.readFileSync(file, 'utf8').split('\n');
let at = 0;
const wrong = (what) => stop(2, `${file}:${at + 1}: ${what}: ${lines[at]}`);
const blank = (line) => /^[ \t]*(#.*)?$/.test(line);
const skip = () => {
  while (at < lines.length && blank(lines[at])) at++;
};
const unescape = (text, allowed) =>
  text.replace(/\\(u\{([0-9A-Fa-f]+)\}|.)/g, (all, one, hex) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    const named = {b: '\b', f: '\f', n: '\n', r: '\r', t: '\t'};
    if (allowed.includes(one)) return named[one] && !'#\\`":'.includes(one) ? named[one] : one;
    return wrong(`an escape that is none here, \\${one}`);
  });
// A text with {{variables}}, as parts.
const template = (text, allowed) =>
  text
    .split(/(\{\{.*?\}\})/)
    .filter((s) => s !== '')
    .map((part) => {
      const name = /^\{\{\s*([A-Za-z][A-Za-z0-9_-]*)\s*\}\}$/.exec(part);
      if (name) return {name: name[1]};
      if (part.includes('{{')) wrong('a brace that opens and does not close');
      return {text: unescape(part, allowed)};
    });
const valueString = (text) => {
  const plain = text.replace(/\\./g, 'xx');
  const comment = plain.indexOf('#');
  return template((comment >= 0 ? text.slice(0, comment) : text).trim(), '#\\bfnrt');
};
const quoted = (text) => {
  const m = /^"((?:[^"\\]|\\.)*)"/.exec(text);
  return m ? {value: template(m[1], '"\\bfnrt'), rest: text.slice(m[0].length)} : null;
};
const keyValue = (line) => {
  const m = /^((?:[A-Za-z0-9_.@$[\]-]|\{\{[^}]*\}\}|\\.)+)[ \t]*:(.*)$/.exec(line);
  return m ? {key: template(m[1], '#:\\bfnrt'), value: valueString(m[2])} : null;
};
const predicateValue = (text) => {
  const string = quoted(text);
  if (string && blank(string.rest)) return {string: string.value};
  const name = /^\{\{([A-Za-z][A-Za-z0-9_-]*)\}\}$/.exec(text);
  if (name) return {variable: name[1]};
  if (/^(true|false|null|-?\d+(\.\d+)?([eE][+-]?\d+)?)$/.test(text)) return {literal: JSON.parse(text)};
  return wrong('a value that is none');
};
const assertLine = (line) => {
  let rest = line,
    query;
  const header = /^(header|jsonpath) /.exec(rest);
  if (header) {
    const text = quoted(rest.slice(header[0].length)) || wrong('a query without its text');
    query = {kind: header[1], text: text.value};
    rest = text.rest;
  } else {
    const word = /^(status|body)(?= )/.exec(rest) || wrong('a query that is none');
    query = {kind: word[1]};
    rest = rest.slice(word[0].length);
  }
  const parts = PREDICATE.exec(rest) || wrong('a predicate that is none');
  const bare = /^(exists|is)/.test(parts[3]);
  if (bare !== (parts[4] === undefined)) wrong('a predicate with too much or too little');
  return {
    query,
    count: !!parts[1],
    not: !!parts[2],
    name: parts[3],
    value: bare ? null : predicateValue(parts[4]),
    line,
  };
};
const sections = (entry, known) => {
  for (skip(); at < lines.length; skip()) {
    const m = /^\[([A-Za-z]+)\]$/.exec(lines[at]);
    if (!m) return;
    if (!known.includes(m[1])) wrong('a section that is not known here');
    for (at++, skip(); at < lines.length && !/^\[|^HTTP|^`|^hex,|^[A-Z]+ /.test(lines[at]); at++, skip()) {
      const line = lines[at];
      if (m[1] === 'Asserts') entry.asserts.push(assertLine(line));
      else if (m[1] === 'Captures') {
        const c = /^([A-Za-z][A-Za-z0-9_-]*): jsonpath (".*")$/.exec(line) || wrong('a capture that is none');
        entry.captures.push({name: c[1], path: (quoted(c[2]) || wrong('a path without quotes')).value});
      } else if (m[1] === 'Options') {
        const o = /^(path-as-is): (true|false)$|^(delay): (\d+)$/.exec(line) || wrong('an option that is none');
        if (o[3]) entry.delay = +o[4];
      } else entry.auth = keyValue(line) || wrong('no user and password');
    }
  }
};
const readEntry = () => {
  const entry = {headers: [], asserts: [], captures: [], delay: 0, body: null, place: at + 1};
  const request = /^([A-Z]+) (\S.*)$/.exec(lines[at]) || wrong('no request');
  [entry.method, entry.url] = [request[1], valueString(request[2])];
  for (
    at++, skip();
    at < lines.length && !/^\[|^HTTP |^`|^hex,/.test(lines[at]) && !/^[A-Z]+ /.test(lines[at]);
    at++, skip()
  )
    entry.headers.push(keyValue(lines[at]) || wrong('no header'));
  sections(entry, ['Options', 'BasicAuth']);
  if (at < lines.length && /^`/.test(lines[at])) {
    const m = /^`((?:[^`\\#]|\\.)*)`$/.exec(lines[at]) || wrong('a text that is not closed');
    entry.body = template(m[1], '`#\\bf');
    at++;
  } else if (at < lines.length && /^hex,/.test(lines[at])) {
    const m = /^hex,((?:[0-9a-f]{2})*);$/.exec(lines[at]) || wrong('no hex');
    entry.bytes = Buffer.from(m[1], 'hex');
    at++;
  }
  skip();
  const answer = at < lines.length && /^HTTP (\*|\d+)$/.exec(lines[at]);
  if (answer) {
    entry.status = answer[1];
    at++;
    sections(entry, ['Captures', 'Asserts']);
  }
  return entry;
};
const entries = [];
for (skip(); at < lines.length; skip()) entries.push(readEntry());
if (!entries.length) stop(2, `${file}: nothing is sent`);

// --- running ---
const fill = (parts) =>
  parts
    .map((p) => {
      if (!p.name) return p.text;
      if (!(p.name in variables)) stop(3, `the variable ${p.name} is not set`);
      return variables[p.name];
    })
    .join('');
const send = (entry) =>
  new Promise((done, failed) => {
    const url = fill(entry.url),
      [, host, port, path] = /^http:\/\/([^/:]+):(\d+)(.*)$/.exec(url) || stop(3, `no address: ${url}`);
    const headers = [];
    for (const h of entry.headers) headers.push(fill(h.key), fill(h.value));
    if (entry.auth)
      headers.push(
        'Authorization',
        'Basic ' + Buffer.from(`${fill(entry.auth.key)}:${fill(entry.auth.value)}`).toString('base64'),
      );
    const body = entry.bytes || (entry.body ? Buffer.from(fill(entry.body)) : null);
    headers.push('Host', `${host}:${port}`, 'Content-Length', body ? body.length : 0);
    const request = http.request(
      {host, port, path: path || '/', method: entry.method, headers, agent: false, timeout: 20000},
      (answer) => {
        const chunks = [];
        answer.on('data', (c) => chunks.push(c));
        answer.on('end', () =>
          done({status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8')}),
        );
      },
    );
    request.on('error', failed).on('timeout', () => request.destroy(new Error('no answer')));
    request.end(body || undefined);
  });
const nothing = Symbol('nothing');
const jsonpath = (answer, path) => {
  let value;
  try {
    value = JSON.parse(answer.body);
  } catch {
    return nothing;
  }
  if (!/^\$(\['[A-Za-z0-9_-]+'\]|\[\d+\])*$/.test(path)) stop(2, `a path that is none: ${path}`);
  for (const [, name, index] of path.matchAll(/\['([^']+)'\]|\[(\d+)\]/g)) {
    const key = name === undefined ? +index : name;
    if (value === null || typeof value !== 'object' || !(key in value)) return nothing;
    value = value[key];
  }
  return value;
};
const holds = (a, answer) => {
  let value =
    a.query.kind === 'status'
      ? answer.status
      : a.query.kind === 'body'
        ? answer.body
        : a.query.kind === 'header'
          ? (answer.headers[fill(a.query.text).toLowerCase()] ?? nothing)
          : jsonpath(answer, fill(a.query.text));
  if (a.name === 'exists') return (value !== nothing) !== a.not;
  if (value === nothing) return false;
  if (a.count) value = Array.isArray(value) ? value.length : nothing;
  const number = (text) => (/^-?\d+$/.test(text) ? +text : text);
  const wanted = !a.value
    ? null
    : a.value.string
      ? fill(a.value.string)
      : a.value.variable
        ? number(fill([{name: a.value.variable}]))
        : a.value.literal;
  const same = (x, y) => JSON.stringify(x) === JSON.stringify(y);
  const kinds = {
    '==': () => same(value, wanted),
    '!=': () => !same(value, wanted),
    '>=': () => value >= wanted,
    '<=': () => value <= wanted,
    '>': () => value > wanted,
    '<': () => value < wanted,
    contains: () => String(value).includes(wanted),
    startsWith: () => String(value).startsWith(wanted),
    includes: () => Array.isArray(value) && value.some((v) => same(v, wanted)),
    matches: () => typeof value === 'string' && new RegExp(wanted).test(value),
    isString: () => typeof value === 'string',
    isInteger: () => Number.isInteger(value),
    isBoolean: () => typeof value === 'boolean',
    isCollection: () => value !== null && typeof value === 'object',
  };
  return kinds[a.name]() !== a.not;
};
(async () => {
  let bad = false;
  for (const entry of entries) {
    if (entry.delay) await new Promise((done) => setTimeout(done, entry.delay));
    const answer = await send(entry).catch((error) => stop(3, `${file}:${entry.place}: ${error.message}`));
    for (const c of entry.captures) {
      const value = jsonpath(answer, fill(c.path));
      if (value === nothing) stop(3, `${file}:${entry.place}: nothing to capture: ${c.name}`);
      variables[c.name] = value;
    }
    for (const a of entry.asserts)
      if (!holds(a, answer)) {
        console.log(`does not hold: ${a.line} (${answer.status} ${answer.body.slice(0, 300)})`);
        bad = true;
      }
    if (bad && !goesOn) break;
  }
  process.exit(bad ? 4 : 0);
})();
