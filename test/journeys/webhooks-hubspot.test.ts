import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, test } from 'node:test';
import { createClock, type SimulatorClock } from '../../simulators/core/clock.ts';
import { createHubSpotSimulator, type HubSpotSimulator } from '../../simulators/hubspot/simulator.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let clock: SimulatorClock;
let vendor: HubSpotSimulator;
let server: TestServer<RunningClock>;
let callback: Callback;
/** The example, signed in by OAuth at the first portal; and one of everything in the second. */
let first: Instance;
let second: Instance;

interface Instance {
  id: number;
  webhookUrl: string;
}

async function create(portalId: number, changes: Record<string, unknown> = {}): Promise<Instance> {
  const text = readFileSync(new URL('../../examples/hubspotcrm-webhook.json', import.meta.url), 'utf8');
  const body = JSON.parse(text) as { configuration: Record<string, unknown>; providerData: object };
  const { clientId, clientSecret } = vendor.credentials;
  const page = `${vendor.url}/oauth/authorize?${new URLSearchParams({
    client_id: clientId,
    redirect_uri: 'https://mycoolapp.example/auth',
    scope: 'oauth crm.objects.contacts.read crm.objects.companies.read crm.objects.deals.read',
  }).toString()}`;
  const code = new URL(await vendor.consent(page, { portalId })).searchParams.get('code');
  Object.assign(body, { name: 'Acme', providerData: { code } });
  Object.assign(body.configuration, {
    'oauth.callback.url': 'https://mycoolapp.example/auth',
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'oauth.token.url': `${vendor.url}/oauth/v1/token`,
    'event.notification.callback.url': callback.url,
    'base.url': vendor.url,
    ...changes,
  });
  const created = await server.call<Instance>('POST', '/instances', { body });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return created.body;
}

function linesOf({ id }: Instance): string[] {
  return callback.received
    .filter(({ message }) => message.instanceId === id)
    .flatMap(({ message }) =>
      message.events.map((event) => `${event.eventType} ${event.objectType} ${event.objectId}`),
    )
    .sort();
}

async function storedEvents({ id }: Instance): Promise<number> {
  return (await server.call<unknown[]>('GET', `/instances/${id}/events?pageSize=2000`)).body.length;
}

/** A body signed as version 1, which has no time and no address in it. */
async function post(
  url: string,
  elements: unknown,
  secret = vendor.credentials.clientSecret,
): Promise<number> {
  const body = JSON.stringify(elements);
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-hubspot-signature': createHash('sha256')
        .update(secret + body)
        .digest('hex'),
      'x-hubspot-signature-version': 'v1',
    },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

const element = (over: object): object => ({
  eventId: 1,
  subscriptionId: 12,
  portalId: vendor.portals[0].portalId,
  occurredAt: 1_763_716_500_000,
  subscriptionType: 'contact.propertyChange',
  attemptNumber: 0,
  objectId: 123,
  propertyName: 'email',
  propertyValue: 'a@b.example',
  ...over,
});

before(async () => {
  clock = createClock();
  vendor = await createHubSpotSimulator({ clock });
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  callback = await startCallback();
  first = await create(vendor.portals[0].portalId);
  second = await create(vendor.portals[1].portalId, { 'event.objects': '' });
  vendor.webhooks.configure({ targetUrl: first.webhookUrl.slice(0, first.webhookUrl.lastIndexOf('/')) });
  const listed = await server.call<{
    manual: { subscriptions: { eventType: string; propertyName?: string }[] };
  }>('GET', `/instances/${second.id}/webhooks`);
  for (const one of listed.body.manual.subscriptions)
    assert.ok(vendor.webhooks.subscribe(one), one.eventType);
});
after(async () => {
  await server.close();
  await callback.close();
  await vendor.close();
});
beforeEach(() => {
  callback.received.length = 0;
});

test('a body of two portals reaches each instance with its own part, bursts as one event', async () => {
  const made = vendor.store.contacts.create({ firstname: 'Grace', lastname: 'Hopper', email: 'g@c.example' });
  vendor.store.deals.create({ dealname: 'not watched by the first' });
  const { companies } = vendor.portals[1].store;
  const company = companies.create({ name: 'Fresh', domain: 'fresh.example' });
  await vendor.webhooks.idle();
  await callback.until(() => linesOf(first).length >= 1 && linesOf(second).length >= 1);
  assert.deepEqual(linesOf(first), [`CREATED contacts ${made.id}`]);
  assert.deepEqual(linesOf(second), [`CREATED accounts ${company.id}`]);
  for (const { message } of callback.received) {
    const portals = (message.raw as unknown as { portalId: number }[]).map(({ portalId }) => portalId);
    const own = message.instanceId === first.id ? vendor.portals[0].portalId : vendor.portals[1].portalId;
    assert.deepEqual([...new Set(portals)], [own]);
  }
  vendor.store.contacts.remove(made.id);
  await vendor.webhooks.idle();
  await callback.until(() => linesOf(first).length >= 2);
  assert.deepEqual(linesOf(first), [`CREATED contacts ${made.id}`, `DELETED contacts ${made.id}`]);
});

