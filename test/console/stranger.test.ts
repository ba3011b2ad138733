import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';

/** The path of somebody who has never seen Tidings: `npm run demo`, the link it prints, and on from there. */

const TIDINGS = fileURLToPath(new URL('../../bin/tidings.js', import.meta.url));
/** Far within the two minutes that are promised: nobody reads here. */
const SOON_MS = 60_000;

let demo: ChildProcess;
let link: string;
let browser: Browser;
let page: Page;
let clicks = 0;
before(async () => {
  [browser, link] = await Promise.all([launchBrowser(), startDemo()]);
  page = await browser.newPage({ baseURL: new URL(link).origin, viewport: { width: 1280, height: 720 } });
  page.setDefaultTimeout(20_000);
});
after(async () => {
  await browser.close();
  demo.kill('SIGTERM');
  await once(demo, 'exit');
});

/** The demo as a person starts it; resolves with the link it prints, once all its accounts are connected. */
async function startDemo(): Promise<string> {
  const { PATH, HOME, TMPDIR } = process.env;
  demo = spawn(process.execPath, [TIDINGS, 'demo', '--port', '18080'], {
    env: { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }) },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let seen = '';
  return new Promise((resolve, reject) => {
    demo.stdout?.on('data', (chunk: Buffer) => {
      if (seen.length > 100_000) return;
      seen += chunk.toString();
      const found = /by this link, once: (http\S+)/.exec(seen)?.[1];
      if (found !== undefined && seen.includes('Now records change')) resolve(found);
    });
    demo.on('exit', () => reject(new Error(`the demo ended: ${seen}`)));
  });
}

/** As a person does it: only what is in sight can be clicked without looking for it. */
async function click(target: Locator): Promise<void> {
  await target.waitFor();
  const box = await target.boundingBox();
  const height = page.viewportSize()!.height;
  assert.ok(box !== null && box.y >= 0 && box.y + box.height <= height, `${String(target)} is out of sight`);
  await target.click();
  clicks += 1;
}

test('the link of the demo leads to live events, with no click at all', async () => {
  await page.goto(link);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.getByRole('link', { name: 'Events', exact: true }).click();
  await page.getByRole('listitem').getByText('Delivered').first().waitFor();
});

test('on a first visit the simulator is connected and its first event seen by five clicks', async () => {
  // The demo connects an account of each vendor by itself; without them it is everybody's first visit.
  await page.evaluate(`(async () => {
    const api = '/elements/api-v2/instances';
    const headers = { 'x-tidings-console': '1' };
    for (const { id } of await (await fetch(api, { headers })).json())
      await fetch(api + '/' + id, { method: 'DELETE', headers });
  })()`);
  const startedAt = performance.now();
  await page.goto('/');
  await page.getByRole('heading', { name: 'Three steps to the first event' }).waitFor();
  await click(page.getByRole('link', { name: /^Pipedrive A simulator is ready/ }));
  await click(page.getByRole('button', { name: 'Fill in its credentials' }));
  await click(page.getByRole('button', { name: 'Create Instance' }));
  await page.getByRole('heading', { name: /is connected$/ }).waitFor();
  await page.getByText('changes a record every few seconds').waitFor();
  for (let tries = 0; tries < 5; tries += 1) {
    await click(page.getByRole('button', { name: 'Poll now' }));
    const first = page.getByRole('list', { name: 'First events' }).getByRole('link').first();
    const isThere = await first.waitFor({ timeout: 5000 }).then(
      () => true,
      () => false,
    );
    if (isThere) break;
  }
  await page.getByText('It is here').waitFor();
  assert.ok(clicks <= 6, `${clicks} clicks`);
  const tookMs = performance.now() - startedAt;
  assert.ok(tookMs < SOON_MS, `${Math.round(tookMs / 1000)} s`);
  await page.getByRole('list', { name: 'First events' }).getByRole('link').first().click();
  await page.getByText(/Try \d+: accepted/).waitFor();
});
