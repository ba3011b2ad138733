import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { createClock } from '../../../simulators/core/clock.ts';
import { readField } from '../../../simulators/salesforce/fields.ts';
import {
  createSalesforceSimulator,
  type SalesforceSimulator,
} from '../../../simulators/salesforce/simulator.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { GiveUp, UnreadableAnswer } from '../failures.ts';
import type { Row } from '../feed.ts';
import { answer } from '../testing/answers.ts';
import { queryAnswer, sampleRecord } from './samples.ts';
import { createDriver, filterOf } from './testing/drive.ts';

/** The feeds and the bulk read, against the simulator over HTTP. */

const START = Date.UTC(2026, 10, 20, 9, 15);
const MINUTE = 60_000;
const DAY = 86_400_000;

let simulator: SalesforceSimulator;
let drive: ReturnType<typeof createDriver>;
beforeEach(async () => {
  simulator = await createSalesforceSimulator({ clock: createClock(START), seeded: false });
  drive = createDriver(simulator);
});
afterEach(() => simulator.close());

const recordOf = ([row]: readonly Row[]): JsonObject => {
  assert.ok(row !== undefined && isJsonObject(row.record));
  return row.record;
};
const ids = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id);

test('a whole company comes in the order of its stamps, ties and all, page after page', async () => {
  simulator.seedMany(4_500, 900);
  const feed = await drive.feedOf('accounts', 'changes');
  const { rows, pages } = await drive.walk(feed, { from: START - 10_000 });
  assert.equal(pages, 4, 'how far everything is committed, then three pages');
  const expected = simulator.store.accounts
    .sorted()
    .map(({ id, updatedAt }) => `${updatedAt} ${id}`)
    .sort();
  assert.deepEqual(
    rows.map(({ id, changedAt }) => `${changedAt} ${id}`),
    expected,
  );
  const [page] = simulator.requests.list('/services/data/v66.0/queryAll');
  assert.match(new URLSearchParams(page?.query).get('q') ?? '', /SystemModstamp >= 2026-11-20T09:14:50Z/);
});

test('a stamp at the bound itself is asked for again', async () => {
  const { id } = simulator.store.accounts.create({ Name: 'At the bound' });
  const feed = await drive.feedOf('accounts', 'changes');
  assert.deepEqual(ids((await drive.walk(feed, { from: START + 999 })).rows), [id]);
  assert.deepEqual(ids((await drive.walk(feed, { from: START + 1000 })).rows), []);
});

test('changes between two pages lose nothing: what moved comes with the next pass', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('update', 'touch', 'remove', 'create'), fc.nat(1199)), {
        maxLength: 30,
      }),
      async (changes) => {
        const { accounts } = simulator.store;
        const from = simulator.clock.now();
        simulator.seedMany(1_200, 1_200);
        const known = accounts.sorted().slice(-1_200);
        const feed = await drive.feedOf('accounts', 'changes');
        const change = (page: number): void => {
          if (page !== 2) return;
          simulator.clock.advance(1_000);
          for (const [kind, index] of changes) {
            const { id } = known[index]!;
            if (kind === 'create') accounts.create({ Name: 'New' });
            else if (accounts.truth(id)?.deletedAt !== null) continue;
            else if (kind === 'remove') accounts.remove(id);
            else accounts[kind](id, { Name: 'Moved' });
          }
        };
        const first = await drive.walk(feed, { from, pageSize: 200 }, change);
        const second = await drive.walk(feed, { from: from + 1_000 });
        const seen = new Map([...first.rows, ...second.rows].map((row) => [row.id, row.changedAt]));
        for (const { id, updatedAt } of accounts.sorted().filter((one) => one.updatedAt >= from)) {
          assert.equal(seen.get(id), updatedAt, id);
        }
        simulator.clock.advance(2_000);
      },
    ),
    { numRuns: 8 },
  );
});

test('what is in the recycle bin comes as deleted, with its record', async () => {
  const { id } = simulator.store.contacts.create({ LastName: 'Gone' });
  simulator.clock.advance(5_000);
  simulator.store.contacts.remove(id);
  const feed = await drive.feedOf('contacts', 'changes');
  const { rows } = await drive.walk(feed, { from: START });
  assert.deepEqual(
    rows.map((row) => [row.id, row.deleted, row.changedAt, (row.record as JsonObject)['LastName']]),
    [[id, true, START + 5_000, 'Gone']],
  );
});

