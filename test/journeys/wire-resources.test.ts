import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../src/kernel/clock.ts';
import { createHubSpotSimulator } from '../../simulators/hubspot/simulator.ts';
import { createKeapSimulator } from '../../simulators/keap/simulator.ts';
import { consentCode } from '../../src/cli/demo/consent-code.ts';
import type { InstanceView } from '../../src/instances/schema.ts';
import { connect } from '../support/connected.ts';
import { startTestServer, type Answer, type TestServer } from '../support/server.ts';

/** Section 8 of the wire contract: the resources of all vendors, through their simulators. */

type Item = Record<string, unknown>;

interface Case {
  resource: string;
  /** The vendor's own name, which works as well. */
  raw: string;
  /** Absent: the vendor lets nobody create one. */
  body?: Item;
  change?: Item;
  /** Where the change shows in the record. */
  changed?: [path: string, value: unknown];
  /** A condition that finds the created record. */
  where?: (id: string) => string;
  orderBy?: string;
  /** What a record of the list holds, and a narrower list is asked for. */
  field: string;
  isRemovable?: false;
  /** The simulator has none before the test made two. */
  isEmpty?: true;
  unknownId?: string;
}

interface Element {
  hub: string;
  idField: string;
  unknownId: string;
  /** HubSpot answers 204 to a deletion of what is not there, and so the client gets a 200. */
  forgetsSilently?: true;
  setUp: (server: Server) => Promise<Connected>;
  cases: Case[];
}

type Server = TestServer<typeof systemClock>;
type Connected = { id: number; token: string; close: () => Promise<void> };

const ofExample =
  (elementKey: string) =>
  async (to: Server): Promise<Connected> => {
    const { vendor, ...instance } = await connect(to, elementKey);
    return { ...instance, close: () => vendor.close() };
  };

async function create(to: Server, elementKey: string, configuration: Item): Promise<InstanceView> {
  const body = { element: { key: elementKey }, name: elementKey, configuration };
  const created = await to.call<InstanceView>('POST', '/instances', { body });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return created.body;
}

/** The example's app may only read. */
async function hubSpot(to: Server): Promise<Connected> {
  const simulator = await createHubSpotSimulator({ limits: { enforced: false } });
  const instance = await create(to, 'hubspotcrm', {
    'hubspot.authorization.apikey': simulator.credentials.accessToken,
    'base.url': simulator.url,
  });
  return { ...instance, close: () => simulator.close() };
}

async function keap(to: Server): Promise<Connected> {
  const simulator = await createKeapSimulator({ limits: { enforced: false } });
  const { clientId, clientSecret } = simulator.credentials;
  const redirectUrl = 'https://app.example/callback';
  const page = { url: `${simulator.url}/app/oauth/authorize`, clientId, redirectUrl, scope: 'full' };
  const body = {
    element: { key: 'infusionsoftecommerce' },
    name: 'Keap',
    providerData: { code: await consentCode((url) => simulator.consent(url), page) },
    configuration: {
      'oauth.callback.url': redirectUrl,
      'oauth.api.key': clientId,
      'oauth.api.secret': clientSecret,
      'base.url': simulator.url,
      'oauth.token.url': `${simulator.url}/token`,
    },
  };
  const created = await to.call<InstanceView>('POST', '/instances', { body });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  return { ...created.body, close: () => simulator.close() };
}

