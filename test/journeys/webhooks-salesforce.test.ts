import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClock, type SimulatorClock } from '../../simulators/core/clock.ts';
import {
  createSalesforceSimulator,
  type SalesforceSimulator,
} from '../../simulators/salesforce/simulator.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let clock: SimulatorClock;
let vendor: SalesforceSimulator;
let server: TestServer<RunningClock>;
let callback: Callback;

interface Instance {
  id: number;
  webhookUrl: string;
  attention?: { kind: string; reason: string };
}

/** The example as users have it, its blanks filled, signed in at the simulated org. */
async function create(org: SalesforceSimulator, more: Record<string, unknown> = {}): Promise<Instance> {
  const text = readFileSync(new URL('../../examples/sfdc-webhook.json', import.meta.url), 'utf8');
  const body = JSON.parse(text) as { configuration: Record<string, unknown>; name: string };
  const { clientId, clientSecret } = org.credentials;
  const page = `${org.url}/services/oauth2/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: String(body.configuration['oauth.callback.url']),
  }).toString()}`;
  const code = new URL(await org.consent(page)).searchParams.get('code');
  Object.assign(body, { providerData: { code } });
  Object.assign(body.configuration, {
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'oauth.token.url': `${org.url}/services/oauth2/token`,
    'event.notification.callback.url': callback.url,
    'base.url': org.url,
    ...more,
  });
  const created = await server.call<Instance>('POST', '/instances', { body });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return created.body;
}

interface Shown {
  state: string;
  signed: boolean;
  subscriptions: { kind: string; name: string }[];
  package?: { path: string; steps: string[] };
}

async function shown({ id }: Instance): Promise<Shown> {
  return (await server.call<Shown>('GET', `/instances/${id}/webhooks`)).body;
}

function linesOf({ id }: Instance): string[] {
  return callback.received
    .filter(({ message }) => message.instanceId === id)
    .flatMap(({ message }) =>
      message.events.map((event) => `${event.eventType} ${event.objectType} ${event.objectId}`),
    )
    .sort();
}

/** What of ours the org holds, by the Tooling API. */
async function toolingNames(org: SalesforceSimulator, kind: string, field: string): Promise<string[]> {
  const q = encodeURIComponent(`SELECT Id,${field} FROM ${kind}`);
  const answer = await fetch(`${org.url}/services/data/v66.0/tooling/query?q=${q}`, {
    headers: { authorization: `Bearer ${org.credentials.accessToken}` },
  });
  const { records } = (await answer.json()) as { records: Record<string, string>[] };
  return records.map((record) => record[field]!);
}

before(async () => {
  clock = createClock();
  vendor = await createSalesforceSimulator({ clock });
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  callback = await startCallback();
});
after(async () => {
  await server.close();
  await callback.close();
  await vendor.close();
});

test('class, triggers and remote site are made, tell of every change, and go with the instance', async () => {
  const instance = await create(vendor);
  assert.deepEqual(instance.attention, undefined);
  const view = await shown(instance);
  assert.deepEqual([view.state, view.signed], ['set_up', true]);
  assert.deepEqual(
    view.subscriptions.map(({ kind }) => kind),
    ['RemoteProxy', 'ApexClass', 'ApexTrigger', 'ApexTrigger'],
  );
  const contacts = vendor.store.of('Contact');
  const accounts = vendor.store.of('Account');
  const [edited] = accounts.sorted();
  const made = Array.from({ length: 45 }, (_, nth) => contacts.create({ LastName: `New ${nth}` }));
  accounts.update(edited!.id, { Name: 'Renamed' });
  vendor.store.of('Lead').create({ LastName: 'not asked for', Company: 'Acme' });
  await sleep(0);
  await vendor.triggers!.idle();
  await callback.until(() => linesOf(instance).length >= 46);
  assert.deepEqual(
    linesOf(instance),
    [...made.map(({ id }) => `CREATED Contact ${id}`), `UPDATED Account ${edited!.id}`].sort(),
  );
  for (const { message } of callback.received) {
    const raw = message.raw as { action: string; objects: { Id: string }[] };
    assert.deepEqual(
      raw.objects.map(({ Id }) => Id),
      message.events.map(({ objectId }) => objectId),
    );
  }
  assert.deepEqual(
    vendor.triggers!.deliveries().map(({ state }) => state),
    ['delivered', 'delivered'],
  );
  contacts.remove(made[0]!.id);
  await sleep(0);
  await vendor.triggers!.idle();
  await callback.until(() => linesOf(instance).length >= 47);
  assert.ok(linesOf(instance).includes(`DELETED Contact ${made[0]!.id}`));
  const forged = await fetch(instance.webhookUrl, {
    method: 'POST',
    headers: { 'x-tidings-signature': 'sha256=guessed' },
    body: JSON.stringify({
      action: 'delete',
      objects: [{ Id: made[1]!.id, attributes: { type: 'Contact' } }],
    }),
  });
  assert.equal(forged.status, 401);
  await server.call('PATCH', `/instances/${instance.id}`, {
    body: { configuration: { 'event.objects': 'Lead' } },
  });
  assert.deepEqual(
    (await toolingNames(vendor, 'ApexTrigger', 'Name')).map((name) => name.split('_').at(-1)),
    ['Lead'],
  );
  assert.equal((await server.call('DELETE', `/instances/${instance.id}`)).status, 200);
  for (const [kind, field] of [
    ['ApexTrigger', 'Name'],
    ['ApexClass', 'Name'],
    ['RemoteProxy', 'SiteName'],
  ] as const) {
    assert.deepEqual(await toolingNames(vendor, kind, field), [], kind);
  }
});

