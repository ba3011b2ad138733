import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Registry } from 'prom-client';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { createClock } from '../../simulators/core/clock.ts';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { createAuthenticate } from '../accounts/authenticate.ts';
import { ensureFirstUser } from '../accounts/first-start.ts';
import { createServer } from '../api/server.ts';
import { connectors } from '../connectors/registry.ts';
import { createEgress, type Egress } from '../egress/egress.ts';
import { createRecorder } from '../events/record.ts';
import { createContexts } from '../hubs/contexts.ts';
import { createInstances } from '../instances/instances.ts';
import { createInstanceRoutes } from '../instances/routes.ts';
import { createVendor } from '../instances/vendor.ts';
import { createManualClock, type ManualClock } from '../kernel/clock.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { createSilentLog } from '../kernel/log.ts';
import { createVault } from '../vault/vault.ts';
import { createBudgets } from './budgets.ts';
import { createPoller, type Poller } from './poller.ts';
import { createPollingCheck } from './poller-configuration.ts';
import { createPollingRoutes } from './routes.ts';

/** The body with which users create a polling Pipedrive instance today, its blanks filled. */
function exampleBody(simulator: PipedriveSimulator): JsonObject {
  const entry = (resource: string): JsonObject => ({
    url: `/hubs/crm/${resource}?where=update_time>'\${date:yyyy-MM-dd HH:mm:ss}'`,
    idField: 'id',
    datesConfiguration: {
      updatedAtField: 'update_time',
      updatedAtFormat: 'yyyy-MM-dd HH:mm:ss',
      createdAtField: 'add_time',
      createdAtFormat: 'yyyy-MM-dd HH:mm:ss',
    },
  });
  return {
    element: { key: 'pipedrive' },
    configuration: {
      'pipedrive.email': simulator.credentials.email,
      'pipedrive.password': simulator.credentials.password,
      'base.url': `${simulator.url}/v1`,
      'event.notification.enabled': 'true',
      'event.notification.callback.url': '',
      'event.vendor.type': 'polling',
      'event.poller.configuration': {
        accounts: entry('accounts'),
        contacts: entry('contacts'),
        opportunities: entry('opportunities'),
      },
    },
    tags: [''],
    name: 'Pipedrive, polled',
  };
}

let simulator: PipedriveSimulator;
let database: TestDatabase;
let egress: Egress;
let poller: Poller;
let clock: ManualClock;
let app: Awaited<ReturnType<typeof createServer>>;
const NOW = Date.UTC(2026, 10, 21, 9);
const USER = 'user-secret';
const ORGANIZATION = 'organization-secret';

before(async () => {
  simulator = await createPipedriveSimulator({ clock: createClock(NOW) });
  database = await createTestDatabase();
  const { db } = database;
  clock = createManualClock(NOW);
  const log = createSilentLog();
  const vault = createVault([randomBytes(32)]);
  egress = createEgress({ allowPrivate: true, clock, log });
  await ensureFirstUser(
    { db, clock, vault },
    {
      email: 'admin@localhost',
      password: 'correct horse',
      userSecret: USER,
      organizationSecret: ORGANIZATION,
      announcePassword: () => {},
    },
  );
  const ground = { db, clock, log, vault, egress, connectors };
  const vendor = createVendor(ground);
  const wait = async (ms: number) => clock.advance(ms);
  const budgets = createBudgets({ ...ground, vendor, wait });
  const contexts = createContexts({ vendor: budgets.within, clock });
  poller = createPoller({
    ...ground,
    vendor: budgets.within,
    contexts,
    recorder: createRecorder({ clock, onCommitted: [] }),
    random: () => 0.5,
    loadInstance: (id) => instances.load(id),
  });
  const instances = createInstances({
    ...ground,
    lifecycle: [poller.lifecycle],
    checks: [createPollingCheck(connectors)],
  });
  const site = { publicUrl: 'http://tidings.example' };
  app = await createServer({
    log,
    clock,
    ...site,
    trustProxy: false,
    authenticate: createAuthenticate({ db }),
    api: [
      createInstanceRoutes({ ...ground, instances, ...site }),
      createPollingRoutes({ db, clock, poller, instances, site }),
    ],
    root: [],
    assertReady: async () => {},
    metrics: { registry: new Registry(), token: null },
    version: '0.0.0',
    isApi: true,
  });
});

after(async () => {
  await poller.stop();
  await app.close();
  await egress.close();
  await simulator.close();
  await database.drop();
});

async function call<T>(
  method: 'GET' | 'POST' | 'PATCH',
  url: string,
  body?: Json,
  token?: string,
): Promise<T> {
  const answer = await app.inject({
    method,
    url: `/elements/api-v2${url}`,
    headers: {
      authorization: `User ${USER}, Organization ${ORGANIZATION}${token === undefined ? '' : `, Element ${token}`}`,
    },
    ...(body === undefined ? {} : { payload: body as object }),
  });
  assert.equal(answer.statusCode, 200, answer.body);
  return JSON.parse(answer.body) as T;
}

