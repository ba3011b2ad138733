import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRunningClock } from '../support/running-clock.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startCrashWorld, type CrashWorld } from '../support/crash-world.ts';
import { startDatabaseProxy, type DatabaseProxy } from '../support/database-proxy.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { startVendorLoad, type VendorLoad } from '../support/vendor-load.ts';

/** How often each failure of the network is repeated under the same load: 1 in `npm test`. */
const ROUNDS = Number(process.env['TIDINGS_CRASH_ROUNDS'] ?? 1);

let database: TestDatabase;
let proxy: DatabaseProxy;
let world: CrashWorld;
let server: TestServer<ReturnType<typeof createRunningClock>>;
let load: VendorLoad;

before(async () => {
  database = await createTestDatabase();
  proxy = await startDatabaseProxy(database.url);
  world = await startCrashWorld();
  server = await startTestServer({
    databaseUrl: proxy.url,
    clock: createRunningClock(),
    env: { TIDINGS_ROLES: 'api,delivery' },
  });
});
after(async () => {
  await server.close();
  await proxy.close();
  await world.close();
  await database.drop();
});
afterEach(async () => {
  await load.stop();
  await proxy.pass();
});

async function startLoad(): Promise<void> {
  const path = await world.createInstance(server.url, server.authorization);
  load = startVendorLoad({ urls: [`${server.url}${path}`] });
  await load.untilAcknowledged(100);
}

/** What the vendor heard while the network failed: "not now, come back", and nothing worse. */
function assertRefusedWell(): void {
  assert.ok(load.refused.length > 0);
  for (const answer of load.refused) {
    assert.equal(answer.status, 503, answer.body);
    assert.match(String(answer.retryAfter), /^[1-9]\d*$/, answer.body);
  }
}

test('connections that are cut under load lose nothing that was acknowledged', async () => {
  await startLoad();
  for (let round = 0; round < ROUNDS * 5; round += 1) {
    proxy.cut();
    await load.untilAcknowledged(50);
  }
  await load.stop();
  assertRefusedWell();
  await world.assertKept(load, database.db);
});

test('a commit whose answer is lost is not acknowledged, and its repeat makes no second event', async () => {
  await startLoad();
  for (let round = 0; round < ROUNDS * 5; round += 1) {
    proxy.mute();
    await sleep(50);
    proxy.cut();
    await proxy.pass();
    await load.untilAcknowledged(50);
  }
  await load.stop();
  assertRefusedWell();
  await world.assertKept(load, database.db);
  const [count] = await database.db.query<{ events: number; objects: number }>(
    `select count(*) as events, count(distinct events -> 0 ->> 'objectId') as objects from events`,
  );
  assert.equal(count!.events, count!.objects, 'one event for each change');
});

test('a database that refuses connections is waited for, and work goes on when it takes them again', async () => {
  await startLoad();
  for (let round = 0; round < ROUNDS; round += 1) {
    await proxy.refuse();
    const before = load.acknowledged.size;
    await sleep(500);
    assert.ok(load.acknowledged.size - before <= 8, 'only what was answered already arrives now');
    await proxy.pass();
    await load.untilAcknowledged(100);
  }
  await load.stop();
  assertRefusedWell();
  await world.assertKept(load, database.db);
});

test('connections that die without a word are given up within seconds, and new ones are made', async () => {
  await startLoad();
  proxy.stall();
  const stalledAt = performance.now();
  await sleep(500);
  await proxy.pass();
  await load.untilAcknowledged(100, 14_000);
  assert.ok(performance.now() - stalledAt < 14_000);
  await load.stop();
  assertRefusedWell();
  await world.assertKept(load, database.db);
});
