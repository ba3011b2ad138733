import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse, type Connected, type House } from './house.ts';

let house: House;
let instance: Connected;
before(async () => {
  house = await startHouse();
  instance = await house.connect('Acme');
  // What a sweep does when too many records went missing at once; that it does so, polling tests.
  await house.server.db.execute(
    `insert into held_deletions (resource_id, record_id, held_at)
     select r.id, n::text, $2 from polled_resources r, generate_series(9001, 9025) n
     where r.instance_id = $1 and r.name = 'contacts'`,
    [instance.id, new Date(house.server.clock.now())],
  );
});
after(() => house.close());

test('deletions on hold are shown and released by a person', async () => {
  const page = await house.open(`/instances/${instance.id}/deletions`);
  await page.getByText('25 records').waitFor();
  await page.getByRole('button', { name: 'Release' }).click();
  await page.getByText('25 deletions released').waitFor();
  const { body } = await house.server.call<{ status: string }[]>(
    'GET',
    `/instances/${instance.id}/deletions`,
  );
  assert.ok(body.every(({ status }) => status === 'released'));
});