function pass(ms: number): void {
  clock.advance(ms);
  simulator.clock.set(clock.now());
}

interface Instance {
  id: number;
  token: string;
}

async function lines(): Promise<string[]> {
  const rows = await database.db.query<{ payload: Buffer }>(
    'select payload from events order by tableoid, ctid',
  );
  return rows.flatMap(({ payload }) => {
    const { events } = JSON.parse(payload.toString()) as { events: Record<string, string>[] };
    return events.map(
      (event) => `${event['eventType']} ${event['objectType']} ${event['objectId']} ${event['date']}`,
    );
  });
}

test('the instance of an existing user detects creations, edits and deletions of all its resources', async () => {
  const { id, token } = await call<Instance>('POST', '/instances', exampleBody(simulator));
  const { persons, organizations, deals } = simulator.store;
  assert.deepEqual(await lines(), []);
  pass(60_000);
  const person = persons.create({ ...persons.sorted()[0]!.fields, name: 'New Person' });
  const organization = organizations.sorted()[0]!;
  organizations.update(organization.id, { name: 'Renamed' });
  const deal = deals.sorted()[0]!;
  deals.remove(deal.id);
  const goneId = persons.sorted()[1]!.id;
  persons.remove(goneId);
  pass(30_000);
  const { polled } = await call<{ polled: JsonObject[] }>('POST', `/instances/${id}/poll`);
  assert.deepEqual(
    polled.map(({ objectType, events, error }) => [objectType, events, error]),
    [
      ['accounts', 1, undefined],
      ['contacts', 2, undefined],
      ['opportunities', 1, undefined],
    ],
  );
  assert.deepEqual(await lines(), [
    `UPDATED accounts ${organization.id} 2026-11-21T09:01:00Z`,
    `CREATED contacts ${person.id} 2026-11-21T09:01:00Z`,
    `DELETED contacts ${goneId} 2026-11-21T09:01:00Z`,
    `DELETED opportunities ${deal.id} 2026-11-21T09:01:00Z`,
  ]);
  const records = await call<JsonObject[]>('GET', '/instances/event-poller-records', undefined, token);
  assert.deepEqual(
    records.map(({ objectType, status, consecutiveFailures }) => [objectType, status, consecutiveFailures]),
    [
      ['accounts', 'ok', 0],
      ['contacts', 'ok', 0],
      ['opportunities', 'ok', 0],
    ],
  );
  assert.match(JSON.stringify(records[0]?.['warnings']), /does not fit/);
  assert.equal(records[0]?.['lastPollDate'], '2026-11-21T09:01:30Z');
  pass(30_000);
  const again = await call<{ polled: JsonObject[] }>('POST', `/instances/${id}/poll`);
  assert.deepEqual(
    again.polled.map(({ events }) => events),
    [0, 0, 0],
  );
});

test('a revoked token disables polling at once and lists the instance', async () => {
  const before = (await lines()).length;
  const { id } = await call<Instance>('POST', '/instances', exampleBody(simulator));
  simulator.faults.add({
    path: '/api/v2',
    effect: { kind: 'reply', status: 401, body: { success: false, error: 'unauthorized access' } },
  });
  simulator.faults.add({
    path: '/v1/authorizations',
    effect: { kind: 'reply', status: 401, body: { success: false, error: 'wrong password' } },
  });
  pass(60_000);
  const { polled } = await call<{ polled: JsonObject[] }>('POST', `/instances/${id}/poll`);
  simulator.faults.clear();
  assert.equal(polled.length, 1);
  assert.match(JSON.stringify(polled[0]), /re-authenticate/);
  const disabled = await call<JsonObject[]>('GET', '/instances/polling-disabled');
  assert.deepEqual(
    disabled.map((instance) => [instance['id'], (instance['attention'] as JsonObject)['kind']]),
    [[id, 'reauthorize']],
  );
  assert.equal((await lines()).length, before);
});

test('a polling configuration that cannot work is refused with every mistake named', async () => {
  const body = exampleBody(simulator);
  const configuration = body['configuration'] as JsonObject;
  configuration['event.poller.configuration'] = {
    contacts: { idField: 'id' },
    cars: { url: '/hubs/crm/cars' },
  };
  const answer = await app.inject({
    method: 'POST',
    url: '/elements/api-v2/instances',
    headers: { authorization: `User ${USER}, Organization ${ORGANIZATION}` },
    payload: body,
  });
  assert.equal(answer.statusCode, 400);
  assert.match(answer.body, /contacts has no url.*cars polls/s);
});
