import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { compareCoverage } from '../core/coverage.ts';
import { PIPEDRIVE_COVERAGE } from './coverage.ts';
import { createPipedriveSimulator } from './simulator.ts';
import type { PipedriveSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00.700Z');
const DAY_MS = 86_400_000;

type Body = {
  success: boolean;
  error?: string;
  code?: string;
  data: Array<Record<string, unknown>> & Record<string, unknown>;
  additional_data: { next_cursor: string | null };
};

describe('Pipedrive v2', () => {
  let simulator: PipedriveSimulator;
  let call: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: Body }>;

  before(async () => {
    simulator = await createPipedriveSimulator({ clock: createClock(START), seeded: false });
    call = async (method, path, body) => {
      const response = await fetch(`${simulator.url}/api/v2${path}`, {
        method,
        headers: { 'x-api-token': simulator.credentials.apiToken, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Body };
    };
  });
  after(() => simulator.close());

  const ids = (reply: { body: Body }): unknown[] => reply.body.data.map((one) => one['id']);

  it('serves exactly the endpoints of the coverage list', () => {
    assert.deepEqual(compareCoverage(simulator.routes, PIPEDRIVE_COVERAGE), { unlisted: [], unserved: [] });
    assert.ok(PIPEDRIVE_COVERAGE.every((one) => /^\d{4}-\d\d-\d\d$/.test(one.readOn) && one.page !== ''));
  });

  it('creates with the vendor defaults and whole-second RFC 3339 times', async () => {
    const made = await call('POST', '/persons', {
      name: 'Ada Lovelace',
      emails: [{ value: 'ada@x.example' }],
      custom_fields: { ['a'.repeat(40)]: 7 },
    });
    assert.equal(made.status, 200);
    assert.deepEqual(made.body.data, {
      id: 1,
      name: 'Ada Lovelace',
      first_name: 'Ada',
      last_name: 'Lovelace',
      owner_id: simulator.credentials.userId,
      org_id: null,
      add_time: '2026-11-20T09:15:00Z',
      update_time: '2026-11-20T09:15:00Z',
      emails: [{ value: 'ada@x.example', primary: true, label: 'work' }],
      phones: [],
      is_deleted: false,
      visible_to: 3,
      label_ids: [],
      picture_id: null,
      job_title: null,
      notes: null,
      birthday: null,
      custom_fields: { ['a'.repeat(40)]: 7 },
    });
    assert.deepEqual((await call('GET', '/persons/1')).body.data, made.body.data);
  });

  it('refuses keys and types a body may not have, in the words of the vendor', async () => {
    const cases: Array<[unknown, string]> = [
      [{ name: 'x', email: 'a@b' }, "email: Parameter 'email' is not allowed for this request"],
      [
        { name: 'x', ['b'.repeat(40)]: 1 },
        `${'b'.repeat(40)}: Parameter '${'b'.repeat(40)}' is not allowed for this request`,
      ],
      [{ name: 'x', owner_id: '1' }, "owner_id: Parameter 'owner_id' must be an integer"],
      [
        { name: 'x', add_time: '2026-11-20 09:15:00' },
        "add_time: Parameter 'add_time' must be in RFC3339 format",
      ],
      [{}, "name: Parameter 'name' is required"],
    ];
    for (const [body, problem] of cases) {
      const reply = await call('POST', '/persons', body);
      assert.deepEqual(
        [reply.status, reply.body.success, reply.body.error, reply.body.code],
        [400, false, `Validation failed: ${problem}`, 'ERR_SCHEMA_VALIDATION_FAILED'],
      );
    }
  });

  it('pages by a keyset that inserts before it do not shift, to a null cursor at the end', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) simulator.store.organizations.create({ name });
    const first = await call('GET', '/organizations?limit=2&sort_by=update_time&sort_direction=desc');
    assert.deepEqual(ids(first), [5, 4]);
    simulator.clock.advance(1000);
    simulator.store.organizations.create({ name: 'newest' });
    const cursor = encodeURIComponent(first.body.additional_data.next_cursor ?? '');
    const second = await call(
      'GET',
      `/organizations?limit=2&sort_by=update_time&sort_direction=desc&cursor=${cursor}`,
    );
    assert.deepEqual(ids(second), [3, 2]);
    const next = encodeURIComponent(second.body.additional_data.next_cursor ?? '');
    const last = await call(
      'GET',
      `/organizations?limit=2&sort_by=update_time&sort_direction=desc&cursor=${next}`,
    );
    assert.deepEqual([ids(last), last.body.additional_data.next_cursor], [[1], null]);
    const other = await call('GET', `/organizations?limit=2&cursor=${next}`);
    assert.deepEqual([other.status, other.body.code], [400, 'ERR_SCHEMA_VALIDATION_FAILED']);
  });

  it('updated_since includes its second, updated_until excludes it, other forms are refused', async () => {
    const at = START - 700;
    const { organizations } = simulator.store;
    for (const offset of [-1, 0, 1]) {
      organizations.create({ name: 'windowed' }, { createdAt: 0, updatedAt: at + offset * 1000 + DAY_MS });
    }
    const query = (since: string, until: string): Promise<{ status: number; body: Body }> =>
      call('GET', `/organizations?updated_since=${since}&updated_until=${until}`);
    const inside = await query('2026-11-21T09:15:00Z', '2026-11-21T09:15:01Z');
    assert.deepEqual(
      inside.body.data.map((one) => one['update_time']),
      ['2026-11-21T09:15:00Z'],
    );
    assert.equal((await query('2026-11-21T09:15:00.000Z', '2026-11-21T09:15:01Z')).status, 400);
    assert.equal((await query('2026-11-21%2009:15:00', '2026-11-21T09:15:01Z')).status, 400);
  });

  it('ids takes a hundred and skips the unknown; limits beyond 500 are refused; an empty list is []', async () => {
    assert.deepEqual(ids(await call('GET', '/organizations?ids=3,1,999')), [1, 3]);
    const many = Array.from({ length: 101 }, (_, index) => index + 1).join(',');
    assert.equal((await call('GET', `/organizations?ids=${many}`)).status, 400);
    assert.equal((await call('GET', '/organizations?limit=501')).status, 400);
    const empty = await call('GET', '/deals');
    assert.deepEqual(empty.body, { success: true, data: [], additional_data: { next_cursor: null } });
  });

  it('a deleted record leaves the lists, is readable for 30 days, then gone; deleting again is 410', async () => {
    const { id } = simulator.store.persons.create({ name: 'Gone Soon' });
    simulator.clock.advance(1000);
    const first = await call('DELETE', `/persons/${id}`);
    const second = await call('DELETE', `/persons/${id}`);
    assert.deepEqual([first.status, second.status], [200, 410]);
    assert.deepEqual(first.body, { success: true, data: { id } });
    assert.deepEqual(second.body, first.body);
    assert.ok(!ids(await call('GET', '/persons')).includes(id));
    const read = await call('GET', `/persons/${id}`);
    assert.deepEqual(
      [read.status, read.body.data['is_deleted'], read.body.data['update_time']],
      [200, true, '2026-11-20T09:15:02Z'],
    );
    simulator.clock.advance(30 * DAY_MS);
    const later = await call('GET', `/persons/${id}`);
    assert.deepEqual([later.status, later.body.error], [404, 'Person not found']);
    assert.equal((await call('DELETE', `/persons/${id}`)).status, 404);
    assert.throws(() => simulator.store.persons.restore(id), /30 days/);
  });

  it('archived deals are in their own list and deleted ones under status=deleted', async () => {
    const { deals } = simulator.store;
    const open = deals.create({ title: 'open' }).id;
    const won = deals.create({ title: 'won', status: 'won' }).id;
    const archived = deals.create({ title: 'archived' }).id;
    const deleted = deals.create({ title: 'deleted' }).id;
    await call('PATCH', `/deals/${archived}`, { is_archived: true });
    await call('DELETE', `/deals/${deleted}`);
    assert.deepEqual(ids(await call('GET', '/deals')), [open, won]);
    assert.deepEqual(ids(await call('GET', '/deals/archived')), [archived]);
    assert.deepEqual(ids(await call('GET', '/deals?status=deleted')), [deleted]);
    assert.deepEqual(ids(await call('GET', '/deals?status=won,deleted')), [won, deleted]);
    const shown = (await call('GET', `/deals/${archived}`)).body.data;
    assert.equal(shown['archive_time'], shown['update_time']);
    assert.equal((await call('GET', `/deals/${won}`)).body.data['won_time'], shown['add_time']);
    assert.equal(
      (await call('PATCH', `/deals/${deleted}`, { is_deleted: false })).body.data['status'],
      'open',
    );
  });

  it('a PATCH joins custom fields, keeps the rest and may write the stamps of persons', async () => {
    const { id } = simulator.store.persons.create({ name: 'Pat Ch', custom_fields: { a: 1, b: 2 } });
    const reply = await call('PATCH', `/persons/${id}`, {
      last_name: undefined,
      custom_fields: { b: 3 },
      update_time: '2020-01-01T00:00:00Z',
    });
    assert.deepEqual(reply.body.data['custom_fields'], { a: 1, b: 3 });
    assert.deepEqual(
      [reply.body.data['name'], reply.body.data['update_time']],
      ['Pat Ch', '2020-01-01T00:00:00Z'],
    );
    const narrow = await call('GET', `/persons/${id}?custom_fields=b&include_fields=notes_count`);
    assert.deepEqual([narrow.body.data['custom_fields'], narrow.body.data['notes_count']], [{ b: 3 }, 0]);
  });

  it('what is visible to its owner only is refused to others and left out of their lists', async () => {
    const [ada, bea] = simulator.store.users.sorted();
    assert.ok(ada && bea);
    const company = simulator.companies[0]!;
    const token = simulator.access.apiToken(company, bea.id);
    const { id } = simulator.store.persons.create({ name: 'Private', visible_to: 1, owner_id: ada.id });
    const headers = { 'x-api-token': token };
    const one = await fetch(`${simulator.url}/api/v2/persons/${id}`, { headers });
    const list = (await (
      await fetch(`${simulator.url}/api/v2/persons?limit=500`, { headers })
    ).json()) as Body;
    assert.equal(one.status, 403);
    assert.ok(!list.data.some((record) => record['id'] === id));
    assert.equal((await call('GET', `/persons/${id}`)).status, 200);
  });

  it('an index lag keeps a change from the list while a read by id shows it', async () => {
    const { id } = simulator.store.deals.create({ title: 'before' });
    simulator.store.setLag({ kind: 'index', ms: 5000 });
    simulator.store.deals.update(id, { title: 'after' });
    simulator.store.setLag(null);
    const listed = async (): Promise<unknown> =>
      (await call('GET', `/deals?ids=${id}`)).body.data[0]?.['title'];
    assert.equal(await listed(), 'before');
    assert.equal((await call('GET', `/deals/${id}`)).body.data['title'], 'after');
    simulator.clock.advance(5000);
    assert.equal(await listed(), 'after');
  });

  it('a page of 500 out of many comes fast', async () => {
    simulator.seedMany(1000);
    const times: number[] = [];
    let cursor: string | null = '';
    let seen = 0;
    while (cursor !== null) {
      const startedAt = performance.now();
      const page = await call(
        'GET',
        `/persons?limit=500&sort_by=update_time&cursor=${encodeURIComponent(cursor)}`,
      );
      times.push(performance.now() - startedAt);
      seen += page.body.data.length;
      cursor = page.body.additional_data.next_cursor;
    }
    assert.equal(seen, [...simulator.store.persons.sorted()].filter((one) => one.deletedAt === null).length);
    // The quickest, because a busy machine may hold up any of them.
    assert.ok(Math.min(...times) < 100, `pages took ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  });
});
