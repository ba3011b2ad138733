import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCeql } from '../../ceql/parse-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ConnectorContext } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Feed, FeedPage, Position } from '../feed.ts';
import { answer, htmlAnswer } from '../testing/answers.ts';
import { archivedFeed, changesFeed, sweepFeed } from './feeds.ts';
import { readManyOf } from './read-many.ts';
import { requestsOf, type Filter } from './requests.ts';
import { company, contact, deal, pageOf, refusal } from './samples.ts';

const NOW = Date.UTC(2026, 10, 20, 9, 15);
const FROM = NOW - 3_600_000;
const AT = Date.UTC(2026, 10, 20, 9, 0, 0, 123);

const context = (discovered: ConnectorContext['discovered'] = null): ConnectorContext => ({
  configuration: {},
  facts: {},
  discovered,
  now: NOW,
});
const many = Array.from({ length: 200 }, (_, nth) => `custom_property_number_${nth}`);
const small = requestsOf('contacts', context());
const large = requestsOf('contacts', context({ names: many, readOnly: [], numbers: [], dates: [] }));

const where = (text: string): Ceql => {
  const parsed = parseCeql(text);
  assert.ok(parsed.ok);
  return parsed.tree;
};
/** A contact with the nth id, changed `ms` after the first stamp. */
const changed = (nth: number, ms = 0, more: JsonObject = {}): JsonObject => {
  const stamp = new Date(AT + ms).toISOString();
  const properties = { ...(contact['properties'] as JsonObject), lastmodifieddate: stamp, ...more };
  return { ...contact, id: String(81_000_000_000 + nth), updatedAt: stamp, properties };
};
const read = (feed: Feed, body: JsonObject, position: Position, date?: number): FeedPage => {
  const page = feed.read({ ...answer(body), ...(date !== undefined && { date }) }, position);
  assert.notEqual(page, 'restart');
  return page as FeedPage;
};
const searchOf = (feed: Feed, position: Position): JsonObject => feed.request(position).json as JsonObject;
const filtersOf = (feed: Feed, position: Position): unknown => {
  const groups = searchOf(feed, position)['filterGroups'] as { filters: Filter[] }[];
  return groups[0]!.filters.map((one) => `${one.propertyName} ${one.operator} ${one.value}`);
};
const start = (feed: Feed, pageSize = 2): Position =>
  feed.start({ from: FROM, filter: null, fields: [], pageSize });

test('changes are searched for by the stamp of their kind, inclusively, oldest first', () => {
  const feed = changesFeed(small);
  assert.deepEqual(feed.request(feed.start({ from: FROM, filter: null, fields: [] })), {
    method: 'POST',
    path: '/crm/v3/objects/contacts/search',
    json: {
      filterGroups: [
        { filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: String(FROM) }] },
      ],
      sorts: [{ propertyName: 'lastmodifieddate', direction: 'ASCENDING' }],
      properties: ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'],
      limit: 200,
    },
    budgets: ['search'],
  });
  for (const kind of ['companies', 'deals'] as const) {
    const other = changesFeed(requestsOf(kind, context()));
    assert.deepEqual(filtersOf(other, start(other)), [`hs_lastmodifieddate GTE ${FROM}`]);
  }
  const all = feed.start({ filter: null, fields: [] });
  assert.deepEqual(filtersOf(feed, all), ['lastmodifieddate GTE 0']);
});

test('a page goes on from its last stamp and not by offset', () => {
  const feed = changesFeed(small);
  const page = read(feed, pageOf([changed(1), changed(2, 5)], '2', 9), start(feed));
  assert.deepEqual(
    page.rows.map(({ id, changedAt }) => [id, changedAt]),
    [
      ['81000000001', AT],
      ['81000000002', AT + 5],
    ],
  );
  assert.deepEqual(filtersOf(feed, page.next!), [`lastmodifieddate GTE ${AT + 5}`]);
  assert.equal(searchOf(feed, page.next!)['after'], undefined);
  assert.equal(read(feed, pageOf([changed(2, 5)], undefined, 1), page.next!).next, null);
  assert.equal(read(feed, pageOf([], undefined, 0), page.next!).next, null);
});

test('a page of one stamp is read on by id, and then the next stamp is asked for', () => {
  const feed = changesFeed(small);
  const tie = read(feed, pageOf([changed(7), changed(3)], '2', 4), start(feed)).next!;
  assert.deepEqual(filtersOf(feed, tie), [`lastmodifieddate EQ ${AT}`, 'hs_object_id GT 0']);
  assert.deepEqual(searchOf(feed, tie)['sorts'], [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }]);
  const second = read(feed, pageOf([changed(3), changed(7)], '2', 3), tie).next!;
  assert.deepEqual(filtersOf(feed, second), [`lastmodifieddate EQ ${AT}`, 'hs_object_id GT 81000000007']);
  const done = read(feed, pageOf([changed(9)], undefined, 1), second).next!;
  assert.deepEqual(filtersOf(feed, done), [`lastmodifieddate GTE ${AT + 1}`]);
});

