// The live page in Chromium: node page.js URL-OF-THE-SERVER SCRATCH [AXE]
// Opens it, opens every row, and prints what it shows: the counts, the title, then a row a line with
// its details. With AXE (axe-core's script) also the violations, in light and dark.
'use strict';
const fs = require('node:fs'),
  path = require('node:path'),
  {spawnSync} = require('node:child_process');
const [url, scratch, axe] = process.argv.slice(2);
const inner = `setTimeout(async () => {
  for (const d of document.querySelectorAll('details')) d.open = true;
  await new Promise((r) => setTimeout(r, 300));
  const text = (e) => e.textContent.replace(/\\s+/g, ' ').trim();
  const out = [document.title, text(document.getElementById('counts')), ...[...document.querySelectorAll('#requests details')].map(text)];
  const found = window.axe ? (await axe.run(document, {resultTypes: ['violations']})).violations.map((v) => v.id + ' ' + v.nodes[0].html) : [];
  document.body.textContent = 'SAID' + JSON.stringify([out, found]) + 'DONE';
}, 2500);`;
(async () => {
  const read = async (p) => (await fetch(url + p)).text();
  const answers = {};
  for (const p of ['/_assay/requests', '/_assay/misses', '/_assay/state']) answers[p] = await read(p);
  // the page as it is, with what the server says put in place of the network
  const page = (await read('/_assay/'))
    .replace(
      "'use strict';",
      () => `'use strict';
    const said = ${JSON.stringify(answers).replace(/</g, '\\u003c')};
    window.fetch = async (p) => ({ok: true, json: async () => { const a = JSON.parse(said[p.split('?')[0]]);
      if (/since=[1-9]/.test(p)) a.requests = []; return a; }});`,
    )
    .replace(
      '</body>',
      () => `<script>${axe ? fs.readFileSync(axe, 'utf8') : ''}</script><script>${inner}</script></body>`,
    );
  for (const scheme of axe ? ['light', 'dark'] : ['light']) {
    const file = path.join(scratch, scheme + '.html');
    fs.writeFileSync(file, page);
    const run = spawnSync(
      'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--window-size=390,800',
        '--user-data-dir=' + path.join(scratch, 'profile-' + scheme),
        ...(scheme === 'dark' ? ['--blink-settings=preferredColorScheme=0'] : []),
        '--virtual-time-budget=20000',
        '--dump-dom',
        'file://' + file,
      ],
      {encoding: 'utf8', timeout: 60000, maxBuffer: 1 << 28},
    );
    const said = /SAID(.*)DONE/s.exec((run.stdout || '').split('</script>').pop());
    if (!said) {
      console.log('the browser says nothing: ' + (run.stderr || '').slice(0, 300));
      process.exit(1);
    }
    const [out, found] = JSON.parse(said[1].replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&'));
    if (scheme === 'light') console.log(out.join('\n'));
    for (const f of found) console.log(`axe, ${scheme}: ${f}`);
  }
})();
