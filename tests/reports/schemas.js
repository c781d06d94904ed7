// Our files are accepted by the JSON Schemas; broken ones are refused, each for its reason.
// Usage: node schemas.js ROOT RESULTS.json... REPORT.ctrf...
const fs = require('fs'),
  path = require('path');
const Ajv7 = require('ajv'),
  Ajv2020 = require('ajv/dist/2020'),
  yaml = require('yaml');
const [root, ...results] = process.argv.slice(2);
// The documents of a file.
const load = (file) => yaml.parseAllDocuments(fs.readFileSync(file, 'utf8')).map((d) => d.toJS());
let bad = 0;
const schemaOf = {};
for (const [name, file] of Object.entries({
  ...Object.fromEntries(
    fs.readdirSync(path.join(root, 'specs/schema')).map((f) => [path.basename(f, '.json'), `specs/schema/${f}`]),
  ),
  results: 'reports/schema/results.json',
  ctrf: 'tests/reports/ctrf.schema.json',
})) {
  const schema = JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
  const Ajv = schema.$schema.includes('draft-07') ? Ajv7 : Ajv2020;
  schemaOf[name] = new Ajv({strict: false, allErrors: true}).compile(schema);
}
const accept = (name, file) => {
  const validate = schemaOf[name];
  if (load(file).every((document) => validate(document))) return;
  console.log(`FAILED ${file}: refused by ${name}.json: ${JSON.stringify(validate.errors.slice(0, 3))}`);
  bad = 1;
};
for (const file of fs.readdirSync(path.join(root, 'specs/suites')))
  accept('spec', path.join(root, 'specs/suites', file));
for (const file of fs.readdirSync(path.join(root, 'specs/grids')))
  accept('grid', path.join(root, 'specs/grids', file));
for (const file of fs.readdirSync(path.join(root, 'specs/targets')))
  accept('profile', path.join(root, 'specs/targets', file));
accept('clauses', path.join(root, 'specs/clauses.yaml'));
accept('endpoints', path.join(root, 'specs/endpoints.yaml'));
accept('diagnoses', path.join(root, 'specs/diagnoses/known.json'));
for (const file of fs.readdirSync(path.join(root, 'fixtures')))
  accept('recording', path.join(root, 'fixtures', file));
for (const file of results) accept(file.endsWith('.ctrf') ? 'ctrf' : 'results', file);

// broken/NAME.SCHEMA.yaml; its first line is "# expect: WORDS OF THE ERROR"
const folder = path.join(__dirname, 'broken');
let refused = 0;
for (const file of fs.readdirSync(folder)) {
  const name = file.split('.')[1],
    text = fs.readFileSync(path.join(folder, file), 'utf8');
  const wanted = /^# expect: (.*)$/m.exec(text)[1];
  const validate = schemaOf[name];
  const ok = validate(yaml.parse(text));
  const said = ok
    ? 'accepted'
    : validate.errors.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`).join('\n');
  if (ok || !said.includes(wanted)) {
    console.log(`FAILED ${file}: wanted "${wanted}", got:\n${said}`);
    bad = 1;
  } else refused++;
}
console.log(`${refused} broken files are refused`);
process.exit(bad);
