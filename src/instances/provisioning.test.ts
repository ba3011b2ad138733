import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, test } from 'node:test';
import { createPipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { connectors } from '../connectors/registry.ts';
import type { JsonObject } from '../kernel/json.ts';
import { MASK } from '../vault/mask.ts';
import type { Instance, Lifecycle } from './instance.ts';
import { openHouse } from './testing/house.ts';

/** Creating, changing and removing instances over HTTP, against the Pipedrive simulator. */

const simulator = await createPipedriveSimulator({ limits: { enforced: false } });
const told: [string, ...Instance[]][] = [];
const listener: Lifecycle = {
  started: async (instance) => void told.push(['started', instance]),
  changed: async (before, after) => void told.push(['changed', before, after]),
  removed: async (instance) => void told.push(['removed', instance]),
};
const failing: Lifecycle = {
  started: async () => {
    throw new Error('a listener of ours fails');
  },
  changed: async () => {},
  removed: async () => {
    throw new Error('a listener of ours fails');
  },
};
const house = await openHouse(connectors, {
  lifecycle: [listener, failing],
  checks: [
    ({ configuration }) => ({
      problems: configuration['event.poller.urls'] === 'nonsense' ? ['event.poller.urls is nonsense'] : [],
      warnings: ['never shown here'],
    }),
  ],
});
after(async () => {
  await house.close();
  await simulator.close();
});
afterEach(() => {
  simulator.faults.clear();
  told.length = 0;
});

const { credentials } = simulator;
const LOGIN = {
  'base.url': `${simulator.url}/v1`,
  'pipedrive.email': credentials.email,
  'pipedrive.password': credentials.password,
};
interface Created {
  id: number;
  token: string;
  createdDate: string;
  configuration: JsonObject;
}
const body = (configuration: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  element: { key: 'pipedrive' },
  configuration: { ...LOGIN, ...configuration },
  name: 'My Pipedrive',
  ...more,
});
const create = async (configuration: JsonObject = {}, more: JsonObject = {}) => {
  const answer = await house.call('POST', '/instances', body(configuration, more));
  assert.equal(answer.status, 200, `${answer.body.message} ${answer.body.providerMessage}`);
  return answer.body as unknown as Created;
};

