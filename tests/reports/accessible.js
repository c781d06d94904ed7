// axe-core on a report in a real browser, light and dark: no violation.
// Usage: node accessible.js REPORT.html SCRATCH-FOLDER
const fs = require('fs'),
  path = require('path'),
  {spawnSync} = require('child_process');
const [report, scratch] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
fs.mkdirSync(scratch, {recursive: true});
let bad = 0;
for (const scheme of ['light', 'dark']) {
  const html = fs
    .readFileSync(report, 'utf8')
    .replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
    .replace(
      '</body>',
      () => `<script>${axe}</script><script>
      axe.run(document, {resultTypes: ["violations"]}).then((r) => {
        document.body.textContent = "AXE" + JSON.stringify(r.violations.map((v) => [v.id, v.nodes.length, v.nodes[0].html])) + "DONE";
      });</script></body>`,
    );
  const page = path.join(scratch, scheme + '.html');
  fs.writeFileSync(page, html);
  const run = spawnSync(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--user-data-dir=' + path.join(scratch, 'profile-' + scheme),
      ...(scheme === 'dark' ? ['--blink-settings=preferredColorScheme=0'] : []),
      '--virtual-time-budget=20000',
      '--dump-dom',
      'file://' + page,
    ],
    {encoding: 'utf8', timeout: 60000, maxBuffer: 1 << 28},
  );
  const said = /AXE(.*)DONE/s.exec((run.stdout || '').split('</script>').pop());
  if (!said || said[1] !== '[]') {
    console.log(
      `FAILED axe, ${scheme}, ${path.basename(report)}: ${said ? said[1].slice(0, 1000) : 'no answer from the browser'}`,
    );
    bad = 1;
  } else console.log(`ok axe, ${scheme}, ${path.basename(report)}`);
}
process.exit(bad);
