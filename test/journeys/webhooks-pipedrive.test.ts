import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createClock, type SimulatorClock } from '../../simulators/core/clock.ts';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { expectedSignature, startCallback, type Callback } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let clock: SimulatorClock;
let vendor: PipedriveSimulator;
let server: TestServer<RunningClock>;
let callback: Callback;

interface Instance {
  id: number;
  webhookUrl: string;
  attention?: { kind: string; reason: string };
}
interface WebhooksShown {
  signed: boolean;
  state: string;
  proofs: string[];
  subscriptions: { id: string; name: string }[];
  reason?: string;
}

/** The example as users have it, its blanks filled and `base.url` set; `more` is what a test adds. */
function exampleBody(more: Record<string, unknown> = {}): object {
  const text = readFileSync(new URL('../../examples/pipedrive-webhook.json', import.meta.url), 'utf8');
  const body = JSON.parse(text) as { configuration: Record<string, unknown> };
  Object.assign(body, { name: 'Acme', tags: ['acme'] });
  Object.assign(body.configuration, {
    'pipedrive.email': vendor.credentials.email,
    'pipedrive.password': vendor.credentials.password,
    'event.notification.callback.url': callback.url,
    'event.notification.signature.key': 'MySecretEventSignatureKey',
    'base.url': `${vendor.url}/v1`,
    ...more,
  });
  return body;
}

async function create(more: Record<string, unknown> = {}): Promise<Instance> {
  const created = await server.call<Instance>('POST', '/instances', { body: exampleBody(more) });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return created.body;
}

async function shown({ id }: Instance): Promise<WebhooksShown> {
  return (await server.call<WebhooksShown>('GET', `/instances/${id}/webhooks`)).body;
}

async function remove({ id }: Instance): Promise<void> {
  assert.equal((await server.call('DELETE', `/instances/${id}`)).status, 200);
}

/** What came for one instance. */
function linesOf({ id }: Instance): string[] {
  return callback.received
    .filter(({ message }) => message.instanceId === id)
    .flatMap(({ message }) =>
      message.events.map((event) => `${event.eventType} ${event.objectType} ${event.objectId}`),
    );
}

