import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCeql } from '../../ceql/parse-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { GiveUp, UnreadableAnswer } from '../failures.ts';
import type { Feed, FeedPage, Position } from '../feed.ts';
import { answer, GARBAGE } from '../testing/answers.ts';
import { ordersFeed, productsFeed } from './feeds.ts';
import { listV1, listV2, orderV1, orderV2, product, shownOrderV2 } from './samples.ts';

const FROM = Date.UTC(2026, 10, 20, 9, 10, 0, 500);

const where = (text: string): Ceql => {
  const parsed = parseCeql(text);
  assert.ok(parsed.ok);
  return parsed.tree;
};
const start = (feed: Feed, more: Partial<Parameters<Feed['start']>[0]> = {}): Position =>
  feed.start({ from: FROM, filter: null, fields: [], ...more });
const pageOf = (feed: Feed, body: JsonObject, position: Position): FeedPage => {
  const page = feed.read(answer(body), position);
  assert.notEqual(page, 'restart');
  return page as FeedPage;
};
const second = (id: number, at: string): JsonObject => ({
  ...orderV2,
  id: String(id),
  modification_time: at,
});
const first = (id: number, at: string): JsonObject => ({ ...orderV1, id, modification_date: at });

test('v2 is asked for what was modified since a second before, oldest first', () => {
  const feed = ordersFeed('v2');
  assert.deepEqual(feed.request(start(feed)), {
    method: 'GET',
    path: '/crm/rest/v2/orders',
    query: {
      filter: 'modified_since_time==2026-11-20T09:09:59Z',
      order_by: 'modification_time asc',
      page_size: 1000,
    },
  });
  const { rows, next } = pageOf(feed, listV2([orderV2]), start(feed));
  assert.deepEqual(rows, [
    {
      id: '26',
      changedAt: Date.UTC(2026, 10, 20, 9, 16, 40),
      createdAt: Date.UTC(2026, 10, 20, 9, 0, 5),
      record: shownOrderV2,
    },
  ]);
  assert.equal(next, null, 'no page token');
  assert.equal(pageOf(feed, listV2([], 'more'), start(feed)).next, null, 'an empty page is the last');
});

test('a v2 order shows its dates by the names of v1 as well', () => {
  assert.equal(shownOrderV2['modification_date'], orderV2['modification_time']);
  assert.equal(shownOrderV2['creation_date'], orderV2['creation_time']);
  assert.equal(shownOrderV2['order_date'], orderV2['order_time']);
});

test('the next page begins at the stamp of the last order, whatever the token', () => {
  const feed = ordersFeed('v2');
  const page = listV2([second(1, '2026-11-20T09:10:00Z'), second(2, '2026-11-20T09:12:00Z')], 'token');
  const { next } = pageOf(feed, page, start(feed));
  const { query } = feed.request(next!);
  assert.equal(query?.['filter'], 'modified_since_time==2026-11-20T09:11:59Z');
  assert.equal(query?.['page_token'], undefined);
});

test('orders of one second beyond a page are read by id, then the next second', () => {
  const feed = ordersFeed('v2');
  const at = '2026-11-20T09:10:00Z';
  const tied = pageOf(feed, listV2([second(9, at), second(3, at)], 'more'), start(feed)).next;
  assert.deepEqual(feed.request(tied!).query, {
    filter: 'modified_since_time==2026-11-20T09:09:59Z;modified_until_time==2026-11-20T09:10:01Z;id>0',
    order_by: 'id asc',
    page_size: 1000,
  });
  const further = pageOf(feed, listV2([second(3, at), second(10, at)], 'more'), tied!).next;
  assert.match(String(feed.request(further!).query?.['filter']), /id>10$/);
  const after = pageOf(feed, listV2([second(11, at)]), further!).next;
  assert.equal(feed.request(after!).query?.['filter'], 'modified_since_time==2026-11-20T09:10:00Z');
  assert.equal(feed.request(after!).query?.['order_by'], 'modification_time asc');
});

test('a list in another order than asked for is an error, since changes would be skipped', () => {
  const v2 = ordersFeed('v2');
  const v1 = ordersFeed('v1');
  const [early, late] = ['2026-11-20T09:11:00Z', '2026-11-20T09:12:00Z'];
  assert.throws(() => pageOf(v2, listV2([second(1, late), second(2, early)]), start(v2)), UnreadableAnswer);
  const descending = listV1('orders', [first(1, early), first(2, late)]);
  assert.throws(() => pageOf(v1, descending, start(v1)), UnreadableAnswer);
  const tie = { ...start(v2), afterId: '5' };
  assert.throws(() => pageOf(v2, listV2([second(4, early)], 'more'), tie), UnreadableAnswer);
});

test('v1 is read from its newest change down to the bound, without its own since', () => {
  const feed = ordersFeed('v1');
  assert.deepEqual(feed.request(start(feed)), {
    method: 'GET',
    path: '/crm/rest/v1/orders',
    query: { order: 'update_date', limit: 1000, offset: 0 },
  });
  const newer = first(1, '2026-11-20T09:12:00.000+0000');
  const tied = first(2, '2026-11-20T09:10:00Z');
  const older = first(3, '2026-11-20T09:09:59.000Z');
  const position = start(feed, { pageSize: 2 });
  const { next } = pageOf(feed, listV1('orders', [newer, tied], 9), position);
  assert.equal(feed.request(next!).query?.['offset'], 1, 'the last one is read again');
  assert.equal(pageOf(feed, listV1('orders', [tied, older], 9), next!).next, null);
  assert.equal(pageOf(feed, listV1('orders', [tied, tied], 9), next!).rows[0]?.changedAt, FROM - 500);
});

