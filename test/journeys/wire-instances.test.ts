import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import type { EntryView, InstanceView } from '../../src/instances/schema.ts';
import { createRunningClock, type RunningClock } from '../support/running-clock.ts';
import { startTestServer, type Answer, type TestServer } from '../support/server.ts';

/** Section 2 of the wire contract: instances and their configuration. */

type Values = Record<string, unknown>;
type Failed = { requestId: string; message: string; providerMessage?: string };

let simulator: PipedriveSimulator;
let server: TestServer<RunningClock>;
before(async () => {
  simulator = await createPipedriveSimulator({ limits: { enforced: false } });
  server = await startTestServer({ clock: createRunningClock(), env: { TIDINGS_ROLES: 'api' } });
});
after(async () => {
  await server.close();
  await simulator.close();
});

const SIGNATURE_KEY = 'the-key-of-signatures';

function body(configuration: Values = {}, more: Values = {}): Values {
  return {
    element: { key: 'pipedrive' },
    name: 'Acme',
    configuration: {
      'pipedrive.email': simulator.credentials.email,
      'pipedrive.password': simulator.credentials.password,
      'base.url': simulator.url,
      ...configuration,
    },
    ...more,
  };
}

const post = <T = InstanceView>(sent: unknown, path = '/instances'): Promise<Answer<T>> =>
  server.call<T>('POST', path, { body: sent });

async function create(configuration: Values = {}, more: Values = {}): Promise<InstanceView> {
  const created = await post(body(configuration, more));
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return created.body;
}

async function refused(sent: unknown, path?: string): Promise<Failed> {
  const answer = await post<Failed>(sent, path);
  assert.equal(answer.status, 400, JSON.stringify(answer.body));
  return answer.body;
}

const configurationOf = (instance: InstanceView): Values => instance.configuration ?? {};

test('an instance has every documented field, and no other secret than its token', async () => {
  const instance = await create({ 'event.notification.signature.key': SIGNATURE_KEY });
  const { id, token, createdDate, element, user, configuration, webhookUrl, ...rest } = instance;
  assert.ok(Number.isInteger(id) && token.length >= 32);
  assert.match(createdDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, {
    name: 'Acme',
    elementId: 167,
    tags: ['Acme'],
    valid: true,
    disabled: false,
    eventsEnabled: false,
    provisionInteractions: [],
    maxCacheSize: 0,
    cacheTimeToLive: 0,
    cachingEnabled: false,
    traceLoggingEnabled: false,
    externalAuthentication: 'none',
  });
  const { key, name, hub, description, active, typeOauth, authentication } = element;
  assert.deepEqual(
    [element.id, key, name, hub, active, typeOauth],
    [167, 'pipedrive', 'Pipedrive', 'crm', true, false],
  );
  assert.ok(description !== '');
  assert.deepEqual(authentication, { type: 'emailPassword' });
  assert.deepEqual(Object.keys(user).sort(), ['emailAddress', 'firstName', 'id', 'lastName']);
  assert.equal(user.emailAddress, server.email);
  for (const secret of ['pipedrive.password', 'pipedrive.api.token', 'event.notification.signature.key']) {
    assert.equal(configuration?.[secret], '********', secret);
  }
  assert.equal(
    new URL(webhookUrl).pathname,
    `/elements/api-v2/events/pipedrive/${Buffer.from(String(id)).toString('base64url')}`,
  );
  assert.deepEqual((await server.call('GET', `/instances/${id}`)).body, instance);
});

test('ids are consecutive and tokens differ', async () => {
  const [first, second] = [await create(), await create()];
  assert.equal(second.id, first.id + 1);
  assert.notEqual(second.token, first.token);
});

test('a name loses its HTML tags, and tags default to the name', async () => {
  const named = await create({}, { name: '<b>Acme</b> & <script>alert(1)</script>Sons' });
  assert.equal(named.name, 'Acme & alert(1)Sons');
  assert.deepEqual(named.tags, [named.name]);
  assert.deepEqual((await create({}, { tags: ['a', 'b'] })).tags, ['a', 'b']);
});