test('an open transaction holds the cursor back until it is committed', async () => {
  const late = simulator.store.accounts.create(
    { Name: 'Late' },
    { lag: { kind: 'commit', ms: 12 * MINUTE } },
  );
  simulator.clock.advance(8 * MINUTE);
  const feed = await drive.feedOf('accounts', 'changes');
  const before = await drive.walk(feed, { from: START });
  assert.deepEqual([before.rows, before.covered], [[], START]);
  simulator.clock.advance(5 * MINUTE);
  const after = await drive.walk(await drive.feedOf('accounts', 'changes'), { from: before.covered! });
  assert.deepEqual(ids(after.rows), [late.id]);
  assert.equal(after.covered, START + 13 * MINUTE);
});

test('without an answer about open transactions the pass goes on', async () => {
  simulator.store.accounts.create({ Name: 'A' });
  simulator.faults.add({
    path: '/services/data/v66.0/sobjects/Account/updated',
    effect: { kind: 'reply', status: 400, body: [{ errorCode: 'INVALID_REPLICATION_DATE', message: 'no' }] },
  });
  const { rows, covered } = await drive.walk(await drive.feedOf('accounts', 'changes'), { from: START });
  assert.deepEqual([rows.length, covered], [1, undefined]);
});

test('a dropped query locator restarts the pass', async () => {
  simulator.seedMany(2_100, 2_100);
  const feed = await drive.feedOf('accounts', 'changes');
  const drop = (page: number): void => {
    if (page === 2) simulator.cursors.dropAll();
  };
  await assert.rejects(drive.walk(feed, { from: START }, drop), /^Error: restart: .*INVALID_QUERY_LOCATOR/);
});

test('a pass whose fields are no longer those of the object begins again', async () => {
  simulator.seedMany(2_100, 2_100);
  const feed = await drive.feedOf('accounts', 'changes');
  const position = feed.start({ from: START, filter: null, fields: [] });
  simulator.store.type('Account')!.fields.push(readField('Fresh__c string(10)'));
  const later = await drive.feedOf('accounts', 'changes');
  assert.equal(later.read(answer(queryAnswer([])), position), 'restart');
  const { rows } = await drive.walk(later, { from: START });
  assert.equal(recordOf(rows)['Fresh__c'], null);
});

test('a filter is shared between Salesforce and us, for deleted records too', async () => {
  const { accounts } = simulator.store;
  const make = (Name: string, Description: string, Type = 'Customer'): string =>
    accounts.create({ Name, Description, Type }).id;
  const kept = make("O'Hara", 'a long text');
  const gone = make('Gone', 'another long text');
  make('Wrong text', 'short');
  make('Wrong type', 'a long text', 'Partner');
  accounts.remove(gone);
  const feed = await drive.feedOf('accounts', 'changes');
  const where = "Type = 'Customer' AND Description LIKE '%long%' AND Owner.Name = 'Ada Almeida'";
  const { rows } = await drive.walk(feed, { from: START, where });
  assert.deepEqual(ids(rows).sort(), [kept, gone].sort());
  assert.throws(
    () => feed.start({ filter: filterOf("BillingAddress = 'x' OR Description = 'y'"), fields: [] }),
    (error) => error instanceof GiveUp && /BillingAddress/.test(error.message),
  );
});

test('records have every plain field, neither compounds nor files nor when they were looked at', async () => {
  simulator.store.accounts.create({ Name: 'A', BillingCity: 'Porto' });
  const { rows } = await drive.walk(await drive.feedOf('accounts', 'changes'), { from: START });
  const record = rows[0]?.record as JsonObject;
  assert.equal(record['BillingCity'], 'Porto');
  assert.deepEqual((record['attributes'] as JsonObject)['type'], 'Account');
  for (const absent of ['BillingAddress', 'LastViewedDate', 'LastReferencedDate']) {
    assert.equal(absent in record, false, absent);
  }
  simulator.store.of('Attachment').create({ Name: 'file', ParentId: rows[0]?.id, Body: 'AA==' });
  const files = await drive.walk(await drive.feedOf('Attachment', 'changes'), { from: START });
  assert.equal('Body' in recordOf(files.rows), false);
});

