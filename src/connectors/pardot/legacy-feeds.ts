import { compileCeql } from '../../ceql/evaluate-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import type { Zone } from '../../date-pattern/zone.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ConnectorContext } from '../define-connector.ts';
import type { Feed, FeedStamp, Position, Row } from '../feed.ts';
import type { VendorRequest } from '../vendor-http.ts';
import { versionOf, zoneOf } from './dialect.ts';
import { FACTS, LEGACY_PAGE, type Kind } from './kinds.ts';
import { localText } from './local-time.ts';
import { afterDrain, enter, markAfter, type Mark } from './marks.ts';
import { readRecords, rowOf } from './records.ts';
import { legacyQuery } from './requests.ts';

/** The change field in our spelling, in those of both APIs, and in those of old configurations. */
export const CHANGE_FIELDS = [
  'updated_at',
  'updatedAt',
  'updated_after',
  'updatedAtAfterOrEqualTo',
  'since',
  'last_modified',
] as const;

/** Whole seconds; what is read may be a minute old (v5 overview), five are overlapped (vendor facts of 2026-11, section 5). */
export const STAMP: FeedStamp = { resolutionMs: 1000, late: 'index', overlapS: 300 };

const SECOND_MS = 1000;

type WindowPosition = { mark: Mark; limit: number; filter: Ceql | null };
type ScanPosition = { lastId: string; limit: number; filter: Ceql | null };

/** Records changed since an instant, or deleted ones: `deleted=true` is a list of its own (section 5). */
export function legacyWindow(kind: Kind, context: ConnectorContext, isBin: boolean): Feed {
  const zone = zoneOf(context.configuration);
  const version = versionOf(context);
  const toRow = (record: JsonObject): Row => ({ ...rowOf(record, zone), ...(isBin && { deleted: true }) });
  const deleted = FACTS[kind].hasLegacyBin ? { deleted: String(isBin) } : {};
  return {
    name: isBin ? 'bin' : 'updated',
    kind: isBin ? 'deletions' : 'window',
    order: 'asc',
    changeFields: CHANGE_FIELDS,
    stamp: STAMP,
    start: ({ from, filter, pageSize }) =>
      start({ mark: enter(from ?? null, zone), ...limits(pageSize), filter }),
    request: (position) => {
      const { mark, limit } = position as WindowPosition;
      return legacyQuery(kind, version, { ...deleted, ...markParameters(mark, zone), limit });
    },
    read: (response, position) => {
      const at = position as WindowPosition;
      const { records } = readRecords(kind, response);
      const rows = records.map(toRow);
      const rest = filtered(rows, at.filter);
      if (rows.length >= at.limit)
        return { rows: rest, next: { ...at, mark: markAfter(at.mark, rows, zone) } };
      return { rows: rest, next: at.mark.mode === 'time' ? null : { ...at, mark: afterDrain(at.mark) } };
    },
  };
}

/** Everything in the order of ids, which nothing can shift. */
export function legacyScan(name: string, kind: Kind, context: ConnectorContext): Feed {
  const zone = zoneOf(context.configuration);
  const version = versionOf(context);
  return {
    name,
    kind: 'scan',
    order: 'none',
    changeFields: CHANGE_FIELDS,
    start: ({ filter, pageSize }) => start({ lastId: '0', ...limits(pageSize), filter }),
    request: (position) => {
      const { lastId, limit } = position as ScanPosition;
      return legacyQuery(kind, version, { ...byId(lastId), limit });
    },
    read: (response, position) => {
      const at = position as ScanPosition;
      const rows = readRecords(kind, response).records.map((record) => rowOf(record, zone));
      const next = rows.length < at.limit ? null : { ...at, lastId: lastIdOf(rows, at.lastId) };
      return { rows: filtered(rows, at.filter), next };
    },
  };
}

/** Bounds are exclusive and whole seconds: a second earlier means "from this second on" (section 3). */
function markParameters(mark: Mark, zone: Zone): NonNullable<VendorRequest['query']> {
  const after = (at: number): string => localText(at - SECOND_MS, zone);
  if (mark.mode === 'time') {
    return {
      updated_after: mark.from === null ? undefined : after(mark.from),
      sort_by: 'updated_at',
      sort_order: 'ascending',
    };
  }
  return {
    updated_after: after(mark.from),
    updated_before: localText(mark.to, zone),
    ...byId(mark.lastId),
  };
}

function byId(lastId: string): NonNullable<VendorRequest['query']> {
  return { id_greater_than: lastId, sort_by: 'id', sort_order: 'ascending' };
}

/** The largest id of a page, which must lie behind the one it was asked for. */
export function lastIdOf(rows: readonly Row[], before: string): string {
  return String(Math.max(Number(before), ...rows.map(({ id }) => Number(id))));
}

/** The part of a filter is ours altogether: windows are small, and one place to filter is one to get wrong. */
export function filtered(rows: Row[], filter: Ceql | null): Row[] {
  if (filter === null) return rows;
  const matches = compileCeql(filter);
  return rows.filter(({ record }) => matches(record));
}

function limits(pageSize: number | undefined): { limit: number } {
  return { limit: Math.min(pageSize ?? LEGACY_PAGE, LEGACY_PAGE) };
}

function start(position: WindowPosition | ScanPosition): Position {
  return position;
}
