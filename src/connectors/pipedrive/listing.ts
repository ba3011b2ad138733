import type { JsonObject } from '../../kernel/json.ts';
import type { Listing } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Position } from '../feed.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { costOfList, MAX_PAGE_SIZE, type Kind, type V2List } from './kinds.ts';
import type { Pushed } from './query.ts';
import { readV2Page, type V2Page } from './records.ts';

/** Where the reading of a v2 list stands. A cursor must go with the parameters it was given for. */
export type V2Position = {
  list: V2List;
  parameters: { [name: string]: string };
  limit: number;
  cursor: string | null;
};

/** One page of a v2 list (API v2 reference, read 2026-11): keyset cursors, stable while records are added. */
export function v2Request({ list, parameters, limit, cursor }: V2Position): VendorRequest {
  return {
    method: 'GET',
    path: `/api/v2/${list}`,
    query: { ...parameters, limit, cursor: cursor ?? undefined },
    cost: costOfList(list),
  };
}

/**
 * Reads a page and says where the next one is.
 * @throws UnreadableAnswer without a list, or when the cursor does not move: reading on would never end.
 */
export function readV2Next(
  response: VendorResponse,
  position: V2Position,
): { records: JsonObject[]; next: V2Position | null } {
  const { records, nextCursor }: V2Page = readV2Page(response);
  if (nextCursor !== null && nextCursor === position.cursor) {
    throw new UnreadableAnswer('Pipedrive answered with the cursor it was asked with');
  }
  return { records, next: nextCursor === null ? null : { ...position, cursor: nextCursor } };
}

/** The listing for clients of the hub API. */
export function listingOf(kind: Kind): Listing {
  return {
    maxPageSize: MAX_PAGE_SIZE,
    orderFields: ['id', 'update_time', 'add_time'],
    start: ({ pushed, orderBy, pageSize }) => {
      const { list, parameters } = (pushed as Pushed | null) ?? { list: kind, parameters: {} };
      const order = orderBy && { sort_by: orderBy.field, sort_direction: orderBy.direction };
      return {
        list,
        parameters: { ...parameters, ...order },
        limit: Math.min(pageSize, MAX_PAGE_SIZE),
        cursor: null,
      } satisfies V2Position;
    },
    request: (position: Position) => v2Request(position as V2Position),
    read: (response, position) => readV2Next(response, position as V2Position),
  };
}