test('a page in which nothing of the one before is met starts the pass again', () => {
  const v1 = ordersFeed('v1');
  const page = listV1('orders', [first(1, '2026-11-20T09:15:00Z'), first(2, '2026-11-20T09:14:00Z')], 9);
  const { next } = pageOf(v1, page, start(v1, { pageSize: 2 }));
  const moved = listV1('orders', [first(3, '2026-11-20T09:13:00Z'), first(4, '2026-11-20T09:12:00Z')], 8);
  assert.equal(v1.read(answer(moved), next!), 'restart');
  const changed = listV1('orders', [first(2, '2026-11-20T09:14:30Z'), first(4, '2026-11-20T09:12:00Z')], 9);
  assert.equal(v1.read(answer(changed), next!), 'restart', 'the same order, changed, is another entry');

  const all = productsFeed();
  const products = [product, { ...product, id: 2 }];
  const second = pageOf(all, listV1('products', products, 4), start(all, { pageSize: 2 })).next;
  assert.equal(all.read(answer(listV1('products', [{ ...product, id: 4 }], 3)), second!), 'restart');
});

for (const [size, count] of [
  [2, 9],
  [3, 10],
  [7, 20],
  [50, 20],
] as const) {
  test(`${count} products by pages of ${size} come to an end, each met, links or no links`, () => {
    const feed = productsFeed();
    const all = Array.from({ length: count }, (_, index) => ({ ...product, id: index + 1 }));
    const met = new Set<string>();
    let position: Position | null = start(feed, { pageSize: size });
    for (let pages = 0; position !== null && pages < 50; pages += 1) {
      const { offset, limit }: { offset?: unknown; limit?: unknown } = feed.request(position).query ?? {};
      const records = all.slice(Number(offset), Number(offset) + Number(limit));
      const page: FeedPage = pageOf(feed, listV1('products', records, count), position);
      for (const { id } of page.rows) met.add(id);
      position = page.next;
    }
    assert.equal(position, null);
    assert.equal(met.size, count);
  });
}

test('a page shorter than asked for is the last only when the count agrees', () => {
  const feed = productsFeed();
  const capped = listV1('products', [product, { ...product, id: 4 }], 500);
  assert.equal(pageOf(feed, capped, start(feed)).next?.['offset'], 1);
  const uncounted = { products: [product] };
  assert.equal(pageOf(feed, uncounted, start(feed)).next, null);
});

test('a pass that began under the other API starts again', () => {
  const [v1, v2] = [ordersFeed('v1'), ordersFeed('v2')];
  assert.equal(v2.request(start(v1)).path, '/crm/rest/v2/orders');
  assert.equal(v2.read(answer(listV2([orderV2])), start(v1)), 'restart');
  assert.equal(v1.request(start(v2)).path, '/crm/rest/v1/orders');
  assert.equal(v1.read(answer(listV1('orders', [orderV1])), start(v2)), 'restart');
});

test('a filter is shared between Keap and the feed, by the names of either API', () => {
  const filter = where("contact_id = 7 AND modification_date > '2026-11-20T09:16:00Z' AND status = 'PAID'");
  const v2 = ordersFeed('v2');
  const position = start(v2, { filter });
  assert.equal(
    v2.request(position).query?.['filter'],
    'modified_since_time==2026-11-20T09:15:59Z;contact_id==7',
  );
  const draft = { ...orderV2, id: '27', status: 'DRAFT' };
  const ids = (page: FeedPage): string[] => page.rows.map(({ id }) => id);
  assert.deepEqual(ids(pageOf(v2, listV2([orderV2, draft]), position)), ['26']);

  const v1 = ordersFeed('v1');
  const other = start(v1, { filter });
  assert.equal(v1.request(other).query?.['contact_id'], '7');
  const earlier = first(25, '2026-11-20T09:16:00Z');
  assert.deepEqual(ids(pageOf(v1, listV1('orders', [orderV1, earlier]), other)), ['26']);
  assert.throws(() => start(v1, { filter: where('paid = true OR status = 1') }), GiveUp);
  const byV2Names = where(
    "creation_time > '2026-11-20T09:00:00Z' AND modification_time > '2026-11-20T09:16:00Z'",
  );
  const page = pageOf(v1, listV1('orders', [orderV1, earlier]), start(v1, { filter: byV2Names }));
  assert.deepEqual(ids(page), ['26']);
});

test('everything is read when there is no bound', () => {
  const v2 = ordersFeed('v2');
  assert.equal(v2.request(v2.start({ filter: null, fields: [] })).query?.['filter'], undefined);
  const v1 = ordersFeed('v1');
  const old = listV1('orders', [first(1, '2001-01-01T00:00:00Z'), first(2, '2000-01-01T00:00:00Z')], 9);
  assert.notEqual(pageOf(v1, old, v1.start({ filter: null, fields: [], pageSize: 2 })).next, null);
});

test('v1 answers that cannot be read are errors too', () => {
  const feed = ordersFeed('v1');
  for (const response of GARBAGE) {
    assert.throws(() => feed.read(response, start(feed)), UnreadableAnswer, response.text);
  }
});