test('a record is the same in every way it is read', async () => {
  const { id } = simulator.store.accounts.create({ Name: 'A', Score__c: 1.5, Regions__c: 'N;S' });
  const context = await drive.contextOf('accounts');
  const resource = drive.resourceOf('accounts');
  const { rows } = await drive.walk(await drive.feedOf('accounts', 'changes'), { from: START });
  const sweep = await drive.walk(resource.polling!.sweep!(context));
  const many = resource.polling!.readMany(context);
  const state = many.read(await drive.ask(many.request([id])), [id]).get(id);
  const one = resource.get.read(await drive.ask(resource.get.request(id, [], context)));
  assert.deepEqual(sweep.rows, rows);
  assert.deepEqual(state, { state: 'present', row: rows[0] });
  assert.deepEqual(one, { record: rows[0]?.record });
});

test('fields too many for an address are read all the same', async () => {
  const type = simulator.store.type('Account')!;
  for (let nth = 0; nth < 600; nth += 1)
    type.fields.push(readField(`A_Rather_Long_Name_${nth}__c string(20)`));
  const { id } = simulator.store.accounts.create({ Name: 'Wide', A_Rather_Long_Name_599__c: 'last' });
  const { rows } = await drive.walk(await drive.feedOf('accounts', 'changes'), { from: START });
  assert.equal(recordOf(rows)['A_Rather_Long_Name_599__c'], 'last');
  const context = await drive.contextOf('accounts');
  const resource = drive.resourceOf('accounts');
  const one = resource.get.read(await drive.ask(resource.get.request(id, [], context)));
  assert.deepEqual(one, { record: rows[0]?.record });
  assert.equal(simulator.requests.list('/services/data/v66.0/composite/batch').length, 2);
  assert.ok(simulator.requests.list().every(({ status }) => status === 200));
  simulator.store.accounts.remove(id);
  const gone = resource.get.read(await drive.ask(resource.get.request(id, [], context)));
  assert.deepEqual(gone, { absent: true });
});

test('objects are polled by the best stamp they have', async () => {
  const history = simulator.store.of('AccountHistory').create({ Field: 'Name', NewValue: 'x' });
  const { rows, pages } = await drive.walk(await drive.feedOf('AccountHistory', 'changes'), { from: START });
  assert.deepEqual([ids(rows), rows[0]?.changedAt, pages], [[history.id], START, 1]);
  const context = await drive.contextOf('AccountHistory');
  const feeds = drive.resourceOf('AccountHistory').polling!.feeds(context);
  assert.deepEqual(
    feeds.map((feed) => [feed.name, feed.changeFields.includes('CreatedDate')]),
    [['changes', true]],
  );
  const type = simulator.store.type('AccountHistory')!;
  type.fields = type.fields.filter(({ name }) => name !== 'CreatedDate');
  const scan = await drive.walk(await drive.feedOf('AccountHistory', 'scan'));
  assert.deepEqual(ids(scan.rows), [history.id]);
});

test('custom objects are polled by their name', async () => {
  const { id } = simulator.store.of('Invoice__c').create({ Amount__c: 5, Place__Latitude__s: 1 });
  const { rows } = await drive.walk(await drive.feedOf('invoice__c', 'changes'), { from: START });
  assert.deepEqual(ids(rows), [id]);
  assert.equal(drive.resourceOf('cases').vendorObject, 'Case');
  assert.equal(drive.resourceOf('Opportunity').name, 'opportunities');
});

test('the deletion log shows what no query does, and says when it was cut', async () => {
  const { accounts } = simulator.store;
  const [soft, hard, restored] = ['Soft', 'Hard', 'Restored'].map((Name) => accounts.create({ Name }).id);
  simulator.clock.advance(3 * MINUTE);
  accounts.remove(soft!);
  accounts.purge(hard!);
  accounts.remove(restored!);
  accounts.restore(restored!);
  simulator.clock.advance(MINUTE);
  const read = async (from: number): ReturnType<typeof drive.walk> =>
    drive.walk(await drive.feedOf('accounts', 'deleted'), { from });
  const first = await read(START);
  assert.deepEqual(first.rows, [
    { id: soft, deleted: true, record: null, changedAt: START + 3 * MINUTE },
    { id: hard, deleted: true, record: null, changedAt: START + 3 * MINUTE },
  ]);
  assert.deepEqual([first.covered, first.gap], [START + 4 * MINUTE, undefined]);
  assert.deepEqual((await read(simulator.clock.now())).rows, first.rows, 'a minute at least is asked for');
  const feed = await drive.feedOf('accounts', 'deleted');
  const filtered = await drive.walk(feed, { from: START, where: "Type = 'Customer'" });
  assert.deepEqual(filtered.rows, [], 'nobody knows of which type they were');
  accounts.forgetDeletions(START + 2 * MINUTE);
  assert.equal((await read(START)).gap, true);
  assert.equal((await read(START + 2 * MINUTE)).gap, undefined);
  assert.equal((await read(START - 20 * DAY)).gap, true, 'beyond what the vendor remembers');
});

