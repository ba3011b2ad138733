import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCallback, type Callback } from '../../test/support/callback.ts';
import { createBreaker } from './breaker.ts';
import { createOriginLimit } from './origin-limit.ts';
import { createSenderRig, RIG_START, type SenderRig } from './testing/sender-rig.ts';

let rig: SenderRig;
let callback: Callback;
before(async () => {
  callback = await startCallback();
});
after(() => callback.close());
beforeEach(async (context) => {
  rig = await createSenderRig();
  callback.answer({ status: 200 });
  callback.received.length = 0;
  (context as unknown as { after(fn: () => Promise<void>): void }).after(() => rig.close());
});

async function eventually(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await isTrue())) {
    assert.ok(performance.now() < end, 'did not come true within 10 s');
    await sleep(20);
  }
}

test('a breaker opens after ten failures in a row, for twice as long each time the probe fails', () => {
  const breaker = createBreaker();
  for (let n = 0; n < 9; n += 1) assert.equal(breaker.failed(0), undefined);
  assert.equal(breaker.failed(0), 2000);
  assert.equal(breaker.openUntil(1999), 2000);
  assert.equal(breaker.failed(1000), undefined);
  assert.ok(breaker.isProbing(2000));
  assert.equal(breaker.failed(2000), 6000);
  let now = 6000;
  for (let n = 0; n < 10; n += 1) now = breaker.failed(now)!;
  assert.equal(breaker.failed(now), now + 60_000);
  breaker.succeeded();
  assert.ok(breaker.isUntouched());
  assert.equal(breaker.openUntil(now), 0);
});

test('an origin that answers gets more at a time, one that does not gets less, never none', () => {
  const origin = createOriginLimit();
  assert.equal(origin.limit, 16);
  for (let n = 0; n < 500; n += 1) origin.answered(5, origin.limit, n);
  assert.equal(origin.limit, 256);
  for (let n = 0; n < 100; n += 1) origin.overloaded(n * 1000);
  assert.equal(origin.limit, 1);
});

test('slow answers alone lower the limit, but not below eight', () => {
  const origin = createOriginLimit();
  origin.answered(5, 1, 0);
  for (let n = 1; n < 1000; n += 1) origin.answered(5000, origin.limit, n * 5000);
  assert.equal(origin.limit, 8);
});

test('what is recorded here is sent from memory, without waiting for a claim', async () => {
  const instanceId = await rig.addInstance(callback.url);
  rig.start();
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () => rig.ingest.ingest([rig.event(instanceId)])),
  );
  assert.ok(outcomes.flat().every(({ outcome }) => outcome === 'recorded'));
  await callback.until(() => callback.received.length === 50);
  const leased = await rig.database.db.query<{ n: number }>(
    'select count(*) as n from outbox where lease is null',
  );
  assert.equal(leased[0]!.n, 0, 'each was inserted under the lease');
  assert.equal(new Set(callback.received.map(({ message }) => message.eventId)).size, 50);
});

test('an open breaker keeps the other nodes away and costs no tries', async () => {
  const instanceId = await rig.addInstance(callback.url);
  callback.answer({ status: 500 });
  rig.start();
  await rig.ingest.ingest(Array.from({ length: 100 }, () => rig.event(instanceId)));
  const subscription = async () =>
    (await rig.database.db.query<{ open_until: number }>('select open_until from subscriptions'))[0]!;
  await eventually(async () => (await subscription()).open_until > RIG_START);
  await sleep(300);
  const tried = callback.received.length;
  assert.ok(tried < 40, `${tried} tries went to an endpoint that fails`);
  const [rows] = await rig.database.db.query<{ n: number }>(
    'select count(*) as n from outbox where attempt = 0',
  );
  assert.equal(rows!.n, 100 - tried);
  callback.answer({ status: 200 });
  rig.clock.advance(2000);
  rig.wakeUps.tell('due');
  await eventually(() => callback.received.length > 100 - tried);
});

test('an endpoint that hangs does not slow the others', async () => {
  const dead = await startCallback();
  dead.answer(null);
  const hanging = await rig.addInstance(dead.url);
  const others = [await rig.addInstance(callback.url), await rig.addInstance(callback.url)];
  rig.start();
  await rig.ingest.ingest(Array.from({ length: 2000 }, () => rig.event(hanging)));
  const startedAt = performance.now();
  await rig.ingest.ingest(others.flatMap((id) => Array.from({ length: 50 }, () => rig.event(id))));
  await callback.until(() => callback.received.length === 100);
  assert.ok(performance.now() - startedAt < 5000);
  assert.ok(dead.received.length <= 16, `${dead.received.length} requests hang at once`);
  await dead.close();
});

test('events of one object arrive in order, one after another, while others go on', async () => {
  const instanceId = await rig.addInstance(callback.url);
  callback.answer({ status: 500 });
  rig.start();
  const ordered = (objectId: string, n: number) =>
    rig.event(instanceId, { orderKey: objectId, payload: Buffer.from(`{"n":${n}}`) });
  await rig.ingest.ingest([ordered('a', 1), ordered('a', 2), ordered('a', 3), ordered('b', 1)]);
  await eventually(() => callback.received.length === 2);
  await sleep(200);
  assert.equal(callback.received.length, 2, 'the first of each object, and nothing behind them');
  callback.answer({ status: 200 });
  rig.clock.advance(5000);
  rig.wakeUps.tell('due');
  await eventually(() => callback.received.length === 6);
  const first = callback.received[0]!.message.eventId;
  const ofA = callback.received.filter(({ message }) => message.raw['n'] !== 1 || message.eventId === first);
  assert.deepEqual(
    ofA.map(({ message }) => message.raw['n']).filter((n) => n !== 1),
    [2, 3],
  );
});

test('a path that hangs leaves its host to the other paths', async () => {
  const host = new URL(callback.url);
  const hung: unknown[] = [];
  const front = createServer((incoming, outgoing) => {
    if (incoming.url === '/hang') {
      hung.push(outgoing);
      return;
    }
    const onward = request(
      { port: host.port, method: 'POST', path: '/', headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => {
    front.listen(0, '127.0.0.1', resolve);
  });
  const { port } = front.address() as { port: number };
  const hanging = await rig.addInstance(`http://127.0.0.1:${port}/hang`);
  const well = await rig.addInstance(`http://127.0.0.1:${port}/well`);
  rig.start();
  await rig.ingest.ingest([rig.event(well)]);
  // The lane of the well one is over and forgotten: the other is alone on the host when it comes.
  await callback.until(() => callback.received.length === 1);
  await sleep(50);
  await rig.ingest.ingest(Array.from({ length: 500 }, () => rig.event(hanging)));
  await rig.ingest.ingest(Array.from({ length: 50 }, () => rig.event(well)));
  try {
    await callback.until(() => callback.received.length === 51, 5000);
    assert.ok(hung.length <= 16, `${hung.length} requests hang at once`);
  } finally {
    front.closeAllConnections();
    front.close();
  }
});
