import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { startHouse, type Connected, type House } from './house.ts';

/** More than are believed to be deleted at once. */
const HIDDEN = 25;

let house: House;
let instance: Connected;
/** Persons whom only their owner and administrators see. */
let persons: number[];

before(async () => {
  house = await startHouse();
  const { store } = house.vendor;
  const [, colleague] = store.users.sorted();
  persons = Array.from(
    { length: HIDDEN },
    (_, n) => store.persons.create({ name: `Private ${n}`, owner_id: colleague!.id, visible_to: 1 }).id,
  );
  instance = await house.connect('Acme');
  await sweep();
});
after(() => house.close());

/** By hand; how many deletions of contacts it put on hold. */
async function sweep(): Promise<number> {
  const { status, body } = await house.server.call<{
    polled: { objectType: string; reconcile?: { held: number; error?: string } }[];
  }>('POST', `/instances/${instance.id}/poll`, { body: { reconcile: true } });
  assert.equal(status, 200, JSON.stringify(body));
  const contacts = body.polled.find(({ objectType }) => objectType === 'contacts');
  assert.equal(contacts!.reconcile!.error, undefined);
  return contacts!.reconcile!.held;
}

/** Whether the user as whom the instance signs in may see everybody's records. */
function permit(isAdmin: boolean): void {
  house.vendor.store.users.update(house.vendor.credentials.userId, { is_admin: isAdmin });
}

/** Ids of contacts that were reported to the callback as deleted. */
const deleted = (): string[] =>
  house.callback.lines().flatMap((line) => /^DELETED contacts (\d+)$/.exec(line)?.[1] ?? []);

const attentionOf = async (): Promise<string | undefined> => {
  const { body } = await house.server.call<{ attention?: { kind: string } }>(
    'GET',
    `/instances/${instance.id}`,
  );
  return body.attention?.kind;
};

async function lookFromOverview(): Promise<Page> {
  const page = await house.open('/');
  await page.getByText('Deletions on hold').first().waitFor();
  await page.getByText('So many contacts went missing at once').waitFor();
  await page.getByRole('link', { name: 'Look at them' }).click();
  await page.getByText(`${HIDDEN} records`).waitFor();
  return page;
}

test('records that a lost permission hides are held, shown on the overview, and discarded by a person', async () => {
  permit(false);
  assert.equal(await sweep(), HIDDEN);
  const page = await lookFromOverview();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByText(`${HIDDEN} deletions discarded`).waitFor();
  await page.getByText('No deletion is on hold').waitFor();
  assert.equal(await attentionOf(), undefined);
  await page.goto('/');
  await page.getByText('Nothing does.').waitFor();
  permit(true);
  assert.equal(await sweep(), 0);
  assert.deepEqual(deleted(), []);
});

test('deletions that a person releases are asked about once more and sent, each once', async () => {
  permit(false);
  assert.equal(await sweep(), HIDDEN);
  permit(true);
  for (const id of persons) house.vendor.store.persons.remove(id);
  const page = await lookFromOverview();
  await page.getByRole('button', { name: 'Release' }).click();
  await page.getByText(`${HIDDEN} deletions released`).waitFor();
  assert.equal(await attentionOf(), undefined);
  await house.callback.until(() => new Set(deleted()).size === HIDDEN);
  assert.deepEqual(deleted().toSorted(), persons.map(String).toSorted());
  await page.reload();
  await page.getByText('No deletion is on hold').waitFor();
});
