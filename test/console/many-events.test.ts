import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { uuidv7Floor } from '../../src/kernel/ids.ts';
import { startHouse, type Connected, type House } from './house.ts';
import { scrollThrough, type Scrolled } from './scroll.ts';

const EVENTS = 10_000;

let house: House;
let instance: Connected;
before(async () => {
  house = await startHouse();
  instance = await house.connect('Many');
  const now = house.server.clock.now();
  const ids = Array.from({ length: EVENTS }, (_, index) => uuidv7Floor(now - (EVENTS - index) * 100));
  await house.server.db.execute(
    `insert into events (id, instance_id, account_id, user_id, received_at, element_key, instance_name, instance_tags,
       source, payload_type, is_hint, events, payload)
     select given.id, $2, i.account_id, i.user_id, $3, 'pipedrive', 'Many', '{}', 'polling', 'json', false,
       json_build_array(json_build_object('objectId', n::text, 'objectType', 'contacts', 'eventType', 'UPDATED',
         'date', '2026-11-21T09:15:00Z', 'elementKey', 'pipedrive', 'hubKey', 'crm')), '{"contacts":[]}'
     from unnest($1::uuid[]) with ordinality as given(id, n), instances i where i.id = $2`,
    [ids, instance.id, new Date(now)],
  );
});
after(() => house.close());

test('ten thousand events scroll smoothly, with few rows in the page', async () => {
  const page = await house.open(`/instances/${instance.id}/events`);
  await page.getByRole('listitem').first().waitFor();
  const result = await page.evaluate<Scrolled>(scrollThrough('Events, newest first', 'listitem'));
  await page.getByText('10,000 events, all there are').waitFor();
  assert.ok(result.rows < 80, `${result.rows} rows stand in the page`);
  // Two busy cores draw without a graphics card here; a list that is not virtualised takes seconds a frame.
  assert.ok(result.p50 < 60, `half of the frames take longer than ${result.p50} ms`);
  assert.ok(result.p95 < 250, `one in twenty frames takes longer than ${result.p95} ms`);
});