test('a tie that shows fewer than were counted is read once more, and only once', () => {
  const feed = changesFeed(small);
  const tie = read(feed, pageOf([changed(1), changed(2)], '2', 5), start(feed)).next!;
  const middle = read(feed, pageOf([changed(1), changed(2)], '2', 5), tie).next!;
  const again = read(feed, pageOf([changed(3)], undefined, 1), middle).next!;
  assert.deepEqual(filtersOf(feed, again), [`lastmodifieddate EQ ${AT}`, 'hs_object_id GT 0']);
  const last = read(feed, pageOf([changed(1)], undefined, 3), again).next!;
  assert.deepEqual(filtersOf(feed, last), [`lastmodifieddate GTE ${AT + 1}`]);
});

test('ids of different lengths are in the order of numbers, and another order is not trusted', () => {
  const feed = changesFeed(small);
  const at = (id: string): JsonObject => ({ ...changed(1), id });
  const tie = read(feed, pageOf([at('1'), at('2')], '2', 9), start(feed)).next!;
  const grown = read(feed, pageOf([at('999'), at('1000')], '2', 9), tie).next!;
  assert.deepEqual(filtersOf(feed, grown), [`lastmodifieddate EQ ${AT}`, 'hs_object_id GT 1000']);
  const textual = read(feed, pageOf([at('1000'), at('999')], '2', 9), tie).next!;
  assert.deepEqual(filtersOf(feed, textual), [`lastmodifieddate EQ ${AT}`, 'hs_object_id GT 0']);
  assert.equal(searchOf(feed, textual)['after'], '2');
});

test('an empty or unordered page goes on by offset, which ends with a word at 10,000', () => {
  const feed = changesFeed(small);
  const empty = read(feed, pageOf([], '2', 9), start(feed)).next!;
  assert.deepEqual(
    [filtersOf(feed, empty), searchOf(feed, empty)['after']],
    [[`lastmodifieddate GTE ${FROM}`], '2'],
  );
  const unordered = read(feed, pageOf([changed(1, 9), changed(2, 3)], '2', 9), start(feed)).next!;
  assert.equal(searchOf(feed, unordered)['after'], '2');
  const older = read(feed, pageOf([changed(1, -3_700_000), changed(2)], '2', 9), start(feed)).next!;
  assert.equal(searchOf(feed, older)['after'], '2', 'a stale row before the bound');
  assert.throws(() => read(feed, pageOf([], '9999', 20_000), start(feed)), /first 10000 changes only/);
  assert.throws(() => read(feed, pageOf([changed(1)], '2', 9), empty), UnreadableAnswer);
});

test('a page wholly newer than the first answer ends the reading', () => {
  const feed = changesFeed(small);
  const first = read(feed, pageOf([changed(1), changed(2, 5)], '2', 9), start(feed), AT + 10).next!;
  const later = pageOf([changed(3, 2000), changed(4, 3000)], '2', 9);
  const page = read(feed, later, first, AT + 5000);
  assert.deepEqual([page.rows.length, page.next], [2, null]);
  const undated = read(feed, pageOf([changed(1), changed(2, 5)], '2', 9), start(feed)).next!;
  assert.notEqual(read(feed, later, undated).next, null);
});

test('where a search cannot name every property, records are read once more by id, a hundred at a time', () => {
  const feed = changesFeed(large);
  const first = feed.start({ from: FROM, filter: null, fields: [] });
  assert.deepEqual(searchOf(feed, first)['properties'], ['lastmodifieddate']);
  const found = Array.from({ length: 150 }, (_, nth) => changed(nth + 1, nth));
  const page = read(feed, pageOf(found, '200', 300), first);
  assert.deepEqual(page.rows, []);
  const request = feed.request(page.next!);
  assert.equal(request.path, '/crm/v3/objects/contacts/batch/read');
  const { inputs, properties } = request.json as { inputs: JsonObject[]; properties: string[] };
  assert.deepEqual([inputs.length, properties.length], [100, 203]);
  const second = read(feed, pageOf([changed(1, 9999)]), page.next!);
  assert.deepEqual(
    second.rows.map(({ id, changedAt }) => [id, changedAt]),
    [['81000000001', AT + 9999]],
    'as the record is now, and those gone meanwhile left out',
  );
  assert.equal((feed.request(second.next!).json as { inputs: JsonObject[] }).inputs.length, 50);
  const third = read(feed, pageOf([changed(101)]), second.next!);
  assert.deepEqual(filtersOf(feed, third.next!), [`lastmodifieddate GTE ${AT + 149}`]);
  const end = read(feed, pageOf([changed(1)], undefined, 1), first);
  assert.equal(read(feed, pageOf([changed(1)]), end.next!).next, null);
});

test('a filter is applied to the record as it is now, nulls and bare names and all', () => {
  const feed = changesFeed(small);
  const filter = where("firstname = 'Ada' AND phone IS NULL");
  const position = feed.start({ from: FROM, filter, fields: [] });
  const rows = read(feed, pageOf([changed(1), changed(2, 1, { phone: '1' })], undefined, 2), position).rows;
  assert.deepEqual(
    rows.map(({ id }) => id),
    ['81000000001'],
  );
});

