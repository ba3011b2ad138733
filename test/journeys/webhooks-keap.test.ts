import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClock, type SimulatorClock } from '../../simulators/core/clock.ts';
import { createKeapSimulator, type KeapSimulator } from '../../simulators/keap/simulator.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { untilSettled } from '../support/settled.ts';

let clock: SimulatorClock;
let vendor: KeapSimulator;
let server: TestServer<RunningClock>;
let callback: Callback;

interface Instance {
  id: number;
  webhookUrl: string;
  attention?: { kind: string; reason: string };
}

async function create(more: Record<string, unknown> = {}): Promise<Instance> {
  const configuration = {
    'authentication.type': 'accessKey',
    'keap.access.token': vendor.credentials.accessKey,
    'event.notification.enabled': 'true',
    'event.vendor.type': 'webhook',
    'event.notification.callback.url': callback.url,
    'base.url': `${vendor.url}/crm/rest/v1`,
    ...more,
  };
  const body = { element: { key: 'infusionsoftecommerce' }, name: 'Shop', configuration };
  const created = await server.call<Instance>('POST', '/instances', { body });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return created.body;
}

async function stateOf({ id }: Instance): Promise<string> {
  return (await server.call<{ state: string }>('GET', `/instances/${id}/webhooks`)).body.state;
}

function linesOf({ id }: Instance): string[] {
  return callback.received
    .filter(({ message }) => message.instanceId === id)
    .flatMap(({ message }) =>
      message.events.map((event) => `${event.eventType} ${event.objectType} ${event.objectId}`),
    );
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  await answer.arrayBuffer();
  return answer;
}

/** Lets Keap gather and send. */
async function pass(ms: number): Promise<void> {
  await untilSettled(server);
  clock.advance(ms);
  server.clock.advance(ms);
  await vendor.hooks.idle();
}

before(async () => {
  clock = createClock();
  vendor = await createKeapSimulator({ clock, limits: { enforced: false } });
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  callback = await startCallback();
});
after(async () => {
  await server.close();
  await callback.close();
  await vendor.close();
});

test('hooks are made with their handshake, tell of every change, and go with the instance', async () => {
  const instance = await create();
  const hooks = vendor.hooks.list();
  assert.deepEqual(hooks.map(({ eventKey, status }) => `${eventKey} ${status}`).sort(), [
    'order.add Verified',
    'order.delete Verified',
    'order.edit Verified',
    'product.add Verified',
    'product.delete Verified',
    'product.edit Verified',
  ]);
  const { orders } = vendor.store;
  const made = orders.create({});
  const [edited, gone] = orders.sorted();
  orders.update(edited!.id, { title: 'Renamed' });
  orders.erase(gone!.id);
  await pass(60_000);
  await callback.until(() => linesOf(instance).length >= 3);
  assert.deepEqual(linesOf(instance).sort(), [
    `CREATED orders ${made.id}`,
    `DELETED orders ${gone!.id}`,
    `UPDATED orders ${edited!.id}`,
  ]);
  assert.equal((await server.call('DELETE', `/instances/${instance.id}`)).status, 200);
  assert.deepEqual(vendor.hooks.list(), []);
});

test('the token is demanded, a repeat is stored once, and a thousand objects go out twenty at a time', async () => {
  const instance = await create({ 'event.objects': 'orders' });
  assert.equal(vendor.hooks.list().length, 3);
  const { hookUrl } = vendor.hooks.list()[0]!;
  const key = (id: number) => ({ id, apiUrl: '', timestamp: '2026-11-20T09:16:40Z' });
  const body = (from: number, to: number) => ({
    event_key: 'order.edit',
    object_type: 'order',
    object_keys: Array.from({ length: to - from }, (_, nth) => key(from + nth)),
  });
  assert.equal((await post(instance.webhookUrl, body(0, 1))).status, 401);
  assert.equal((await post(`${instance.webhookUrl}?token=guessed`, body(0, 1))).status, 401);
  assert.equal((await post(hookUrl, body(0, 1000))).status, 200);
  assert.equal((await post(hookUrl, body(0, 1000))).status, 200);
  assert.equal((await post(hookUrl, body(999, 1001))).status, 200, 'one of them is new');
  await callback.until(() => linesOf(instance).length >= 1001);
  assert.equal(new Set(linesOf(instance)).size, 1001);
  assert.equal(linesOf(instance).length, 1001);
  const own = callback.received.filter(({ message }) => message.instanceId === instance.id);
  assert.equal(own.length, 51);
  for (const { message } of own) {
    const ids = (message.raw['object_keys'] as { id: number }[]).map(({ id }) => String(id));
    if (ids.length > 1)
      assert.deepEqual(
        ids,
        message.events.map(({ objectId }) => objectId),
      );
    assert.equal(message.raw['event_key'], 'order.edit');
  }
  await server.call('DELETE', `/instances/${instance.id}`);
});

