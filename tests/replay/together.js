// Clients that work on the same secrets together: node together.js URL CLIENTS REQUESTS SEED
// Says what no order of the requests explains, and exits with 1.
'use strict';
const http = require('node:http');
const [url, clients, requests, seed] = [new URL(process.argv[2]), ...process.argv.slice(3).map(Number)];
const key = 'Basic ' + Buffer.from('sk_test_4eC39HqLyjWDarjtT1zdp7dc:').toString('base64');
const names = ['n0', 'n1', 'n2'],
  log = [];
const form = (o) => new URLSearchParams({...o, 'scope[type]': 'user', 'scope[user]': 'usr_together'}).toString();
const random = (s) => () => {
  s = (s * 1103515245 + 12345) & 0x7fffffff;
  return s / 0x7fffffff;
};

function ask(agent, method, path, fields) {
  const body = method === 'POST' ? form(fields) : null;
  return new Promise((done, failed) => {
    const r = http.request(
      {
        host: url.hostname,
        port: url.port,
        method,
        agent,
        path: '/v1/apps/secrets' + path + (body ? '' : '?' + form(fields)),
        headers: {
          Authorization: key,
          ...(body ? {'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': body.length} : {}),
        },
      },
      (a) => {
        let text = '';
        a.setEncoding('utf8')
          .on('data', (d) => {
            text += d;
          })
          .on('end', () => done({status: a.statusCode, json: JSON.parse(text)}));
      },
    );
    r.on('error', failed);
    r.end(body);
  });
}
const find = async (agent, name) => {
  const a = await ask(agent, 'GET', '/find', {name, 'expand[]': 'payload'});
  return a.status === 200 ? a.json.payload : a.status === 404 ? null : a.status;
};
const list = async (agent) => (await ask(agent, 'GET', '', {limit: 100})).json.data.map((s) => s.name);

async function client(k) {
  const agent = new http.Agent({keepAlive: true, maxSockets: 1}),
    next = random(seed * 1000 + k);
  for (let i = 0; i < requests; i++) {
    const name = names[Math.floor(next() * 3)],
      what = ['set', 'find', 'find', 'delete', 'list'][Math.floor(next() * 5)];
    const op = {what, name, began: process.hrtime.bigint()};
    if (what === 'set') {
      op.value = `p-${k}-${i}`;
      op.odd = (await ask(agent, 'POST', '', {name, payload: op.value})).status !== 200;
    } else if (what === 'find') op.value = await find(agent, name);
    else if (what === 'delete') op.value = (await ask(agent, 'POST', '/delete', {name})).status;
    else op.value = await list(agent);
    op.ended = process.hrtime.bigint();
    log.push(op);
  }
  agent.destroy();
}

// Some order of the requests about one name that explains the answers? null = too many to try.
function explained(ops) {
  const tried = new Set(),
    stack = [{lo: 0, done: new Set(), value: null}];
  const reads = (o) => o.what === 'find' || o.value === 404;
  const stands = (o) => (o.what === 'find' ? o.value : null);
  for (let steps = 0; stack.length; steps++) {
    let {lo, done, value} = stack.pop(),
      able;
    if (steps > 100000) return null;
    done = new Set(done);
    for (let read = true; read;) {
      while (done.delete(lo)) lo++;
      able = [];
      for (let i = lo, end = null; i < ops.length && (end === null || ops[i].began <= end); i++) {
        if (done.has(i)) continue;
        if (end === null || ops[i].ended < end) end = ops[i].ended;
        able.push(i);
      }
      read = able.find((i) => reads(ops[i]) && stands(ops[i]) === value) !== undefined;
      if (read) done.add(able.find((i) => reads(ops[i]) && stands(ops[i]) === value));
    }
    if (lo === ops.length) return true;
    const at = `${lo} ${[...done].sort().join()} ${value}`;
    if (tried.has(at)) continue;
    tried.add(at);
    for (const i of able.reverse()) {
      if (ops[i].what === 'set') stack.push({lo, done: new Set([...done, i]), value: ops[i].value});
      else if (ops[i].value === 200 && value !== null) stack.push({lo, done: new Set([...done, i]), value: null});
    }
  }
  return false;
}

(async () => {
  const agent = new http.Agent({keepAlive: true});
  let bad = 0;
  const fail = (why) => {
    bad = 1;
    console.log(why);
  };
  await Promise.all(Array.from({length: clients}, (_, k) => client(k)));
  for (const name of names) {
    const ops = log.filter((o) => o.name === name && o.what !== 'list').sort((a, b) => (a.began < b.began ? -1 : 1));
    if (explained(ops) === false) fail(`no order explains the ${ops.length} answers about ${name}`);
  }
  if (log.some((o) => o.odd)) fail('a set was refused');
  if (log.some((o) => o.what === 'list' && new Set(o.value).size !== o.value.length)) fail('a list shows one twice');
  const there = [];
  for (const name of names) if ((await find(agent, name)) !== null) there.push(name);
  const listed = (await list(agent)).sort();
  if (listed.join() !== there.join()) fail(`at the end the list is [${listed}], and found are [${there}]`);
  agent.destroy();
  process.exit(bad);
})();
