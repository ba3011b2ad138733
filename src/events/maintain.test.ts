import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createSenderRig, RIG_START, type SenderRig } from '../delivery/testing/sender-rig.ts';
import { createSilentLog } from '../kernel/log.ts';
import { maintainOnce } from './maintain.ts';
import { listPartitions } from './partition-queries.ts';

const DAY_MS = 86_400_000;
let rig: SenderRig;
let instanceId: number;
const maintain = () =>
  maintainOnce({
    db: rig.database.db,
    clock: rig.clock,
    log: createSilentLog(),
    retentionDays: 30,
    queueRetentionDays: 90,
  });
const ids = async (table: string) =>
  (await rig.database.db.query<{ id: string }>(`select id from ${table} order by id`)).map(({ id }) => id);
const record = async (): Promise<string> => {
  const [outcome] = await rig.ingest.ingest([rig.event(instanceId)]);
  return outcome?.outcome === 'recorded' ? outcome.id : '';
};

before(async () => {
  rig = await createSenderRig();
  instanceId = await rig.addInstance('http://127.0.0.1:9/');
});
after(() => rig.close());

test('partitions stand for today and three days, and what came before them is moved in', async () => {
  const early = await record();
  assert.deepEqual(await ids('events_default'), [early]);
  await Promise.all([maintain(), maintain()]);
  await maintain();
  assert.deepEqual(await listPartitions(rig.database.db, 'events'), [
    'events_20261121',
    'events_20261122',
    'events_20261123',
    'events_20261124',
    'events_default',
    'events_kept',
  ]);
  assert.deepEqual(await ids('events_20261121'), [early]);
  assert.deepEqual(await ids('events_default'), []);
});

test('retention drops a day but keeps what was not delivered, which can still be sent', async () => {
  const undelivered = (await ids('events'))[0]!;
  const delivered = await record();
  await rig.database.db.execute('delete from outbox where id = $1', [delivered]);
  rig.clock.set(RIG_START + 32 * DAY_MS);
  await maintain();
  assert.deepEqual(await ids('events'), [undelivered]);
  assert.deepEqual(await ids('events_kept'), [undelivered]);
  assert.ok(!(await listPartitions(rig.database.db, 'events')).includes('events_20261121'));
  const claimed = await rig.database.db.query(
    'select from outbox o join events e on e.instance_id = o.instance_id and e.id = o.id',
  );
  assert.equal(claimed.length, 1);
});

test('what nobody asked for in ninety days is given up', async () => {
  rig.clock.set(RIG_START + 92 * DAY_MS);
  await maintain();
  assert.deepEqual(await ids('events'), []);
  assert.deepEqual(await ids('outbox'), []);
});

test('keys of webhooks are forgotten after three days, so that the same body is news again', async () => {
  const event = rig.event(instanceId, { keys: ['v2 meta-1'], once: true });
  const outcome = async () =>
    (await rig.ingest.ingest([{ ...event, receivedAt: rig.clock.now() }]))[0]?.outcome;
  const keys = async () =>
    (await rig.database.db.query<{ n: number }>('select count(*)::int as n from webhook_keys'))[0]!.n;
  assert.deepEqual([await outcome(), await outcome()], ['recorded', 'repeated']);
  rig.clock.advance(3 * DAY_MS);
  await maintain();
  assert.deepEqual([await keys(), await outcome()], [1, 'repeated']);
  rig.clock.advance(1);
  await maintain();
  assert.deepEqual([await keys(), await outcome()], [0, 'recorded']);
});