test('a new instance is shown exactly as documented', async () => {
  const { id, token, configuration, createdDate, ...rest } = await create({
    'event.notification.enabled': 'true',
    'my.unknown': { any: ['thing', null] },
    'event.notification.signature.key': '12345',
  });
  assert.match(token, /^[\w+/]{43}=$/);
  assert.match(createdDate, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(rest, {
    name: 'My Pipedrive',
    element: {
      id: 167,
      key: 'pipedrive',
      name: 'Pipedrive',
      hub: 'crm',
      description: 'Sales CRM: organizations, persons and deals.',
      active: true,
      deleted: false,
      typeOauth: false,
      trialAccount: false,
      authentication: { type: 'emailPassword' },
    },
    elementId: 167,
    tags: ['My Pipedrive'],
    provisionInteractions: [],
    valid: true,
    disabled: false,
    maxCacheSize: 0,
    cacheTimeToLive: 0,
    eventsEnabled: true,
    traceLoggingEnabled: false,
    cachingEnabled: false,
    externalAuthentication: 'none',
    user: { id: 2, emailAddress: 'admin@localhost', firstName: 'Admin', lastName: '' },
    webhookUrl: `https://tidings.example/base/elements/api-v2/events/pipedrive/${Buffer.from(String(id)).toString('base64url')}`,
  });
  assert.equal(configuration['pipedrive.password'], MASK);
  assert.equal(configuration['pipedrive.api.token'], MASK);
  assert.equal(configuration['event.notification.signature.key'], MASK);
  assert.equal(configuration['pipedrive.email'], credentials.email);
  assert.equal(configuration['event.notification.enabled'], 'true');
  assert.deepEqual(configuration['my.unknown'], { any: ['thing', null] });
  assert.equal(configuration['event.poller.refresh_interval'], '15');
  assert.equal(configuration['filter.response.nulls'], 'true');
  const polled = JSON.parse(configuration['event.poller.configuration'] as string) as JsonObject;
  assert.deepEqual(Object.keys(polled), ['accounts', 'contacts', 'opportunities']);
});

test('what the database holds of an instance shows no secret', async () => {
  const { id, token } = await create({ 'event.inbound.token': 'inbound-secret' });
  const rows = await house.db.query<{ text: string }>(
    `select i::text || coalesce(string_agg(c::text, ''), '') as text
     from instances i join instance_configuration c on c.instance_id = i.id where i.id = $1 group by i.id`,
    [id],
  );
  const text = rows[0]!.text;
  for (const secret of [token, credentials.password, credentials.apiToken, 'inbound-secret']) {
    assert.ok(!text.includes(secret));
    assert.ok(!text.includes(Buffer.from(secret).toString('hex')));
  }
  assert.ok(text.includes(credentials.email));
});

test('everyone is told of a new instance in the clear, and a failing listener refuses nothing', async () => {
  const { id } = await create();
  assert.deepEqual(
    told.map(([what, instance]) => [what, instance!.id]),
    [['started', id]],
  );
  const [, instance] = told[0]!;
  assert.equal(instance!.configuration['pipedrive.api.token'], credentials.apiToken);
  assert.equal(instance!.tenantId, String(credentials.companyId));
});

test('ids are consecutive, whatever was refused in between', async () => {
  const { id } = await create();
  const refused = [
    await house.call('POST', '/instances', body({ 'pipedrive.password': 'wrong' })),
    await house.call('POST', '/instances', body({ 'pipedrive.email': '' })),
    await house.call('POST', '/instances', { ...body(), element: { key: 'nothing' } }),
  ];
  assert.deepEqual(
    refused.map((answer) => answer.status),
    [400, 400, 404],
  );
  assert.equal((await create()).id, id + 1);
});

test('everything missing and everything wrong is named in one answer', async () => {
  const answer = await house.call('POST', '/elements/167/instances', {
    configuration: {
      'pipedrive.email': '<EMAIL>',
      'event.notification.enabled': 'maybe',
      'event.poller.configuration': '{"contacts": }',
      'base.url': 'not a url',
    },
  });
  assert.equal(answer.status, 400);
  for (const part of [
    'missing required entries: name, pipedrive.email, pipedrive.password',
    'event.notification.enabled must be true or false',
    'event.poller.configuration is not valid JSON: unexpected character at position 13',
    'base.url must be an http or https URL',
  ]) {
    assert.ok(answer.body.message.includes(part), `${part} in ${answer.body.message}`);
  }
});

test('what polling finds wrong refuses the request in its words', async () => {
  const answer = await house.call('POST', '/instances', body({ 'event.poller.urls': 'nonsense' }));
  assert.equal(answer.status, 400);
  assert.match(answer.body.message, /event\.poller\.urls is nonsense/);
});

test('a refused login is a 400 with the words of the vendor, its limit a 429, a vendor that is down a 502', async () => {
  const refused = await house.call('POST', '/instances', body({ 'pipedrive.password': 'wrong' }));
  assert.equal(refused.status, 400);
  assert.match(refused.body.providerMessage ?? '', /status 401/);

  simulator.faults.add({ effect: { kind: 'html', status: 503 } });
  assert.equal((await house.call('POST', '/instances', body())).status, 502);
  simulator.faults.clear();
  simulator.faults.add({ path: '/api/v1/users/me', effect: { kind: 'malformed-json' } });
  assert.equal((await house.call('POST', '/instances', body())).status, 502);
  simulator.faults.clear();
  simulator.faults.add({ effect: { kind: 'drop' } });
  assert.equal((await house.call('POST', '/instances', body())).status, 502);
  simulator.faults.clear();

  simulator.faults.add({ path: '/api/v1/users/me', effect: { kind: 'vendor', name: 'rate-limit' } });
  assert.equal((await house.call('POST', '/instances', body())).status, 429);
  simulator.faults.clear();

  const nowhere = await house.call('POST', '/instances', body({ 'base.url': 'http://127.0.0.1:9' }));
  assert.equal(nowhere.status, 502);
});

test('a pasted token is proven before it is kept', async () => {
  const withToken = (token: string) =>
    house.call('POST', '/instances', {
      element: { key: 'pipedrive' },
      configuration: {
        'base.url': simulator.url,
        'authentication.type': 'oauth2 OR accessToken',
        'pipedrive.api.token': token,
      },
      name: 'By token',
    });
  const good = await withToken(credentials.apiToken);
  assert.equal(good.status, 200, good.body.message);
  const { configuration, element } = good.body as unknown as Record<string, JsonObject>;
  assert.equal(configuration!['authentication.type'], 'accessToken');
  assert.deepEqual(element!['authentication'], { type: 'accessToken' });
  const bad = await withToken('wrong');
  assert.equal(bad.status, 400);
  assert.ok(bad.body.providerMessage);
});

test('a consent page leads to an instance by its code', async () => {
  const app = { apiKey: credentials.clientId, apiSecret: credentials.clientSecret };
  const query = new URLSearchParams({
    ...app,
    callbackUrl: 'https://client.example/auth?x=1',
    'oauth.authorization.url': `${simulator.url}/oauth/authorize`,
  });
  const { body: page } = await house.call('GET', `/elements/pipedrive/oauth/url?${query.toString()}`);
  assert.equal(page['element'], 'pipedrive');
  const callback = new URL(await simulator.consent(page['oauthUrl'] as string));
  assert.equal(callback.searchParams.get('state'), 'pipedrive');
  const request = {
    element: { key: 'pipedrive' },
    providerData: { code: callback.searchParams.get('code')! },
    configuration: {
      'base.url': simulator.url,
      'oauth.token.url': `${simulator.url}/oauth/token`,
      'oauth.api.key': app.apiKey,
      'oauth.api.secret': app.apiSecret,
      'oauth.callback.url': 'https://client.example/auth?x=1',
    },
    name: 'By consent',
  };
  const created = await house.call('POST', '/instances', request);
  assert.equal(created.status, 200, `${created.body.message} ${created.body.providerMessage}`);
  assert.equal(created.body['providerData'], undefined);
  assert.equal((created.body['element'] as JsonObject)['typeOauth'], true);
  const again = await house.call('POST', '/instances', request);
  assert.equal(again.status, 400, 'a code works once');
  assert.ok(again.body.providerMessage);

  assert.equal((await house.call('DELETE', `/instances/${created.body['id'] as number}`)).status, 200);
  assert.equal(simulator.requests.list('/oauth/revoke').at(-1)?.status, 200);
});

const CODE = 'providerData.code';
const APP = ['oauth.api.key', 'oauth.api.secret'];
/** What each example lacks as long as its blanks are not filled. */
const BLANKS: Record<string, string[]> = {
  'hubspotcrm-polling': ['name', CODE, ...APP, 'oauth.callback.url'],
  'hubspotcrm-webhook': ['name', CODE, ...APP, 'oauth.callback.url'],
  'infusionsoftecommerce-polling': ['name', ...APP],
  'pardot-polling': ['name', 'apikey.user.name', 'apikey.user.password', 'apikey.user.key'],
  'pipedrive-polling': ['name', 'pipedrive.email', 'pipedrive.password'],
  'pipedrive-webhook': ['name', 'pipedrive.email', 'pipedrive.password'],
  'sfdc-polling': [CODE, ...APP],
  'sfdc-webhook': [CODE, ...APP],
};

test('every example without its blanks filled is refused by exactly what is missing', async () => {
  for (const [name, missing] of Object.entries(BLANKS)) {
    const { status, body: refused } = await house.call('POST', '/instances', await example(name));
    if (!connectors.some(({ key }) => name.startsWith(`${key}-`))) {
      assert.equal(status, 404, name);
      continue;
    }
    const named = /^The request is not valid: missing required entries: ([^;]*)\.$/.exec(
      refused.message,
    )?.[1];
    assert.deepEqual(named?.split(', ').sort(), missing.sort(), `${name}: ${refused.message}`);
  }
});

test('the examples with their blanks filled are accepted as they are', async () => {
  for (const name of ['pipedrive-polling', 'pipedrive-webhook']) {
    const request = await example(name);
    request['name'] = name;
    Object.assign(request['configuration'] as JsonObject, LOGIN, {
      'event.notification.callback.url': 'https://callback.example/in',
    });
    const { status, body: created } = await house.call('POST', '/instances', request);
    assert.equal(status, 200, created.message);
    assert.deepEqual(created['tags'], [name]);
    assert.equal(created['eventsEnabled'], true);
    const sent = request['configuration'] as JsonObject;
    const shown = created['configuration'] as JsonObject;
    assert.deepEqual(
      shown['event.poller.configuration'] ?? null,
      sent['event.poller.configuration'] ?? shown['event.poller.configuration'],
    );
    assert.equal(shown['event.vendor.type'], sent['event.vendor.type']);
  }
});

async function example(name: string): Promise<JsonObject> {
  const file = new URL(`../../examples/${name}.json`, import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as JsonObject;
}
