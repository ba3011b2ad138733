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

/** Serious ones. The colours are looked at in both schemes, everything else once. */
async function violations(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const axe = new AxeBuilder({ page }).setLegacyMode(true);
    const { violations } = await (colorScheme === 'dark' ? axe.withRules(['color-contrast']) : axe).analyze();
    for (const { id, impact, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue;
      found.push(`${id} (${colorScheme}): ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    }
  }
  return found;
}

const LAPTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

test('axe finds nothing serious on any screen, in light and dark', async () => {
  const page = await house.open('/', { viewport: LAPTOP });
  const found: string[] = [];
  for (const { name, path, ready } of SCREENS) {
    await page.goto(path(ids));
    await page.getByText(ready).first().waitFor();
    for (const violation of await violations(page)) found.push(`${name}: ${violation}`);
  }
  await page.getByRole('button', { name: 'Admin' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('E-mail').waitFor();
  for (const violation of await violations(page)) found.push(`sign in: ${violation}`);
  assert.deepEqual(found, []);
});

test('every screen fits a phone, and the menu leads on', async () => {
  const page = await house.open('/instances', { viewport: PHONE });
  for (const { name, path, ready } of SCREENS) {
    await page.goto(path(ids));
    await page.getByText(ready).first().waitFor({ state: 'attached' });
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    assert.ok(width <= PHONE.width, `${name} is ${width} pixels wide`);
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