test('an instance is created under its element too, by key and number, whatever the body says', async () => {
  for (const keyOrId of ['pipedrive', '167']) {
    const { element: _element, ...rest } = body();
    const created = await post(rest, `/elements/${keyOrId}/instances`);
    assert.equal(created.status, 200, JSON.stringify(created.body));
    assert.equal(created.body.elementId, 167);
    const { id } = created.body;
    assert.deepEqual((await server.call('GET', `/elements/${keyOrId}/instances/${id}`)).body, created.body);
    assert.equal((await server.call('GET', `/elements/sfdc/instances/${id}`)).status, 404);
    const list = await server.call<InstanceView[]>('GET', `/elements/${keyOrId}/instances?pageSize=2000`);
    assert.deepEqual(
      list.body.find((one) => one.id === id),
      created.body,
    );
  }
  assert.equal((await server.call('GET', '/elements/sfdc/instances')).status, 404);
});

test('an unknown element is a 404, a missing one a 400', async () => {
  assert.equal((await post(body({}, { element: { key: 'nosuchcrm' } }))).status, 404);
  assert.equal((await post(body(), '/elements/nosuchcrm/instances')).status, 404);
  assert.match((await refused({ name: 'x' })).message, /element\.key/);
});

test('everything that is missing is named at once, placeholders and blanks among it', async () => {
  const missing = await refused({
    element: { key: 'hubspotcrm' },
    name: '<NAME>',
    providerData: { code: '<CODE>' },
    configuration: { 'oauth.api.key': '', 'oauth.api.secret': '<SECRET>', 'oauth.callback.url': null },
  });
  for (const key of [
    'oauth.api.key',
    'oauth.api.secret',
    'oauth.callback.url',
    'providerData.code',
    'name',
  ]) {
    assert.ok(missing.message.includes(key), `${key} in: ${missing.message}`);
  }
  assert.deepEqual(Object.keys(missing), ['requestId', 'message']);
});

test('credentials that the vendor refuses are a 400 with its words', async () => {
  const failed = await refused(body({ 'pipedrive.password': 'wrong' }));
  assert.match(failed.providerMessage ?? '', /Pipedrive|status 401/);
  const token = body({ 'authentication.type': 'accessToken', 'pipedrive.api.token': 'nonsense' });
  assert.ok((await refused(token)).providerMessage);
});

test('unknown keys, bulk and tagging entries are kept and echoed in the type they came in', async () => {
  const sent = {
    'acme.own.key': 'kept',
    'acme.list': [1, 'two', null],
    'acme.object': { deep: { er: true } },
    'create.bulk.properties': 'false',
    'document.tagging': false,
    'event.notification.type': 'webhook',
    'event.poller.refresh_interval': 7,
  };
  const { id, ...created } = await create(sent);
  for (const [key, value] of Object.entries(sent)) {
    assert.deepEqual(created.configuration?.[key], value, key);
  }
  const entries = (await server.call<EntryView[]>('GET', `/instances/${id}/configuration`)).body;
  for (const { id: entryId, key, propertyValue } of entries) {
    assert.ok(Number.isInteger(entryId));
    assert.equal(typeof propertyValue, 'string', key);
  }
  const shown = Object.fromEntries(entries.map(({ key, propertyValue }) => [key, propertyValue]));
  assert.equal(shown['document.tagging'], 'false');
  assert.equal(shown['event.poller.refresh_interval'], '7');
  assert.deepEqual(JSON.parse(shown['acme.object']!), sent['acme.object']);
  assert.equal(shown['pipedrive.password'], '********');
});

test('an unusable authentication.type is chosen by what is present', async () => {
  for (const type of ['oauth2 OR apiKey', 'nonsense', '', '<TYPE>']) {
    const both = await create({ 'authentication.type': type });
    assert.equal(both.element.authentication.type, 'emailPassword', type);
  }
  const { 'pipedrive.email': _e, 'pipedrive.password': _p, ...rest } = body()['configuration'] as Values;
  const byToken = await post(
    body(
      {},
      {
        configuration: {
          ...rest,
          'pipedrive.api.token': simulator.credentials.apiToken,
          'authentication.type': 'x OR y',
        },
      },
    ),
  );
  assert.equal(byToken.status, 200, JSON.stringify(byToken.body));
  assert.equal(byToken.body.element.authentication.type, 'accessToken');
});

