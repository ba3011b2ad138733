import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectedSignature, startCallback, type Callback } from '../../test/support/callback.ts';
import { Registry } from 'prom-client';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { insertAccount, insertInstance } from '../../test/support/rows.ts';
import { createEgress, type Egress } from '../egress/egress.ts';
import { createRecorder } from '../events/record.ts';
import { createWakeUps, type WakeUps } from '../events/wake-ups.ts';
import { createManualClock, type ManualClock } from '../kernel/clock.ts';
import { createSilentLog } from '../kernel/log.ts';
import { createDeliveryMetrics } from './metrics.ts';
import { startSender, type Sender } from './sender.ts';
import { upsertInstanceSubscription } from './subscription-queries.ts';

const START = Date.UTC(2026, 10, 21, 9);
const log = createSilentLog();
let database: TestDatabase;
let egress: Egress;
let callback: Callback;
let clock: ManualClock;
let instanceId: number;
let senders: Sender[];
let wakeUps: WakeUps;
let owner: { accountId: number; userId: number };

before(async () => {
  database = await createTestDatabase();
  egress = createEgress({ allowPrivate: true, log, clock: createManualClock(START) });
});
after(async () => {
  await egress.close();
  await database.drop();
});
beforeEach(async (context) => {
  clock = createManualClock(START);
  callback = await startCallback();
  senders = [];
  wakeUps = createWakeUps({ connection: { url: database.url }, log });
  owner = await insertAccount(database.db);
  instanceId = await insertInstance(database.db, owner);
  const subscription = {
    accountId: owner.accountId,
    instanceId,
    topic: 'topic',
    url: callback.url,
    now: START,
  };
  await upsertInstanceSubscription(database.db, subscription);
  (context as unknown as { after(fn: () => Promise<void>): void }).after(async () => {
    await Promise.all(senders.map((sender) => sender.stop()));
    await callback.close();
  });
});

function start(): Sender {
  const sender = startSender({
    db: database.db,
    egress,
    clock,
    log,
    userAgent: 'Tidings/test',
    random: () => 0.5,
    target: (id, configVersion) => ({
      configVersion,
      url: callback.url,
      signatureKey: 'key',
      headers: { 'x-extra': 'yes' },
      snapshot: {
        instance_id: id,
        account_id: owner.accountId,
        user_id: owner.userId,
        element_key: 'pipedrive',
        instance_name: 'An instance',
        instance_tags: ['tag'],
      },
    }),
    wakeUps,
    metrics: createDeliveryMetrics({ db: database.db, clock, registry: new Registry() }),
  });
  senders.push(sender);
  return sender;
}

async function record(objectIds: string[]): Promise<string[]> {
  const recorder = createRecorder({ clock, onCommitted: [] });
  const events = objectIds.map((objectId) => ({
    instanceId,
    configVersion: 1,
    source: 'polling' as const,
    receivedAt: clock.now(),
    payload: Buffer.from(`{"id":"${objectId}"}`),
    payloadType: 'json' as const,
    events: [
      {
        objectId,
        objectType: 'contacts',
        eventType: 'CREATED' as const,
        date: '2026-11-21T09:00:00Z',
        elementKey: 'pipedrive',
        hubKey: 'crm',
      },
    ],
  }));
  return (await database.db.transaction((tx) => recorder.record(tx, events))).map((row) => row.id);
}

async function outboxOf(): Promise<{ attempt: number; due_at: number }[]> {
  return database.db.query('select attempt, due_at from outbox where instance_id = $1', [instanceId]);
}

async function subscriptionOf(): Promise<{ active: boolean; reason: string | null }> {
  const rows = await database.db.query<{ active: boolean; reason: string | null }>(
    'select active, reason from subscriptions where instance_id = $1',
    [instanceId],
  );
  return rows[0]!;
}

async function eventually(isTrue: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    if (await isTrue()) return;
    await sleep(20);
  }
  assert.fail('did not come true within 10 s');
}

test('a recorded event arrives once, signed, with its id and the extra headers', async () => {
  const [id] = await record(['1']);
  start();
  await callback.until(() => callback.received.length === 1);
  await eventually(async () => (await outboxOf()).length === 0);
  const [only] = callback.received;
  assert.equal(callback.received.length, 1);
  assert.equal(only!.headers['elements-webhook-id'], id);
  assert.equal(only!.headers['elements-webhook-signature'], expectedSignature('key', only!.body));
  assert.equal(only!.headers['user-agent'], 'Tidings/test');
  assert.equal(only!.headers['x-extra'], 'yes');
  assert.equal(only!.message.eventId, id);
});