async function post(
  url: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<number> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function storedEvents({ id }: Instance): Promise<number> {
  return (await server.call<unknown[]>('GET', `/instances/${id}/events`)).body.length;
}

const dealBody = (over: { meta?: object; retry?: number } = {}): string =>
  JSON.stringify({
    v: 1,
    meta: {
      v: 1,
      action: 'updated',
      object: 'deal',
      id: 120,
      company_id: 1,
      timestamp: 1_763_716_500,
      ...over.meta,
    },
    retry: over.retry ?? 0,
    current: { id: 120, title: 'A deal' },
    previous: { id: 120, title: 'Deal' },
    event: 'updated.deal',
  });

before(async () => {
  clock = createClock();
  vendor = await createPipedriveSimulator({ clock });
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  callback = await startCallback();
});
after(async () => {
  await server.close();
  await callback.close();
  await vendor.close();
});

test('auto: the webhook is made at Pipedrive, tells of every kind of change, and goes with the instance', async () => {
  const instance = await create({ 'event.vendor.setup': 'auto', 'event.objects': 'Person,deals' });
  const { persons, deals } = vendor.store;
  assert.deepEqual(
    vendor.webhooks
      .list()
      .map((one) => [one.event_object, one.event_action, one.version, one.subscription_url]),
    [
      ['person', '*', '2.0', instance.webhookUrl],
      ['deal', '*', '2.0', instance.webhookUrl],
    ],
  );
  const view = await shown(instance);
  assert.deepEqual([view.signed, view.state, view.proofs], [true, 'set_up', ['basic']]);
  const made = persons.create({ name: 'Grace Hopper' });
  const deal = deals.sorted()[0]!.id;
  deals.update(deal, { title: 'Bigger' });
  vendor.store.organizations.create({ name: 'not asked for' });
  await vendor.webhooks.idle();
  await callback.until(() => linesOf(instance).length >= 2);
  assert.deepEqual(linesOf(instance).sort(), [
    `CREATED contacts ${made.id}`,
    `UPDATED opportunities ${deal}`,
  ]);
  const first = callback.received.find(({ message }) => message.instanceId === instance.id)!;
  assert.equal(
    first.headers['elements-webhook-signature'],
    expectedSignature('MySecretEventSignatureKey', first.body),
  );
  assert.equal((first.message.raw['meta'] as { version: string }).version, '2.0');
  assert.equal(await post(instance.webhookUrl, dealBody()), 401, 'without the user name and password');
  assert.equal(await storedEvents(instance), 2);
  await remove(instance);
  assert.deepEqual(vendor.webhooks.list(), []);
  assert.equal(await post(instance.webhookUrl, dealBody()), 404);
});

test('manual: the pasted URL is taken without a secret and shown as unsigned, until one is set', async () => {
  const instance = await create();
  assert.deepEqual(vendor.webhooks.list(), []);
  const view = await shown(instance);
  assert.deepEqual([view.signed, view.state], [false, 'manual']);
  assert.equal(await post(instance.webhookUrl, dealBody()), 200);
  assert.equal(await post(instance.webhookUrl, dealBody()), 200);
  await callback.until(() => linesOf(instance).length >= 2);
  assert.equal(await storedEvents(instance), 2, 'two identical bodies are two events');
  assert.equal(await post(instance.webhookUrl, dealBody({ retry: 1 })), 200);
  assert.equal(await storedEvents(instance), 2, 'sent again by Pipedrive: stored once');
  const other = dealBody({ retry: 2, meta: { timestamp: 1_763_716_999 } });
  assert.equal(await post(instance.webhookUrl, other), 200);
  assert.equal(await storedEvents(instance), 3, 'the first try of this one was lost');
  await server.call('PATCH', `/instances/${instance.id}`, {
    body: { configuration: { 'event.inbound.token': 'open sesame' } },
  });
  assert.equal(await post(instance.webhookUrl, dealBody()), 401);
  assert.equal(await post(`${instance.webhookUrl}?token=wrong`, dealBody()), 401);
  assert.equal(await post(`${instance.webhookUrl}?token=open%20sesame`, dealBody()), 200);
  assert.equal(await post(instance.webhookUrl, dealBody(), { 'x-tidings-token': 'open sesame' }), 200);
  assert.equal(await storedEvents(instance), 5);
  const now = await shown(instance);
  assert.deepEqual([now.signed, now.proofs], [true, ['token']]);
  assert.ok(!JSON.stringify(now).includes('sesame'));
  await remove(instance);
});

test('a webhook that was pasted by hand is adopted with what it sends, and nothing is made beside it', async () => {
  const hand = await create();
  const { id } = await create({ 'event.vendor.setup': 'manual' });
  const url = hand.webhookUrl.replace(/[^/]+$/, Buffer.from(String(id)).toString('base64'));
  vendor.webhooks.add({
    company_id: vendor.credentials.companyId,
    owner_id: vendor.credentials.userId,
    user_id: vendor.credentials.userId,
    event_action: '*',
    event_object: '*',
    subscription_url: url,
    version: '1.0',
    name: 'by hand',
    http_auth_user: 'somebody',
    http_auth_password: 'their own',
  });
  const patched = await server.call<Instance>('PATCH', `/instances/${id}`, {
    body: { configuration: { 'event.vendor.setup': 'auto' } },
  });
  assert.equal(vendor.webhooks.list().length, 1);
  assert.deepEqual((await shown(patched.body)).proofs, ['basic']);
  const { id: person } = vendor.store.persons.create({ name: 'Adopted' });
  await vendor.webhooks.idle();
  await callback.until(() => linesOf(patched.body).length >= 1);
  assert.deepEqual(linesOf(patched.body), [`CREATED contacts ${person}`]);
  assert.equal(await post(patched.body.webhookUrl, dealBody()), 401);
  await remove(patched.body);
  await remove(hand);
  assert.deepEqual(vendor.webhooks.list(), []);
});

test('a set-up that fails is undone, shown with what to do by hand, and tried again by a PATCH', async () => {
  vendor.faults.add({
    method: 'POST',
    path: '/api/v1/webhooks',
    nth: 2,
    effect: { kind: 'vendor', name: 'forbidden' },
  });
  const instance = await create({ 'event.vendor.setup': 'auto', 'event.objects': 'Person,Deal' });
  assert.equal(instance.attention?.kind, 'webhook_setup');
  assert.match(instance.attention.reason, /by hand: .*Endpoint URL: http/);
  assert.deepEqual(vendor.webhooks.list(), [], 'the first of the two was removed again');
  assert.equal((await shown(instance)).state, 'failed');
  vendor.faults.clear();
  const patched = await server.call<Instance>('PATCH', `/instances/${instance.id}`, {
    body: { name: 'Again' },
  });
  assert.equal(patched.body.attention, undefined);
  assert.equal(vendor.webhooks.list().length, 2);
  const requests = vendor.requests.list('/api/v1/webhooks').length;
  await server.call('PATCH', `/instances/${instance.id}`, { body: { name: 'Once more' } });
  assert.equal(
    vendor.requests.list('/api/v1/webhooks').length,
    requests,
    'nothing changed, nothing is asked',
  );
  await server.call('DELETE', `/instances/${instance.id}/enabled`);
  assert.deepEqual(vendor.webhooks.list(), []);
  assert.equal(await post(instance.webhookUrl, dealBody()), 403);
  await server.call('PUT', `/instances/${instance.id}/enabled`);
  assert.equal(vendor.webhooks.list().length, 2);
  await remove(instance);
});

test('what is no webhook is refused as written, and nothing of it is stored', async () => {
  const instance = await create({ 'event.objects': 'Contact' });
  const { webhookUrl: url } = instance;
  const root = url.slice(0, url.lastIndexOf('/'));
  const encoded = Buffer.from(String(instance.id)).toString('base64');
  assert.equal(await post(url, 'this is no JSON'), 400);
  assert.equal(await post(url, ''), 400);
  assert.equal(await post(url, '{"a": '), 400);
  assert.equal(await post(`${root}/${Buffer.from('999999').toString('base64')}`, dealBody()), 404);
  assert.equal(await post(`${root}/not-an-id`, dealBody()), 404);
  assert.equal(await post(`${root.replace('/pipedrive', '/nobody')}/${encoded}`, dealBody()), 404);
  assert.equal(await post(`${root.replace('/pipedrive', '/hubspotcrm')}/${encoded}`, dealBody()), 404);
  assert.equal(await post(`${root.replace('/pipedrive', '/pardot')}/${encoded}`, dealBody()), 404);
  assert.equal(await post(root, dealBody()), 404, 'an account nobody connected');
  assert.equal(await post(url, Buffer.alloc(8 * 1024 * 1024 + 1, 0x20)), 413);
  assert.equal(await post(url, dealBody()), 200, 'of an object that is not watched');
  assert.equal(await storedEvents(instance), 0);
  assert.equal(await post(url, JSON.stringify({ of: 'a version to come', meta: { version: '3.0' } })), 200);
  assert.equal(await storedEvents(instance), 1, 'kept as UNKNOWN');
  await server.call('PATCH', `/instances/${instance.id}`, {
    body: { configuration: { 'event.notification.enabled': false } },
  });
  assert.equal(await post(url, dealBody()), 403);
  await remove(instance);
});

test('every form of address finds the instance', async () => {
  const instance = await create();
  const root = instance.webhookUrl.slice(0, instance.webhookUrl.lastIndexOf('/'));
  const padded = Buffer.from(String(instance.id)).toString('base64');
  assert.equal(await post(`${root}/${encodeURIComponent(padded)}`, dealBody()), 200);
  assert.equal(await post(root, dealBody(), { 'element-instances': `${instance.id}, 999999` }), 200);
  const { companyId } = vendor.credentials;
  assert.equal(await post(root, dealBody({ meta: { company_id: companyId } })), 200);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  assert.equal(await post(`${root}/${padded}`, 'kind=form&kind=twice', form), 200);
  assert.equal((await fetch(`${root}/${padded}?kind=query`)).status, 200);
  assert.equal((await fetch(`${root}/${padded}`, { method: 'HEAD' })).status, 404);
  await callback.until(() => linesOf(instance).length >= 5);
  assert.deepEqual(linesOf(instance).sort(), [
    'UNKNOWN unknown ',
    'UNKNOWN unknown ',
    ...Array.from({ length: 3 }, () => 'UPDATED opportunities 120'),
  ]);
  const raws = callback.received
    .filter(({ message }) => message.instanceId === instance.id)
    .map(({ message }) => message.raw['kind']);
  assert.deepEqual(raws.flatMap((kind) => (kind === undefined ? [] : JSON.stringify(kind))).sort(), [
    '"query"',
    '["form","twice"]',
  ]);
  await remove(instance);
});

test("an instance's own finder takes the place of the vendor account", async () => {
  const instance = await create({
    'event.notification.instance.finder': 'my.host|meta.host',
    'my.host': 'acme.example',
  });
  const root = instance.webhookUrl.slice(0, instance.webhookUrl.lastIndexOf('/'));
  const { companyId } = vendor.credentials;
  assert.equal(await post(root, dealBody({ meta: { company_id: companyId } })), 404);
  assert.equal(await post(root, dealBody({ meta: { host: 'other.example' } })), 404);
  assert.equal(await post(root, dealBody({ meta: { host: 'acme.example' } })), 200);
  assert.equal(await storedEvents(instance), 1);
  await remove(instance);
});

test('hostile bodies are stored in a form that the log can show', async () => {
  const instance = await create();
  const bodies = [
    dealBody({ meta: { id: `a\u0000b${'x'.repeat(1000)}\ud800`, timestamp: 9e99 } }),
    '{"meta":{"version":"2.0","id":{},"entity":["deal"],"entity_id":null,"timestamp":"never"},"data":7}',
    '[[[]]]',
    'null',
    '"text"',
    '{"__proto__":{"v":1},"v":1,"meta":[]}',
    `\ufeff${dealBody()}`,
  ];
  for (const body of bodies) assert.equal(await post(instance.webhookUrl, body), 200, body);
  await callback.until(() => linesOf(instance).length >= bodies.length);
  const listed = await server.call<{ events: { objectId: string }[] }[]>(
    'GET',
    `/instances/${instance.id}/events?objectId=120`,
  );
  assert.equal(listed.body.length, 1);
  assert.equal(await storedEvents(instance), bodies.length);
  await remove(instance);
});