test('what HubSpot sends again is stored once, also when it was stored in part', async () => {
  const before = await storedEvents(first);
  const { webhookUrl: url } = first;
  const burst = [1, 2, 3].map((objectId) => element({ objectId }));
  assert.equal(await post(url, burst.slice(0, 2)), 200);
  assert.equal(await storedEvents(first), before + 1);
  const again = [1, 2, 3].map((objectId) => element({ objectId, attemptNumber: 1 }));
  assert.equal(await post(url, again), 200);
  assert.equal(await post(url, again), 200);
  assert.equal(await storedEvents(first), before + 2);
  await callback.until(() => linesOf(first).length >= 3);
  assert.deepEqual(linesOf(first), ['UPDATED contacts 1', 'UPDATED contacts 2', 'UPDATED contacts 3']);
  const raws = callback.received.map(({ message }) => (message.raw as unknown as object[]).length);
  assert.deepEqual(
    raws.toSorted((a, b) => a - b),
    [1, 2],
  );
  assert.equal(await post(url, burst.slice(0, 2)), 200);
  assert.equal(await storedEvents(first), before + 3, 'a first attempt is never a repeat');
});

test('a hundred events of a body go out twenty at a time, each with its own part', async () => {
  const many = Array.from({ length: 100 }, (_, nth) =>
    element({ objectId: 1000 + nth, portalId: vendor.portals[1].portalId }),
  );
  assert.equal(await post(second.webhookUrl, many), 200);
  await callback.until(() => linesOf(second).length >= 100);
  assert.equal(new Set(linesOf(second)).size, 100);
  for (const { message } of callback.received) {
    assert.equal(message.events.length, 20);
    const ids = (message.raw as unknown as { objectId: number }[]).map(({ objectId }) => String(objectId));
    assert.deepEqual(
      ids,
      message.events.map(({ objectId }) => objectId),
    );
  }
});

test('forged, unsigned and stale requests, and those of other portals, store nothing', async () => {
  const before = await storedEvents(first);
  const { webhookUrl: url } = first;
  const root = url.slice(0, url.lastIndexOf('/'));
  assert.equal(await post(url, [element({})], 'another secret'), 401);
  assert.equal(await post(root, [element({})], 'another secret'), 401);
  const unsigned = await fetch(url, { method: 'POST', body: JSON.stringify([element({})]) });
  assert.equal(unsigned.status, 401);
  assert.equal(await post(root, [element({ portalId: 1 })]), 404);
  assert.equal(await post(url, [element({ portalId: 1 })]), 404, "another's portal at this address");
  const mixed = [element({ portalId: 1 }), element({ objectId: 77 })];
  assert.equal(await post(root, mixed), 200, 'the known one is recorded');
  assert.equal(await storedEvents(first), before + 1);
  // HubSpot's clock is an hour behind: version 3 carries the time.
  server.clock.advance(3_600_000);
  const failed = vendor.webhooks.deliveries().length;
  vendor.store.contacts.create({ firstname: 'Late', email: 'late@c.example' });
  await vendor.webhooks.idle();
  assert.equal(vendor.webhooks.deliveries()[failed]?.tries[0]?.status, 401);
  assert.equal(await storedEvents(first), before + 1);
  clock.advance(3_600_000);
});

test('the bare host of an old set-up works too', async () => {
  const { origin } = new URL(first.webhookUrl);
  vendor.webhooks.configure({ targetUrl: origin });
  const { id } = vendor.store.contacts.create({ firstname: 'Old', email: 'old@c.example' });
  await vendor.webhooks.idle();
  await callback.until(() => linesOf(first).length >= 1);
  assert.deepEqual(linesOf(first), [`CREATED contacts ${id}`]);
  const nobody = await fetch(`${origin}/`, { method: 'POST', body: '{}' });
  assert.equal(nobody.status, 404);
});

test('nobody of a deactivated account is told anything', async () => {
  const before = await storedEvents(second);
  await server.db.execute('update users set active = false', []);
  server.clock.advance(6000);
  clock.advance(6000);
  const body = [element({ portalId: vendor.portals[1].portalId })];
  assert.equal(await post(second.webhookUrl, body), 403);
  await server.db.execute('update users set active = true', []);
  server.clock.advance(6000);
  clock.advance(6000);
  assert.equal(await post(second.webhookUrl, body), 200);
  assert.equal(await storedEvents(second), before + 1);
});
