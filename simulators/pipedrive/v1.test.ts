import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { createPipedriveSimulator } from './simulator.ts';
import type { PipedriveSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00Z');

type Body = { success: boolean; error?: string; data: unknown; additional_data?: Record<string, unknown> };
type Item = Record<string, unknown>;

describe('Pipedrive v1', () => {
  let simulator: PipedriveSimulator;
  let call: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: Body }>;

  before(async () => {
    simulator = await createPipedriveSimulator({ clock: createClock(START), seeded: false });
    call = async (method, path, body) => {
      const url = new URL(simulator.url + path);
      url.searchParams.set('api_token', simulator.credentials.apiToken);
      const response = await fetch(url, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Body };
    };
  });
  after(() => simulator.close());

  it('an empty list is null, and both prefixes answer alike', async () => {
    const short = await call('GET', '/v1/persons');
    assert.deepEqual(short.body, {
      success: true,
      data: null,
      additional_data: { pagination: { start: 0, limit: 100, more_items_in_collection: false } },
      related_objects: {},
    });
    assert.deepEqual((await call('GET', '/api/v1/persons')).body, short.body);
  });

  it('creates with 201, zoneless times, nested references, flat custom fields and texts for visibility', async () => {
    const key = 'c'.repeat(40);
    const organization = await call('POST', '/v1/organizations', { name: 'Org' });
    assert.equal(organization.status, 201);
    const reply = await call('POST', '/v1/persons', {
      name: 'Ada',
      email: 'ada@x.example',
      org_id: 1,
      [key]: 'x',
    });
    const person = reply.body.data as Item;
    assert.equal(reply.status, 201);
    assert.equal(person['add_time'], '2026-11-20 09:15:00');
    assert.deepEqual(person['email'], [{ value: 'ada@x.example', primary: true, label: 'work' }]);
    assert.deepEqual(person['phone'], [{ value: '', primary: true }]);
    assert.equal((person['org_id'] as Item)['value'], 1);
    assert.equal((person['owner_id'] as Item)['value'], simulator.credentials.userId);
    assert.deepEqual([person['visible_to'], person['active_flag'], person[key]], ['3', true, 'x']);
  });

  it('offset pages tell of more, cap at 500, and sort as asked', async () => {
    for (let nth = 0; nth < 5; nth += 1) {
      simulator.clock.advance(1000);
      simulator.store.deals.create({ title: `deal ${nth}` });
    }
    const page = await call('GET', '/v1/deals?start=2&limit=2&sort=update_time%20DESC,%20id%20ASC');
    assert.deepEqual(
      (page.body.data as Item[]).map((one) => one['id']),
      [3, 2],
    );
    const pagination = { start: 2, limit: 2, more_items_in_collection: true, next_start: 4 };
    assert.deepEqual(page.body.additional_data, { pagination });
    const large = await call('GET', '/v1/deals?limit=9999');
    const { pagination: capped } = large.body.additional_data as { pagination: Item };
    assert.equal(capped['limit'], 500);
  });

  it('unknown parameters are ignored without a word', async () => {
    const filtered = await call('GET', '/v1/deals?updated_since=2099-01-01T00:00:00Z&sort_by=update_time');
    assert.equal((filtered.body.data as Item[]).length, 5);
  });

  it('deals are listed by status, the deleted ones too', async () => {
    await call('PUT', '/v1/deals/1', { status: 'won' });
    await call('DELETE', '/v1/deals/2');
    const of = async (status: string): Promise<unknown[] | undefined> =>
      ((await call('GET', `/v1/deals?status=${status}`)).body.data as Item[] | null)?.map((one) => one['id']);
    assert.deepEqual([await of('won'), await of('deleted'), await of('open')], [[1], [2], [3, 4, 5]]);
    const deleted = (await call('GET', '/v1/deals/2')).body.data as Item;
    assert.deepEqual([deleted['status'], deleted['deleted'], deleted['active']], ['deleted', true, false]);
  });

  it('a second deletion is 410 with the body of the first', async () => {
    const { id } = simulator.store.persons.create({ name: 'x' });
    const first = await call('DELETE', `/v1/persons/${id}`);
    assert.deepEqual(first, { status: 200, body: { success: true, data: { id } } });
    assert.deepEqual(await call('DELETE', `/v1/persons/${id}`), { status: 410, body: first.body });
  });

  it('a merge keeps the other id, joins what it has and moves its links', async () => {
    const { persons, deals } = simulator.store;
    const email = (value: string): { value: string; primary: boolean; label: string } => ({
      value,
      primary: true,
      label: 'work',
    });
    const winner = persons.create({ name: 'Win', emails: [email('w@x')], job_title: null });
    const loser = persons.create({ name: 'Lose', emails: [email('l@x')], job_title: 'Boss' });
    const deal = deals.create({ title: 'theirs', person_id: loser.id });
    simulator.clock.advance(1000);
    const reply = await call('PUT', `/v1/persons/${loser.id}/merge`, { merge_with_id: winner.id });
    const data = reply.body.data as Item;
    assert.deepEqual(
      [data['id'], data['name'], data['job_title'], data['merge_what_id']],
      [winner.id, 'Win', 'Boss', loser.id],
    );
    assert.deepEqual(data['email'], [email('w@x'), { ...email('l@x'), primary: false }]);
    assert.equal(deals.get(deal.id)?.fields.person_id, winner.id);
    assert.equal((await call('GET', `/v1/persons/${loser.id}`)).status, 404);
  });

  it('recents mixes kinds oldest first, shows deletions, and leaves out its own second', async () => {
    simulator.clock.advance(10_000);
    const since = new Date(simulator.clock.now()).toISOString().slice(0, 19).replace('T', ' ');
    const { persons, organizations } = simulator.store;
    persons.create({ name: 'in the same second' });
    simulator.clock.advance(1000);
    const organization = organizations.create({ name: 'later' });
    simulator.clock.advance(1000);
    const person = persons.create({ name: 'removed' });
    const loser = persons.create({ name: 'merged away' });
    persons.remove(person.id);
    simulator.clock.advance(1000);
    persons.merge(1, loser.id);
    const reply = await call('GET', `/v1/recents?since_timestamp=${encodeURIComponent(since)}`);
    const seen = (reply.body.data as Item[]).map(({ item, id, data }) => [
      item,
      id,
      (data as Item)?.['active_flag'],
    ]);
    assert.deepEqual(seen, [
      ['organization', organization.id, true],
      ['person', person.id, false],
      ['person', 1, true],
      ['person', loser.id, undefined],
    ]);
    assert.deepEqual(Object.keys(reply.body.additional_data ?? {}), [
      'since_timestamp',
      'last_timestamp_on_page',
      'pagination',
    ]);
    const onlyUsers = await call('GET', '/v1/recents?since_timestamp=2026-11-01%2000:00:00&items=user');
    const [user] = onlyUsers.body.data as Item[];
    assert.deepEqual(user && [user['item'], (user['data'] as Item[]).map((one) => one['email'])], [
      'user',
      [simulator.credentials.email],
    ]);
    assert.equal((await call('GET', '/v1/recents')).status, 400);
  });

  it('a deal that was never changed can lack an update time', async () => {
    const other = await createPipedriveSimulator({ seeded: false, newDealsLackUpdateTime: true });
    const { id } = other.store.deals.create({ title: 'fresh' });
    const shown = async (): Promise<unknown> => {
      const response = await fetch(`${other.url}/v1/deals/${id}?api_token=${other.credentials.apiToken}`);
      return ((await response.json()) as { data: Item }).data['update_time'];
    };
    assert.equal(await shown(), null);
    other.store.deals.update(id, { value: 5 });
    assert.match(String(await shown()), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    await other.close();
  });

  it('users come unpaged and users/me names the company', async () => {
    const users = (await call('GET', '/v1/users')).body.data as Item[];
    assert.deepEqual(
      users.map((one) => [one['name'], one['is_you']]),
      [
        ['Ada Almeida', true],
        ['Bea Berg', false],
        ['Carlos Castro', false],
      ],
    );
    const me = (await call('GET', '/v1/users/me')).body.data as Item;
    assert.deepEqual([me['company_id'], me['company_domain']], [simulator.credentials.companyId, 'acme']);
  });

  it('the old login gives one token per company, as JSON or form, and refuses a wrong password', async () => {
    const { email, password, apiToken } = simulator.credentials;
    const login = (body: RequestInit['body'], type: string): Promise<Response> =>
      fetch(`${simulator.url}/v1/authorizations`, {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      } as RequestInit);
    const json = await login(JSON.stringify({ email, password }), 'application/json');
    const answer = (await json.json()) as { data: Item[]; additional_data: { user: { profile: Item } } };
    assert.deepEqual(
      answer.data.map((one) => one['company_id']),
      [8_087_566, 8_087_999],
    );
    assert.equal(answer.data[0]?.['api_token'], apiToken);
    assert.equal(answer.additional_data.user.profile['email'], email);
    const form = await login(
      String(new URLSearchParams({ email, password })),
      'application/x-www-form-urlencoded',
    );
    const second = ((await form.json()) as { data: Item[] }).data[1]?.['api_token'] as string;
    const other = await fetch(`${simulator.url}/v1/organizations`, { headers: { 'x-api-token': second } });
    assert.equal(((await other.json()) as { data: Item[] }).data[0]?.['name'], 'Only in Acme Nordic');
    const wrong = await login(JSON.stringify({ email, password: 'nope' }), 'application/json');
    assert.deepEqual([wrong.status, ((await wrong.json()) as Body).success], [401, false]);
  });

  it('a regenerated token kills the old one', async () => {
    const old = simulator.credentials.apiToken;
    const fresh = simulator.regenerateApiToken();
    const status = async (token: string): Promise<number> =>
      (await fetch(`${simulator.url}/v1/users/me`, { headers: { 'x-api-token': token } })).status;
    assert.deepEqual([await status(old), await status(fresh)], [401, 200]);
  });
});