test('a callback that nobody can reach is no obstacle', async () => {
  const url = 'http://127.0.0.1:9/nobody?tenant=7&x=a%20b';
  const instance = await create({
    'event.notification.enabled': 'true',
    'event.notification.callback.url': url,
  });
  assert.equal(configurationOf(instance)['event.notification.callback.url'], url);
  assert.equal(instance.eventsEnabled, true);
});

/** Values as JSON or as text. */
const EVENT_VALUES: [key: string, good: unknown[], bad: unknown[]][] = [
  ['event.notification.enabled', [true, 'true', 'TRUE', false, 'false'], ['maybe', 3]],
  ['event.vendor.type', ['polling', 'webhook', 'webhooks', 'both', 'Polling'], ['carrier pigeon', true]],
  ['event.vendor.setup', ['auto', 'manual'], ['magic']],
  ['event.notification.callback.url', ['https://x.example/a?b=c', 'http://x.example'], ['ftp://x', 'x', 7]],
  ['event.notification.callback.headers', [{ 'X-A': 'b' }, '{"X-A":"b"}'], ['{', ['x'], { 'X A': 'b' }]],
  ['event.objects', ['Contact,Account', 'person', ['deals']], []],
  ['event.poller.refresh_interval', [1, '15', 999_999_999, '999999999'], [0, '0', -1, 'soon', 1.5]],
  ['event.poller.configuration', [{}, '{}'], ['{"a":', 7, []]],
  ['event.notification.ordered', ['true', true], ['perhaps']],
  ['event.notification.format', ['elements', 'cloudevents', 'standard-webhooks'], ['xml']],
  ['filter.response.nulls', ['true', false], ['perhaps']],
];

for (const [key, good, bad] of EVENT_VALUES) {
  test(`${key} is taken as JSON or text, and a wrong one is named`, async () => {
    const { id } = await create({ 'event.notification.enabled': 'true' });
    for (const value of good) {
      const changed = await server.call('PATCH', `/instances/${id}`, {
        body: { configuration: { [key]: value } },
      });
      assert.equal(changed.status, 200, `${JSON.stringify(value)}: ${JSON.stringify(changed.body)}`);
    }
    for (const value of bad) {
      const message = (await refused(body({ [key]: value }))).message;
      assert.ok(message.includes(key), `${JSON.stringify(value)}: ${message}`);
    }
  });
}

test('several wrong values are named in one answer', async () => {
  const bad = EVENT_VALUES.filter(([, , values]) => values.length > 0);
  const { message } = await refused(body(Object.fromEntries(bad.map(([key, , [value]]) => [key, value]))));
  for (const [key] of bad) assert.ok(message.includes(key), `${key} in: ${message}`);
});

test('instances are found by tags, by a part of the name, and are a 404 when none match', async () => {
  const one = await create({}, { name: 'Findable Corp', tags: ['red', 'green'] });
  const two = await create({}, { name: 'findable Ltd', tags: ['red'] });
  const idsOf = async (query: string): Promise<number[]> => {
    const { status, body: found } = await server.call<InstanceView[]>('GET', `/instances?${query}`);
    assert.equal(status, 200, query);
    return found.map(({ id }) => id);
  };
  assert.deepEqual(await idsOf('searchText=FINDABLE'), [one.id, two.id]);
  assert.deepEqual(await idsOf('tags[]=red&searchText='), [one.id, two.id]);
  assert.deepEqual(await idsOf('tags[]=green'), [one.id]);
  assert.deepEqual(await idsOf('searchText=findable&pageSize=1&page=2'), [two.id]);
  assert.equal((await server.call('GET', '/instances?searchText=nothing+like+it')).status, 404);
  assert.equal((await server.call('GET', '/instances?tags[]=mauve')).status, 404);
  const bare = await server.call<InstanceView[]>('GET', '/instances?hydrate=false&searchText=findable');
  assert.equal(bare.body[0]?.configuration, undefined);
  const count = await server.call<{ totalInstances: number; elementInstances: { count: number }[] }>(
    'GET',
    '/instances/count',
  );
  assert.equal(count.body.totalInstances, (await idsOf('pageSize=2000')).length);
  assert.equal(count.body.elementInstances[0]?.count, count.body.totalInstances);
});

