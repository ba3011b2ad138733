import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE, useHarness } from './testing/use-harness.ts';

const harness = useHarness();
/** Of every row of PostgreSQL, whatever it holds. */
const ROW_HEADER_BYTES = 24;

test('what is known of a record takes at most 40 bytes beside its id', async () => {
  const h = await harness();
  h.model.write('1');
  await h.begin();
  h.clock.advance(MINUTE);
  h.model.write('1');
  h.model.write('1');
  await h.next();
  const { bytes, id } = await h.one<{ bytes: number; id: number }>(
    'select pg_column_size(k.*) as bytes, octet_length(record_id) + 1 as id from known_records k',
  );
  assert.ok(bytes - ROW_HEADER_BYTES - id <= 40, `${bytes} bytes, ${id} of them the id`);
});

test('nothing that is known of its records outlives an instance', async () => {
  const h = await harness({ hasSweep: true, configuration: { 'event.objects.snapshot': true } });
  for (let id = 1; id <= 50; id += 1) h.model.write(String(id));
  await h.begin();
  await h.poller.pollNow(h.instance(), { reconcile: true });
  for (let id = 1; id <= 40; id += 1) h.model.hidden.add(String(id));
  await h.poller.pollNow(h.instance(), { reconcile: true });
  const tables = ['known_records', 'snapshots', 'held_deletions', 'polled_resources', 'polled_feeds'];
  const count = async (table: string) =>
    (await h.one<{ n: number }>(`select count(*)::int as n from ${table}`)).n;
  for (const table of tables) assert.ok((await count(table)) > 0, table);
  await h.poller.lifecycle.removed(h.instance());
  for (const table of [...tables, 'swept_ids', 'sweeps', 'pollers'])
    assert.equal(await count(table), 0, table);
});
