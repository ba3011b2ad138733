import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ConnectorContext, Listing } from '../connectors/define-connector.ts';
import { answer } from '../connectors/testing/answers.ts';
import type { VendorResponse } from '../connectors/vendor-http.ts';
import { Fault } from '../kernel/errors.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { Bookmark } from './page-token.ts';
import { MAX_VENDOR_PAGES, readPages, type PagesRead } from './read-pages.ts';

const context: ConnectorContext = { configuration: {}, facts: {}, discovered: null, now: 0 };

/** A vendor that serves records by offset, `size` a page. */
const listing = (size: number, total?: number): Listing => ({
  maxPageSize: size,
  start: () => ({ at: 0 }),
  request: ({ at }) => ({ method: 'GET', path: '/x', query: { at: Number(at) } }),
  read: ({ body }, position) => {
    const { records, more } = body as { records: Json[]; more: boolean };
    const next = more ? { at: Number(position['at']) + size } : null;
    return { records, next, ...(total !== undefined && { total }) };
  },
});

const serve =
  (all: () => readonly Json[], size: number, calls: { count: number }) =>
  async (request: { query?: object }): Promise<VendorResponse> => {
    calls.count += 1;
    const { at } = request.query as { at: number };
    return answer({ records: all().slice(at, at + size), more: at + size < all().length });
  };

const records = (count: number): JsonObject[] =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1, even: index % 2 === 1 }));
const read = (
  all: () => readonly Json[],
  size: number,
  more: { from?: Bookmark; skip?: number; take: number; matches?: (record: Json) => boolean },
  calls = { count: 0 },
): Promise<PagesRead> =>
  readPages({
    ask: serve(all, size, calls),
    listing: listing(size),
    context,
    idField: 'id',
    matches: () => true,
    from: { position: { at: 0 } },
    skip: 0,
    ...more,
  });

test('whatever the sizes and the filter, following the bookmarks shows every match once, in order', async () => {
  const sizes = fc.record({
    count: fc.integer({ min: 0, max: 60 }),
    size: fc.integer({ min: 1, max: 9 }),
    take: fc.integer({ min: 1, max: 25 }),
    divisor: fc.integer({ min: 1, max: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(sizes, async ({ count, size, take, divisor }) => {
      const all = records(count);
      const matches = (record: Json): boolean => Number((record as JsonObject)['id']) % divisor === 0;
      const seen: Json[] = [];
      let from: Bookmark | undefined;
      for (let requests = 0; requests < 200; requests += 1) {
        const calls = { count: 0 };
        const page = await read(
          () => all,
          size,
          { take, matches, ...(from !== undefined && { from }) },
          calls,
        );
        assert.ok(calls.count <= MAX_VENDOR_PAGES);
        assert.ok(page.records.length <= take);
        seen.push(...page.records);
        if (page.next === null) break;
        from = page.next;
      }
      assert.deepEqual(seen, all.filter(matches));
    }),
    { numRuns: 200 },
  );
});

test('a filter that takes nothing gives an empty page with a bookmark after ten vendor pages', async () => {
  const calls = { count: 0 };
  const page = await read(() => records(1000), 10, { take: 5, matches: () => false }, calls);
  assert.deepEqual(page.records, []);
  assert.deepEqual(page.next, { position: { at: 100 } });
  assert.equal(calls.count, 10);
});

test('records before the page are left out, and a page too far down is refused', async () => {
  const page = await read(() => records(40), 10, { skip: 20, take: 10 });
  assert.deepEqual(
    page.records.map((record) => (record as JsonObject)['id']),
    [21, 22, 23, 24, 25, 26, 27, 28, 29, 30],
  );
  const beyond = await read(() => records(40), 10, { skip: 40, take: 10 });
  assert.deepEqual(beyond, { records: [], next: null });
  await assert.rejects(
    read(() => records(1000), 10, { skip: 500, take: 10 }),
    (error) => error instanceof Fault && error.code === 'bad_request' && /nextPage/.test(error.message),
  );
});

test('a record that leaves the page before the client goes on hides none of the others', async () => {
  let all = records(10);
  const first = await read(() => all, 10, { take: 4 });
  all = all.filter(({ id }) => id !== 2);
  const second = await read(() => all, 10, { take: 4, from: first.next! });
  assert.deepEqual(
    second.records.map((record) => (record as JsonObject)['id']),
    [5, 6, 7, 8],
  );
});

test('the count of the vendor is passed on', async () => {
  const page = await readPages({
    ask: serve(() => records(3), 2, { count: 0 }),
    listing: listing(2, 3),
    context,
    idField: 'id',
    matches: () => true,
    from: { position: { at: 0 } },
    skip: 0,
    take: 1,
  });
  assert.equal(page.total, 3);
});