test('what was made in the org is removed the other way round when its second trigger is refused', async () => {
  const { faults, requests } = vendor;
  requests.clear();
  const path = '/services/data/v66.0/tooling/sobjects/ApexTrigger';
  const body = [{ errorCode: 'FIELD_INTEGRITY_EXCEPTION', message: 'no more triggers' }];
  faults.add({ method: 'POST', path, nth: 2, effect: { kind: 'reply', status: 400, body } });
  const instance = await create(vendor);
  assert.equal(instance.attention?.kind, 'webhook_setup');
  assert.match(instance.attention.reason, /no more triggers/);
  assert.equal((await shown(instance)).state, 'failed');
  const asked = requests
    .list('/services/data/v66.0/tooling/sobjects')
    .map(({ method, path: asked }) => `${method} ${asked.split('/')[6]}`);
  assert.deepEqual(asked, [
    'POST RemoteProxy',
    'POST ApexClass',
    'POST ApexTrigger',
    'POST ApexTrigger',
    'DELETE ApexTrigger',
    'DELETE ApexClass',
    'DELETE RemoteProxy',
  ]);
  assert.deepEqual(await toolingNames(vendor, 'ApexClass', 'Name'), []);
  faults.clear();
  const again = await server.call<Instance>('PATCH', `/instances/${instance.id}`, {
    body: { name: 'Again' },
  });
  assert.equal(again.body.attention, undefined);
  requests.clear();
  await server.call('PATCH', `/instances/${instance.id}`, { body: { name: 'Once more' } });
  assert.deepEqual(requests.list('/services/data/v66.0/tooling'), [], 'nothing changed, nothing is asked');
  assert.equal((await toolingNames(vendor, 'ApexTrigger', 'Name')).length, 2);
  await server.call('DELETE', `/instances/${instance.id}`);
});

test('a body of the old product is taken in its form, by header, from a hand-made trigger', async () => {
  const instance = await create(vendor, { 'event.vendor.setup': 'manual' });
  const root = instance.webhookUrl.slice(0, instance.webhookUrl.lastIndexOf('/'));
  const id = vendor.store.of('Account').sorted()[0]!.id;
  const answer = await fetch(root, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'element-instances': String(instance.id) },
    body: JSON.stringify({ objects: [{ Id: id.slice(0, 15) }], action: 'updated' }),
  });
  assert.equal(answer.status, 200);
  await callback.until(() => linesOf(instance).length >= 1);
  assert.deepEqual(linesOf(instance), [`UPDATED Account ${id}`], 'the type is read from the id');
  await server.call('DELETE', `/instances/${instance.id}`);
});

test('a production org is told how to deploy the package, which carries the secret from then on', async () => {
  const production = await createSalesforceSimulator({ clock, edition: 'production' });
  try {
    const instance = await create(production);
    assert.equal(instance.attention?.kind, 'webhook_setup');
    assert.match(instance.attention.reason, /deploy the package/);
    assert.deepEqual(await toolingNames(production, 'RemoteProxy', 'SiteName'), []);
    const view = await shown(instance);
    assert.match(view.package?.steps.join(' ') ?? '', /sf project deploy start --metadata-dir \S+\.zip/);
    const answer = await fetch(`${server.url}/elements/api-v2${view.package!.path}`, {
      headers: { authorization: server.authorization },
    });
    assert.equal(answer.headers.get('content-type'), 'application/zip');
    const archive = Buffer.from(await answer.arrayBuffer());
    assert.equal(archive.readUInt32LE(0), 0x04034b50);
    assert.equal(archive.readUInt16LE(archive.length - 12), 10, 'files in the archive');
    assert.equal((await shown(instance)).signed, true);
    const unsigned = await fetch(instance.webhookUrl, {
      method: 'POST',
      body: '{"objects":[],"action":"update"}',
    });
    assert.equal(unsigned.status, 401);
    await server.call('DELETE', `/instances/${instance.id}`);
  } finally {
    await production.close();
  }
});

test('polling-only Pardot refuses webhooks in words', async () => {
  const refused = await server.call<{ message: string }>('POST', '/instances', {
    body: {
      element: { key: 'pardot' },
      name: 'Pardot',
      configuration: {
        'apikey.user.name': 'a',
        'apikey.user.password': 'b',
        'apikey.user.key': 'c',
        'event.notification.enabled': true,
        'event.vendor.type': 'webhook',
      },
    },
  });
  assert.equal(refused.status, 400);
  assert.match(
    refused.body.message,
    /event.vendor.type is webhook, but pardot finds changes by polling only/,
  );
  const metadata = await server.call<{ events: { methods: string[] } }>('GET', '/elements/90/metadata');
  assert.deepEqual(metadata.body.events.methods, ['polling']);
});
