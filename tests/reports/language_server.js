// What an editor with yaml-language-server says of our files by our schemas.
// Usage: node language_server.js FILE.yaml...
// Each file names its schema in its first line. Prints "FILE: N" and the messages; then what is proposed as a member
// of the first file.
const fs = require('fs'),
  path = require('path'),
  {spawn} = require('child_process');
const rpc = require('vscode-jsonrpc/node');
const files = process.argv.slice(2);
const server = spawn(
  process.execPath,
  [require.resolve('yaml-language-server/bin/yaml-language-server'), '--stdio'],
  {stdio: ['pipe', 'pipe', 'inherit']},
);
const client = rpc.createMessageConnection(
  new rpc.StreamMessageReader(server.stdout),
  new rpc.StreamMessageWriter(server.stdin),
);
const told = new Map(),
  waiting = new Map();
client.onNotification('textDocument/publishDiagnostics', ({uri, diagnostics}) => {
  told.set(uri, diagnostics);
  if (waiting.has(uri)) waiting.get(uri)(diagnostics);
});
// no schema store: it would ask the network
const settings = {validate: true, completion: true, schemaStore: {enable: false}, schemas: {}};
client.onRequest('workspace/configuration', ({items}) =>
  items.map(({section}) => (section === 'yaml' ? settings : {})),
);
client.onRequest('client/registerCapability', () => null);
client.listen();
setTimeout(() => {
  console.log('the language server did not answer');
  process.exit(1);
}, 60000).unref();
(async () => {
  await client.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: null,
    capabilities: {workspace: {configuration: true}, textDocument: {publishDiagnostics: {}, completion: {}}},
  });
  await client.sendNotification('initialized', {});
  await client.sendNotification('workspace/didChangeConfiguration', {settings: {yaml: settings}});
  for (const file of files) {
    const uri = `file://${path.resolve(file)}`,
      text = fs.readFileSync(file, 'utf8');
    const answer = new Promise((done) => waiting.set(uri, done));
    await client.sendNotification('textDocument/didOpen', {
      textDocument: {uri, languageId: 'yaml', version: 1, text},
    });
    const diagnostics = await answer;
    console.log(`${path.basename(file)}: ${diagnostics.length}`);
    for (const d of diagnostics) console.log(`  ${d.range.start.line + 1}: ${d.message.split('\n')[0]}`);
  }
  const uri = `file://${path.resolve(files[0])}`,
    lines = fs.readFileSync(files[0], 'utf8').split('\n').length;
  const proposed = await client.sendRequest('textDocument/completion', {
    textDocument: {uri},
    position: {line: lines - 1, character: 0},
  });
  console.log(
    `proposed: ${(proposed.items || proposed)
      .map((i) => i.label)
      .sort()
      .join(' ')}`,
  );
  server.kill();
  process.exit(0);
})();
