import { compileCeql } from '../../ceql/evaluate-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { FeedPage } from '../feed.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { V1 } from './api.ts';
import { hasShifted, nextOffset, type OffsetPosition } from './offset-walk.ts';
import type { Pushed } from './orders-query.ts';
import { idOf, modifiedAt, orderRow, readCount, readList } from './records.ts';

/**
 * Where the reading of v1's orders stands: from the newest change down to `from`. v1's own `since` is not used: which
 * date it compares is not documented, and were it the creation, changes would be missed (Keap REST v1, read 2026-11).
 * What changes meanwhile moves to the head, above what was read: the next pass begins there, since a cursor never
 * passes the start of its pass. So the head needs no second look.
 */
export type V1Position = OffsetPosition & {
  api: 'v1';
  /** Null: down to the oldest. */
  from: EpochMs | null;
  parameters: { [name: string]: string };
  /** The part of the filter that is ours. */
  rest: Ceql | null;
};

export function startV1(
  from: EpochMs | undefined,
  pushed: Pushed,
  rest: Ceql | null,
  limit: number,
): V1Position {
  const earliest = Math.max(from ?? -Infinity, pushed.since ?? -Infinity);
  return {
    api: 'v1',
    from: earliest === -Infinity ? null : earliest,
    parameters: pushed.equals,
    offset: 0,
    limit,
    tail: [],
    rest,
  };
}

/** `order=update_date` is newest first; there is no direction to choose (Keap REST v1, read 2026-11). */
export function requestV1({ parameters, limit, offset }: V1Position): VendorRequest {
  return {
    method: 'GET',
    path: `${V1}/orders`,
    query: { ...parameters, order: 'update_date', limit, offset },
  };
}

/** @throws UnreadableAnswer without a list, or when it is not in the order asked for: changes would be skipped. */
export function readV1(response: VendorResponse, position: V1Position): FeedPage | 'restart' {
  const records = readList(response, 'orders');
  const stamps = records.map(modifiedAt).filter((stamp) => stamp !== undefined);
  if (stamps.some((stamp, index) => index > 0 && stamp > stamps[index - 1]!)) {
    throw new UnreadableAnswer('Keap did not list orders by the date of their modification');
  }
  const keys = records.map(keyOf);
  if (hasShifted(keys, position)) return 'restart';
  const shown = records.map(orderRow);
  const holds = position.rest === null ? () => true : compileCeql(position.rest);
  const oldest = stamps.at(-1);
  const isBelow = position.from !== null && oldest !== undefined && oldest < floorSecond(position.from);
  const next = isBelow ? null : nextOffset(keys, readCount(response), position);
  return { rows: shown.filter((row) => holds(row.record)), next: next && { ...position, ...next } };
}

function keyOf(record: JsonObject): string {
  return `${idOf(record)}@${modifiedAt(record) ?? ''}`;
}

function floorSecond(at: EpochMs): EpochMs {
  return Math.floor(at / 1000) * 1000;
}
