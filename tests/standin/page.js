// The live page in Chromium: node page.js URL-OF-THE-SERVER SCRATCH [AXE]
// Opens it, opens every row, and prints what it shows: the title, the counts, then a row a line with
// its details; then what a click on the first place of a nearest shows; then the rows that a filter leaves, and what
// Pause is called when it was pressed; last, whether the page is wider than the window. With AXE (axe-core's
// script) also the violations, in light and dark.
'use strict';
const fs = require('node:fs'),
  path = require('node:path'),
  {spawnSync} = require('node:child_process');
const [url, scratch, axe] = process.argv.slice(2);
const inner = `setTimeout(async () => {
  for (const d of document.querySelectorAll('details')) d.open = true;
  await new Promise((r) => setTimeout(r, 300));
  const text = (e) => e.textContent.replace(/\\s+/g, ' ').trim();
  const rows = [...document.querySelectorAll('#requests details')].map(text);
  const out = [document.title, text(document.getElementById('counts')), ...rows];
  const isNearest = (b) => b.closest('dd').previousSibling.textContent === 'nearest';
  const near = [...document.querySelectorAll('dd button')].find(isNearest);
  if (near) near.click();
  await new Promise((r) => setTimeout(r, 300));
  const opened = document.querySelector('.exchange pre');
  if (near) out.push('opened ' + near.getAttribute('aria-expanded') + ' ' + (opened ? text(opened) : 'nothing'));
  const ran = window.axe ? await axe.run(document, {resultTypes: ['violations']}) : {violations: []};
  const found = ran.violations.map((v) => v.id + ' ' + v.nodes[0].html);
  const wide = document.documentElement.scrollWidth, window_ = window.innerWidth;
  filter.value = 'find';
  filter.oninput();
  out.push('filtered ' + document.querySelectorAll('#requests li').length);
  pause.click();
  out.push(pause.textContent + ' ' + pause.getAttribute('aria-pressed'));
  out.push(wide > window_ ? 'wider than the window: ' + wide : 'it fits');
  document.body.textContent = 'SAID' + JSON.stringify([out, found]) + 'DONE';
}, 2500);`;
(async () => {
  const read = async (p) => (await fetch(url + p)).text();
  const answers = {};
  for (const p of ['/_assay/requests', '/_assay/misses', '/_assay/state']) answers[p] = await read(p);
  for (let n = 1; n < 4; n++)
    answers['/_assay/fixture?exchange=' + n] = await read('/_assay/fixture?exchange=' + n);
  // the page as it is, with what the server says put in place of the network
  const page = (await read('/_assay/'))
    .replace(
      "'use strict';",
      () => `'use strict';
    const said = ${JSON.stringify(answers).replace(/</g, '\\u003c')};
    window.fetch = async (p) => ({ok: true, json: async () => { const a = JSON.parse(said[p] || said[p.split('?')[0]]);
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