test('the bin is listed whole and shows what was archived since', () => {
  const feed = archivedFeed(small, NOW);
  const archived = (nth: number, archivedAt: string): JsonObject => ({
    ...changed(nth),
    archived: true,
    archivedAt,
  });
  const position = feed.start({ from: AT, filter: null, fields: [] });
  const { path, query } = feed.request(position);
  assert.deepEqual([path, query?.['archived'], query?.['limit']], ['/crm/v3/objects/contacts', true, 100]);
  const page = read(
    feed,
    pageOf([archived(1, '2026-11-20T08:00:00.000Z'), archived(2, '2026-11-20T09:10:00.000Z')], '5'),
    position,
  );
  assert.deepEqual(
    page.rows.map(({ id, deleted, changedAt, record }) => [id, deleted, changedAt, record !== null]),
    [['81000000002', true, Date.UTC(2026, 10, 20, 9, 10), true]],
  );
  assert.equal(feed.request(page.next!).query?.['after'], '5');
  assert.equal(read(feed, pageOf([]), page.next!).next, null);
  assert.throws(() => read(feed, pageOf([], '5'), page.next!), UnreadableAnswer);
});

test('deletions older than the bin keeps them are a gap, which is said', () => {
  const feed = archivedFeed(small, NOW);
  const position = feed.start({ from: NOW - 91 * 86_400_000, filter: null, fields: [] });
  assert.equal(read(feed, pageOf([]), position).gap, true);
  assert.equal(read(feed, pageOf([]), start(feed)).gap, undefined);
});

test('archived records of an account with very many properties are read from the bin', () => {
  const names = many.concat(many.map((name) => `another_${name}`));
  const requests = requestsOf('contacts', context({ names, readOnly: [], numbers: [], dates: [] }));
  const feed = archivedFeed(requests, NOW);
  const position = start(feed);
  assert.equal(feed.request(position).query?.['properties'], undefined);
  const archived = { ...changed(1), archived: true, archivedAt: '2026-11-20T09:10:00.000Z' };
  const { rows, next } = read(feed, pageOf([archived]), position);
  assert.deepEqual(rows, []);
  assert.deepEqual(feed.request(next!).query, { archived: true });
  assert.equal(read(feed, pageOf([archived]), next!).rows[0]?.deleted, true);
  assert.equal(requests.readOne('1').method, 'POST');
});

test('one record has one shape, with or without nulls, empty texts and links', () => {
  const feed = sweepFeed(requestsOf('companies', context()));
  const decorated = {
    ...company,
    url: 'https://app.hubspot.com/x',
    associations: { contacts: { results: [] } },
    properties: { ...(company['properties'] as JsonObject), phone: null, city: '' },
  };
  const [plain, other] = [company, decorated].map((one) => read(feed, pageOf([one]), start(feed)).rows[0]);
  assert.deepEqual(other, plain);
});

test('a record without its change property changed when it says it was updated', () => {
  const feed = sweepFeed(requestsOf('deals', context()));
  const bare = { ...deal, properties: { dealname: 'x', createdate: '1794902400000' } };
  const [row] = read(feed, pageOf([bare]), start(feed)).rows;
  assert.equal(row?.changedAt, Date.UTC(2026, 10, 20, 9, 0, 0, 789));
  const imported = { ...bare, createdAt: null };
  assert.equal(read(feed, pageOf([imported]), start(feed)).rows[0]?.createdAt, 1_794_902_400_000);
});

test('a bulk read gives every id a state, and a loser that gives its winner is absent', () => {
  const live = readManyOf(small);
  const winner = { ...changed(5), id: '81000000005' };
  const states = live.read(
    answer({ status: 'COMPLETE', ...pageOf([winner]), numErrors: 1, errors: [] }, 207),
    ['81000000005', '81000000004'],
  );
  assert.deepEqual(
    [...states.values()].map(({ state }) => state),
    ['present', 'absent'],
  );
  const bin = live.otherwise!;
  assert.equal(bin.request(['81000000004']).query?.['archived'], true);
  assert.equal(bin.read(answer(pageOf([changed(4)])), ['81000000004']).get('81000000004')?.state, 'gone');
  assert.equal(bin.otherwise, undefined);
});

test('answers that are no lists of records are errors in every feed', () => {
  for (const feed of [changesFeed(small), changesFeed(large), archivedFeed(small, NOW), sweepFeed(small)]) {
    for (const response of [
      htmlAnswer(200),
      answer({}),
      answer(refusal('no', 'VALIDATION_ERROR')),
      answer({ results: {} }),
      answer({ results: [{ id: 'x', properties: {} }] }),
      answer({ results: [{ id: '1' }] }),
      answer({ results: [null] }),
    ]) {
      assert.throws(() => feed.read(response, start(feed)), UnreadableAnswer);
    }
  }
});
