import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestServer } from '../support/server.ts';

/** Section 7 of the wire contract: the catalogue of elements. */

interface Entry {
  key: string;
  name: string;
  description: string;
  type: string;
  required: boolean;
  requiredFor: string[];
  defaultValue?: string;
  displayOrder: number;
  hideFromConsole: boolean;
}

interface Element {
  id: number;
  key: string;
  name: string;
  hub: string;
  description: string;
  active: boolean;
  typeOauth: boolean;
  authentication: { type: string };
  configuration: Entry[];
}

const server = await startTestServer({ env: { TIDINGS_ROLES: 'api' } });
after(() => server.close());
const get = async <T>(path: string): Promise<T> => {
  const { status, body } = await server.call<T>('GET', path);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};

const ELEMENTS: Record<string, { id: number; hub: string; resources: string[]; methods: string[] }> = {
  sfdc: {
    id: 23,
    hub: 'crm',
    resources: ['accounts', 'contacts', 'leads', 'opportunities'],
    methods: ['polling', 'webhook'],
  },
  hubspotcrm: {
    id: 168,
    hub: 'crm',
    resources: ['accounts', 'contacts', 'opportunities', 'leads'],
    methods: ['polling', 'webhook'],
  },
  pipedrive: {
    id: 167,
    hub: 'crm',
    resources: ['accounts', 'contacts', 'opportunities'],
    methods: ['polling', 'webhook'],
  },
  pardot: {
    id: 90,
    hub: 'marketing',
    resources: ['contacts', 'leads', 'campaigns', 'lists', 'events'],
    methods: ['polling'],
  },
  infusionsoftecommerce: {
    id: 321,
    hub: 'ecommerce',
    resources: ['orders', 'products'],
    methods: ['polling', 'webhook'],
  },
};

/** Labels of the event entries, as the old product's screens show them. */
const LABELS: Record<string, string> = {
  'event.notification.enabled': 'Events Enabled',
  'event.vendor.type': 'Event Type',
  'event.notification.callback.url': 'Event Notification Callback URL',
  'event.notification.signature.key': 'Callback Notification Signature Key',
  'event.objects': 'Objects to Monitor for Changes',
  'event.poller.refresh_interval': 'Event poller refresh interval (mins)',
  'event.poller.configuration': 'Configure Polling',
  'filter.response.nulls': 'Filter null values from the response',
};

const OF_ELEMENT: Record<string, Record<string, string>> = {
  hubspotcrm: {
    'event.vendor.type': 'Vendor Event Type',
    'event.notification.signature.key': 'Event Notification Signature Key',
    'create.bulk.properties': 'Create Bulk Properties for Migration',
    'hubspot.authorization.apikey': 'Hubspot API Key',
  },
};

/** Which entries each way of signing in requires; the first is the default. */
const REQUIRED: Record<string, Record<string, string[]>> = {
  pipedrive: {
    emailPassword: ['pipedrive.email', 'pipedrive.password'],
    accessToken: ['pipedrive.api.token'],
    oauth2: ['oauth.api.key', 'oauth.api.secret'],
  },
  hubspotcrm: {
    oauth2: ['oauth.api.key', 'oauth.api.secret', 'oauth.callback.url'],
    apiKey: ['hubspot.authorization.apikey'],
  },
  pardot: {
    apiKey: ['apikey.user.name', 'apikey.user.password', 'apikey.user.key'],
    oauth2: ['oauth.business.unit.id'],
  },
};

test('elements are listed, with the keys and numbers that never change', async () => {
  const elements = await get<Element[]>('/elements');
  const known = Object.entries(ELEMENTS).map(([key, { id, hub }]) => `${key} ${id} ${hub}`);
  assert.deepEqual(elements.map(({ key, id, hub }) => `${key} ${id} ${hub}`).sort(), known.sort());
  const keys = JSON.stringify(await get('/elements/keys'));
  for (const key of Object.keys(ELEMENTS)) assert.ok(keys.includes(`"${key}"`), key);
});

