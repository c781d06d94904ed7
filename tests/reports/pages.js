// A page of HTML in a real browser. Usage: node pages.js CHECK PAGE.html SCRATCH-FOLDER [MORE]
// Each check prints what is wrong, a line each, and exits with 1 if there is anything.
const fs = require('fs'),
  path = require('path'),
  {execFileSync} = require('child_process');
const {chromium} = require('playwright-core');
const [check, file, scratch, more] = process.argv.slice(2);
const address = 'file://' + path.resolve(file);
let bad = 0;
const want = (what, got, wanted) => {
  if (JSON.stringify(got) === JSON.stringify(wanted)) return;
  console.log(
    `FAILED ${path.basename(file)}: ${what}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`,
  );
  bad = 1;
};
let browser;
// What a page says of itself counts: an error of its script, or what its own policy refused.
const open = async (options = {}, hash = '') => {
  const page = await (await browser.newContext({viewport: {width: 1280, height: 800}, ...options})).newPage();
  const said = [];
  page.on('pageerror', (error) => said.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') said.push(message.text());
  });
  page.on('dialog', (dialog) => {
    said.push('a dialog: ' + dialog.message());
    dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!/^(file|data):/.test(request.url())) said.push('a request: ' + request.url());
  });
  await page.goto(address + hash);
  return {page, said};
};
const openCount = (page) => page.evaluate(() => document.querySelectorAll('.failure[open]').length);
// Letters and digits of ASCII, one after the other: what paper and page have alike.
const letters = (text) => text.replace(/[^!-~]/g, '');

