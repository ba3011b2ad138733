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

async function onEveryScreen(viewport: { width: number; height: number }): Promise<string[]> {
  const page = await house.open('/', { viewport });
  const found: string[] = [];
  for (const { name, path, ready } of SCREENS) {
    await page.goto(path(ids));
    await page.getByText(ready).first().waitFor({ state: 'attached' });
    for (const violation of await violations(page)) found.push(`${name}: ${violation}`);
  }
  return found;
}

test('axe finds nothing serious on any screen, in light and dark', async () => {
  assert.deepEqual(await onEveryScreen(LAPTOP), []);
});

test('axe finds nothing serious on a phone, in light and dark', async () => {
  assert.deepEqual(await onEveryScreen(PHONE), []);
});

/** What opens over a screen, or unfolds in it. */
const OPENED: { name: string; path: () => string; open: (page: Page) => Promise<void> }[] = [
  {
    name: 'deleting an instance',
    path: () => `/instances/${ids.instance}`,
    open: async (page) => {
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: 'Delete …' }).click();
      await page.getByRole('dialog', { name: /^Delete / }).waitFor();
    },
  },
  {
    name: 'adding a user',
    path: () => '/settings/users',
    open: async (page) => {
      await page.getByRole('button', { name: 'Add' }).click();
      await page.getByRole('dialog', { name: 'Add a user' }).waitFor();
    },
  },
  {
    name: 'rotating a secret',
    path: () => '/settings',
    open: async (page) => {
      await page.getByRole('button', { name: 'Show my secrets' }).click();
      await page.getByRole('button', { name: 'Rotate the user secret' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'everything unfolded in the form',
    path: () => '/connectors/pipedrive',
    open: async (page) => {
      await page.getByText('Both', { exact: true }).click();
      await page.getByRole('button', { name: 'Show optional fields' }).click();
      await page.getByRole('button', { name: 'Show further event settings' }).click();
      await page.getByRole('button', { name: 'Edit contacts' }).click();
      await page.getByRole('button', { name: 'Advanced Filtering' }).click();
      await page.getByRole('button', { name: 'Create Instance' }).click();
      await page.getByText('Give it a name.').first().waitFor();
    },
  },
  {
    name: 'a choice',
    path: () => '/events',
    open: async (page) => {
      await page.getByRole('combobox', { name: 'Status' }).or(page.getByLabel('Status')).first().click();
      await page.getByRole('option', { name: 'Delivered' }).waitFor();
    },
  },
  {
    name: 'selected instances',
    path: () => '/instances',
    open: async (page) => {
      await page.getByLabel('Select Acme').check();
      await page.getByText('1 selected').waitFor();
    },
  },
  {
    name: 'a toast',
    path: () => `/instances/${ids.instance}`,
    open: async (page) => {
      await page.getByRole('button', { name: 'Poll now' }).click();
      await page.getByRole('alert').getByText('Polled').waitFor();
    },
  },
  {
    name: 'deliveries unfolded',
    path: () => '/deliveries',
    open: async (page) => {
      await page.getByRole('button', { name: /waiting/ }).click();
      await page.getByRole('cell').first().waitFor();
    },
  },
  {
    name: 'a page that is not',
    path: () => '/events/nothing/here',
    open: (page) => page.getByText('There is no such page').waitFor(),
  },
];

test('axe finds nothing serious in what opens over a screen, in light and dark', async () => {
  const page = await house.open('/', { viewport: LAPTOP });
  const found: string[] = [];
  for (const { name, path, open } of OPENED) {
    await page.goto(path());
    await open(page);
    for (const violation of await violations(page)) found.push(`${name}: ${violation}`);
  }
  await page.goto('/');
  await page.getByRole('button', { name: 'Admin' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('E-mail').waitFor();
  for (const violation of await violations(page)) found.push(`sign in: ${violation}`);
  assert.deepEqual(found, []);
});

test('axe finds nothing serious on the first visit', async () => {
  const empty = await startHouse();
  try {
    const page = await empty.open('/');
    await page.getByRole('heading', { name: 'Three steps to the first event' }).waitFor();
    await page.getByRole('link', { name: /^Pipedrive/ }).waitFor();
    assert.deepEqual(await violations(page), []);
    for (const path of ['/instances', '/events', '/deliveries']) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      assert.deepEqual(await violations(page), [], path);
    }
  } finally {
    await empty.close();
  }
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

/** Runs in the page: what has the focus; and whether it, or what is drawn in its place, looks so. */
const FOCUSED = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const looks = (one) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  };
  const near = [element, ...(element.parentElement?.children ?? [])];
  for (let above = element.parentElement, nth = 0; above !== null && nth < 4; above = above.parentElement, nth++)
    near.push(above);
  const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
  return { name: name.trim().slice(0, 60), looks: near.some(looks) };
})()`;

test('whatever the Tab key reaches has a name and shows that it has the focus', async () => {
  const page = await house.open('/', { viewport: LAPTOP });
  const found: string[] = [];
  for (const { name, path, ready } of SCREENS) {
    await page.goto(path(ids));
    await page.getByText(ready).first().waitFor({ state: 'attached' });
    await page.locator('body').press('Tab');
    for (let presses = 0; presses < 45; presses++) {
      const focused = await page.evaluate<{ name: string; looks: boolean } | null>(FOCUSED);
      if (focused === null) break;
      if (focused.name === '') found.push(`${name}: something without a name`);
      if (!focused.looks) found.push(`${name}: ${focused.name}`);
      await page.keyboard.press('Tab');
    }
  }
  assert.deepEqual(found, []);
});

test('each screen names itself in the tab of the browser', async () => {
  const page = await house.open('/');
  for (const [path, title] of [
    ['/', 'Overview · Tidings'],
    [`/instances/${ids.instance}`, 'Acme · Tidings'],
    ['/connectors/pipedrive', 'Connect Pipedrive · Tidings'],
    ['/settings', 'Settings · Tidings'],
  ] as const) {
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    for (let nth = 0; nth < 40 && (await page.title()) !== title; nth += 1) await page.waitForTimeout(50);
    assert.equal(await page.title(), title);
  }
});
