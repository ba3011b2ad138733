import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCeql } from '../../ceql/parse-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Feed, FeedPage, Position } from '../feed.ts';
import { answer, htmlAnswer } from '../testing/answers.ts';
import { deletedDealsFeed, sweepFeed, windowFeed } from './feeds.ts';
import { readManyOf } from './read-many.ts';
import { recentsFeed } from './recents.ts';
import { deal, deletedPersonV1, organization, person, recentsList, refusal, v2List } from './samples.ts';

const NOW = Date.UTC(2026, 4, 20, 12);
const FROM = Date.UTC(2026, 4, 15, 10, 0, 0, 500);

const where = (text: string): Ceql => {
  const parsed = parseCeql(text);
  assert.ok(parsed.ok);
  return parsed.tree;
};
const pageOf = (feed: Feed, body: JsonObject, position: Position): FeedPage => {
  const page = feed.read(answer(body), position);
  assert.notEqual(page, 'restart');
  return page as FeedPage;
};

test('changes are asked for from a whole second on, oldest first, and page by cursor', () => {
  const feed = windowFeed('changes', 'persons', 'persons');
  const first = feed.start({ from: FROM, filter: null, fields: [] });
  assert.deepEqual(feed.request(first), {
    method: 'GET',
    path: '/api/v2/persons',
    query: {
      updated_since: '2026-05-15T10:00:00Z',
      sort_by: 'update_time',
      sort_direction: 'asc',
      limit: 500,
      cursor: undefined,
    },
    cost: 10,
  });
  const page = pageOf(feed, v2List([person], 'next'), first);
  assert.deepEqual(page.rows, [
    {
      id: '41',
      changedAt: Date.UTC(2026, 4, 15, 10, 16, 44),
      createdAt: Date.UTC(2026, 4, 10, 8),
      record: person,
    },
  ]);
  assert.equal(feed.request(page.next!).query?.['cursor'], 'next');
  assert.equal(pageOf(feed, v2List([]), page.next!).next, null);
  assert.equal(pageOf(feed, { success: true, data: [] }, page.next!).next, null, 'the key may be missing');
});

test('a record that was never updated changed when it was added', () => {
  const feed = windowFeed('changes', 'organizations', 'organizations');
  const { rows } = pageOf(feed, v2List([organization]), feed.start({ filter: null, fields: [] }));
  assert.equal(rows[0]?.changedAt, Date.UTC(2026, 4, 10, 8));
});

test('a cursor that does not move is an error, not an endless pass', () => {
  const feed = windowFeed('changes', 'persons', 'persons');
  const at = { ...feed.start({ filter: null, fields: [] }), cursor: 'same' };
  assert.throws(() => feed.read(answer(v2List([person], 'same')), at), UnreadableAnswer);
});

test('a filter is shared between Pipedrive and the feed', () => {
  const feed = windowFeed('changes', 'deals', 'deals');
  const filter = where("owner_id = 3 AND title LIKE 'Annual%'");
  const position = feed.start({ from: FROM, filter, fields: [], pageSize: 50 });
  assert.equal(feed.request(position).query?.['owner_id'], '3');
  assert.equal(feed.request(position).query?.['limit'], 50);
  const other = { ...deal, id: 121, title: 'Pilot' };
  const page = pageOf(feed, v2List([deal, other]), position);
  assert.deepEqual(
    page.rows.map(({ id }) => id),
    ['120'],
  );
});

test("a filter's own bound on the change time never widens the feed's", () => {
  const feed = windowFeed('changes', 'deals', 'deals');
  const since = (text: string): unknown =>
    feed.request(feed.start({ from: FROM, filter: where(text), fields: [] })).query?.['updated_since'];
  assert.equal(since("update_time >= '2020-01-01'"), '2026-05-15T10:00:00Z');
  assert.equal(since("update_time >= '2026-05-18'"), '2026-05-18T00:00:00Z');
});

test('deleted deals have a list, which wins over a status the filter asks for', () => {
  const feed = deletedDealsFeed();
  const position = feed.start({ from: FROM, filter: where("status = 'open'"), fields: [] });
  assert.equal(feed.request(position).query?.['status'], 'deleted');
  const { rows } = pageOf(feed, v2List([{ ...deal, is_deleted: true, status: 'open' }]), position);
  assert.equal(rows[0]?.deleted, true);
});

test('a sweep of deals reads the archived ones after the others', () => {
  const feed = sweepFeed('deals');
  const live = pageOf(feed, v2List([deal], 'more'), feed.start({ filter: null, fields: [] }));
  const last = pageOf(feed, v2List([deal]), live.next!);
  assert.equal(feed.request(last.next!).path, '/api/v2/deals/archived');
  assert.equal(feed.request(last.next!).query?.['cursor'], undefined);
  assert.equal(feed.request(last.next!).cost, 20);
  assert.equal(pageOf(feed, v2List([deal]), last.next!).next, null);
});

const entry = (id: number, more: JsonObject = {}): JsonObject => ({
  item: 'person',
  id,
  data: { ...deletedPersonV1, id, ...more },
});

test('recents are asked for a second early, in v1 form, and no further back than they reach', () => {
  const feed = recentsFeed('persons', NOW);
  const position = feed.start({ from: FROM, filter: null, fields: [] });
  const request = feed.request(position);
  assert.equal(request.path, '/api/v1/recents');
  assert.deepEqual(request.query, {
    since_timestamp: '2026-05-15 09:59:59',
    items: 'person',
    start: 0,
    limit: 500,
  });
  assert.equal(pageOf(feed, recentsList([]), position).gap, undefined);
  const old = feed.start({ from: NOW - 90 * 86_400_000, filter: null, fields: [] });
  assert.equal(feed.request(old).query?.['since_timestamp'], '2026-04-20 11:59:59');
  assert.equal(pageOf(feed, recentsList([]), old).gap, true);
});