const checks = {
  // No violation that axe knows, wide and narrow, light and dark, folded and unfolded.
  async axe() {
    const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
    for (const width of [1280, 390])
      for (const colorScheme of ['light', 'dark']) {
        const {page} = await open({viewport: {width, height: 800}, colorScheme});
        await page.evaluate(() => {
          for (const one of [...document.querySelectorAll('details')].slice(0, 60)) one.open = true;
        });
        await page.evaluate(axe);
        const found = await page.evaluate(() =>
          axe
            .run(document, {resultTypes: ['violations']})
            .then((r) => r.violations.map((v) => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 200)])),
        );
        want(`axe at ${width}, ${colorScheme}`, found, []);
      }
  },

  // Its own policy lets its style and script run, nothing else is asked for, and nothing sticks out at the side.
  async quiet() {
    for (const width of [1280, 390]) {
      const {page, said} = await open({viewport: {width, height: 800}});
      want(`what the browser says at ${width}`, said, []);
      want(
        `pixels beyond ${width}`,
        await page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - innerWidth)),
        0,
      );
      want(
        'the style is in force',
        await page.evaluate(() => getComputedStyle(document.querySelector('main > *')).boxSizing),
        'border-box',
      );
    }
  },

  // Every link within the page has its place, and no place is there twice.
  async links() {
    const {page} = await open();
    const [lost, twice] = await page.evaluate(() => {
      const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
      return [
        [...document.querySelectorAll('a[href^="#"]')]
          .map((a) => decodeURIComponent(a.getAttribute('href').slice(1)))
          .filter((id) => !document.getElementById(id)),
        ids.filter((id, i) => ids.indexOf(id) !== i),
      ];
    });
    want('links that lead nowhere', lost.slice(0, 5), []);
    want('places that are there twice', twice, []);
  },

  // A link to a failure unfolds it and what it is in; also without the script.
  async unfolds() {
    for (const javaScriptEnabled of [true, false]) {
      const first = await open();
      const id = await first.page.evaluate(() => document.querySelectorAll('.failure')[3].id);
      const {page} = await open({javaScriptEnabled}, '#' + id);
      const shown = page.locator('.failure').nth(3);
      await shown
        .locator('summary')
        .first()
        .waitFor({state: 'visible', timeout: 5000})
        .catch(() => {});
      want(
        `the failure is seen, script ${javaScriptEnabled}`,
        await shown.locator('summary').first().isVisible(),
        true,
      );
    }
  },

  // The filter counts right, opens what it finds, and goes away again.
  async filters() {
    const {page, said} = await open();
    const all = await page.locator('.failure').count();
    const of = (key) =>
      page.evaluate((k) => {
        const value = document.querySelector('.failure').dataset[k];
        return [value, [...document.querySelectorAll('.failure')].filter((f) => f.dataset[k] === value).length];
      }, key);
    want('failures seen before', await page.locator('.failure:visible').count(), 0);
    for (const key of ['verdict', 'clause', 'call']) {
      const [value, count] = await of(key);
      await page.selectOption('#by-' + key, value);
      want(`failures seen by ${key} ${value}`, await page.locator('.failure:visible').count(), count);
      want('what it says', await page.locator('#shown').textContent(), `${count} of ${all} failures`);
      await page.selectOption('#by-' + key, '');
    }
    const id = await page.evaluate(() => document.querySelectorAll('.failure .id')[2].textContent);
    await page.fill('#find', id.toUpperCase());
    want(
      'the one that is looked for is seen',
      (await page.locator('.failure:visible .id', {hasText: id}).count()) > 0,
      true,
    );
    await page.fill('#find', 'no such thing anywhere');
    want('failures seen where none fits', await page.locator('.failure:visible').count(), 0);
    await page.click('button[type=reset]');
    await page.waitForFunction(() => document.getElementById('shown').textContent === '');
    want(
      'clauses seen after it is reset',
      await page.locator('.clause:visible').count(),
      await page.locator('.clause').count(),
    );
    want('what the browser says', said, []);
    const without = await open({javaScriptEnabled: false});
    want('the filter without the script', await without.page.locator('#filter').isVisible(), false);
    want('failures without the script', await without.page.locator('.failure').count(), all);
  },

  // All of it by keys alone: to the search, through the filter, a failure unfolded.
  async keys() {
    const {page} = await open();
    const focused = () =>
      page.evaluate(
        () => document.activeElement.id || document.activeElement.className || document.activeElement.tagName,
      );
    await page.focus('#find');
    await page.keyboard.type('e');
    const seen = await page.locator('.failure:visible').count();
    want('failures are found by keys', seen > 0, true);
    for (
      let i = 0;
      i < 12 && !(await page.evaluate(() => document.activeElement.parentElement?.classList.contains('failure')));
      i++
    )
      await page.keyboard.press('Tab');
    want(
      'Tab comes to a failure',
      await page.evaluate(() => document.activeElement.parentElement.className.split(' ')[0]),
      'failure',
    );
    want(
      'what is focused is seen',
      await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle),
      'solid',
    );
    await page.keyboard.press('Enter');
    want('failures that Enter unfolds', await openCount(page), 1);
    await page.keyboard.press('Enter');
    want('failures that Enter folds again', await openCount(page), 0);
    want('something is focused', (await focused()) !== 'BODY', true);
  },

  // MORE screens of 1280 x 800 at most, before anything is unfolded.
  async short() {
    const {page} = await open();
    const [failures, height] = await page.evaluate(() => [
      document.querySelectorAll('.failure').length,
      document.documentElement.scrollHeight,
    ]);
    console.log(`${failures} failures on ${(height / 800).toFixed(1)} screens`);
    want(`at most ${more} screens`, height <= 800 * +more, true);
  },

  // On paper, A4, stands every block of evidence; also without the script.
  async prints() {
    for (const javaScriptEnabled of [true, false]) {
      const {page} = await open({javaScriptEnabled});
      const pdf = path.join(scratch, 'page.pdf');
      await page.pdf({path: pdf, preferCSSPageSize: true});
      const blocks = await page
        .locator('pre, .cause h3, .ids li, .failure .id, .matrix .text, .clause li')
        .allTextContents();
      const paper = letters(execFileSync('pdftotext', ['-raw', pdf, '-'], {encoding: 'utf8', maxBuffer: 1 << 28}));
      want(
        `blocks that do not print, script ${javaScriptEnabled}`,
        blocks
          .filter((text) => !paper.includes(letters(text)))
          .map((text) => text.slice(0, 200))
          .slice(0, 3),
        [],
      );
      want('there is something to print', blocks.length > 20, true);
      want(
        'the paper',
        /Page size: +59[45][0-9.]* x 84[12]/.test(execFileSync('pdfinfo', [pdf], {encoding: 'utf8'})),
        true,
      );
      want('what is unfolded after it', await openCount(page), 0);
    }
  },

  // Markup of a target stays text.
  async hostile() {
    const {page, said} = await open();
    want('what the browser says', said, []);
    want(
      'elements that the target made',
      await page.locator('img, i, iframe, main script, a[href^=javascript]').count(),
      0,
    );
    want('scripts', await page.locator('script').count(), 1);
  },

  // The script of a cause is saved by its link, and is a script.
  async script() {
    const {page} = await open({acceptDownloads: true});
    const [download] = await Promise.all([
      page.waitForEvent('download', {timeout: 20000}),
      page.locator('.cause a[download]').first().click(),
    ]);
    const to = path.join(scratch, 'fault.sh');
    await download.saveAs(to);
    want('its name', download.suggestedFilename(), 'fault-1.sh');
    want('how it begins', fs.readFileSync(to, 'utf8').slice(0, 10), '#!/bin/sh\n');
  },
};

(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    await checks[check]();
  } finally {
    await browser.close();
  }
  process.exit(bad);
})().catch((error) => {
  console.log('FAILED', error.message);
  process.exit(1);
});
