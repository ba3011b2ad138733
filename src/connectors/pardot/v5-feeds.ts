import type { Ceql } from '../../ceql/tree.ts';
import { UTC } from '../../date-pattern/zone.ts';
import { isoSeconds, type EpochMs } from '../../kernel/clock.ts';
import type { ConnectorContext } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Feed } from '../feed.ts';
import type { VendorRequest } from '../vendor-http.ts';
import { FACTS, V5_PAGE, type Kind } from './kinds.ts';
import { CHANGE_FIELDS, filtered, lastIdOf, STAMP } from './legacy-feeds.ts';
import { afterDrain, enter, markAfter, type Mark } from './marks.ts';
import { readRecords, rowOf } from './records.ts';
import { v5Query } from './requests.ts';

type WindowPosition = {
  mark: Mark;
  /** The next page as Pardot names it, with everything in it. */
  url: string | null;
  limit: number;
  filter: Ceql | null;
};
type ScanPosition = { lastId: string; limit: number; filter: Ceql | null };

/**
 * Records changed since an instant, deleted ones among them. Pages follow `nextPageUrl` as it is: beside the token
 * only `fields` may be sent (v5 overview, read 2026-11). A sequence of pages ends after 100,000 records with the
 * warning 203; then a new one begins at the last stamp.
 */
export function v5Window(kind: Kind, context: ConnectorContext): Feed {
  return {
    name: 'changes',
    kind: 'window',
    order: 'asc',
    changeFields: CHANGE_FIELDS,
    stamp: STAMP,
    start: ({ from, filter, pageSize }) =>
      ({ mark: enter(from ?? null, UTC), url: null, ...limits(pageSize), filter }) satisfies WindowPosition,
    request: (position) => {
      const { mark, url, limit } = position as WindowPosition;
      if (url !== null) return { method: 'GET', path: url };
      return v5Query(kind, context, { ...withDeleted(kind), ...markParameters(mark), limit });
    },
    read: (response, position) => {
      const at = position as WindowPosition;
      const { records, next } = readRecords(kind, response);
      const rows = records.map((record) => rowOf(record));
      const rest = filtered(rows, at.filter);
      if (next !== null) {
        if (next === at.url) throw new UnreadableAnswer('Pardot names a page as the one after itself');
        return { rows: rest, next: { ...at, url: next } };
      }
      if (isCapped(response.headers)) {
        return { rows: rest, next: { ...at, url: null, mark: markAfter(at.mark, rows, UTC) } };
      }
      return {
        rows: rest,
        next: at.mark.mode === 'time' ? null : { ...at, url: null, mark: afterDrain(at.mark) },
      };
    },
  };
}

/** Everything that is not deleted, in the order of ids: no token that could expire on the way. */
export function v5Scan(kind: Kind, context: ConnectorContext): Feed {
  return {
    name: 'sweep',
    kind: 'scan',
    order: 'none',
    changeFields: CHANGE_FIELDS,
    start: ({ filter, pageSize }) => ({ lastId: '0', ...limits(pageSize), filter }) satisfies ScanPosition,
    request: (position) => {
      const { lastId, limit } = position as ScanPosition;
      return v5Query(kind, context, { idGreaterThan: lastId, orderBy: 'id ASC', limit });
    },
    read: (response, position) => {
      const at = position as ScanPosition;
      const { records, next } = readRecords(kind, response);
      const rows = records.map((record) => rowOf(record));
      // A page is the last one only when Pardot knows of no other: rows it hides make a page short.
      const isLast = next === null && !isCapped(response.headers) && rows.length < at.limit;
      return {
        rows: filtered(rows, at.filter),
        next: isLast || rows.length === 0 ? null : { ...at, lastId: lastIdOf(rows, at.lastId) },
      };
    },
  };
}

/** The recycle bin too, where the object has one. */
export function withDeleted(kind: Kind): NonNullable<VendorRequest['query']> {
  return FACTS[kind].hasBin ? { deleted: 'all' } : {};
}

/** "Record count for nextPageToken sequence has been exceeded": there is more, and no token. */
export function isCapped(headers: Record<string, string>): boolean {
  return headers['pardot-warning']?.startsWith('203') === true;
}

function markParameters(mark: Mark): NonNullable<VendorRequest['query']> {
  if (mark.mode === 'time') {
    return {
      updatedAtAfterOrEqualTo: mark.from === null ? undefined : v5Time(mark.from),
      orderBy: 'updatedAt ASC',
    };
  }
  return {
    updatedAtAfterOrEqualTo: v5Time(mark.from),
    updatedAtBefore: v5Time(mark.to),
    idGreaterThan: mark.lastId,
    orderBy: 'id ASC',
  };
}

/** With an offset, as v5 demands. */
export function v5Time(at: EpochMs): string {
  return isoSeconds(at).replace('Z', '+00:00');
}

function limits(pageSize: number | undefined): { limit: number } {
  return { limit: Math.min(pageSize ?? V5_PAGE, V5_PAGE) };
}
