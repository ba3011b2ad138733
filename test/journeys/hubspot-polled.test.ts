import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClock, type SimulatorClock } from '../../simulators/core/clock.ts';
import { createHubSpotSimulator, type HubSpotSimulator } from '../../simulators/hubspot/simulator.ts';
import { expectedSignature, startCallback, type Callback } from '../support/callback.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { untilSettled } from '../support/settled.ts';

interface Instance {
  id: number;
  token: string;
  configuration: Record<string, unknown>;
}

let clock: SimulatorClock;
let vendor: HubSpotSimulator;
let server: TestServer<RunningClock>;
let callback: Callback;
/** The example as it is: its one entry, named accounts, polls contacts. */
let example: Instance;
/** A private app that polls what HubSpot polls by default. */
let usual: Instance;

const OAUTH_CALLBACK = 'https://app.example/callback';

/** The example as users have it, its blanks filled and HubSpot's addresses set, nothing else changed. */
async function createExample(): Promise<Instance> {
  const text = readFileSync(new URL('../../examples/hubspotcrm-polling.json', import.meta.url), 'utf8');
  const body = JSON.parse(text) as { configuration: Record<string, unknown>; [key: string]: unknown };
  const { clientId, clientSecret } = vendor.credentials;
  const asked = await server.call<{ oauthUrl: string }>(
    'GET',
    `/elements/hubspotcrm/oauth/url?apiKey=${clientId}&apiSecret=${clientSecret}&callbackUrl=${OAUTH_CALLBACK}`,
  );
  const page = new URL(asked.body.oauthUrl);
  const answered = new URL(await vendor.consent(`${vendor.url}${page.pathname}${page.search}`));
  Object.assign(body, {
    name: 'Acme',
    tags: ['acme'],
    providerData: { code: answered.searchParams.get('code') },
  });
  Object.assign(body.configuration, {
    'oauth.callback.url': OAUTH_CALLBACK,
    'oauth.api.key': clientId,
    'oauth.api.secret': clientSecret,
    'oauth.token.url': `${vendor.url}/oauth/v1/token`,
    'base.url': vendor.url,
    'event.notification.callback.url': callback.url,
  });
  return create(body);
}

function createUsual(): Promise<Instance> {
  return create({
    element: { key: 'hubspotcrm' },
    name: 'Acme, by private app',
    configuration: {
      'hubspot.authorization.apikey': vendor.credentials.accessToken,
      'base.url': vendor.url,
      'event.notification.enabled': true,
      'event.vendor.type': 'polling',
      'event.notification.callback.url': callback.url,
    },
  });
}

async function create(body: object): Promise<Instance> {
  const created = await server.call<Instance>('POST', '/instances', { body });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return created.body;
}

/** Lets both clocks pass. */
async function pass(ms: number): Promise<void> {
  await untilSettled(server);
  clock.advance(ms);
  server.clock.advance(ms);
}

async function poll({ id }: Instance): Promise<string[]> {
  const answer = await server.call<{
    polled: { objectType: string; records: number; events: number; error?: string }[];
  }>('POST', `/instances/${id}/poll`);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.polled.map(({ objectType, events, error }) => `${objectType} ${error ?? events}`);
}

/** What has come for one instance since `from` notifications. */
function linesOf(instance: Instance, from = 0): string[] {
  return callback.received
    .slice(from)
    .filter(({ message }) => message.instanceId === instance.id)
    .flatMap(({ message }) =>
      message.events.map((event) => `${event.eventType} ${event.objectType} ${event.objectId}`),
    )
    .sort();
}

before(async () => {
  clock = createClock();
  vendor = await createHubSpotSimulator({ clock });
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api,delivery' } });
  callback = await startCallback();
  example = await createExample();
  usual = await createUsual();
});
after(async () => {
  await server.close();
  await callback.close();
  await vendor.close();
});

test('the example instance polls contacts as accounts, and tells of each change once, signed', async () => {
  await pass(60_000);
  assert.deepEqual(await poll(example), ['accounts 0']);
  const { contacts } = vendor.store;
  const made = contacts.create({ firstname: 'Grace', email: 'grace@customers.example' });
  const edited = contacts.sorted()[3]!.id;
  contacts.update(edited, { jobtitle: 'Admiral' });
  const gone = contacts.sorted()[0]!.id;
  contacts.remove(gone);
  await pass(10_000);
  assert.deepEqual(await poll(example), ['accounts 3']);
  await callback.until(() => linesOf(example).length >= 3);
  assert.deepEqual(linesOf(example), [
    `CREATED accounts ${made.id}`,
    `DELETED accounts ${gone}`,
    `UPDATED accounts ${edited}`,
  ]);
  const [first] = callback.received;
  assert.equal(first?.headers['elements-webhook-signature'], expectedSignature('12345', first!.body));
  const records = callback.received.flatMap(({ message }) => message.raw['accounts'] as { id: string }[]);
  assert.deepEqual(records.map(({ id }) => id).sort(), [made.id, gone, edited].map(String).sort());
  assert.deepEqual(await poll(example), ['accounts 0']);
});