test('PATCH merges the configuration and replaces tags, PUT updates the whole, by id and by token', async () => {
  const { id, token } = await create({ 'acme.a': '1' });
  const patch = { configuration: { 'acme.b': '2' }, tags: ['new'] };
  const patched = await server.call<InstanceView>('PATCH', `/instances/${id}`, { body: patch });
  const { configuration = {} } = patched.body;
  assert.deepEqual(
    [configuration['acme.a'], configuration['acme.b'], patched.body.tags],
    ['1', '2', ['new']],
  );
  const byToken = await server.call<InstanceView>('PATCH', '/instances', {
    token,
    body: { configuration: { 'acme.b': '3' } },
  });
  assert.equal(configurationOf(byToken.body)['acme.b'], '3');
  // What GET shows, masks and all, can be sent back.
  const shown = (await server.call<InstanceView>('GET', `/instances/${id}`)).body;
  for (const [path, options] of [
    [`/instances/${id}`, {}],
    ['/instances', { token }],
  ] as const) {
    const put = await server.call<InstanceView>('PUT', path, { ...options, body: shown });
    assert.equal(put.status, 200, JSON.stringify(put.body));
    assert.deepEqual(put.body, shown);
    const empty = await server.call<InstanceView>('PUT', path, options);
    assert.equal(empty.status, 200, JSON.stringify(empty.body));
  }
  const { 'acme.b': _b, ...fewer } = configurationOf(shown);
  const put = await server.call<InstanceView>('PUT', `/instances/${id}`, {
    body: { ...shown, configuration: fewer },
  });
  assert.equal(configurationOf(put.body)['acme.b'], undefined);
  assert.equal((await server.call('GET', '/hubs/crm/ping', { token })).status, 200);
});

test('entries are read and changed one by one, by id and by token', async () => {
  const { id, token } = await create({ 'event.poller.refresh_interval': 5 });
  const all = (await server.call<EntryView[]>('GET', '/instances/configuration', { token })).body;
  assert.deepEqual((await server.call('GET', `/instances/${id}/configuration`)).body, all);
  const entry = all.find(({ key }) => key === 'event.poller.refresh_interval')!;
  for (const [path, options, value] of [
    [`/instances/${id}/configuration/${entry.id}`, {}, '6'],
    [`/instances/configuration/${entry.id}`, { token }, '7'],
  ] as const) {
    assert.equal((await server.call('GET', path, options)).status, 200);
    const changed = await server.call<EntryView>('PATCH', path, {
      ...options,
      body: { propertyValue: value },
    });
    assert.deepEqual([changed.status, changed.body.propertyValue], [200, value]);
  }
  assert.equal((await server.call('GET', `/instances/${id}/configuration/999999`)).status, 404);
  const wrong = { body: { propertyValue: 'soon' } };
  assert.equal((await server.call('PATCH', `/instances/${id}/configuration/${entry.id}`, wrong)).status, 400);
});

test('the token forms need the token', async () => {
  for (const [method, path] of [
    ['PUT', '/instances'],
    ['PATCH', '/instances'],
    ['GET', '/instances/configuration'],
    ['GET', '/instances/event-poller-records'],
    ['GET', '/hubs/crm/contacts'],
    ['GET', '/objects'],
  ] as const) {
    for (const token of [undefined, 'unknown=']) {
      const answer = await server.call(method, path, token === undefined ? {} : { token });
      assert.equal(answer.status, 401, `${method} ${path} ${token}`);
    }
  }
});

