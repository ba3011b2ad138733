import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Registry } from 'prom-client';
import { startCallback, type Callback } from '../../test/support/callback.ts';
import { startDatabaseProxy } from '../../test/support/database-proxy.ts';
import { createDatabase } from '../database/pool.ts';
import { createSilentLog } from '../kernel/log.ts';
import { createDeliveryMetrics } from './metrics.ts';
import { createSenderRig, type SenderRig } from './testing/sender-rig.ts';

let rig: SenderRig;
let callback: Callback;
before(async () => {
  rig = await createSenderRig();
  callback = await startCallback();
});
after(async () => {
  await rig.close();
  await callback.close();
});

/** The page as Prometheus reads it: `name{labels}` → value. */
async function scrape(registry = rig.registry): Promise<Map<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => /^[a-z]/.test(line));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

async function until(isTrue: (shown: Map<string, number>) => boolean): Promise<Map<string, number>> {
  for (let tries = 0; tries < 500; tries += 1) {
    const shown = await scrape();
    if (isTrue(shown)) return shown;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  assert.fail(`did not come true; shown: ${JSON.stringify([...(await scrape())])}`);
}

const queueOf = (shown: Map<string, number>) =>
  ['due', 'waiting', 'queued'].map((state) => shown.get(`tidings_queue_depth{state="${state}"}`));
const triesOf = (shown: Map<string, number>, outcome: string) =>
  shown.get(`tidings_delivery_tries_total{outcome="${outcome}"}`) ?? 0;

test('the page tells of a known workload what is open, how old it is, how tries ended and what they took', async () => {
  const [fine, failing, gone] = await Promise.all([0, 1, 2].map(() => rig.addInstance(callback.url)));
  await rig.ingest.ingest([1, 2, 3].map(() => rig.event(fine!)));
  rig.clock.advance(30_000);
  const recorded = await scrape();
  assert.deepEqual(queueOf(recorded), [3, 0, 0]);
  assert.equal(recorded.get('tidings_oldest_undelivered_age_seconds'), 30);

  rig.start();
  const delivered = await until((shown) => shown.get('tidings_queue_depth{state="due"}') === 0);
  assert.equal(triesOf(delivered, 'delivered'), 3);
  assert.equal(delivered.get('tidings_delivery_latency_seconds_count'), 3);
  assert.equal(delivered.get('tidings_delivery_age_seconds_count'), 3);
  assert.equal(delivered.get('tidings_delivery_age_seconds_sum'), 90);
  assert.equal(delivered.get('tidings_oldest_undelivered_age_seconds'), 0);

  callback.answer({ status: 500 });
  await rig.ingest.ingest([rig.event(failing!), rig.event(failing!)]);
  const retrying = await until((shown) => shown.get('tidings_queue_depth{state="waiting"}') === 2);
  assert.deepEqual(queueOf(retrying), [0, 2, 0]);
  assert.equal(triesOf(retrying, 'refused'), 2);

  callback.answer({ status: 410 });
  await rig.ingest.ingest([rig.event(gone!)]);
  const queued = await until((shown) => shown.get('tidings_queue_depth{state="queued"}') === 1);
  assert.deepEqual(queueOf(queued), [0, 2, 1]);
  assert.equal(triesOf(queued, 'gone'), 1);
  rig.clock.advance(2000);
  assert.equal((await scrape()).get('tidings_oldest_undelivered_age_seconds'), 2);
});

test('what a sender holds counts as due, and its latency once it is answered', async () => {
  const slow = await rig.addInstance(callback.url);
  const before = await scrape();
  callback.answer(null);
  const received = callback.received.length;
  await rig.ingest.ingest([rig.event(slow)]);
  await callback.until(() => callback.received.length > received);
  const held = await scrape();
  assert.equal(queueOf(held)[0], queueOf(before)[0]! + 1);
  const count = 'tidings_delivery_latency_seconds_count';
  assert.equal(held.get(count), before.get(count));
});

test('without its database the page still tells the rest, and that the database is away', async () => {
  const proxy = await startDatabaseProxy(rig.database.url);
  const db = createDatabase({ connection: { url: proxy.url }, poolSize: 1, log: createSilentLog() });
  const registry = new Registry();
  const { clock } = rig;
  createDeliveryMetrics({ db, clock, registry });
  assert.equal((await scrape(registry)).get('tidings_database_up'), 1);
  await proxy.refuse();
  const shown = await scrape(registry);
  assert.equal(shown.get('tidings_database_up'), 0);
  assert.deepEqual(queueOf(shown), [undefined, undefined, undefined]);
  assert.equal(shown.get('tidings_oldest_undelivered_age_seconds'), undefined);
  assert.equal(shown.get('tidings_delivery_latency_seconds_count'), 0);
  await db.close();
  await proxy.close();
});
