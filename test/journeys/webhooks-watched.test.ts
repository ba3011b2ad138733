import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClock, type SimulatorClock } from '../../simulators/core/clock.ts';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const DAY_MS = 86_400_000;

let clock: SimulatorClock;
let vendor: PipedriveSimulator;
let server: TestServer<RunningClock>;
let callback: Callback;
let instance: { id: number; webhookUrl: string };

const statuses = async (): Promise<string[]> =>
  (
    await server.call<{ status: string; providerData: string }[]>('GET', `/instances/${instance.id}/events`)
  ).body.map(({ status }) => status);

/** Another process on the same database, which looks after webhooks and polls, a day later. */
async function startWatcher(): Promise<TestServer<RunningClock>> {
  const later = createRunningClock();
  later.advance(DAY_MS + 60_000);
  const { origin } = new URL(instance.webhookUrl);
  return startTestServer({
    clock: later,
    databaseUrl: server.databaseUrl,
    env: { TIDINGS_ROLES: 'poller,delivery', TIDINGS_PUBLIC_URL: origin },
  });
}

before(async () => {
  clock = createClock();
  vendor = await createPipedriveSimulator({ clock });
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  callback = await startCallback();
  const created = await server.call<typeof instance>('POST', '/instances', {
    body: {
      element: { key: 'pipedrive' },
      name: 'Watched',
      configuration: {
        'authentication.type': 'accessToken',
        'pipedrive.api.token': vendor.credentials.apiToken,
        'base.url': vendor.url,
        'event.notification.enabled': true,
        'event.vendor.type': 'both',
        'event.vendor.setup': 'auto',
        'event.objects': 'Person',
        'event.notification.callback.url': callback.url,
        'event.poller.refresh_interval': 999_999,
      },
    },
  });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  instance = created.body;
});
after(async () => {
  await server.close();
  await callback.close();
  await vendor.close();
});

test('with both, a webhook is a hint: stored, answered, logged, and no event of its own', async () => {
  clock.advance(60_000);
  const { id } = vendor.store.persons.create({ name: 'Hinted' });
  await vendor.webhooks.idle();
  assert.deepEqual(
    vendor.webhooks.deliveries().map(({ state }) => state),
    ['delivered'],
  );
  assert.deepEqual(await statuses(), ['NEW']);
  const hints = await server.db.query('select object_type, object_id, is_deletion from hints', []);
  assert.deepEqual(hints, [{ object_type: 'Person', object_id: String(id), is_deletion: false }]);
  await sleep(100);
  assert.deepEqual(callback.lines(), []);
});

test('a webhook the vendor dropped is made again within a day, and what was missed is polled', async () => {
  const [before] = vendor.webhooks.list();
  vendor.webhooks.remove(before!.id, 'No successful deliveries on 3 consecutive days');
  clock.advance(60_000);
  const { id } = vendor.store.persons.create({ name: 'Missed' });
  await vendor.webhooks.idle();
  assert.equal(vendor.webhooks.deliveries().length, 1, 'nobody was told');
  // Somebody polls at that very moment, and asked before the vendor could tell.
  await server.db.execute(
    `update pollers set lease = gen_random_uuid(), lease_until = '2100-01-01' where instance_id = $1`,
    [instance.id],
  );
  const watcher = await startWatcher();
  try {
    for (let waited = 0; waited < 400 && vendor.webhooks.list().length === 0; waited += 1) await sleep(25);
    await sleep(100);
    await server.db.execute('update pollers set lease = null, lease_until = null where instance_id = $1', [
      instance.id,
    ]);
    await callback.until(() => callback.lines().includes(`CREATED Person ${id}`));
  } finally {
    await watcher.close();
  }
  const [again, ...more] = vendor.webhooks.list();
  assert.deepEqual(more, []);
  assert.notEqual(again!.id, before!.id);
  assert.deepEqual(
    [again!.subscription_url, again!.http_auth_user, again!.http_auth_password],
    [instance.webhookUrl, before!.http_auth_user, before!.http_auth_password],
  );
  assert.equal(new Set(callback.lines()).size, callback.lines().length, 'nothing twice');
});

test('a webhook that is still there is left alone, and a vendor that is down undoes nothing', async () => {
  const [before] = vendor.webhooks.list();
  vendor.faults.add({ path: '/api/v1/webhooks', effect: { kind: 'vendor', name: 'server-error' } });
  vendor.requests.clear();
  await server.db.execute(`update webhook_setups set next_check_at = '2000-01-01'`, []);
  const watcher = await startWatcher();
  const asked = (): number => vendor.requests.list('/api/v1/webhooks').length;
  const shown = async () =>
    (
      await server.call<{ state: string; signed: boolean; reason?: string }>(
        'GET',
        `/instances/${instance.id}/webhooks`,
      )
    ).body;
  for (let waited = 0; waited < 400 && (await shown()).reason === undefined; waited += 1) await sleep(25);
  await watcher.close();
  const down = await shown();
  assert.deepEqual([down.state, down.signed], ['set_up', true]);
  assert.match(down.reason ?? '', /500/);
  vendor.faults.clear();
  vendor.requests.clear();
  await server.db.execute(`update webhook_setups set next_check_at = '2000-01-01'`, []);
  const second = await startWatcher();
  for (let waited = 0; waited < 400 && (await shown()).reason !== undefined; waited += 1) await sleep(25);
  await second.close();
  assert.ok(asked() >= 1);
  assert.deepEqual([(await shown()).state, (await shown()).reason], ['set_up', undefined]);
  assert.deepEqual(
    vendor.webhooks.list().map(({ id }) => id),
    [before!.id],
  );
});

test('what a process left undone when it died in the middle of a change is done by the next', async () => {
  await server.db.execute(
    `update instance_configuration set value = '"Person,Deal"' where instance_id = $1 and key = 'event.objects'`,
    [instance.id],
  );
  await server.db.execute('update instances set config_version = config_version + 1 where id = $1', [
    instance.id,
  ]);
  const watcher = await startWatcher();
  for (let waited = 0; waited < 400 && vendor.webhooks.list().length < 2; waited += 1) await sleep(25);
  await watcher.close();
  assert.deepEqual(
    vendor.webhooks.list().map((one) => one.event_object),
    ['person', 'deal'],
  );
});