test('companies, contacts and deals are polled by default, and merging is no edit of anything else', async () => {
  await pass(60_000);
  await poll(usual);
  const before = callback.received.length;
  const { companies, contacts, deals } = vendor.store;
  const company = companies.create({ name: 'Fresh', domain: 'fresh.example' });
  const deal = deals.sorted()[2]!.id;
  deals.update(deal, { dealstage: 'closedwon' });
  const [winner, loser] = contacts.sorted().filter((one) => one.deletedAt === null);
  contacts.merge(winner!.id, loser!.id);
  deals.associate(deal, 'contacts', winner!.id);
  await pass(10_000);
  assert.deepEqual(await poll(usual), ['accounts 1', 'contacts 1', 'opportunities 1']);
  await callback.until(() => linesOf(usual, before).length >= 3);
  assert.deepEqual(linesOf(usual, before), [
    `CREATED accounts ${company.id}`,
    `UPDATED contacts ${winner!.id}`,
    `UPDATED opportunities ${deal}`,
  ]);
});

test('an import of 1,200 contacts with one stamp arrives once each, through limits, errors and expired tokens', async () => {
  await pass(60_000);
  await poll(example);
  const before = callback.received.length;
  // The example's access token has ended by now.
  await pass(3_600_000);
  vendor.seedMany(1200, 1200);
  const search = '/crm/v3/objects/contacts/search';
  vendor.faults.add(
    { path: search, nth: 2, times: 1, effect: { kind: 'vendor', name: 'search-rate-limit' } },
    { path: search, nth: 4, times: 1, effect: { kind: 'vendor', name: 'server-error' } },
    { path: search, nth: 5, times: 1, effect: { kind: 'drop' } },
    { path: search, nth: 7, times: 1, effect: { kind: 'html' } },
  );
  for (let round = 0; round < 6 && linesOf(example, before).length < 1200; round += 1) {
    await pass(30_000);
    await poll(example);
    await sleep(200);
  }
  await callback.until(() => linesOf(example, before).length >= 1200);
  await poll(example);
  const lines = linesOf(example, before);
  assert.equal(lines.length, 1200);
  assert.equal(new Set(lines).size, 1200);
});

test("clients read and write HubSpot's records by the names of the hub", async () => {
  const { token } = usual;
  const made = await server.call<{ id: string; properties: Record<string, string> }>(
    'POST',
    '/hubs/crm/accounts',
    { token, body: { properties: { name: 'Written', domain: 'written.example' } } },
  );
  assert.equal(made.status, 200, JSON.stringify(made.body));
  assert.equal(made.body.properties['name'], 'Written');
  await pass(10_000);
  const since = new Date(clock.now() - 20_000).toISOString();
  const where = encodeURIComponent(`hs_lastmodifieddate='${since}'`);
  const listed = await server.call<{ id: string; properties: Record<string, string> }[]>(
    'GET',
    `/hubs/crm/accounts?where=${where}`,
    { token },
  );
  assert.equal(listed.body[0]?.id, made.body.id, 'the newest first');
  assert.ok(listed.body[0]?.properties['hs_lastmodifieddate'] && listed.body[0].properties['createdate']);
  const one = `/hubs/crm/accounts/${made.body.id}`;
  const changed = await server.call<typeof made.body>('PATCH', one, { token, body: { name: 'Rewritten' } });
  assert.equal(changed.body.properties['name'], 'Rewritten');
  assert.equal((await server.call('DELETE', one, { token })).status, 200);
  assert.equal((await server.call('GET', one, { token })).status, 404);
  const ping = await server.call('GET', '/hubs/crm/ping', { token });
  assert.deepEqual(ping.body, { endpoint: 'hubspotcrm', valid: true });
});

test('a revoked connection is told, and a wrong token makes no instance', async () => {
  const refused = await server.call<{ providerMessage?: string }>('POST', '/instances', {
    body: {
      element: { key: 'hubspotcrm' },
      name: 'wrong',
      configuration: { 'hubspot.authorization.apikey': 'pat-na1-wrong', 'base.url': vendor.url },
    },
  });
  assert.equal(refused.status, 400, JSON.stringify(refused.body));
  vendor.rotatePrivateAppToken();
  await pass(60_000);
  const answers = await poll(usual);
  assert.match(answers.join(), /re-authenticate/);
});
