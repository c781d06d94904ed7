// A schema and the reader of the same kind of file know the same members and refuse the same files.
// Usage: node agree.js SCHEMA.json ASSAY SCRATCH KIND SAMPLE.yaml...
//
// Each mapping of the samples is taken once for each place that it may have, and there
//   words    are added that some schema or reader knows: both must refuse the same ones;
//   drop     a member is left out, and
//   retype   it is replaced by a value of another kind: what the schema refuses the reader must refuse,
//            and the other way round where a schema can say it at all (BEYOND).
const fs = require('fs'),
  path = require('path'),
  {spawnSync} = require('child_process');
const Ajv = require('ajv'),
  yaml = require('yaml');
const [schemaFile, assay, scratch, kind, ...samples] = process.argv.slice(2);
const schema = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));
const validate = new Ajv({strict: false, allErrors: true}).compile(schema);

// What only the reader can know: other files, other places of the same file, dates, other languages.
const BEYOND = [
  /unknown (variable|clause|credential|factor)/,
  /cites the clause/,
  /no (call|clause|check|value|row)\b/,
  /is not in the catalogue/,
  /stands here twice/,
  /must be named/,
  /checks nothing/,
  /positive control/,
  /needs `/,
  /is shared/,
  /can be put in order/,
  /same keys/,
  /result of this step/,
  /in small letters/,
  /checks: it must succeed/,
  /it must be the last/,
  /of the environment/,
  /environment variable/,
  /looks live/,
  /a character that/,
  /is that of/,
  /base_url: /,
  /proxy: /,
  /headers: /,
  /cannot read/,
  /at most 60s/,
  /\$\{seconds\}/,
  /like 2027/,
  /between|combinations|rows/,
  /has no value under/,
  /base64/,
  /without NUL/,
  /what is behind payload/,
  /when: before/,
  /regular expression|\$match: /,
  /stands beside a matcher/,
  /read in another way|quotes/,
  /a second$|one verb/,
  /in a branch it is a number/,
  /linearizable/,
  /stands for itself/,
  /more than/,
];
let bad = 0;
const failed = (text) => {
  console.log(`FAILED ${kind}: ${text}`);
  bad = 1;
};

// --- the words that any reader or schema might know
const vocabulary = new Set(['zzz', '$zzz']);
(function words(s) {
  if (!s || typeof s !== 'object') return;
  for (const [key, value] of Object.entries(s)) {
    if (key === 'properties') Object.keys(value).forEach((w) => vocabulary.add(w));
    words(value);
  }
})(schema);
for (const word of (process.env.WORDS || '').split(' ')) if (word) vocabulary.add(word);

// --- the mutations: {what, at, doc, names}
const isMap = (v) => v && typeof v === 'object' && !Array.isArray(v);
const copy = (v) => JSON.parse(JSON.stringify(v));
const at = (doc, place) => place.reduce((v, k) => v[k], doc);
const seen = new Set(),
  cases = [];
const add = (how, place, docs, index, change, names) => {
  const shape = `${how} ${docs.length > 1 ? Math.min(index, 1) : 0} ${place
    .map((k) => (typeof k === 'number' ? '*' : k))
    .join('/')} ${names || ''}`;
  if (seen.has(shape)) return;
  seen.add(shape);
  const all = docs.map((d, i) => (i === index ? copy(d) : d));
  change(all[index]);
  cases.push({how, at: shape, docs: all, index, place, names});
};
const others = [{zzz: 'x'}, [['x']], 77777, 'zzz', true, null];
const kindOf = (v) => (v === null ? 'null' : Array.isArray(v) ? 'array' : typeof v);
function mutate(docs, index, name, place, value) {
  if (isMap(value)) {
    const words = [...vocabulary].filter((w) => !(w in value));
    for (let i = 0; i < words.length; i += 15) {
      const some = words.slice(i, i + 15);
      add(
        'words',
        place,
        docs,
        index,
        (d) =>
          some.forEach((w) => {
            at(d, place)[w] = 'x';
          }),
        some.join(',')
      );
    }
  }
  for (const [key, child] of isMap(value) || Array.isArray(value) ? Object.entries(value) : []) {
    const k = Array.isArray(value) ? Number(key) : key,
      inner = [...place, k];
    if (isMap(value)) add('drop', inner, docs, index, (d) => delete at(d, place)[k]);
    for (const other of others)
      if (kindOf(other) !== kindOf(child) || (typeof child === 'string' && other === 'zzz') || other === 77777)
        add(
          'retype',
          inner,
          docs,
          index,
          (d) => {
            at(d, place)[k] = other;
          },
          kindOf(other)
        );
    mutate(docs, index, name, inner, child);
  }
}
const text = (docs) =>
  docs
    .map((d) =>
      kind === 'diagnoses'
        ? JSON.stringify(d)
        : yaml.stringify(d, {defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0})
    )
    .join('---\n')
    .replace(/^assay: "recording"/, 'assay: recording');
for (const sample of samples) {
  const docs = yaml.parseAllDocuments(fs.readFileSync(sample, 'utf8')).map((d) => d.toJS());
  const before = cases.length;
  docs.slice(0, 3).forEach((d, i) => mutate(docs.slice(0, 3), i, path.basename(sample), [], d));
  for (const c of cases.slice(before)) c.sample = sample;
}

// --- what every member is tried in: a property that no sample has would be agreed on by nobody
const used = new Set();
for (const c of cases) for (const k of c.place) used.add(k);
for (const w of vocabulary)
  if (w[0] !== '$' && w !== 'zzz' && !(process.env.WORDS || '').split(' ').includes(w) && !used.has(w))
    failed(`no sample has "${w}"`);

// --- both sides; the samples themselves first
for (const sample of samples)
  cases.push({
    how: 'as it is',
    at: sample,
    docs: yaml
      .parseAllDocuments(fs.readFileSync(sample, 'utf8'))
      .map((d) => d.toJS())
      .slice(0, 3),
    index: 0,
    sample,
  });
let files = 0;
// Of each case what the reader says: {ok, errors}
function read(some) {
  for (const c of some) {
    const folder = path.join(scratch, String(files++));
    fs.mkdirSync(folder);
    c.file = path.join(folder, path.basename(c.sample));
    c.errors = [];
    fs.writeFileSync(c.file, text(c.docs));
  }
  for (let i = 0; i < some.length; i += 100) {
    const part = some.slice(i, i + 100);
    const r = spawnSync(assay, ['check', ...part.map((c) => c.file)], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      timeout: 100000,
    });
    if (r.error || r.signal) failed(`assay check: ${r.error || r.signal}`);
    for (const line of (r.stdout + r.stderr).split('\n')) {
      const c = part.find((one) => line.includes(one.file + ':'));
      if (
        c &&
        line.startsWith(`${c.file}: `) &&
        / \((cases|recording|profile|[0-9]+ )/.test(line.slice(c.file.length))
      )
        c.ok = true;
      else if (c) c.errors.push(line);
    }
  }
}
read(cases);
let agreed = 0;
// A member of a grid's value is judged where a row puts it in.
const ofRow = (c) =>
  kind === 'grid' &&
  c.place[0] === 'factors' &&
  !['value', 'invalid', 'depth', 'needs', undefined].includes(c.place[3]);
const doubtful = []; // words that are refused otherwise than by name: each is tried by itself
for (const c of cases) {
  const {ok, errors} = c;
  const places = c.docs.map((d) => {
    const v = validate(d);
    return {v, errors: v ? [] : validate.errors};
  });
  const accepted = places.every((p) => p.v),
    mine = places[c.index].errors;
  if (c.how === 'as it is') {
    if (!accepted || !ok)
      failed(`${c.at} is refused: ${JSON.stringify(places.flatMap((p) => p.errors))} ${errors.join('\n')}`);
  } else if (c.how === 'words') {
    const pointer = c.place.map((k) => `/${String(k).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
    const refused = new Set(
      mine
        .filter((e) => e.instancePath === pointer)
        .map((e) => e.params.additionalProperty || e.params.propertyName)
        .filter(Boolean)
    );
    for (const word of c.names.split(',')) {
      const reader = errors.some(
        (e) =>
          e.includes(`unknown key "${word}"`) ||
          e.includes(`unknown verb "${word}"`) ||
          e.includes(`unknown parameter "${word}"`) ||
          e.includes(`unknown matcher "${word}"`) ||
          e.includes(`has no "${word}"`) ||
          e.includes(`"${word}" stands beside a matcher`)
      );
      if (reader !== refused.has(word)) doubtful.push({...c, word});
      else agreed++;
    }
  } else if (accepted === Boolean(ok)) agreed++;
  else if (!accepted)
    failed(
      `${c.at}: refused by the schema alone: ${JSON.stringify(
        mine.slice(-2).map((e) => `${e.instancePath} ${e.message}`)
      )}`
    );
  else if (ofRow(c)) agreed++;
  else if (!errors.some((e) => BEYOND.some((b) => b.test(e))))
    failed(`${c.at}: refused by the reader alone: ${errors[0] || '(without a word)'}`);
}
for (const c of doubtful) {
  const names = c.names.split(',');
  c.docs = copy(c.docs);
  for (const name of names) if (name !== c.word) delete at(c.docs[c.index], c.place)[name];
}
read(doubtful);
for (const c of doubtful)
  if (c.docs.every((d) => validate(d)) === Boolean(c.ok) || (!c.ok && ofRow(c))) agreed++;
  else
    failed(
      `${c.at.replace(/ [^ ]*$/, '')}: "${c.word}": refused by the ${
        c.ok ? 'schema' : 'reader'
      } alone: ${c.errors.slice(0, 1)}`
    );
console.log(`${kind}: ${cases.length} files, ${agreed} agreements`);
process.exit(bad);
