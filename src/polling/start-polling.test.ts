import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSilentLog } from '../kernel/log.ts';
import { startPolling } from './start-polling.ts';
import type { Harness } from './testing/harness.ts';
import { HOUR, MINUTE, useHarness } from './testing/use-harness.ts';

const harness = useHarness();

function run({ db, clock, poller }: Harness, by = poller) {
  return startPolling({ db, clock, log: createSilentLog(), poller: by, lookEveryMs: 5 });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 400; waited += 1) {
    if (await holds()) return;
    await sleep(10);
  }
  throw new Error('it did not come to that');
}

test('due instances are polled until the loop is stopped', async () => {
  const h = await harness();
  await h.begin();
  h.clock.advance(MINUTE);
  h.model.write('1');
  const loop = await run(h);
  h.clock.advance(5 * MINUTE);
  await until(async () => (await h.lines()).includes('CREATED items 1'));
  await loop.stop();
  h.model.write('2');
  h.clock.advance(HOUR);
  await sleep(50);
  assert.deepEqual(await h.lines(), []);
});

test('an instance whose creation was cut off by a crash is adopted', async () => {
  const h = await harness();
  const loop = await run(h);
  await until(
    async () => (await h.db.query('select from polled_resources where is_baseline_done')).length === 1,
  );
  await loop.stop();
});

test('a change that was cut off by a crash is caught up with', async () => {
  const h = await harness();
  await h.begin();
  await h.db.execute('update instances set config_version = config_version + 1');
  Object.assign(h.instance(), { configVersion: 2 });
  const loop = await run(h);
  await until(async () => (await h.one<{ v: number }>('select config_version as v from pollers')).v === 2);
  await loop.stop();
});

test('what fell due while nobody polled is spread out', async () => {
  const h = await harness();
  await h.begin();
  const first = await h.one<{ instance_id: number }>('select instance_id from pollers');
  await h.db.execute(
    `insert into instances (account_id, user_id, element_key, name, token_hash, token_sealed, events_enabled, created_at)
     select account_id, user_id, 'none', 'n', n::text::bytea, '', false, created_at
     from instances, generate_series(1, 300) n where id = ${first.instance_id}`,
  );
  await h.db.execute(
    `insert into pollers (instance_id, next_poll_at, config_version) select id, created_at, 1 from instances where element_key = 'none'`,
  );
  const second = h.secondPoller();
  await second.stop();
  const loop = await run(h, second);
  await loop.stop();
  const { rows, least, most } = await h.one<{ rows: number; least: number; most: number }>(
    `select count(distinct next_poll_at)::int as rows, min(next_poll_at) as least, max(next_poll_at) as most
     from pollers where instance_id <> ${first.instance_id}`,
  );
  assert.ok(rows > 280);
  assert.ok(least >= h.clock.now() && most <= h.clock.now() + 15 * MINUTE);
  assert.ok(most - least > 10 * MINUTE);
});

test('stopping waits for the page that is being read, and gives the lease back', async () => {
  const h = await harness();
  await h.begin();
  for (let id = 1; id <= 45; id += 1) h.model.write(String(id));
  const reached = Promise.withResolvers<void>();
  h.onCall(async (_request, count) => {
    if (count === 2) reached.resolve();
    await sleep(10);
  });
  const loop = await run(h);
  h.clock.advance(HOUR);
  await reached.promise;
  await loop.stop();
  const { lease } = await h.one<{ lease: string | null }>('select lease from pollers');
  assert.equal(lease, null);
  const lines = await h.lines();
  assert.ok(lines.length >= 10 && lines.length < 45);
});

test('a dead node keeps its instance no longer than its lease', async () => {
  const h = await harness();
  await h.begin();
  h.clock.advance(HOUR);
  await h.db.execute(
    `update pollers set lease = gen_random_uuid(), lease_until = to_timestamp(${(h.clock.now() + MINUTE) / 1000})`,
  );
  assert.equal(await h.pollDue(), 0);
  h.clock.advance(MINUTE);
  assert.equal(await h.pollDue(), 1);
});
