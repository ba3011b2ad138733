import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createClock, type SimulatorClock } from '../../simulators/core/clock.ts';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { untilSettled } from '../support/settled.ts';

interface Swept {
  missing: number;
  held: number;
  events: number;
  error?: string;
}

let clock: SimulatorClock;
let vendor: PipedriveSimulator;
let server: TestServer<RunningClock>;
let callback: Callback;
let instance: { id: number; token: string };
let ids: number[];

/** The example, watching contacts alone. */
function instanceBody(): unknown {
  const text = readFileSync(new URL('../../examples/pipedrive-polling.json', import.meta.url), 'utf8');
  const body = JSON.parse(text) as { configuration: Record<string, unknown> };
  return {
    ...body,
    name: 'Acme',
    configuration: {
      ...body.configuration,
      'pipedrive.email': vendor.credentials.email,
      'pipedrive.password': vendor.credentials.password,
      'event.notification.callback.url': callback.url,
      'event.objects': 'contacts',
      'base.url': vendor.url,
    },
  };
}

async function reconcile(): Promise<Swept> {
  await untilSettled(server);
  clock.advance(60_000);
  server.clock.advance(60_000);
  const answer = await server.call<{ polled: { reconcile: Swept }[] }>(
    'POST',
    `/instances/${instance.id}/poll`,
    { body: { reconcile: true } },
  );
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.polled[0]!.reconcile;
}

/** Without a trace: no feed shows it, and a read of it is a 404. */
function erase(...gone: number[]): void {
  for (const id of gone) vendor.store.persons.erase(id);
}

const deletions = (how = '') => `/instances/${instance.id}/deletions${how}`;
const deletedLines = (gone: number[]) => gone.map((id) => `DELETED contacts ${id}`);

before(async () => {
  clock = createClock();
  vendor = await createPipedriveSimulator({ clock, limits: { enforced: false } });
  ids = Array.from({ length: 80 }, (_, n) => vendor.store.persons.create({ name: `Person ${n}` }).id);
  clock.advance(7_200_000);
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  server.clock.advance(7_200_000);
  callback = await startCallback();
  const created = await server.call<typeof instance>('POST', '/instances', { body: instanceBody() });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  instance = created.body;
});
after(async () => {
  await server.close();
  await callback.close();
  await vendor.close();
});

test('the first sweep of an account learns its ids and tells nothing', async () => {
  const { events, missing, error } = await reconcile();
  assert.deepEqual({ events, missing, error }, { events: 0, missing: 0, error: undefined });
});

test('records that vanished without a trace are found by a sweep and delivered as deletions', async () => {
  const gone = ids.slice(0, 2);
  erase(...gone);
  assert.equal((await reconcile()).missing, 2);
  await callback.until(() => callback.lines().length >= 2);
  assert.deepEqual(callback.lines().sort(), deletedLines(gone).sort());
});

test('too many at once are held; the poller record says so and the list is paged', async () => {
  erase(...ids.slice(2, 42));
  const { held, events } = await reconcile();
  assert.deepEqual({ held, events }, { held: 40, events: 0 });
  const first = await server.call<{ objectType: string; objectId: string }[]>(
    'GET',
    deletions('?pageSize=30'),
  );
  assert.equal(first.body.length, 30);
  const token = first.headers.get('elements-next-page-token');
  const rest = await server.call<{ objectId: string }[]>('GET', deletions(`?pageSize=30&nextPage=${token}`));
  const listed = [...first.body, ...rest.body].map(({ objectId }) => Number(objectId));
  assert.deepEqual(
    listed.sort((a, b) => a - b),
    ids.slice(2, 42),
  );
  const records = await server.call<{ warnings: string[]; reconcile: { intervalMinutes: number } }[]>(
    'GET',
    '/instances/event-poller-records',
    { token: instance.token },
  );
  assert.match(records.body[0]!.warnings.join(), /40 deletions are on hold/);
  assert.equal(records.body[0]!.reconcile.intervalMinutes, 7 * 1440);
});

test('released deletions are confirmed again and delivered, once', async () => {
  const released = await server.call<{ count: number }>('POST', deletions('/release'));
  assert.deepEqual([released.status, released.body], [200, { count: 40 }]);
  await reconcile();
  await callback.until(() => callback.lines().length >= 42);
  assert.deepEqual(callback.lines().sort(), deletedLines(ids.slice(0, 42)).sort());
  assert.deepEqual((await server.call('GET', deletions())).body, []);
  assert.equal((await reconcile()).missing, 0);
});

test('discarded deletions are not asked about again', async () => {
  erase(...ids.slice(42, 72));
  assert.equal((await reconcile()).held, 30);
  assert.deepEqual((await server.call('POST', deletions('/discard'))).body, { count: 30 });
  const { missing, events } = await reconcile();
  assert.deepEqual({ missing, events }, { missing: 0, events: 0 });
  assert.equal(callback.lines().length, 42);
});

test('deletions of an instance that is not the caller’s are not found', async () => {
  assert.equal((await server.call('GET', '/instances/999999/deletions')).status, 404);
  assert.equal((await server.call('POST', '/instances/999999/deletions/release')).status, 404);
  assert.equal(
    (await server.call('POST', `/instances/${instance.id}/poll`)).status,
    200,
    'no body is no sweep',
  );
});