test('recents show deletions alone: an inactive record, a deleted one, one without data', () => {
  const feed = recentsFeed('persons', NOW);
  const position = feed.start({ from: FROM, filter: null, fields: [] });
  const body = recentsList([
    entry(1),
    entry(2, { active_flag: true }),
    entry(3, { active_flag: true, deleted: true, delete_time: null }),
    { item: 'person', id: 4, data: null },
    { item: 'deal', id: 5, data: null },
  ]);
  const { rows, next } = pageOf(feed, body, position);
  const at = Date.UTC(2026, 4, 16, 9);
  assert.deepEqual(rows, [
    { id: '1', deleted: true, record: null, changedAt: at },
    { id: '3', deleted: true, record: null, changedAt: at },
    { id: '4', deleted: true, record: null },
  ]);
  assert.equal(next, null);
});

test("a filter written for v2 judges recents' nested references, and passes what has no data", () => {
  const feed = recentsFeed('persons', NOW);
  const position = feed.start({ from: FROM, filter: where('org_id = 7'), fields: [] });
  const elsewhere = entry(2, { org_id: { name: 'Other', value: 8 } });
  const { rows } = pageOf(
    feed,
    recentsList([entry(1), elsewhere, { item: 'person', id: 3, data: null }]),
    position,
  );
  assert.deepEqual(
    rows.map(({ id }) => id),
    ['1', '3'],
  );
});

test('recents that moved between two pages are read again from the start', () => {
  const feed = recentsFeed('persons', NOW);
  const all = Array.from({ length: 900 }, (_, index) => entry(index + 1));
  const first = feed.start({ from: FROM, filter: null, fields: [] });
  const more = { start: 0, limit: 500, more_items_in_collection: true, next_start: 500 };
  const { next } = pageOf(feed, recentsList(all.slice(0, 500), more), first);
  assert.equal(feed.request(next!).query?.['start'], 400);

  const steady = pageOf(feed, recentsList(all.slice(400, 900)), next!);
  assert.equal(steady.rows.length, 500);
  const slightly = pageOf(feed, recentsList(all.slice(470, 900)), next!);
  assert.equal(slightly.rows[0]?.id, '471', 'the reread part covers small moves');
  assert.equal(feed.read(answer(recentsList(all.slice(600, 900))), next!), 'restart');
  assert.equal(feed.read(answer(recentsList([])), next!), 'restart');
});

for (const size of [1, 2, 3, 7, 499]) {
  test(`recents come to an end with pages of ${size}, every deletion met`, () => {
    const feed = recentsFeed('persons', NOW);
    const all = Array.from({ length: 20 }, (_, index) => entry(index + 1));
    const met = new Set<string>();
    let position: Position | null = feed.start({ from: FROM, filter: null, fields: [], pageSize: size });
    for (let pages = 0; position !== null && pages < 40; pages += 1) {
      const start: number = Number(feed.request(position).query?.['start']);
      const isLast = start + size >= all.length;
      const pagination = { start, limit: size, more_items_in_collection: !isLast };
      const page: FeedPage = pageOf(feed, recentsList(all.slice(start, start + size), pagination), position);
      for (const { id } of page.rows) met.add(id);
      position = page.next;
    }
    assert.equal(position, null);
    assert.equal(met.size, all.length);
  });
}

test('a bulk read tells what is there from what is gone, and asks again alone for the rest', () => {
  const many = readManyOf('persons');
  assert.deepEqual(many.request(['41', '42', 'x']).query, { ids: '41,42', limit: 100 });
  assert.deepEqual(many.request(['x']).query, { ids: '0', limit: 100 });
  const deleted = { ...person, id: 42, is_deleted: true };
  const states = many.read(answer(v2List([person, deleted])), ['41', '42', '43']);
  assert.deepEqual(
    [...states].map(([id, { state }]) => [id, state]),
    [
      ['41', 'present'],
      ['42', 'gone'],
      ['43', 'absent'],
    ],
  );
  assert.equal(many.otherwise?.request(['43']).path, '/api/v2/persons/43');
});

const ALONE: [string, Parameters<typeof answer>, string][] = [
  ['a record', [{ success: true, data: person }], 'present'],
  ['a deleted record', [{ success: true, data: { ...person, is_deleted: true } }], 'gone'],
  ["another's record", [{ success: true, data: { ...person, id: 1 } }], 'absent'],
  ['410', [refusal('deleted'), 410], 'gone'],
  ['404', [refusal('Person not found'), 404], 'absent'],
  ['403', [refusal('You do not have permission'), 403], 'forbidden'],
];
for (const [name, args, state] of ALONE) {
  test(`a record read alone is ${state} by ${name}`, () => {
    const alone = readManyOf('persons').otherwise!;
    assert.equal(alone.read(answer(...args), ['41']).get('41')?.state, state);
  });
}

test("a proxy's 403 or 404 says nothing of a record", () => {
  const alone = readManyOf('deals').otherwise!;
  for (const status of [403, 404]) {
    assert.throws(() => alone.read(htmlAnswer(status), ['1']), UnreadableAnswer);
  }
});
