import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { startHouse, type House } from './house.ts';
import { SCREENS } from './screens.ts';

let house: House;
let ids: { instance: number; event: string };
before(async () => {
  house = await startHouse();
  const { id } = await house.connect('Acme');
  house.callback.answer({ status: 500, body: 'no' });
  house.vendor.store.persons.create({ name: 'Ada' });
  house.server.clock.advance(2000);
  await house.server.call('POST', `/instances/${id}/poll`);
  const { body } = await house.server.call<{ id: string }[]>('GET', `/instances/${id}/events`);
  ids = { instance: id, event: body[0]!.id };
});
after(() => house.close());

async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious on any screen, ${colorScheme}`, async () => {
    const page = await house.open('/', { colorScheme, viewport: { width: 1280, height: 800 } });
    const found: string[] = [];
    for (const { name, path, ready } of SCREENS) {
      await page.goto(path(ids));
      await page.getByText(ready).first().waitFor();
      for (const violation of await violations(page)) found.push(`${name}: ${violation}`);
    }
    const signedOut = await house.browser.newPage({ baseURL: house.server.url, colorScheme });
    await signedOut.goto('/sign-in');
    await signedOut.getByLabel('E-mail').waitFor();
    for (const violation of await violations(signedOut)) found.push(`sign in: ${violation}`);
    assert.deepEqual(found, []);
  });
}

test('on a phone no screen is wider than the screen, and the menu leads on', async () => {
  const page = await house.open('/', { viewport: { width: 390, height: 844 } });
  for (const { name, path, ready } of SCREENS) {
    await page.goto(path(ids));
    await page.getByText(ready).first().waitFor();
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    assert.ok(width <= 390, `${name} is ${width} pixels wide`);
  }
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'Events' }).click();
  await page.getByRole('heading', { name: 'Events', level: 1 }).waitFor();
});

test('the keyboard alone reaches the content and opens an event', async () => {
  const page = await house.open('/events');
  await page.getByRole('listitem').first().waitFor();
  await page.locator('body').press('Tab');
  assert.equal(await page.evaluate<string>('document.activeElement.textContent'), 'Skip to the content');
  await page.keyboard.press('Enter');
  for (let presses = 0; presses < 25; presses++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate<boolean>("document.activeElement.classList.contains('event-row')")) break;
  }
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/events\/[0-9a-f-]{36}$/);
});