const ELEMENTS: Record<string, Element> = {
  sfdc: {
    setUp: ofExample('sfdc'),
    hub: 'crm',
    idField: 'Id',
    unknownId: '0015f00000ZZZZZAAA',
    cases: [
      {
        resource: 'accounts',
        raw: 'Account',
        body: { Name: "O'Hara & Söhne" },
        change: { Name: 'Renamed' },
        changed: ['Name', 'Renamed'],
        where: () => "Name = 'O''Hara & Söhne'",
        orderBy: 'Name desc',
        field: 'Name',
      },
      {
        resource: 'contacts',
        raw: 'Contact',
        body: { LastName: 'Wirestone' },
        change: { FirstName: 'Ada' },
        changed: ['FirstName', 'Ada'],
        where: () => "LastName LIKE 'Wirest%'",
        orderBy: 'CreatedDate',
        field: 'LastName',
      },
      {
        resource: 'leads',
        raw: 'Lead',
        body: { LastName: 'Wirestone', Company: 'Acme' },
        change: { Company: 'Other' },
        changed: ['Company', 'Other'],
        where: (id) => `Id IN ('${id}')`,
        orderBy: 'LastName',
        field: 'Company',
      },
      {
        resource: 'opportunities',
        raw: 'Opportunity',
        body: { Name: 'Big one', StageName: 'Prospecting', CloseDate: '2026-12-01', Amount: 17.5 },
        change: { Amount: 20 },
        changed: ['Amount', 20],
        where: () => "Amount = 17.5 and StageName = 'Prospecting'",
        orderBy: 'Amount desc',
        field: 'StageName',
      },
      {
        resource: 'Invoice__c',
        raw: 'invoice__c',
        isEmpty: true,
        body: { Name: 'INV-7000' },
        change: { Name: 'INV-7001' },
        changed: ['Name', 'INV-7001'],
        where: () => "Name = 'INV-7000'",
        orderBy: 'Name',
        field: 'Name',
      },
    ],
  },
  hubspotcrm: {
    setUp: hubSpot,
    hub: 'crm',
    idField: 'id',
    unknownId: '999999999999',
    forgetsSilently: true,
    cases: [
      {
        resource: 'accounts',
        raw: 'companies',
        body: { properties: { name: 'Wire Works', domain: 'wire.example' } },
        change: { properties: { name: 'Renamed' } },
        changed: ['properties.name', 'Renamed'],
        where: () => "name = 'Wire Works'",
        orderBy: 'name',
        field: 'properties.name',
      },
      {
        resource: 'contacts',
        raw: 'contact',
        body: { properties: { email: 'wire@customers.example', firstname: 'Ada' } },
        change: { properties: { firstname: 'Grace' } },
        changed: ['properties.firstname', 'Grace'],
        where: () => "email = 'wire@customers.example'",
        orderBy: 'email desc',
        field: 'properties.email',
      },
      {
        resource: 'opportunities',
        raw: 'deals',
        body: { properties: { dealname: 'Big one', amount: '17.5' } },
        change: { properties: { amount: '20' } },
        changed: ['properties.amount', '20'],
        where: () => "dealname LIKE 'Big o%'",
        orderBy: 'createdate desc',
        field: 'properties.dealname',
      },
      {
        resource: 'leads',
        raw: 'leads',
        body: { properties: { email: 'lead@customers.example' } },
        change: { properties: { lastname: 'Lead' } },
        changed: ['properties.lastname', 'Lead'],
        where: () => "email = 'lead@customers.example'",
        orderBy: 'email',
        field: 'properties.email',
      },
    ],
  },
  pipedrive: {
    setUp: ofExample('pipedrive'),
    hub: 'crm',
    idField: 'id',
    unknownId: '999999999',
    cases: [
      {
        resource: 'accounts',
        raw: 'organizations',
        body: { name: 'Wire Works' },
        change: { name: 'Renamed' },
        changed: ['name', 'Renamed'],
        where: () => "name = 'Wire Works'",
        orderBy: 'update_time desc',
        field: 'name',
      },
      {
        resource: 'contacts',
        raw: 'person',
        body: { name: 'Ada Wire' },
        change: { name: 'Ada Renamed' },
        changed: ['name', 'Ada Renamed'],
        where: (id) => `id = ${id}`,
        orderBy: 'add_time',
        field: 'name',
      },
      {
        resource: 'opportunities',
        raw: 'Deal',
        body: { title: 'Big one', value: 17 },
        change: { status: 'won' },
        changed: ['status', 'won'],
        where: () => "title LIKE 'Big%' AND value >= 17",
        orderBy: 'id desc',
        field: 'title',
      },
    ],
  },
  pardot: {
    setUp: ofExample('pardot'),
    hub: 'marketing',
    idField: 'id',
    unknownId: '99999999',
    cases: [
      {
        resource: 'contacts',
        raw: 'prospect',
        body: { email: 'wire@customers.example', first_name: 'Ada' },
        change: { first_name: 'Grace' },
        changed: ['first_name', 'Grace'],
        where: () => "email = 'wire@customers.example'",
        orderBy: 'updated_at desc',
        field: 'email',
      },
      {
        resource: 'leads',
        raw: 'opportunity',
        body: {
          name: 'Big one',
          value: 17,
          probability: 50,
          campaign_id: 890,
          prospect_email: 'hiro.hansen.0@customers.example',
        },
        change: { value: 20 },
        changed: ['value', 20],
        where: () => "name = 'Big one'",
        orderBy: 'created_at',
        field: 'name',
      },
      {
        resource: 'campaigns',
        raw: 'campaign',
        body: { name: 'Autumn fair', cost: 17 },
        change: { cost: 20 },
        changed: ['cost', 20],
        where: () => "name = 'Autumn fair'",
        orderBy: 'id desc',
        field: 'name',
        isRemovable: false,
      },
      {
        resource: 'lists',
        raw: 'list',
        body: { name: 'Wire list', title: 'Wire list' },
        change: { name: 'Renamed list' },
        changed: ['name', 'Renamed list'],
        where: () => "name = 'Wire list'",
        orderBy: 'id',
        field: 'name',
      },
      { resource: 'events', raw: 'visitorActivities', orderBy: 'created_at desc', field: 'type_name' },
    ],
  },
  infusionsoftecommerce: {
    setUp: keap,
    hub: 'ecommerce',
    idField: 'id',
    unknownId: '99999999',
    cases: [
      {
        resource: 'orders',
        raw: 'Order',
        body: {
          order_title: 'Wire order',
          contact_id: 2,
          order_date: '2026-11-20T09:15:00Z',
          order_type: 'Offline',
          order_items: [{ product_id: 1, quantity: 1 }],
        },
        change: { title: 'Renamed' },
        changed: ['title', 'Renamed'],
        where: (id) => `id = '${id}'`,
        orderBy: 'order_time desc',
        field: 'title',
      },
      {
        resource: 'products',
        raw: 'product',
        body: { product_name: 'Wire', product_price: 17, sku: 'WIRE-1' },
        change: { product_price: 20 },
        changed: ['product_price', 20],
        where: () => "sku = 'WIRE-1'",
        field: 'product_name',
      },
    ],
  },
};

