import { compileCeql } from '../../ceql/evaluate-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import { GiveUp } from '../failures.ts';
import type { Feed, FeedPage, FeedStamp, Position } from '../feed.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { MAX_PAGE_SIZE, V1, type OrdersApi } from './api.ts';
import { hasShifted, nextOffset, type OffsetPosition } from './offset-walk.ts';
import { shareWhere, type Pushed } from './orders-query.ts';
import { readV1, requestV1, startV1, type V1Position } from './orders-v1.ts';
import { readV2, requestV2, startV2, type V2Position } from './orders-v2.ts';
import { productRow, readCount, readList } from './records.ts';

/** The change stamp in v1's and v2's spelling, and as old configurations ask for it. */
const CHANGE_FIELDS = [
  'modification_date',
  'modification_time',
  'since',
  'updated_since',
  'modified_since',
  'modified_since_time',
  'update_date',
  'last_updated',
] as const;

/** Whole seconds; nothing is documented of late visibility: an overlap of 5 min is advised (facts of 2026-11). */
const STAMP: FeedStamp = { resolutionMs: 1000, late: 'index', overlapS: 300 };

interface Dialect {
  order: Feed['order'];
  start(from: EpochMs | undefined, pushed: Pushed, rest: Ceql | null, limit: number): Position;
  request(position: Position): VendorRequest;
  read(response: VendorResponse, position: Position): FeedPage | 'restart';
}

const DIALECTS: Record<OrdersApi, Dialect> = {
  v1: {
    order: 'desc',
    start: startV1,
    request: (position) => requestV1(position as V1Position),
    read: (response, position) => readV1(response, position as V1Position),
  },
  v2: {
    order: 'asc',
    start: startV2,
    request: (position) => requestV2(position as V2Position),
    read: (response, position) => readV2(response, position as V2Position),
  },
};

/**
 * Orders changed since an instant, by the API that the application has. A pass that began under the other one (the
 * application got the newer filters, or lost them) starts again: its position means nothing here.
 */
export function ordersFeed(api: OrdersApi): Feed {
  const dialect = DIALECTS[api];
  const start: Feed['start'] = ({ from, filter, pageSize }) => {
    const shared = shareWhere(api, filter);
    if ('problem' in shared) throw new GiveUp(shared.problem, 400);
    const limit = Math.min(pageSize ?? MAX_PAGE_SIZE, MAX_PAGE_SIZE);
    return dialect.start(from, shared.pushed, shared.rest, limit);
  };
  return {
    name: 'changes',
    kind: 'window',
    order: dialect.order,
    changeFields: CHANGE_FIELDS,
    stamp: STAMP,
    start,
    request: (position) =>
      dialect.request(position['api'] === api ? position : start({ filter: null, fields: [], pageSize: 1 })),
    read: (response, position) => (position['api'] === api ? dialect.read(response, position) : 'restart'),
  };
}

type ProductsPosition = OffsetPosition & { rest: Ceql | null };

/** All products: they have no dates, so every pass compares each with what is known (Keap REST v1, read 2026-11). */
export function productsFeed(): Feed {
  return {
    name: 'all',
    kind: 'scan',
    order: 'none',
    changeFields: [],
    start: ({ filter, pageSize }) =>
      ({
        offset: 0,
        limit: Math.min(pageSize ?? MAX_PAGE_SIZE, MAX_PAGE_SIZE),
        tail: [],
        rest: filter,
      }) satisfies ProductsPosition,
    request: (position) => {
      const { limit, offset } = position as ProductsPosition;
      return { method: 'GET', path: `${V1}/products`, query: { limit, offset } };
    },
    read: (response, position) => {
      const at = position as ProductsPosition;
      const rows = readList(response, 'products').map(productRow);
      const keys = rows.map(({ id }) => id);
      if (hasShifted(keys, at)) return 'restart';
      const holds = at.rest === null ? () => true : compileCeql(at.rest);
      const next = nextOffset(keys, readCount(response), at);
      return { rows: rows.filter((row) => holds(row.record)), next: next && { ...at, ...next } };
    },
  };
}
