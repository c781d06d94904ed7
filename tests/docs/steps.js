// The shell lines of a CI file, as its machine would run them. Usage: node steps.js FILE.yaml WHAT [NAME=VALUE..]
// WHAT is github:JOB (the steps with `run` of a job), action (those of an action.yml) or gitlab:JOB (a job with what it
// extends, of all the files that are named with commas between). NAME=VALUE is put in for ${{ NAME }}. Each step is
// written to stdout with its variables, NUL behind it.
const fs = require('fs'),
  path = require('path');
const yaml = require(require.resolve('yaml', {paths: [path.join(__dirname, '../reports')]}));
const [files, what, ...given] = process.argv.slice(2);
const values = Object.fromEntries(given.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
const fill = (text) => String(text).replace(/\$\{\{ *([\w.]+) *\}\}/g, (_, name) => values[name] ?? '');
const quote = (text) => `'${String(text).replace(/'/g, "'\\''")}'`;
const exported = (variables) =>
  Object.entries(variables || {})
    .map(([name, value]) => `export ${name}=${quote(fill(value))}\n`)
    .join('');
const docs = files.split(',').map((file) => yaml.parse(fs.readFileSync(file, 'utf8')));
const [kind, job] = what.split(':');
if (kind === 'gitlab') {
  const all = Object.assign({}, ...docs),
    own = all[job],
    base = all[own.extends] || {};
  process.stdout.write(
    exported({...base.variables, ...own.variables}) + (own.script || base.script).join('\n') + '\0'
  );
} else {
  const steps = kind === 'action' ? docs[0].runs.steps : docs[0].jobs[job].steps;
  if (kind === 'action')
    for (const [name, input] of Object.entries(docs[0].inputs)) values[`inputs.${name}`] ??= input.default;
  for (const step of steps) if (step.run) process.stdout.write(exported(step.env) + fill(step.run) + '\0');
}
