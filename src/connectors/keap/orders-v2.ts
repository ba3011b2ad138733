import { compileCeql } from '../../ceql/evaluate-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import { isoSeconds, type EpochMs } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { FeedPage } from '../feed.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { V2 } from './api.ts';
import type { Pushed } from './orders-query.ts';
import { idOf, modifiedAt, orderRow, readList } from './records.ts';

const SECOND_MS = 1000;

/**
 * Where the reading of v2's changes stands. Whether page tokens keep their place while orders change is not
 * documented, and an order that changes leaves its place in this very list; so no token is ever followed. Each page
 * begins anew at the stamp of the last order read, and orders that share a second beyond a page's size are read in
 * the order of their ids (`id>…`), which never change.
 */
export type V2Position = {
  api: 'v2';
  /** Everything changed before is read; whole seconds. Null: from the beginning. */
  since: EpochMs | null;
  /** Within the second `since`: the last id read. */
  afterId: string | null;
  equals: { [field: string]: string };
  limit: number;
  /** The part of the filter that is ours. */
  rest: Ceql | null;
};

export function startV2(
  from: EpochMs | undefined,
  pushed: Pushed,
  rest: Ceql | null,
  limit: number,
): V2Position {
  const earliest = Math.max(from ?? -Infinity, pushed.since ?? -Infinity);
  const since = earliest === -Infinity ? null : floorSecond(earliest);
  return { api: 'v2', since, afterId: null, equals: pushed.equals, limit, rest };
}

/**
 * `filter` clauses are joined by `;` and compared by `==` (Keap REST v2, OpenAPI of 2026-08). Whether the bounds
 * include their own second is not documented: one second more is asked for on either side.
 */
export function requestV2({ since, afterId, equals, limit }: V2Position): VendorRequest {
  const clauses = [
    ...(since === null ? [] : [`modified_since_time==${isoSeconds(since - SECOND_MS)}`]),
    ...(since === null || afterId === null
      ? []
      : [`modified_until_time==${isoSeconds(since + SECOND_MS)}`, `id>${afterId}`]),
    ...equalsClauses(equals),
  ];
  return {
    method: 'GET',
    path: `${V2}/orders`,
    query: {
      filter: clauses.length === 0 ? undefined : clauses.join(';'),
      order_by: afterId === null ? 'modification_time asc' : 'id asc',
      page_size: limit,
    },
  };
}

export function equalsClauses(equals: Pushed['equals']): string[] {
  return Object.entries(equals).map(([field, value]) => `${field}==${value}`);
}

/** @throws UnreadableAnswer without a list, or when it is not in the order asked for: changes would be skipped. */
export function readV2(response: VendorResponse, position: V2Position): FeedPage {
  const records = readList(response, 'orders');
  const rows = (position.rest === null ? records : records.filter(keeps(position.rest))).map(orderRow);
  const isLast = records.length === 0 || readToken(response) === null;
  return {
    rows,
    next:
      position.afterId === null ? afterPage(records, position, isLast) : afterTie(records, position, isLast),
  };
}

/** Null or empty on the last page. */
export function readToken({ body }: VendorResponse): string | null {
  return textOf((body as JsonObject)['next_page_token']) ?? null;
}

/** Filters name v1's dates, which are put on the shown record. */
function keeps(rest: Ceql): (record: JsonObject) => boolean {
  const holds = compileCeql(rest);
  return (record) => holds(orderRow(record).record);
}

function afterPage(records: JsonObject[], position: V2Position, isLast: boolean): V2Position | null {
  const stamps = records.map(modifiedAt).filter((stamp) => stamp !== undefined);
  if (stamps.some((stamp, index) => index > 0 && stamp < stamps[index - 1]!)) {
    throw new UnreadableAnswer('Keap did not list orders by the time of their modification');
  }
  if (isLast) return null;
  const reached = stamps.length === 0 ? undefined : floorSecond(stamps.at(-1)!);
  if (reached !== undefined && (position.since === null || reached > position.since)) {
    return { ...position, since: reached };
  }
  // A whole page, and no further: more orders than fit share the second.
  if (position.since !== null) return { ...position, afterId: '0' };
  throw new UnreadableAnswer('Keap lists orders without the time of their modification');
}

function afterTie(records: JsonObject[], position: V2Position, isLast: boolean): V2Position {
  if (isLast) return { ...position, since: position.since! + SECOND_MS, afterId: null };
  const ids = records.map(idOf);
  if (ids.some((id, index) => BigInt(id) <= BigInt(ids[index - 1] ?? position.afterId!))) {
    throw new UnreadableAnswer('Keap did not list orders by their ids');
  }
  return { ...position, afterId: ids.at(-1)! };
}

function floorSecond(at: EpochMs): EpochMs {
  return Math.floor(at / SECOND_MS) * SECOND_MS;
}
