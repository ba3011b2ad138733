import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { createHubSpotSimulator } from './simulator.ts';
import type { HubSpotSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00.250Z');
const DAY_MS = 86_400_000;
type Item = Record<string, unknown>;

describe('the first generations of the HubSpot API', () => {
  let simulator: HubSpotSimulator;
  beforeEach(async () => {
    const limits = { enforced: false };
    simulator = await createHubSpotSimulator({ clock: createClock(START), seeded: false, limits });
  });
  afterEach(() => simulator.close());

  const call = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Item }> => {
    const response = await fetch(simulator.url + path, {
      method,
      headers: { authorization: `Bearer ${simulator.credentials.accessToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: /^[{[]/.test(text) ? (JSON.parse(text) as Item) : { text } };
  };

  it('a contact is made, read, changed, merged and deleted', async () => {
    const properties = [
      { property: 'email', value: 'a@x.example' },
      { property: 'firstname', value: 'Ada' },
    ];
    const made = await call('POST', '/contacts/v1/contact', { properties });
    const vid = made.body['vid'];
    const shown = made.body['properties'] as Record<string, Item>;
    assert.deepEqual(
      [shown['firstname'], shown['lastmodifieddate'], shown['createdate']],
      [{ value: 'Ada' }, { value: String(START) }, { value: String(START) }],
    );
    assert.notEqual(made.body['addedAt'], START, 'some milliseconds off');
    const again = await call('POST', '/contacts/v1/contact', { properties });
    assert.deepEqual([again.status, again.body['error']], [409, 'CONTACT_EXISTS']);
    const invalid = await call('POST', '/contacts/v1/contact', { properties: [{ property: 'x', value: 1 }] });
    assert.equal((invalid.body['validationResults'] as Item[])[0]?.['error'], 'PROPERTY_DOESNT_EXIST');
    const profile = `/contacts/v1/contact/vid/${String(vid)}/profile`;
    const change = { properties: [{ property: 'firstname', value: 'Grace' }] };
    assert.equal((await call('POST', profile, change)).status, 204);
    const byEmail = await call('GET', '/contacts/v1/contact/email/a@x.example/profile');
    assert.equal((byEmail.body['properties'] as Record<string, Item>)['firstname']?.['value'], 'Grace');
    const other = simulator.store.contacts.create({ phone: '1' });
    const merged = await call('POST', `/contacts/v1/contact/merge-vids/${String(vid)}/`, {
      vidToMerge: other.id,
    });
    assert.equal(merged.body['text'], 'SUCCESS');
    assert.deepEqual((await call('GET', profile)).body['merged-vids'], [other.id]);
    const gone = await call('DELETE', `/contacts/v1/contact/vid/${String(vid)}`);
    assert.deepEqual(gone.body, { vid, deleted: true, reason: 'OK' });
    assert.equal((await call('GET', profile)).body['message'], 'contact does not exist');
  });

  it('recently changed contacts come newest first, by stamp and id, none lost to an edit in between', async () => {
    simulator.seedMany(25, 10);
    const path = '/contacts/v1/lists/recently_updated/contacts/recent?count=10&property=email';
    const first = (await call('GET', path)).body;
    simulator.clock.advance(5);
    simulator.store.contacts.update(simulator.store.contacts.sorted()[0]!.id, { phone: '1' });
    const vids = (first['contacts'] as Item[]).map((one) => one['vid']);
    let page = first;
    while (page['has-more'] === true) {
      const offsets = `&vidOffset=${String(page['vid-offset'])}&timeOffset=${String(page['time-offset'])}`;
      page = (await call('GET', path + offsets)).body;
      vids.push(...(page['contacts'] as Item[]).map((one) => one['vid']));
    }
    assert.equal(vids.length, 24, 'the edited one has moved to the front');
    const [contact] = page['contacts'] as Array<{ properties: Item }>;
    assert.deepEqual(
      Object.keys(contact?.properties ?? {}),
      ['email'],
      'what was not asked for is not there',
    );
    simulator.clock.advance(31 * DAY_MS);
    assert.deepEqual((await call('GET', path)).body['contacts'], []);
  });

  it('all contacts page by id', async () => {
    simulator.seedMany(130);
    const path = '/contacts/v1/lists/all/contacts/all?count=100';
    const first = (await call('GET', path)).body;
    assert.deepEqual([(first['contacts'] as Item[]).length, first['has-more']], [100, true]);
    const second = (await call('GET', `${path}&vidOffset=${String(first['vid-offset'])}`)).body;
    assert.deepEqual([(second['contacts'] as Item[]).length, second['has-more']], [30, false]);
  });

  it('companies and deals are made, listed by change, changed and deleted', async () => {
    const company = await call('POST', '/companies/v2/companies/', {
      properties: [{ name: 'name', value: 'Acme' }],
    });
    const companyId = company.body['companyId'];
    const deal = await call('POST', '/deals/v1/deal', {
      associations: { associatedCompanyIds: [companyId] },
      properties: [{ name: 'dealname', value: 'Big' }],
    });
    assert.deepEqual((deal.body['associations'] as Item)['associatedCompanyIds'], [companyId]);
    simulator.clock.advance(1000);
    simulator.store.deals.create({ dealname: 'Newer' });
    const recent = (await call('GET', '/deals/v1/deal/recent/modified?count=1')).body;
    assert.deepEqual([recent['hasMore'], recent['offset'], recent['total']], [true, 1, 2]);
    const since = (await call('GET', `/deals/v1/deal/recent/modified?since=${START + 1000}`)).body;
    assert.equal((since['results'] as Item[]).length, 1);
    const path = `/deals/v1/deal/${String(deal.body['dealId'])}`;
    const changed = await call('PUT', path, { properties: [{ name: 'amount', value: '5' }] });
    const amount = (changed.body['properties'] as Record<string, Item>)['amount'];
    assert.deepEqual([amount?.['value'], (amount?.['versions'] as Item[] | undefined)?.length], ['5', 1]);
    assert.equal((await call('DELETE', path)).status, 204);
    assert.equal((await call('GET', path)).body['message'], 'resource not found');
    const paged = (await call('GET', '/companies/v2/companies/paged?limit=1&properties=name')).body;
    assert.deepEqual(
      [(paged['companies'] as Item[])[0]?.['companyId'], paged['has-more']],
      [companyId, false],
    );
    const gone = await call('DELETE', `/companies/v2/companies/${String(companyId)}`);
    assert.deepEqual(gone.body, { companyId, deleted: true });
  });

  it('owners are a bare list', async () => {
    const owners = (await call('GET', '/owners/v2/owners?email=ada@acme.example')).body as unknown as Item[];
    assert.deepEqual(
      owners.map((one) => [one['firstName'], one['type'], one['createdAt']]),
      [['Ada', 'PERSON', START]],
    );
  });
});