let server: Server;
const connected: Record<string, Connected> = {};

before(async () => {
  server = await startTestServer({ clock: systemClock, env: { TIDINGS_ROLES: 'api' } });
  for (const [elementKey, { setUp }] of Object.entries(ELEMENTS)) {
    connected[elementKey] = await setUp(server);
  }
});
after(async () => {
  await server.close();
  await Promise.all(Object.values(connected).map(({ close }) => close()));
});

function at(record: Item, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Item | undefined)?.[key], record);
}

for (const [elementKey, { hub, idField, unknownId, forgetsSilently, cases }] of Object.entries(ELEMENTS)) {
  const call = <T = Item>(method: string, path: string, body?: unknown): Promise<Answer<T>> =>
    server.call<T>(method, path, {
      token: connected[elementKey]!.token,
      ...(body !== undefined && { body }),
    });
  const ok = async <T = Item>(method: string, path: string, body?: unknown): Promise<Answer<T>> => {
    const answer = await call<T>(method, path, body);
    assert.equal(answer.status, 200, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    assert.equal(
      answer.headers.get('elements-element-instance-id'),
      String(connected[elementKey]!.id),
      `${method} ${path}`,
    );
    assert.ok(answer.headers.get('elements-request-id'));
    return answer;
  };
  const list = (resource: string, query: Record<string, string> = {}): Promise<Answer<Item[]>> =>
    ok<Item[]>('GET', `/hubs/${hub}/${resource}?${new URLSearchParams(query).toString()}`);
  const idsIn = ({ body }: Answer<Item[]>): string[] => body.map((record) => String(record[idField]));

  test(`${elementKey} answers a ping and lists its objects`, async () => {
    assert.deepEqual((await ok('GET', `/hubs/${hub}/ping`)).body, { endpoint: elementKey, valid: true });
    for (const path of ['/objects', `/hubs/${hub}/objects`]) {
      const objects = (await ok<string[]>('GET', path)).body;
      for (const { resource } of cases.filter((one) => !one.resource.endsWith('__c'))) {
        assert.ok(objects.includes(resource), `${path} lists ${resource}`);
      }
    }
  });

  for (const one of cases) {
    const { resource } = one;

    test(`${elementKey}: ${resource} are read page by page, by token and by number`, async () => {
      if (one.isEmpty === true) {
        for (const name of ['A', 'B']) await ok('POST', `/hubs/${hub}/${resource}`, { Name: name });
      }
      const whole = idsIn(await list(resource, { pageSize: '2000' }));
      assert.ok(whole.length >= 2, 'the simulator has some');
      const total = (await list(resource, { pageSize: '1' })).headers.get('elements-total-count');
      assert.ok(total === null || Number(total) === whole.length, `the vendor counts ${total}`);
      const pageSize = Math.max(1, Math.ceil(whole.length / 4));
      const seen: string[] = [];
      let page = await list(resource, { pageSize: String(pageSize) });
      for (let pages = 1; ; pages += 1) {
        assert.ok(pages <= 10, 'it ends');
        assert.equal(page.headers.get('elements-returned-count'), String(page.body.length));
        seen.push(...idsIn(page));
        const nextPage = page.headers.get('elements-next-page-token');
        if (nextPage === null) break;
        // A token wins over page.
        page = await list(resource, { pageSize: String(pageSize), nextPage, page: '1' });
      }
      assert.deepEqual(seen, whole);
      const second = await list(resource, { pageSize: String(pageSize), page: '2' });
      assert.deepEqual(idsIn(second), whole.slice(pageSize, 2 * pageSize));
      assert.deepEqual(idsIn(await list(resource, { pageSize: '1', nextPage: '', where: '', page: '' })), [
        whole[0],
      ]);
    });

    test(`${elementKey}: ${resource} go by the vendor's name too, under any hub and under none`, async () => {
      const ids = idsIn(await list(resource, { pageSize: '3' }));
      // That bare name is the platform's own.
      const bare = resource === 'accounts' ? [] : [`/${resource}`];
      for (const path of [`/hubs/${hub}/${one.raw}`, `/hubs/anything/${resource}`, ...bare]) {
        assert.deepEqual(idsIn(await ok<Item[]>('GET', `${path}?pageSize=3`)), ids, path);
      }
    });

    test(`${elementKey}: ${resource} are narrowed to fields and put in order`, async () => {
      const narrow = await list(resource, { fields: one.field, pageSize: '3' });
      for (const record of narrow.body) {
        assert.notEqual(at(record, one.field), undefined);
        const top = one.field.split('.')[0]!;
        assert.deepEqual(
          Object.keys(record).filter((key) => ![top, idField, 'attributes'].includes(key)),
          [],
        );
      }
      if (one.orderBy === undefined) return;
      const [field = '', direction] = one.orderBy.split(' ');
      const ordered = idsIn(await list(resource, { orderBy: one.orderBy, pageSize: '2000' }));
      const opposite = idsIn(
        await list(resource, {
          orderBy: direction === 'desc' ? field : `${field} desc`,
          pageSize: '2000',
        }),
      );
      assert.deepEqual([...ordered].sort(), [...opposite].sort());
      assert.notDeepEqual(ordered, opposite);
    });

    test(`${elementKey}: ${resource} with an unknown id are 404`, async () => {
      const id = one.unknownId ?? unknownId;
      const answer = await call('GET', `/hubs/${hub}/${resource}/${id}`);
      assert.equal(answer.status, 404, JSON.stringify(answer.body));
      assert.deepEqual(
        Object.keys(answer.body).filter((key) => key !== 'providerMessage'),
        ['requestId', 'message'],
      );
      if (one.change === undefined) return;
      for (const method of ['PATCH', 'PUT']) {
        assert.equal((await call(method, `/hubs/${hub}/${resource}/${id}`, one.change)).status, 404, method);
      }
      if (one.isRemovable === false) return;
      const removed = await call('DELETE', `/hubs/${hub}/${resource}/${id}`);
      assert.equal(removed.status, forgetsSilently ? 200 : 404);
    });

    if (one.body === undefined) {
      test(`${elementKey}: ${resource} are read one by one, and never written`, async () => {
        const [id = ''] = idsIn(await list(resource, { pageSize: '1' }));
        assert.equal(String((await ok('GET', `/hubs/${hub}/${resource}/${id}`)).body[idField]), id);
        for (const [method, path] of [
          ['POST', ''],
          ['PATCH', `/${id}`],
          ['DELETE', `/${id}`],
        ] as const) {
          const answer = await call(method, `/hubs/${hub}/${resource}${path}`, { name: 'x' });
          assert.equal(answer.status, 405, method);
        }
      });
      continue;
    }

    test(`${elementKey}: ${resource} are created, found, changed and deleted`, async () => {
      const path = `/hubs/${hub}/${resource}`;
      const created = (await ok('POST', path, one.body)).body;
      const id = String(created[idField]);
      assert.equal(String((await ok('GET', `${path}/${id}`)).body[idField]), id);
      assert.deepEqual(idsIn(await list(resource, { where: one.where!(id) })), [id]);
      const [field, value] = one.changed!;
      for (const method of ['PATCH', 'PUT']) {
        assert.equal(at((await ok(method, `${path}/${id}`, one.change)).body, field), value, method);
      }
      assert.equal(at((await ok('GET', `${path}/${id}`)).body, field), value);
      const removed = await call('DELETE', `${path}/${id}`, 'null');
      assert.equal(removed.status, one.isRemovable === false ? 405 : 200, JSON.stringify(removed.body));
      if (one.isRemovable === false) return;
      assert.equal((await call('GET', `${path}/${id}`)).status, 404);
      assert.equal((await call('DELETE', `${path}/${id}`)).status, forgetsSilently ? 200 : 404, 'twice');
      assert.ok(!idsIn(await list(resource, { pageSize: '2000' })).includes(id));
    });
  }

  test(`${elementKey}: every bad query is a 400 before the vendor is asked, an unknown resource a 404`, async () => {
    const { resource } = cases[0]!;
    for (const query of ['pageSize=0', 'pageSize=2001', 'page=0', 'page=x', 'nextPage=forged']) {
      assert.equal((await call('GET', `/hubs/${hub}/${resource}?${query}`)).status, 400, query);
    }
    const bad = await call<{ message: string }>(
      'GET',
      `/hubs/${hub}/${resource}?where=${encodeURIComponent("a = 'x")}`,
    );
    assert.equal(bad.status, 400);
    assert.match(bad.body.message, /position \d/);
    const unknown = await call('GET', `/hubs/${hub}/unicornsAndMore`);
    assert.equal(unknown.status, 404, JSON.stringify(unknown.body));
  });
}

test('Salesforce shows deleted records when asked to, and only then', async () => {
  const { token } = connected['sfdc']!;
  const made = await server.call<{ Id: string }>('POST', '/hubs/crm/contacts', {
    token,
    body: { LastName: 'Gone' },
  });
  await server.call('DELETE', `/hubs/crm/contacts/${made.body.Id}`, { token });
  const found = async (more: string): Promise<number> => {
    const where = encodeURIComponent("LastName = 'Gone'");
    const answer = await server.call<Item[]>('GET', `/contacts?where=${where}${more}`, { token });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body.length;
  };
  assert.deepEqual(await Promise.all([found(''), found('&includeDeleted=true')]), [0, 1]);
  assert.equal(await found('&includeDeleted=false'), 0);
});

test('null values are dropped unless the instance keeps them', async () => {
  const { id, token } = connected['pardot']!;
  const nulls = async (): Promise<number> => {
    const { body } = await server.call<Item[]>('GET', '/hubs/marketing/contacts', { token });
    return body.flatMap((record) => Object.values(record)).filter((value) => value === null).length;
  };
  const keep = (value: unknown) =>
    server.call('PATCH', `/instances/${id}`, { body: { configuration: { 'filter.response.nulls': value } } });
  assert.equal(await nulls(), 0);
  await keep('false');
  assert.ok((await nulls()) > 0);
  await keep(true);
  assert.equal(await nulls(), 0);
});

test('a vendor that is down is a 502, one whose limit is met a 429 with Retry-After', async () => {
  const simulator = await createHubSpotSimulator();
  const { token } = await create(server, 'hubspotcrm', {
    'hubspot.authorization.apikey': simulator.credentials.accessToken,
    'base.url': simulator.url,
  });
  const get = () => server.call<Item>('GET', '/hubs/crm/contacts', { token });
  simulator.faults.add({ path: '/crm', times: 1, effect: { kind: 'vendor', name: 'server-error' } });
  const failed = await get();
  assert.equal(failed.status, 502);
  assert.match(String(failed.body['providerMessage']), /HubSpot answered with status 500/);
  simulator.faults.clear();
  simulator.faults.add({ path: '/crm', times: 9, effect: { kind: 'vendor', name: 'rate-limit' } });
  const limited = await get();
  assert.equal(limited.status, 429, JSON.stringify(limited.body));
  assert.match(limited.headers.get('retry-after') ?? '', /^\d+$/);
  await simulator.close();
  assert.equal((await get()).status, 502);
});
