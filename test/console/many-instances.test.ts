import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHouse, type House } from './house.ts';
import { scrollThrough, type Scrolled } from './scroll.ts';

const INSTANCES = 4500;

let house: House;
before(async () => {
  house = await startHouse();
  const { id } = await house.connect('Acme');
  // As many again, copied as rows: what is connected at the vendor does not matter to a list.
  await house.server.db.execute(
    `insert into instances (account_id, user_id, element_key, name, token_hash, token_sealed, tags, events_enabled,
       disabled, created_at)
     select account_id, user_id, element_key, 'Customer ' || n, sha256(n::text::bytea), token_sealed,
       array['customer ' || n, case when n % 2 = 0 then 'even' else 'odd' end], true, true, created_at
     from instances, generate_series(2, $2) n where id = $1`,
    [id, INSTANCES],
  );
});
after(() => house.close());

test('thousands of instances scroll smoothly, with few rows in the page', async () => {
  const page = await house.open('/instances');
  await page.getByText('4,500 connected accounts').waitFor();
  const result = await page.evaluate<Scrolled>(scrollThrough('Instances', 'row'));
  await page.getByRole('link', { name: 'Customer 4500', exact: true }).waitFor();
  assert.ok(result.rows < 80, `${result.rows} rows stand in the page`);
  // Two busy cores draw without a graphics card here; a list that is not virtualised takes seconds a frame.
  assert.ok(result.p50 < 60, `half of the frames take longer than ${result.p50} ms`);
  assert.ok(result.p95 < 250, `one in twenty frames takes longer than ${result.p95} ms`);
});

test('one among thousands is found by name, by tag and by health, and all found are selected at once', async () => {
  const page = await house.open('/instances');
  const search = page.getByLabel('Search instances');
  await search.fill('customer 4321');
  await page.getByRole('link', { name: 'Customer 4321', exact: true }).waitFor();
  await page.getByText('1 of 4,500 connected accounts').waitFor();
  await search.fill('odd');
  await page.getByText('2,249 of 4,500 connected accounts').waitFor();
  await page.getByLabel('Select all shown').check();
  await page.getByText('2,249 selected').waitFor();
  await search.fill('');
  await page.getByRole('combobox', { name: 'Health' }).or(page.getByLabel('Health')).first().click();
  await page.getByRole('option', { name: 'Healthy' }).click();
  await page.getByRole('link', { name: 'Acme', exact: true }).waitFor();
  assert.equal(await page.getByRole('row').count(), 2, 'the head, and the one that polls');
});