test('a sweep lists what is there in the order of ids, each page a query of its own', async () => {
  simulator.seedMany(4_100, 1);
  const { accounts } = simulator.store;
  const sorted = accounts.sorted();
  accounts.remove(sorted[7]!.id);
  const feed = drive.resourceOf('accounts').polling!.sweep!(await drive.contextOf('accounts'));
  const dropAndDelete = (page: number): void => {
    simulator.cursors.dropAll();
    if (page === 1) accounts.remove(sorted[4_000]!.id);
  };
  const { rows, pages } = await drive.walk(feed, {}, dropAndDelete);
  assert.equal(pages, 3);
  assert.deepEqual(
    ids(rows),
    ids(sorted).filter((_, index) => index !== 7 && index !== 4_000),
  );
});

test('a sweep goes on when wide rows made a page short', () => {
  const feed = drive.resourceOf('accounts').polling!.sweep!({
    configuration: {},
    facts: {},
    discovered: null,
    now: START,
  });
  const position = feed.start({ filter: null, fields: [] });
  const record = sampleRecord('Account', '0015f000004pQzAAAU');
  const short = { ...queryAnswer([record], '/services/data/v66.0/query/0r8xx-1'), totalSize: 2000 };
  const page = feed.read(answer(short), position);
  assert.ok(page !== 'restart' && page.next !== null);
  assert.match(String(feed.request(page.next).query?.['q']), /WHERE Id > '0015f000004pQzAAAU' ORDER BY Id/);
  assert.throws(() => feed.read(answer(short), page.next!), UnreadableAnswer);
});

test('the bulk read tells present, deleted and unknown apart, by either form of an id', async () => {
  const { accounts } = simulator.store;
  const [kept, gone, purged] = ['Kept', 'Gone', 'Purged'].map((Name) => accounts.create({ Name }).id);
  accounts.remove(gone!);
  accounts.purge(purged!);
  const many = drive.resourceOf('accounts').polling!.readMany(await drive.contextOf('accounts'));
  const asked = [kept!.slice(0, 15), gone!, purged!, 'no id', "') OR (Name != 'x"];
  const states = many.read(await drive.ask(many.request(asked)), asked);
  assert.deepEqual(
    asked.map((id) => states.get(id)?.state),
    ['present', 'gone', 'absent', 'absent', 'absent'],
  );
  const none = many.read(await drive.ask(many.request(['no id'])), ['no id']);
  assert.deepEqual([...none.values()], [{ state: 'absent' }]);
});

test('of ids that did not fit into the answer nothing is concluded', () => {
  const context = { configuration: {}, facts: {}, discovered: null, now: START };
  const many = drive.resourceOf('accounts').polling!.readMany(context);
  const page = queryAnswer(
    [sampleRecord('Account', '0015f000004pQzAAAU')],
    '/services/data/v66.0/query/0r8xx-1',
  );
  const states = many.read(answer(page), ['0015f000004pQzAAAU', '0015f000004pQzBAAU']);
  assert.equal(states.get('0015f000004pQzBAAU')?.state, 'forbidden');
});

test('pages that lead nowhere, elsewhere or round in circles are not followed', () => {
  const context = { configuration: {}, facts: {}, discovered: null, now: START };
  const [feed] = drive.resourceOf('accounts').polling!.feeds(context);
  const position = feed!.start({ from: START, filter: null, fields: [] });
  for (const next of [
    'https://evil.example/query/x',
    '//evil.example/x',
    '/services/data/v66.0/sobjects/User',
    '/services/data/v66.0/query/../x',
  ]) {
    assert.throws(() => feed!.read(answer(queryAnswer([], next)), position), UnreadableAnswer, next);
  }
  const next = '/services/data/v66.0/query/0r8xx-2000';
  const page = feed!.read(answer(queryAnswer([], next)), position);
  assert.ok(page !== 'restart' && page.next !== null);
  assert.equal(feed!.request(page.next).path, next);
  assert.throws(() => feed!.read(answer(queryAnswer([], next)), page.next!), UnreadableAnswer);
  assert.throws(
    () => feed!.read(answer({ totalSize: 0, records: [] }), position),
    UnreadableAnswer,
    'done is missing',
  );
});
