import type { ConnectorContext, Listing } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { dialectOf, versionOf } from './dialect.ts';
import { FACTS, LEGACY_PAGE, V5_PAGE, type Kind } from './kinds.ts';
import { v5Name } from './names.ts';
import type { Pushed } from './query.ts';
import { idOf, readRecords } from './records.ts';
import { legacyQuery, v5Query, withDeleted } from './requests.ts';

type ListPosition = {
  pushed: Pushed;
  orderBy: string;
  isDescending: boolean;
  includeDeleted: boolean;
  limit: number;
  /** In the order of ids pages go on behind the last one, which nothing can shift. */
  lastId: string | null;
  /** v3 and v4 in any other order. */
  offset: number;
  /** v5 in any other order: the next page as Pardot names it. */
  url: string | null;
};

/** What both APIs order by (vendor facts of 2026-11, sections 3 and 4). */
const ORDER_FIELDS: Record<Kind, readonly string[]> = {
  prospect: ['id', 'created_at', 'updated_at'],
  opportunity: ['id', 'created_at'],
  campaign: ['id', 'created_at', 'updated_at'],
  list: ['id', 'created_at', 'updated_at'],
  visitorActivity: ['id', 'created_at', 'updated_at'],
};

/** The listing for clients of the hub API. */
export function listingOf(kind: Kind): Listing {
  return {
    maxPageSize: V5_PAGE,
    orderFields: ORDER_FIELDS[kind],
    start: ({ pushed, orderBy, pageSize, includeDeleted }) =>
      ({
        pushed: (pushed as Pushed | null) ?? {},
        orderBy: orderBy?.field ?? 'id',
        isDescending: orderBy?.direction === 'desc',
        includeDeleted,
        limit: pageSize,
        lastId: null,
        offset: 0,
        url: null,
      }) satisfies ListPosition,
    request: (position, context) =>
      dialectOf(context.configuration) === 'v5'
        ? v5Request(kind, position as ListPosition, context)
        : legacyRequest(kind, position as ListPosition, context),
    read: (response, position, context) => {
      const at = position as ListPosition;
      const { records, next } = readRecords(kind, response);
      const limit = limitOf(at, context);
      const isFull = records.length >= limit;
      if (at.orderBy === 'id') {
        const last = records.at(-1);
        const hasMore = isFull || next !== null;
        return { records, next: hasMore && last !== undefined ? { ...at, lastId: idOf(last) } : null };
      }
      if (dialectOf(context.configuration) === 'legacy') {
        return { records, next: isFull ? { ...at, offset: at.offset + records.length } : null };
      }
      if (isCapped(response)) {
        throw new UnreadableAnswer(
          'Pardot lists no more than 100,000 records in this order; order by id instead',
        );
      }
      return { records, next: next === null ? null : { ...at, url: next } };
    },
  };
}

/** A sequence of pages ends after 100,000 records, with a warning in place of a token (v5 overview, read 2026-11). */
function isCapped({ headers }: VendorResponse): boolean {
  return headers['pardot-warning']?.startsWith('203') === true;
}

function limitOf(at: ListPosition, context: ConnectorContext): number {
  return Math.min(at.limit, dialectOf(context.configuration) === 'v5' ? V5_PAGE : LEGACY_PAGE);
}

function legacyRequest(kind: Kind, at: ListPosition, context: ConnectorContext): VendorRequest {
  const isById = at.orderBy === 'id';
  const behind = at.isDescending ? 'id_less_than' : 'id_greater_than';
  return legacyQuery(kind, versionOf(context), {
    ...at.pushed,
    ...(at.includeDeleted && FACTS[kind].hasLegacyBin && { deleted: 'all' }),
    ...(isById && at.lastId !== null && { [behind]: at.lastId }),
    ...(!isById && at.offset > 0 && { offset: at.offset }),
    sort_by: at.orderBy,
    sort_order: at.isDescending ? 'descending' : 'ascending',
    limit: limitOf(at, context),
  });
}

function v5Request(kind: Kind, at: ListPosition, context: ConnectorContext): VendorRequest {
  if (at.url !== null) return { method: 'GET', path: at.url };
  const behind = at.isDescending ? 'idLessThan' : 'idGreaterThan';
  return v5Query(kind, context, {
    ...at.pushed,
    ...(at.includeDeleted && withDeleted(kind)),
    ...(at.orderBy === 'id' && at.lastId !== null && { [behind]: at.lastId }),
    orderBy: `${v5Name(kind, at.orderBy)} ${at.isDescending ? 'DESC' : 'ASC'}`,
    limit: limitOf(at, context),
  });
}