test('two senders on one database deliver each of 300 events once', async () => {
  const ids = await record(Array.from({ length: 300 }, (_, n) => String(n)));
  start();
  start();
  await callback.until(() => callback.received.length >= 300);
  await eventually(async () => (await outboxOf()).length === 0);
  assert.deepEqual(callback.received.map((one) => one.message.eventId).sort(), ids.sort());
});

test('a failed event is tried again along the schedule with the same id, and kept', async () => {
  callback.answer({ status: 500, body: 'down' });
  const [id] = await record(['1']);
  start();
  await eventually(async () => (await outboxOf())[0]?.attempt === 1);
  assert.equal((await outboxOf())[0]?.due_at, START + 4000);
  clock.advance(4000);
  wakeUps.tell('due');
  await eventually(async () => (await outboxOf())[0]?.attempt === 2);
  assert.equal((await outboxOf())[0]?.due_at, START + 16_000);
  callback.answer({ status: 204 });
  clock.advance(12_000);
  wakeUps.tell('due');
  await eventually(async () => (await outboxOf()).length === 0);
  assert.deepEqual(
    callback.received.map((one) => one.headers['elements-webhook-id']),
    [id, id, id],
  );
  const tries = await database.db.query<{ status: number; response: string }>(
    'select status, response from attempts where event_id = $1 order by attempt',
    [id],
  );
  assert.deepEqual(
    tries.map((one) => [one.status, one.response]),
    [
      [500, 'down'],
      [500, 'down'],
      [204, ''],
    ],
  );
});

test('after the tenth failure the subscription stops with a reason and the event stays queued', async () => {
  callback.answer({ status: 503, headers: { 'retry-after': '1' } });
  await record(['1']);
  start();
  for (let attempt = 1; attempt <= 10; attempt += 1) {
    await eventually(async () => (await outboxOf())[0]?.attempt === attempt);
    await eventually(async () => (await outboxOf())[0]?.attempt === attempt);
    clock.set(START + 1000 * 4 ** attempt);
    wakeUps.tell('due');
  }
  await eventually(async () => !(await subscriptionOf()).active);
  assert.match((await subscriptionOf()).reason!, /10 tries; the last one: status 503/);
  assert.equal((await outboxOf())[0]?.due_at, Infinity);
});

test('410 Gone stops the subscription at once and keeps the event', async () => {
  callback.answer({ status: 410 });
  await record(['1']);
  start();
  await eventually(async () => !(await subscriptionOf()).active);
  await eventually(async () => (await outboxOf())[0]?.due_at === Infinity);
  assert.equal(callback.received.length, 1);
});

test('a redirect is a failed try and is not followed', async () => {
  callback.answer({ status: 302, headers: { location: callback.url } });
  await record(['1']);
  start();
  await eventually(async () => (await outboxOf())[0]?.attempt === 1);
  assert.equal(callback.received.length, 1);
});

test('what a dead sender held is sent when its lease ends', async () => {
  callback.answer(null);
  await record(['1']);
  const dead = start();
  await callback.until(() => callback.received.length === 1);
  callback.answer({ status: 200 });
  start();
  await sleep(100);
  assert.equal(callback.received.length, 1);
  clock.advance(60_000);
  wakeUps.tell('due');
  await callback.until(() => callback.received.length === 2);
  await eventually(async () => (await outboxOf()).length === 0);
  callback.answer({ status: 200 });
  await callback.close();
  await dead.stop();
});

test('the queue policy keeps a failed delivery until it is asked for', async () => {
  await database.db.execute(
    `update accounts set settings = '{"notification.webhook.failure.policy": "queue"}'
     where id = (select account_id from instances where id = $1)`,
    [instanceId],
  );
  callback.answer({ status: 500 });
  await record(['1']);
  start();
  await eventually(async () => (await outboxOf())[0]?.due_at === Infinity);
  assert.equal((await subscriptionOf()).active, true);
});

test('an event is not recorded for a changed configuration, a disabled instance or events switched off', async () => {
  await database.db.execute('update instances set config_version = 2 where id = $1', [instanceId]);
  assert.deepEqual(await record(['1']), []);
  await database.db.execute('update instances set config_version = 1, disabled = true where id = $1', [
    instanceId,
  ]);
  assert.deepEqual(await record(['1']), []);
  await database.db.execute('update instances set disabled = false, events_enabled = false where id = $1', [
    instanceId,
  ]);
  assert.deepEqual(await record(['1']), []);
});
