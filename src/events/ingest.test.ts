import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createSenderRig, type SenderRig } from '../delivery/testing/sender-rig.ts';
import { deleteHints, listHintedInstances, listHints } from './hint-queries.ts';
import { findEvent } from './log-queries.ts';

let rig: SenderRig;
let instanceId: number;
before(async () => {
  rig = await createSenderRig();
  instanceId = await rig.addInstance('http://127.0.0.1:9/');
});
after(() => rig.close());

const outcomes = async (...events: Parameters<SenderRig['ingest']['ingest']>[0]) =>
  (await rig.ingest.ingest(events)).map(({ outcome }) => outcome);
const stored = async () =>
  (
    await rig.database.db.query<{ n: number }>('select count(*) as n from events where instance_id = $1', [
      instanceId,
    ])
  )[0]!.n;

test('identical webhooks are as many events', async () => {
  const before = await stored();
  const all = await Promise.all(Array.from({ length: 300 }, () => outcomes(rig.event(instanceId))));
  assert.ok(all.flat().every((outcome) => outcome === 'recorded'));
  assert.equal((await stored()) - before, 300);
  assert.deepEqual(rig.ingest.waiting(), { rows: 0, bytes: 0 });
});

test('a repeat is told by its key, within one batch and later, per instance', async () => {
  const event = rig.event(instanceId, { keys: ['meta-1'], once: true });
  assert.deepEqual(await outcomes(event, event), ['recorded', 'repeated']);
  assert.deepEqual(await outcomes(event), ['repeated']);
  const other = await rig.addInstance('http://127.0.0.1:9/');
  assert.deepEqual(await outcomes({ ...event, instanceId: other }), ['recorded']);
  assert.deepEqual(await outcomes(rig.event(instanceId, { keys: ['meta-1'] })), ['recorded']);
  assert.deepEqual([...(await rig.ingest.knownKeys(instanceId, ['meta-1', 'meta-2']))], ['meta-1']);
});

test('a refused webhook leaves no key behind, so that its repeat is recorded', async () => {
  const event = rig.event(instanceId, { keys: ['late'], once: true });
  assert.deepEqual(await outcomes({ ...event, configVersion: 7 }), ['refused']);
  assert.deepEqual(await outcomes(event), ['recorded']);
});

test('of repeats in one batch the first is recorded, whatever else its keys are', async () => {
  const events = [
    rig.event(instanceId, { keys: ['twin-1', 'twin-2'], once: true }),
    rig.event(instanceId, { keys: ['twin-2', 'twin-3'], once: true }),
    rig.event(instanceId, { keys: ['twin-4', 'twin-4'], once: true }),
    rig.event(instanceId, { keys: ['twin-1'] }),
  ];
  assert.deepEqual(await outcomes(...events), ['recorded', 'repeated', 'recorded', 'recorded']);
});

test('nothing is stored for an instance whose user or account is deactivated, until they are active again', async () => {
  const { db } = rig.database;
  for (const table of ['users', 'accounts']) {
    const setActive = (active: boolean) => db.execute(`update ${table} set active = $1`, [active]);
    await setActive(false);
    assert.deepEqual(await outcomes(rig.event(instanceId)), ['refused'], table);
    await db.transaction(async (tx) => {
      assert.deepEqual(await rig.recorder.record(tx, [rig.event(instanceId)]), [], table);
    });
    await setActive(true);
    assert.deepEqual(await outcomes(rig.event(instanceId)), ['recorded'], table);
  }
});

test('one bad event fails alone, the batch around it is stored', async () => {
  const bad = rig.event(instanceId, { orderKey: '\0' });
  const results = await Promise.allSettled([
    outcomes(rig.event(instanceId)),
    outcomes(bad),
    outcomes(rig.event(instanceId)),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

test('a hint is logged as NEW, waits for the detector, is CONSUMED when read and never sent', async () => {
  const hint = { objectType: 'contacts', objectId: '7', isDeletion: false };
  const [recorded] = await rig.ingest.ingest([rig.event(instanceId, { hints: [hint], events: [] })]);
  assert.equal(recorded?.outcome, 'recorded');
  const id = recorded?.outcome === 'recorded' ? recorded.id : '';
  const { db } = rig.database;
  const [scope] = await db.query<{ id: number }>('select organization_id as id from accounts');
  const status = async () =>
    (await findEvent(db, { organizationId: scope!.id, accountId: null, id }))?.status;
  assert.equal(await status(), 'NEW');
  assert.deepEqual(await listHintedInstances(db, 0, 10), [instanceId]);
  const [row] = await listHints(db, instanceId, 10);
  assert.equal(row?.object_id, '7');
  assert.deepEqual(await db.query('select from outbox where id = $1', [id]), []);
  await deleteHints(db, row === undefined ? [] : [row.id]);
  assert.equal(await status(), 'CONSUMED');
});

test('more than may wait is refused with a time to come back', async () => {
  const many = Array.from({ length: 20_001 }, () => rig.event(instanceId));
  await assert.rejects(rig.ingest.ingest(many), { code: 'unavailable', retryAfterS: 1 });
});

test('an unusual payload is stored byte for byte', async () => {
  const payload = Buffer.from([0, 255, 123, 10, 92, 34, 0]);
  const [recorded] = await rig.ingest.ingest([rig.event(instanceId, { payload })]);
  const id = recorded?.outcome === 'recorded' ? recorded.id : '';
  const [row] = await rig.database.db.query<{ payload: Buffer }>('select payload from events where id = $1', [
    id,
  ]);
  assert.deepEqual(row!.payload, payload);
});
