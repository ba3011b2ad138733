import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PollerRecordView } from '../../src/polling/schema.ts';
import { startHouse, type Connected, type House } from './house.ts';

let house: House;
let instance: Connected;

before(async () => {
  house = await startHouse();
  instance = await house.connect('Acme');
  const [person] = house.vendor.store.persons.sorted();
  for (let n = 1; n <= 3; n += 1) {
    house.vendor.store.persons.update(person!.id, { name: `Renamed ${n}` });
    house.server.clock.advance(2000);
    await poll();
  }
});
after(() => house.close());

async function poll(): Promise<void> {
  const { status, body } = await house.server.call('POST', `/instances/${instance.id}/poll`);
  assert.equal(status, 200, JSON.stringify(body));
}

async function contacts(): Promise<PollerRecordView> {
  const { body } = await house.server.call<PollerRecordView[]>('GET', '/instances/event-poller-records', {
    token: instance.token,
  });
  return body.find(({ objectType }) => objectType === 'contacts')!;
}

test('the last polls are bars whose figures the mouse and the keyboard reach', async () => {
  const page = await house.open(`/instances/${instance.id}/polling`);
  const bars = page.getByRole('list', { name: 'Last polls of contacts' }).getByRole('img');
  await bars.first().waitFor();
  assert.equal(await bars.count(), 4, 'the baseline and three polls');
  const names = await bars.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
  for (const name of names.slice(1)) assert.match(name, /: \d+ records?, 1 event, [\d.]+ (ms|s)$/);
  const card = page.getByRole('region', { name: 'contacts' });
  await card.getByText(/^Last 4 polls: \d+ records, 3 events$/).waitFor();
  await bars.nth(1).hover();
  await card.getByText(names[1]!, { exact: true }).waitFor();
  await page.mouse.move(0, 0);
  await bars.last().focus();
  await card.getByText(names[3]!, { exact: true }).waitFor();
  await page.keyboard.press('ArrowLeft');
  await card.getByText(names[2]!, { exact: true }).waitFor();
  await page.keyboard.press('Home');
  await card.getByText(names[0]!, { exact: true }).waitFor();
  await page.keyboard.press('ArrowLeft');
  const inTabOrder = await bars.evaluateAll((all) => all.map((one) => one.getAttribute('tabindex')));
  assert.deepEqual(inTabOrder, ['0', '-1', '-1', '-1'], 'one stop for all of them');
});

test('a poll that failed is told with its reason', async () => {
  house.vendor.faults.add({ path: '/api/v2/persons', effect: { kind: 'reply', status: 418, body: {} } });
  house.vendor.faults.add({ path: '/v1/recents', effect: { kind: 'reply', status: 418, body: {} } });
  await poll();
  house.vendor.faults.clear();
  const page = await house.open(`/instances/${instance.id}/polling`);
  const card = page.getByRole('region', { name: 'contacts' });
  await card.getByText('1 failure in a row').waitFor();
  await card.getByText(/1 not read to the end$/).waitFor();
  const last = (await contacts()).polls.at(-1)!;
  assert.ok(last.error !== undefined);
  await card.getByRole('list', { name: 'Last polls of contacts' }).getByRole('img').last().focus();
  await card.getByText(`then ${last.error}`).last().waitFor();
  await poll();
});

test('what is left of the allowance is shown', async () => {
  const page = await house.open(`/instances/${instance.id}/polling`);
  const budget = page.getByRole('region', { name: 'Rate budget left' });
  await budget.getByText('Daily tokens').waitFor();
  await budget.getByText(/^[\d,]+ left$/).waitFor();
  await budget.getByText(/of [\d,]+ units used by polling, begins anew in/).waitFor();
  await house.server.db.execute('update vendor_budgets set used = allowance');
  await page.reload();
  await budget.getByText(/Used up: polling goes on in/).waitFor();
  await house.server.db.execute('update vendor_budgets set used = 0');
});

test('a resource is read again as it was counted, and nothing is sent twice', async () => {
  const page = await house.open(`/instances/${instance.id}/polling`);
  const before = await contacts();
  await page.getByRole('button', { name: 'Read again …, contacts' }).click();
  const dialog = page.getByRole('dialog', { name: 'Read contacts again' });
  const from = dialog.getByRole('textbox', { name: 'From' });
  await from.fill('2019-01-01T00:00');
  await dialog.getByRole('button', { name: 'Count first' }).click();
  await dialog.getByText('from is too far back').waitFor();
  const aDayAgo = new Date(house.server.clock.now() - 86_400_000);
  const local = new Date(aDayAgo.getTime() - aDayAgo.getTimezoneOffset() * 60_000).toISOString();
  await from.fill(local.slice(0, 16));
  await dialog.getByRole('button', { name: 'Count first' }).click();
  await dialog
    .getByText(/^\d+ records would be read and \d+ events sent\. Nothing was changed yet\.$/)
    .waitFor();
  assert.equal((await contacts()).polls.length, before.polls.length, 'the dry run is no poll');
  const counted = /(\d+) events sent/.exec(await dialog.getByText('events sent').innerText())![1];
  const sent = house.callback.lines();
  await dialog.getByRole('button', { name: 'Read again' }).click();
  await page.getByText(/contacts is read again from/).waitFor();
  await dialog.waitFor({ state: 'detached' });
  assert.ok(!page.url().includes('again='));
  const bars = page.getByRole('list', { name: 'Last polls of contacts' }).getByRole('img');
  await bars.nth(before.polls.length).waitFor();
  const last = (await contacts()).polls.at(-1)!;
  assert.equal(String(last.events), counted, 'as it was counted');
  await house.callback.until(() => house.callback.lines().length === sent.length + last.events);
  const fresh = house.callback.lines().slice(sent.length);
  assert.equal(new Set(fresh).size, last.events);
  await page.getByRole('button', { name: 'Read again …, contacts' }).click();
  await from.fill(local.slice(0, 16));
  await dialog.getByRole('button', { name: 'Count first' }).click();
  await dialog.getByText(/ and 0 events sent/).waitFor();
});