test('a disabled instance refuses resource calls and keeps its data, an enabled one goes on', async () => {
  const { id, token } = await create({ 'event.notification.enabled': true });
  for (const body_ of [undefined, 'null']) {
    const off = await server.call<InstanceView>('DELETE', `/instances/${id}/enabled`, { body: body_ });
    assert.deepEqual([off.status, off.body.disabled], [200, true]);
    assert.equal((await server.call('GET', '/hubs/crm/contacts', { token })).status, 403);
    assert.equal((await server.call('GET', `/instances/${id}`)).status, 200);
    assert.equal((await server.call('GET', '/instances/configuration', { token })).status, 200);
    assert.equal((await server.call('POST', `/instances/${id}/poll`)).status, 403);
    const on = await server.call<InstanceView>('PUT', `/instances/${id}/enabled`, { body: body_ });
    assert.deepEqual([on.status, on.body.disabled], [200, false]);
    assert.equal((await server.call('GET', '/hubs/crm/contacts', { token })).status, 200);
  }
});

test('a deleted instance is unknown, and so is its token', async () => {
  const { id, token } = await create();
  const removed = await server.call('DELETE', `/instances/${id}`, { body: 'null' });
  assert.equal(removed.status, 200);
  for (const [method, path] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['PUT', '/enabled'],
    ['GET', '/configuration'],
    ['GET', '/events'],
    ['POST', '/poll'],
  ] as const) {
    assert.equal((await server.call(method, `/instances/${id}${path}`)).status, 404, `${method} ${path}`);
  }
  assert.equal((await server.call('GET', '/hubs/crm/contacts', { token })).status, 401);
  assert.equal((await server.call('GET', '/instances/configuration', { token })).status, 401);
});

interface PollerRecord {
  id: number;
  instanceId: number;
  objectType: string;
  lastPollDate: string | null;
  nextPollDate: string | null;
  status: string;
  consecutiveFailures: number;
  warnings: string[];
}

test('there is a poller record for each polled object, and none for one that is dropped', async () => {
  const { id, token } = await create({
    'event.notification.enabled': 'true',
    'event.objects': 'persons,Organization',
  });
  const records = async (): Promise<PollerRecord[]> => {
    const answer = await server.call<PollerRecord[]>('GET', '/instances/event-poller-records', { token });
    assert.equal(answer.status, 200);
    return answer.body;
  };
  assert.deepEqual((await records()).map(({ objectType }) => objectType).sort(), ['Organization', 'persons']);
  const [first] = await records();
  assert.deepEqual([first?.instanceId, first?.consecutiveFailures, first?.warnings], [id, 0, []]);
  const polled = await server.call<{ polled: Values[] }>('POST', `/instances/${id}/poll`);
  assert.equal(polled.status, 200, JSON.stringify(polled.body));
  for (const one of polled.body.polled) {
    assert.deepEqual(Object.keys(one), ['objectType', 'records', 'events']);
  }
  assert.ok((await records()).every(({ lastPollDate, status }) => lastPollDate !== null && status === 'ok'));
  await server.call('PATCH', `/instances/${id}`, { body: { configuration: { 'event.objects': 'persons' } } });
  assert.deepEqual(
    (await records()).map(({ objectType }) => objectType),
    ['persons'],
  );
  await server.call('PATCH', `/instances/${id}`, {
    body: { configuration: { 'event.notification.enabled': 'false' } },
  });
  assert.equal((await server.call('POST', `/instances/${id}/poll`)).status, 403);
});

test('of two polls at once the second is a 409', async () => {
  const { id } = await create({ 'event.notification.enabled': 'true', 'event.objects': 'persons' });
  simulator.faults.add({ path: '/api/v2/persons', times: 1, effect: { kind: 'hang', ms: 700 } });
  const first = server.call('POST', `/instances/${id}/poll`);
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal((await server.call('POST', `/instances/${id}/poll`)).status, 409);
  assert.equal((await first).status, 200);
  simulator.faults.clear();
  assert.deepEqual((await server.call('GET', '/instances/polling-disabled')).body, []);
});
