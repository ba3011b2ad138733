import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { compareCoverage } from '../core/coverage.ts';
import { HUBSPOT_COVERAGE } from './coverage.ts';
import { createHubSpotSimulator } from './simulator.ts';
import type { HubSpotOptions, HubSpotSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00.250Z');
type Item = Record<string, unknown>;
type Answer = { status: number; body: Item; headers: Headers };

describe('HubSpot objects', () => {
  let simulator: HubSpotSimulator;
  const start = async (options: HubSpotOptions = {}): Promise<void> => {
    await simulator?.close();
    const limits = { enforced: false };
    simulator = await createHubSpotSimulator({
      clock: createClock(START),
      seeded: false,
      limits,
      ...options,
    });
  };
  beforeEach(() => start());
  afterEach(() => simulator.close());

  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(simulator.url + path, {
      method,
      headers: {
        authorization: `Bearer ${simulator.credentials.accessToken}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text.startsWith('{') ? (JSON.parse(text) as Item) : { text };
    return { status: response.status, body: parsed, headers: response.headers };
  };
  const search = (body: Item, type = 'contacts'): Promise<Answer> =>
    call('POST', `/crm/v3/objects/${type}/search`, body);
  const changedSince = (ms: number, more: Item = {}): Item => ({
    filterGroups: [{ filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: String(ms) }] }],
    sorts: [{ propertyName: 'lastmodifieddate', direction: 'ASCENDING' }],
    ...more,
  });
  const resultsOf = ({ body }: Answer): Item[] => body['results'] as Item[];

  it('every route is listed with its page, and nothing else is', () => {
    assert.deepEqual(compareCoverage(simulator.routes, HUBSPOT_COVERAGE), { unlisted: [], unserved: [] });
  });

  it('is seeded the same each time, over the last 90 days', async () => {
    await start({ seeded: true });
    const { contacts, companies, deals } = simulator.store;
    assert.deepEqual([contacts.size(), companies.size(), deals.size()], [20, 5, 12]);
    const first = contacts.sorted()[0]!;
    await start({ seeded: true });
    assert.deepEqual(simulator.store.contacts.sorted()[0]!.fields, first.fields);
  });

  it('a kind may be named by its number or its singular, another is refused', async () => {
    const { id } = simulator.store.companies.create({ name: 'Acme' });
    for (const type of ['companies', 'company', '0-2']) {
      assert.equal((await call('GET', `/crm/v3/objects/${type}/${id}`)).status, 200, type);
      assert.equal((await call('GET', `/crm/objects/2026-03/${type}/${id}`)).status, 200, type);
    }
    assert.match(
      String((await call('GET', '/crm/v3/objects/spaceships')).body['message']),
      /infer object type/,
    );
  });

  it('a list pages by id up to 100 and ends without paging', async () => {
    simulator.seedMany(250);
    const ids: unknown[] = [];
    let after = '';
    for (let pages = 0; pages < 3; pages += 1) {
      const page = await call('GET', `/crm/v3/objects/contacts?limit=100${after && `&after=${after}`}`);
      ids.push(...resultsOf(page).map((one) => one['id']));
      const { next } = (page.body['paging'] ?? {}) as { next?: { after: string } };
      after = next?.after ?? '';
    }
    assert.deepEqual([after, new Set(ids).size], ['', 250]);
    assert.equal((await call('GET', '/crm/v3/objects/contacts?limit=101')).status, 400);
    const long = await call('GET', `/crm/v3/objects/contacts?properties=${'x'.repeat(15_000)}`);
    assert.equal(long.status, 414);
  });

  it('search refuses what the vendor refuses', async () => {
    const filter = { propertyName: 'email', operator: 'EQ', value: 'x' };
    const group = (count: number): Item => ({ filters: Array.from({ length: count }, () => filter) });
    for (const [words, body] of [
      ['a page above 200', { limit: 201 }],
      ['results beyond 10,000', { limit: 200, after: '9900' }],
      ['two sorts', { sorts: ['email', 'phone'] }],
      ['six groups', { filterGroups: Array.from({ length: 6 }, () => group(1)) }],
      ['seven filters in a group', { filterGroups: [group(7)] }],
      ['nineteen filters', { filterGroups: [group(6), group(6), group(6), group(1)] }],
      ['a body above 3,000 characters', { properties: ['x'.repeat(3000)] }],
      ['an operator of its own', { filterGroups: [{ filters: [{ ...filter, operator: 'LIKE' }] }] }],
      ['an offset that is none', { after: 'x' }],
    ] as const) {
      const { status, body: answered } = await search(body);
      assert.deepEqual([status, answered['category']], [400, 'VALIDATION_ERROR'], words);
    }
  });

  it('search offers an offset beyond 10,000 and then refuses it', async () => {
    simulator.seedMany(10_050, 10_050);
    const last = await search(changedSince(0, { limit: 200, after: '9800' }));
    assert.deepEqual(last.body['paging'], { next: { after: '10000' } });
    assert.equal(last.body['total'], 10_050);
    assert.equal((await search(changedSince(0, { limit: 200, after: '10000' }))).status, 400);
    assert.equal((await search(changedSince(0, { limit: 1, after: '10000' }))).status, 400);
  });

  it('an edit during paging moves the rest up, so that an offset skips one', async () => {
    simulator.seedMany(4);
    const ids = simulator.store.contacts.sorted('updatedAt').map(({ id }) => String(id));
    const first = await search(changedSince(0, { limit: 2 }));
    simulator.clock.advance(10);
    simulator.store.contacts.update(Number(ids[0]), { phone: '1' });
    const second = await search(changedSince(0, { limit: 2, after: '2' }));
    const shown = [...resultsOf(first), ...resultsOf(second)].map((one) => one['id']);
    assert.ok(!shown.includes(ids[2]), 'the third was skipped');
    assert.equal(shown[3], ids[0]);
  });

  it('operators compare numbers, instants, and texts in any case', async () => {
    const { deals } = simulator.store;
    for (const [dealname, amount] of [
      ['Alpha', '9'],
      ['beta', '10'],
      ['Gamma', ''],
    ] as const) {
      deals.create({ dealname, amount });
    }
    const found = async (propertyName: string, operator: string, more: Item = {}): Promise<unknown[]> => {
      const filters = [{ propertyName, operator, ...more }];
      const answer = await search({ filterGroups: [{ filters }], properties: ['dealname'] }, 'deals');
      return resultsOf(answer).map((one) => (one['properties'] as Item)['dealname']);
    };
    assert.deepEqual(await found('amount', 'GT', { value: '9' }), ['beta']);
    assert.deepEqual(await found('amount', 'BETWEEN', { value: '9', highValue: '10' }), ['Alpha', 'beta']);
    assert.deepEqual(await found('amount', 'NOT_HAS_PROPERTY'), ['Gamma']);
    assert.deepEqual(await found('dealname', 'EQ', { value: 'ALPHA' }), ['Alpha']);
    assert.deepEqual(await found('dealname', 'IN', { values: ['alpha', 'gamma'] }), ['Alpha', 'Gamma']);
    assert.deepEqual(await found('dealname', 'CONTAINS_TOKEN', { value: 'gam*' }), ['Gamma']);
    assert.deepEqual(await found('hs_lastmodifieddate', 'LTE', { value: new Date(START).toISOString() }), [
      'Alpha',
      'beta',
      'Gamma',
    ]);
    assert.deepEqual(await found('lastmodifieddate', 'GTE', { value: '0' }), []);
  });

  it('search is late by the index, reads and lists are not', async () => {
    simulator.store.setLag({ kind: 'index', ms: 5_000 });
    const { id } = simulator.store.contacts.create({ firstname: 'Late' });
    assert.equal((await search(changedSince(0))).body['total'], 0);
    assert.equal((await call('GET', `/crm/v3/objects/contacts/${id}`)).status, 200);
    assert.equal(resultsOf(await call('GET', '/crm/v3/objects/contacts')).length, 1);
    simulator.clock.advance(5_000);
    assert.equal((await search(changedSince(0))).body['total'], 1);
  });

  it('an association moves no change stamp', async () => {
    const { contacts, companies } = simulator.store;
    const { id } = contacts.create({ firstname: 'Ada' });
    const company = companies.create({ name: 'Acme' });
    simulator.clock.advance(1000);
    contacts.associate(id, 'companies', company.id);
    const { body } = await call('GET', `/crm/v3/objects/contacts/${id}?associations=companies`);
    assert.equal(body['updatedAt'], '2026-11-20T09:15:00.250Z');
    assert.deepEqual(body['associations'], {
      companies: { results: [{ id: String(company.id), type: 'contact_to_company' }] },
    });
    contacts.associate(id, 'companies', company.id, { removed: true });
    assert.deepEqual(contacts.get(id)?.fields.associations.companies, []);
  });

  it('a binned record is readable as archived for 90 days, restorable, and then gone', async () => {
    const { contacts } = simulator.store;
    const { id } = contacts.create({ firstname: 'Ada' });
    contacts.remove(id);
    const path = `/crm/v3/objects/contacts/${id}`;
    assert.equal((await call('GET', path)).status, 404);
    assert.equal((await call('GET', `${path}?archived=true`)).body['archived'], true);
    const batch = (archived: boolean): Promise<Answer> =>
      call('POST', `/crm/v3/objects/contacts/batch/read?archived=${archived}`, {
        inputs: [{ id: String(id) }],
      });
    assert.deepEqual([(await batch(false)).status, (await batch(true)).status], [207, 200]);
    contacts.restore(id);
    assert.equal((await call('GET', path)).status, 200);
    contacts.remove(id);
    simulator.clock.advance(90 * 86_400_000);
    assert.equal((await call('GET', `${path}?archived=true`)).status, 404);
    assert.throws(() => contacts.restore(id));
  });

  it('an erased contact is in no list and no bin; a merge may leave a new id', async () => {
    const { contacts } = simulator.store;
    const [a, b, c] = ['a', 'b', 'c'].map((firstname) => contacts.create({ firstname }).id);
    await call('POST', '/crm/v3/objects/contacts/gdpr-delete', { objectId: String(c) });
    const bin = await call('GET', '/crm/v3/objects/contacts?archived=true');
    assert.equal(resultsOf(bin).length, 0);
    const merged = contacts.merge(a!, b!, { newId: true });
    assert.deepEqual(
      resultsOf(await call('GET', '/crm/v3/objects/contacts')).map((one) => one['id']),
      [String(merged.id)],
    );
    assert.equal(contacts.get(merged.id)?.fields.properties['hs_merged_object_ids'], `${a};${b}`);
  });

  it('writes refuse unknown, read-only and unfitting properties, all at once', async () => {
    const { status, body } = await call('POST', '/crm/v3/objects/contacts', {
      properties: { nonsense: '1', createdate: '2026-01-01', email: 'no', lifecyclestage: 'king' },
    });
    assert.equal(status, 400);
    const codes = (body['errors'] as Item[]).map((one) => one['code'] as string).sort();
    assert.deepEqual(codes, ['INVALID_EMAIL', 'INVALID_OPTION', 'PROPERTY_DOESNT_EXIST', 'READ_ONLY_VALUE']);
    assert.equal((await call('POST', '/crm/v3/objects/deals', { properties: { amount: '1' } })).status, 400);
    assert.equal((await call('POST', '/crm/v3/objects/contacts', { nonsense: {} })).status, 400);
    assert.equal((await call('PATCH', '/crm/v3/objects/contacts/1', { properties: {} })).status, 404);
  });

  it('batches create, update, upsert and archive up to a hundred', async () => {
    const inputs = [{ properties: { email: 'a@x.example' } }, { properties: { email: 'b@x.example' } }];
    const root = '/crm/v3/objects/contacts/batch';
    const made = await call('POST', `${root}/create`, { inputs });
    assert.equal(made.status, 201);
    const [first] = resultsOf(made).map((one) => ({ id: one['id'] }));
    const updated = await call('POST', `${root}/update`, {
      inputs: [
        { ...first, properties: { firstname: 'A' } },
        { id: '5', properties: {} },
      ],
    });
    assert.deepEqual([updated.status, resultsOf(updated).length], [207, 1]);
    const upserted = await call('POST', `${root}/upsert`, {
      inputs: ['a', 'c'].map((name) => ({
        id: `${name}@x.example`,
        idProperty: 'email',
        properties: { lastname: name },
      })),
    });
    assert.deepEqual(
      resultsOf(upserted).map((one) => one['new']),
      [false, true],
    );
    assert.equal((await call('POST', `${root}/archive`, { inputs: [first] })).status, 204);
    assert.equal(simulator.store.contacts.sorted().filter((one) => one.deletedAt === null).length, 2);
    const many = Array.from({ length: 101 }, () => ({ id: '1' }));
    assert.equal((await call('POST', `${root}/read`, { inputs: many })).status, 400);
  });

  it('a property a portal makes can be written and read', async () => {
    const made = await call('POST', '/crm/v3/properties/contacts', {
      name: 'shoe_size',
      type: 'number',
      label: 'Shoe size',
      groupName: 'contactinformation',
    });
    assert.equal(made.status, 201);
    const { body } = await call('POST', '/crm/v3/objects/contacts', { properties: { shoe_size: 42 } });
    assert.equal((body['properties'] as Item)['shoe_size'], '42');
    const names = resultsOf(await call('GET', '/crm/v3/properties/contacts')).map((one) => one['name']);
    assert.ok(names.includes('shoe_size'));
  });

  it('broken bodies, unknown paths and wrong methods are answered as the vendor does', async () => {
    const broken = await fetch(`${simulator.url}/crm/v3/objects/contacts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${simulator.credentials.accessToken}` },
      body: '{',
    });
    assert.equal(broken.status, 400);
    assert.equal(((await broken.json()) as Item)['category'], 'VALIDATION_ERROR');
    assert.match(String((await call('GET', '/nowhere')).body['text']), /HTTP ERROR 404/);
    assert.equal((await call('PUT', '/crm/v3/objects/contacts')).status, 405);
  });
});