for (const [key, { id, hub, resources, methods }] of Object.entries(ELEMENTS)) {
  test(`${key} is found by key and by number, with its configuration`, async () => {
    const element = await get<Element>(`/elements/${key}`);
    assert.deepEqual([element.id, element.key, element.hub, element.active], [id, key, hub, true]);
    assert.ok(element.name !== '' && element.description !== '');
    assert.equal(typeof element.typeOauth, 'boolean');
    assert.deepEqual(await get(`/elements/${id}`), element);
    assert.deepEqual(await get(`/elements/${key}/configuration`), { configuration: element.configuration });
    assert.deepEqual(await get(`/elements/${id}/configuration`), { configuration: element.configuration });
    element.configuration.forEach((entry, index) => {
      for (const field of [
        'key',
        'name',
        'description',
        'type',
        'required',
        'displayOrder',
        'hideFromConsole',
      ]) {
        assert.ok(field in entry, `${entry.key} has ${field}`);
      }
      assert.equal(entry.displayOrder, index);
    });
  });

  test(`${key} labels its entries as the old product does`, async () => {
    const { configuration } = await get<Element>(`/elements/${key}`);
    const wanted = { ...LABELS, ...OF_ELEMENT[key] };
    // Salesforce configures polling by event.metadata.
    if (key === 'sfdc') delete wanted['event.poller.configuration'];
    for (const [entry, label] of Object.entries(wanted)) {
      assert.equal(configuration.find((one) => one.key === entry)?.name, label, entry);
    }
  });

  test(`${key} has the documented defaults`, async () => {
    const { configuration } = await get<Element>(`/elements/${key}`);
    const defaultOf = (entry: string): string | undefined =>
      configuration.find((one) => one.key === entry)?.defaultValue;
    assert.equal(defaultOf('event.notification.enabled'), 'false');
    assert.equal(defaultOf('event.poller.refresh_interval'), '15');
    assert.equal(defaultOf('filter.response.nulls'), 'true');
    assert.ok(methods.includes(defaultOf('event.vendor.type') ?? ''));
    assert.equal(
      defaultOf('event.vendor.setup'),
      ['sfdc', 'infusionsoftecommerce'].includes(key) ? 'auto' : 'manual',
    );
    const text = defaultOf(key === 'sfdc' ? 'event.metadata' : 'event.poller.configuration') ?? '';
    const polling = JSON.parse(text) as Record<string, unknown>;
    if (key === 'sfdc') {
      assert.deepEqual(Object.keys(polling), ['polling']);
      const objects = Object.keys(polling['polling'] as object);
      assert.ok(objects.includes('Account') && objects.includes('{objectName}'), objects.join(', '));
    } else {
      assert.ok(Object.keys(polling).length > 0);
      for (const name of Object.keys(polling)) assert.ok(resources.includes(name), name);
    }
  });

  test(`${key} describes its events in its metadata`, async () => {
    const metadata = await get<{
      id: number;
      key: string;
      hub: string;
      name: string;
      description: string;
      events: { supported: boolean; methods: string[]; polling: object };
    }>(`/elements/${id}/metadata`);
    assert.deepEqual([metadata.id, metadata.key, metadata.hub], [id, key, hub]);
    assert.equal(metadata.events.supported, true);
    assert.deepEqual([...metadata.events.methods].sort(), methods);
    assert.ok(Object.keys(metadata.events.polling).length > 0);
    assert.deepEqual(await get(`/elements/${key}/metadata`), metadata);
  });
}

for (const [key, ways] of Object.entries(REQUIRED)) {
  test(`${key} requires what its way of signing in needs`, async () => {
    const element = await get<Element>(`/elements/${key}`);
    assert.equal(element.authentication.type, Object.keys(ways)[0]);
    for (const [type, keys] of Object.entries(ways)) {
      for (const entry of keys) {
        const found = element.configuration.find((one) => one.key === entry);
        assert.ok(found?.requiredFor.includes(type), `${type} requires ${entry}`);
      }
      const answer = await server.call<{ message: string }>('POST', '/instances', {
        body: { element: { key }, name: 'x', configuration: { 'authentication.type': type } },
      });
      assert.equal(answer.status, 400);
      for (const entry of keys) assert.ok(answer.body.message.includes(entry), answer.body.message);
    }
  });
}

test('an unknown element is a 404 on every path of elements', async () => {
  for (const path of ['', '/configuration', '/metadata', '/instances', '/oauth/url']) {
    const answer = await server.call<{ message: string }>('GET', `/elements/nosuchcrm${path}`);
    assert.equal(answer.status, 404, path);
    assert.match(answer.body.message, /nosuchcrm/);
  }
  assert.equal((await server.call('GET', '/elements/4711')).status, 404);
});

test('a consent URL is made of the app, the callback, scope and state', async () => {
  const query = new URLSearchParams({
    apiKey: 'my-app',
    apiSecret: 'my-secret',
    callbackUrl: 'https://app.example/callback?x=1',
    state: 'tenant 7',
    scope: 'one two',
  });
  for (const key of ['sfdc', 'hubspotcrm', 'pipedrive', 'infusionsoftecommerce', '23']) {
    const answer = await get<{ element: string; oauthUrl: string }>(
      `/elements/${key}/oauth/url?${query.toString()}`,
    );
    assert.equal(answer.element, key === '23' ? 'sfdc' : key);
    const url = new URL(answer.oauthUrl);
    assert.equal(url.protocol, 'https:');
    assert.equal(url.searchParams.get('client_id'), 'my-app');
    assert.equal(url.searchParams.get('redirect_uri'), 'https://app.example/callback?x=1');
    assert.equal(url.searchParams.get('state'), 'tenant 7');
    assert.ok(!answer.oauthUrl.includes('my-secret'));
  }
  const siteAddress = new URLSearchParams({
    ...Object.fromEntries(query),
    siteAddress: 'test.salesforce.com',
  });
  const sandbox = await get<{ oauthUrl: string }>(`/elements/sfdc/oauth/url?${siteAddress.toString()}`);
  assert.equal(new URL(sandbox.oauthUrl).host, 'test.salesforce.com');
  const none = await server.call<{ message: string }>('GET', '/elements/sfdc/oauth/url');
  assert.equal(none.status, 400);
  for (const name of ['apiKey', 'apiSecret', 'callbackUrl']) assert.ok(none.body.message.includes(name));
});
