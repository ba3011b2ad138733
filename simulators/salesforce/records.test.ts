import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createClock } from '../core/clock.ts';
import { makeId, toId18 } from './ids.ts';
import { createSalesforceSimulator } from './simulator.ts';
import type { SalesforceSimulator } from './simulator.ts';

const START = Date.parse('2026-11-20T09:15:00Z');
const DAY_MS = 86_400_000;

type Row = Record<string, unknown>;
type Page = { totalSize: number; done: boolean; nextRecordsUrl?: string; records: Row[] };

describe('Salesforce records and queries', () => {
  let simulator: SalesforceSimulator;
  beforeEach(async () => {
    simulator = await createSalesforceSimulator({ clock: createClock(START), seeded: false });
  });
  afterEach(() => simulator.close());

  const call = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${simulator.url}/services/data/v66.0${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${simulator.credentials.accessToken}`,
        'content-type': 'application/json',
        ...(init.headers as Record<string, string>),
      },
    });
  const json = async <T>(path: string, init?: RequestInit): Promise<T> =>
    (await (await call(path, init)).json()) as T;
  const query = (soql: string, resource = 'query'): Promise<Page> =>
    json<Page>(`/${resource}?q=${encodeURIComponent(soql)}`);
  const names = async (where: string): Promise<unknown[]> =>
    (await query(`SELECT Name FROM Account WHERE ${where} ORDER BY Name`)).records.map((one) => one['Name']);

  it('completes ids of fifteen characters and keeps their order', () => {
    // The two forms of one id as the vendor's own documentation shows them.
    assert.equal(toId18('001D000000IRFma'), '001D000000IRFmaIAH');
    const ids = [1, 61, 62, 63, 3844, 1_000_000].map((nth) => makeId('001', nth));
    assert.deepEqual(ids, [...ids].sort());
    assert.ok(ids.every((id) => id.length === 18));
  });

  it('reads texts with every escape, and patterns with theirs', async () => {
    for (const name of ["O'Hara", 'back\\slash', 'a_b', 'axb', '100%', '100 per cent', 'two\nlines']) {
      simulator.store.accounts.create({ Name: name });
    }
    assert.deepEqual(await names(String.raw`Name = 'O\'Hara'`), ["O'Hara"]);
    assert.deepEqual(await names(String.raw`Name = 'back\\slash'`), ['back\\slash']);
    assert.deepEqual(await names(String.raw`Name LIKE 'back\\s%'`), ['back\\slash']);
    assert.deepEqual(await names(String.raw`Name = 'two\nlines'`), ['two\nlines']);
    assert.deepEqual(await names(`Name LIKE 'A_B'`), ['a_b', 'axb']);
    assert.deepEqual(await names(String.raw`Name LIKE 'a\_b'`), ['a_b']);
    assert.deepEqual(await names(String.raw`Name LIKE '100\%%'`), ['100%']);
    assert.deepEqual(await names(`Name IN ('axb', '100%') OR (Name LIKE 'two%' AND Type = NULL)`), [
      '100%',
      'axb',
      'two\nlines',
    ]);
    assert.deepEqual(await names(`NOT Name LIKE '%_%'`), []);
  });

  it('compares as the type of the field asks', async () => {
    const { accounts } = simulator.store;
    accounts.create({ Name: 'A', AnnualRevenue: 5, Regions__c: 'North;South' });
    accounts.create({ Name: 'B', AnnualRevenue: 50 });
    assert.deepEqual(await names('AnnualRevenue > 5'), ['B']);
    assert.deepEqual(await names(`Regions__c INCLUDES ('South', 'West')`), ['A']);
    assert.deepEqual(await names(`Regions__c != 'x'`), ['A', 'B'], 'null is not x');
    assert.deepEqual(await names('CreatedDate >= 2026-11-20T10:15:00+01:00 AND IsDeleted = FALSE'), [
      'A',
      'B',
    ]);
    assert.deepEqual(await names(`Owner.Name = 'Ada Almeida' AND Owner.IsActive = true`), ['A', 'B']);
    for (const where of [
      `AnnualRevenue > '5'`,
      'Name = 5',
      `CreatedDate > '2026-11-20T09:15:00Z'`,
      'CreatedDate > 2026-11-20',
      `Description = 'x'`,
      `Id LIKE '001%'`,
      `Owner.Nope = 'x'`,
      `IsDeleted = 'false'`,
    ]) {
      const refused = await call(`/query?q=${encodeURIComponent(`SELECT Id FROM Account WHERE ${where}`)}`);
      assert.equal(refused.status, 400, where);
    }
  });

  it('shows the bin by queryAll only, for fifteen days, and forgets what is purged', async () => {
    const { accounts } = simulator.store;
    const gone = accounts.create({ Name: 'Gone' });
    simulator.clock.advance(5_000);
    accounts.remove(gone.id);
    const soql = 'SELECT Id, IsDeleted, SystemModstamp FROM Account';
    assert.equal((await query(soql)).totalSize, 0);
    const bin = await query(soql, 'queryAll');
    assert.deepEqual(
      bin.records.map((one) => [one['IsDeleted'], one['SystemModstamp']]),
      [[true, '2026-11-20T09:15:05.000+0000']],
      'deleting moves the stamp',
    );
    accounts.restore(gone.id);
    assert.equal((await query(soql)).totalSize, 1);
    accounts.remove(gone.id);
    simulator.clock.advance(15 * DAY_MS);
    simulator.credentials.accessToken = simulator.sessions.open('later');
    assert.equal((await query(soql, 'queryAll')).totalSize, 0);
  });

  it("keeps the loser of a merge in the bin with its winner's id", async () => {
    const { accounts } = simulator.store;
    const [winner, loser] = [accounts.create({ Name: 'Winner' }), accounts.create({ Name: 'Loser' })];
    simulator.clock.advance(60_000);
    accounts.merge(winner.id, loser.id);
    const { records } = await query(
      'SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE SystemModstamp >= 2026-11-20T09:16:00Z ORDER BY Id',
      'queryAll',
    );
    assert.deepEqual(
      records.map((one) => [one['Id'], one['IsDeleted'], one['MasterRecordId']]),
      [
        [winner.id, false, null],
        [loser.id, true, winner.id],
      ],
    );
  });

  it("moves SystemModstamp with every write and LastModifiedDate with users' edits only", async () => {
    const { id } = simulator.store.accounts.create({ Name: 'A' });
    simulator.clock.advance(1500);
    simulator.store.accounts.touch(id, { Score__c: 7 });
    const record = await json<Row>(`/sobjects/Account/${id}`);
    assert.deepEqual(
      [record['LastModifiedDate'], record['SystemModstamp'], record['Score__c']],
      ['2026-11-20T09:15:00.000+0000', '2026-11-20T09:15:01.000+0000', 7],
    );
  });

  it('shows a change with the stamp of its write when it is committed', async () => {
    simulator.store.accounts.create({ Name: 'Late' }, { lag: { kind: 'commit', ms: 300_000 } });
    const soql = 'SELECT SystemModstamp FROM Account';
    simulator.clock.advance(299_999);
    assert.equal((await query(soql)).totalSize, 0);
    simulator.clock.advance(1);
    assert.deepEqual((await query(soql)).records[0]?.['SystemModstamp'], '2026-11-20T09:15:00.000+0000');
  });

  it('pages by batchSize within its bounds and holds ten results open', async () => {
    simulator.seedMany(450, 450);
    const page = await json<Page>('/query?q=SELECT+Id+FROM+Account', {
      headers: { 'sforce-query-options': 'batchSize=1' },
    });
    assert.deepEqual([page.records.length, page.totalSize, page.done], [200, 450, false]);
    const next = (page.nextRecordsUrl ?? '').replace('/services/data/v66.0', '');
    const second = await json<Page>(next);
    assert.deepEqual([second.records.length, second.done, second.totalSize], [250, true, 450]);
    for (let nth = 0; nth < 10; nth += 1) {
      await json('/query?q=SELECT+Id+FROM+Account', { headers: { 'sforce-query-options': 'batchSize=200' } });
    }
    const dropped = await call(next);
    assert.deepEqual(
      [dropped.status, await dropped.json()],
      [400, [{ message: 'invalid query locator', errorCode: 'INVALID_QUERY_LOCATOR' }]],
    );
  });

  it('reads and writes collections, each item with its own outcome', async () => {
    const { id } = simulator.store.accounts.create({ Name: 'A' });
    const read = await json<Array<Row | null>>('/composite/sobjects/Account', {
      method: 'POST',
      body: JSON.stringify({ ids: [id, '001000000000000AAA'], fields: ['Name'] }),
    });
    assert.deepEqual(
      read.map((one) => one?.['Name'] ?? null),
      ['A', null],
    );
    const written = await json<Row[]>('/composite/sobjects', {
      method: 'PATCH',
      body: JSON.stringify({
        records: [
          { attributes: { type: 'Account' }, id, Name: 'B' },
          { attributes: { type: 'Account' }, id, Name: '' },
        ],
      }),
    });
    assert.deepEqual(written, [
      { id, success: true, errors: [] },
      {
        success: false,
        errors: [
          {
            statusCode: 'REQUIRED_FIELD_MISSING',
            message: 'Required fields are missing: [Name]',
            fields: ['Name'],
          },
        ],
      },
    ]);
  });

  it('runs a batch in order, one call of the day, each with its own status', async () => {
    const used = simulator.limits.used();
    const long = `SELECT Id FROM Account WHERE Name IN ('${'x'.repeat(20_000)}')`;
    const body = await json<{ hasErrors: boolean; results: Array<{ statusCode: number; result: Row }> }>(
      '/composite/batch',
      {
        method: 'POST',
        body: JSON.stringify({
          batchRequests: [
            { method: 'POST', url: 'v66.0/sobjects/Account', richInput: { Name: 'Batched' } },
            { method: 'GET', url: `v66.0/query?q=${encodeURIComponent(long)}` },
            { method: 'GET', url: 'v66.0/query?q=SELECT' },
          ],
        }),
      },
    );
    assert.deepEqual(
      [body.hasErrors, body.results.map(({ statusCode }) => statusCode)],
      [true, [201, 200, 400]],
    );
    assert.equal(simulator.limits.used(), used + 1);
  });

  it('is the same company every time', async () => {
    const facts = async (): Promise<unknown> => {
      const one = await createSalesforceSimulator({ clock: createClock(START) });
      await one.close();
      return one.store.contacts.sorted().map(({ id, fields, updatedAt }) => [id, fields, updatedAt]);
    };
    const first = (await facts()) as unknown[];
    assert.equal(first.length, 20);
    assert.deepEqual(await facts(), first);
  });
});
