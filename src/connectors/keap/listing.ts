import { isoSeconds, type EpochMs } from '../../kernel/clock.ts';
import type { Json } from '../../kernel/json.ts';
import type { Listing, ListQuery } from '../define-connector.ts';
import { GiveUp, UnreadableAnswer } from '../failures.ts';
import type { Position } from '../feed.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { MAX_PAGE_SIZE, ordersApiOf, V1, V2 } from './api.ts';
import type { Pushed } from './orders-query.ts';
import { equalsClauses, readToken } from './orders-v2.ts';
import { modifiedAt, presentOrder, readCount, readList } from './records.ts';

type OffsetListing = {
  api: 'v1';
  path: string;
  parameters: { [name: string]: string };
  limit: number;
  offset: number;
};
type OrdersV1Listing = OffsetListing & { since: EpochMs | null };
type OrdersV2Listing = {
  api: 'v2';
  filter: string;
  orderBy: string | null;
  limit: number;
  token: string | null;
};

/** Fields by which orders can be listed, and what v2 and v1 (newest first alone) call them (read 2026-11). */
const ORDERS: { [field: string]: { v2: string; v1?: string } } = {
  id: { v2: 'id' },
  order_date: { v2: 'order_time', v1: 'order_date' },
  order_time: { v2: 'order_time', v1: 'order_date' },
  modification_date: { v2: 'modification_time', v1: 'update_date' },
  modification_time: { v2: 'modification_time', v1: 'update_date' },
};

const NOTHING: Pushed = { equals: {}, since: null };

/** The listing of orders for clients of the hub API. */
export const ordersListing: Listing = {
  maxPageSize: MAX_PAGE_SIZE,
  orderFields: Object.keys(ORDERS),
  start: (query, context) => (ordersApiOf(context) === 'v2' ? startV2(query) : startV1(query)),
  request: (position) =>
    position['api'] === 'v2'
      ? requestV2(position as OrdersV2Listing)
      : requestOffset(position as OffsetListing),
  read: (response, position) => {
    const records = readList(response, 'orders');
    const shown: Json[] = records.map(presentOrder);
    if (position['api'] === 'v2')
      return { records: shown, next: nextV2(response, position as OrdersV2Listing) };
    const at = position as OrdersV1Listing;
    const oldest = records.map(modifiedAt).at(-1);
    const isBelow = at.since !== null && oldest !== undefined && oldest < at.since;
    const total = readCount(response);
    return {
      records: shown,
      next: isBelow ? null : afterOffset(records.length, total, at),
      ...(total !== undefined && { total }),
    };
  },
};

function startV2({ pushed, orderBy, pageSize }: ListQuery): Position {
  const { equals, since } = (pushed as Pushed | null) ?? NOTHING;
  const clauses = [
    ...(since === null ? [] : [`modified_since_time==${isoSeconds(Math.max(since - 1000, 0))}`]),
    ...equalsClauses(equals),
  ];
  return {
    api: 'v2',
    filter: clauses.join(';'),
    orderBy: orderBy === undefined ? null : `${ORDERS[orderBy.field]?.v2 ?? 'id'} ${orderBy.direction}`,
    limit: Math.min(pageSize, MAX_PAGE_SIZE),
    token: null,
  } satisfies OrdersV2Listing;
}

function startV1({ pushed, orderBy, pageSize }: ListQuery): Position {
  const { equals, since } = (pushed as Pushed | null) ?? NOTHING;
  const order = orderBy === undefined ? undefined : ORDERS[orderBy.field]?.v1;
  if (orderBy !== undefined && (order === undefined || orderBy.direction === 'asc')) {
    const possible = 'modification_date desc and order_date desc';
    throw new GiveUp(`this Keap application can list orders by ${possible} only`, 400);
  }
  // A lower bound can be kept cheaply where the newest change comes first.
  const isBounded = since !== null && (order === undefined || order === 'update_date');
  const sorted = order ?? (isBounded ? 'update_date' : undefined);
  return {
    api: 'v1',
    path: `${V1}/orders`,
    parameters: { ...equals, ...(sorted !== undefined && { order: sorted }) },
    limit: Math.min(pageSize, MAX_PAGE_SIZE),
    offset: 0,
    since: isBounded ? since : null,
  } satisfies OrdersV1Listing;
}

function requestV2({ filter, orderBy, limit, token }: OrdersV2Listing): VendorRequest {
  return {
    method: 'GET',
    path: `${V2}/orders`,
    query: {
      filter: filter === '' ? undefined : filter,
      order_by: orderBy ?? undefined,
      page_size: limit,
      page_token: token ?? undefined,
    },
  };
}

function nextV2(response: VendorResponse, position: OrdersV2Listing): Position | null {
  const token = readToken(response);
  if (token !== null && token === position.token) {
    throw new UnreadableAnswer('Keap answered with the page token it was asked with');
  }
  return token === null ? null : { ...position, token };
}

function requestOffset({ path, parameters, limit, offset }: OffsetListing): VendorRequest {
  return { method: 'GET', path, query: { ...parameters, limit, offset } };
}

/** v1's `next` goes on beyond the end: `count` tells where that is, a short page where there is no count. */
function afterOffset<T extends OffsetListing>(
  read: number,
  count: number | undefined,
  position: T,
): T | null {
  const offset = position.offset + read;
  const isLast = read === 0 || (read < position.limit && (count === undefined || offset >= count));
  return isLast ? null : { ...position, offset };
}

/** The listing of products; Keap can tell the active ones, and has no order to choose. */
export const productsListing: Listing = {
  maxPageSize: MAX_PAGE_SIZE,
  orderFields: [],
  start: ({ pushed, pageSize }) =>
    ({
      api: 'v1',
      path: `${V1}/products`,
      parameters: (pushed as OffsetListing['parameters'] | null) ?? {},
      limit: Math.min(pageSize, MAX_PAGE_SIZE),
      offset: 0,
    }) satisfies OffsetListing,
  request: (position) => requestOffset(position as OffsetListing),
  read: (response, position) => {
    const records = readList(response, 'products');
    const total = readCount(response);
    return {
      records,
      next: afterOffset(records.length, total, position as OffsetListing),
      ...(total !== undefined && { total }),
    };
  },
};