test('whoever shakes hands gets the secret back, and what comes with it is still an event', async () => {
  const instance = await create({ 'event.vendor.setup': 'manual' });
  assert.deepEqual(vendor.hooks.list(), []);
  const shaken = await post(instance.webhookUrl, {}, { 'x-hook-secret': 's3cret' });
  assert.deepEqual([shaken.status, shaken.headers.get('x-hook-secret')], [200, 's3cret']);
  const keys = [{ id: 5, timestamp: '2026-11-20T09:16:40Z' }];
  const both = await post(
    instance.webhookUrl,
    { event_key: 'order.add', object_keys: keys },
    { 'x-hook-secret': 'again' },
  );
  assert.deepEqual([both.status, both.headers.get('x-hook-secret')], [200, 'again']);
  await callback.until(() => linesOf(instance).length >= 1);
  assert.deepEqual(linesOf(instance), ['CREATED orders 5']);
  await server.call('DELETE', `/instances/${instance.id}`);
});

test('hooks that were made are removed, the last one first, when the next is refused', async () => {
  const { faults, requests } = vendor;
  requests.clear();
  faults.add({
    method: 'POST',
    path: '/crm/rest/v1/hooks',
    nth: 3,
    effect: { kind: 'reply', status: 403, body: { message: 'no more hooks' } },
  });
  const instance = await create({ 'event.objects': 'orders' });
  assert.equal(await stateOf(instance), 'failed');
  assert.equal(instance.attention?.kind, 'webhook_setup');
  const asked = requests
    .list('/crm/rest/v1/hooks')
    .map(({ method, path }) => `${method} ${path.split('/')[5] ?? ''}`);
  const [last, first] = asked.slice(-2).map((line) => Number(line.replace('DELETE ', '')));
  assert.deepEqual(asked.slice(-5, -2), ['POST ', 'POST ', 'POST ']);
  assert.equal(last, first! + 1, 'the second before the first');
  assert.deepEqual(vendor.hooks.list(), []);
  faults.clear();
  await server.call('DELETE', `/instances/${instance.id}`);
});

test('objects Keap has no hooks of are named, and nothing is left behind', async () => {
  const instance = await create({ 'event.objects': 'orders,spaceships' });
  assert.equal(instance.attention?.kind, 'webhook_setup');
  assert.match(instance.attention.reason, /no hooks of spaceship/);
  assert.equal(await stateOf(instance), 'failed');
  assert.deepEqual(vendor.hooks.list(), []);
  const patched = await server.call<Instance>('PATCH', `/instances/${instance.id}`, {
    body: { configuration: { 'event.objects': 'orders' } },
  });
  assert.equal(patched.body.attention, undefined);
  assert.equal(vendor.hooks.list().length, 3);
  await server.call('PATCH', `/instances/${instance.id}`, {
    body: { configuration: { 'event.objects': 'products', 'event.inbound.token': 'mine & only' } },
  });
  assert.deepEqual(
    vendor.hooks.list().map(({ eventKey, hookUrl }) => `${eventKey} ${new URL(hookUrl).search}`),
    ['add', 'edit', 'delete'].map((verb) => `product.${verb} ?token=mine%20%26%20only`),
  );
  const made = vendor.store.products.create({ product_name: 'Tea' });
  await pass(60_000);
  await callback.until(() => linesOf(instance).length >= 1);
  assert.deepEqual(linesOf(instance), [`CREATED products ${made.id}`]);
  await server.call('PATCH', `/instances/${instance.id}`, {
    body: { configuration: { 'event.vendor.type': 'polling' } },
  });
  assert.deepEqual(vendor.hooks.list(), []);
  await server.call('DELETE', `/instances/${instance.id}`);
});
