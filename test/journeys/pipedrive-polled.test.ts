import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createClock, type SimulatorClock } from '../../simulators/core/clock.ts';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { expectedSignature, startCallback, type Callback } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { untilSettled } from '../support/settled.ts';

let clock: SimulatorClock;
let vendor: PipedriveSimulator;
let server: TestServer<RunningClock>;
let callback: Callback;
let instance: { id: number; token: string; configuration: Record<string, unknown> };

/** The example as users have it, its blanks filled and `base.url` set, nothing else changed. */
function exampleBody(): { configuration: Record<string, unknown>; [key: string]: unknown } {
  const text = readFileSync(new URL('../../examples/pipedrive-polling.json', import.meta.url), 'utf8');
  const body = JSON.parse(text) as { configuration: Record<string, unknown> };
  Object.assign(body, { name: 'Acme', tags: ['acme'] });
  Object.assign(body.configuration, {
    'pipedrive.email': vendor.credentials.email,
    'pipedrive.password': vendor.credentials.password,
    'event.notification.callback.url': callback.url,
    'event.notification.signature.key': 'MySecretEventSignatureKey',
    'base.url': `${vendor.url}/v1`,
  });
  return body;
}

/** Lets both clocks pass, so that later changes have later stamps. */
async function pass(ms: number): Promise<void> {
  await untilSettled(server);
  clock.advance(ms);
  server.clock.advance(ms);
}

async function poll(): Promise<{ objectType: string; records: number; events: number; error?: string }[]> {
  const answer = await server.call<{ polled: { objectType: string; records: number; events: number }[] }>(
    'POST',
    `/instances/${instance.id}/poll`,
  );
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.polled;
}

before(async () => {
  clock = createClock();
  vendor = await createPipedriveSimulator({ clock });
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  callback = await startCallback();
  const created = await server.call<typeof instance>('POST', '/instances', { body: exampleBody() });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  instance = created.body;
});
after(async () => {
  await server.close();
  await callback.close();
  await vendor.close();
});

test('what was there before the instance makes no event', async () => {
  await pass(60_000);
  assert.deepEqual(
    (await poll()).map(({ objectType, events, error }) => ({ objectType, events, error })),
    ['accounts', 'contacts', 'opportunities'].map((objectType) => ({
      objectType,
      events: 0,
      error: undefined,
    })),
  );
});

test('a created, an updated and a deleted record arrive once each, signed', async () => {
  await pass(60_000);
  const made = vendor.store.persons.create({ name: 'Grace Hopper' });
  await pass(5000);
  vendor.store.organizations.update(vendor.store.organizations.sorted()[0]!.id, { name: 'Renamed' });
  const deal = vendor.store.deals.sorted()[0]!.id;
  vendor.store.deals.remove(deal);
  const gone = vendor.store.persons.sorted()[0]!.id;
  vendor.store.persons.remove(gone);
  await pass(1000);
  await poll();
  await callback.until(() => callback.lines().length >= 4);
  assert.deepEqual(callback.lines().sort(), [
    `CREATED contacts ${made.id}`,
    `DELETED contacts ${gone}`,
    `DELETED opportunities ${deal}`,
    `UPDATED accounts ${vendor.store.organizations.sorted()[0]!.id}`,
  ]);
  for (const { headers, body, message } of callback.received) {
    assert.equal(headers['elements-webhook-signature'], expectedSignature('MySecretEventSignatureKey', body));
    assert.equal(headers['elements-webhook-id'], message.eventId);
    assert.equal(message.instanceId, instance.id);
    assert.ok(Array.isArray(message.raw[message.events[0]!.objectType]), 'raw carries the records');
  }
});

test('a poll that finds nothing new sends nothing again', async () => {
  const before = callback.received.length;
  await pass(60_000);
  await poll();
  await poll();
  assert.equal(callback.received.length, before);
});

test('the event log tells each delivered event as NOTIFIED, with its try', async () => {
  const log = await server.call<{ id: string; status: string }[]>('GET', `/instances/${instance.id}/events`);
  assert.equal(log.status, 200);
  assert.equal(log.body.length, callback.received.length);
  const one = await server.call<{ status: string; tries: { status: number }[] }>(
    'GET',
    `/instances/events/${callback.received[0]!.message.eventId}`,
    { token: instance.token },
  );
  assert.equal(one.body.status, 'NOTIFIED');
  assert.deepEqual(
    one.body.tries.map(({ status }) => status),
    [200],
  );
});

test('1,000 changed records over several pages arrive once each, through 429, 500 and a hang', async () => {
  await pass(120_000);
  const seenBefore = callback.lines().length;
  for (let n = 0; n < 1000; n += 1) vendor.store.persons.create({ name: `Person ${n}` });
  vendor.faults.add(
    { path: '/api/v2/persons', nth: 2, times: 1, effect: { kind: 'vendor', name: 'rate-limit' } },
    { path: '/api/v2/persons', nth: 3, times: 1, effect: { kind: 'reply', status: 500 } },
    { path: '/api/v2/persons', nth: 4, times: 1, effect: { kind: 'drop' } },
  );
  await pass(10_000);
  for (let round = 0; round < 5 && callback.lines().length < seenBefore + 1000; round += 1) {
    await poll();
    await pass(60_000);
  }
  await callback.until(() => callback.lines().length >= seenBefore + 1000);
  await poll();
  const lines = callback.lines().slice(seenBefore);
  assert.equal(lines.length, 1000);
  assert.equal(new Set(lines).size, 1000);
  assert.ok(callback.received.every(({ message }) => message.events.length <= 10));
});
