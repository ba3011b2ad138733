import { compileCeql } from '../../ceql/evaluate-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import { UTC, type Zone } from '../../date-pattern/zone.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ConnectorContext } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Feed, FeedStamp, Row } from '../feed.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { dialectOf, versionOf, zoneOf } from './dialect.ts';
import { FACTS, LEGACY_PAGE, V5_PAGE, type Kind } from './kinds.ts';
import { afterDrain, enter, legacyParameters, markAfter, v5Parameters, type Mark } from './marks.ts';
import { readRecords, rowOf } from './records.ts';
import { legacyQuery, v5Query, withDeleted } from './requests.ts';

/** The change field in our spelling, in those of both APIs, and in those of old configurations. */
const CHANGE_FIELDS = [
  'updated_at',
  'updatedAt',
  'updated_after',
  'updatedAtAfterOrEqualTo',
  'since',
  'last_modified',
] as const;

/** Whole seconds; what is read may be a minute old (v5 overview), five are overlapped (vendor facts of 2026-11, section 5). */
const STAMP: FeedStamp = { resolutionMs: 1000, late: 'index', overlapS: 300 };

/** How one API lists an object. `shownZone` is the one of the stamps in its records. */
interface Source {
  kind: Kind;
  largestPage: number;
  shownZone: Zone;
  window(mark: Mark, limit: number): VendorRequest;
  scan(lastId: string, limit: number): VendorRequest;
}

/**
 * v5 lists changes and deletions together. v3 and v4 list them apart, opportunities not at all by their changes, and
 * campaigns without the stamps that a window needs (Pardot, vendor facts of 2026-11, section 5).
 */
export function feedsOf(kind: Kind, context: ConnectorContext): Feed[] {
  if (dialectOf(context.configuration) === 'v5') return [windowFeed(v5Source(kind, context), 'changes')];
  const { hasLegacyWindow, hasLegacyBin } = FACTS[kind];
  if (!hasLegacyWindow) return [scanFeed(legacySource(kind, context, false), 'listing')];
  return [
    windowFeed(legacySource(kind, context, false), 'updated'),
    ...(hasLegacyBin ? [binFeed(kind, context)] : []),
  ];
}

/** Everything that is not deleted, in the order of ids. */
export function sweepOf(kind: Kind, context: ConnectorContext): Feed {
  const isV5 = dialectOf(context.configuration) === 'v5';
  return scanFeed(isV5 ? v5Source(kind, context) : legacySource(kind, context, false), 'sweep');
}

/** v3's and v4's recycle bin: `deleted=true` is a list of its own. */
function binFeed(kind: Kind, context: ConnectorContext): Feed {
  const source = legacySource(kind, context, true);
  return { ...windowFeed(source, 'bin', (row) => ({ ...row, deleted: true })), kind: 'deletions' };
}

function legacySource(kind: Kind, context: ConnectorContext, isBin: boolean): Source {
  const zone = zoneOf(context.configuration);
  const version = versionOf(context);
  const deleted = FACTS[kind].hasLegacyBin ? { deleted: String(isBin) } : {};
  return {
    kind,
    largestPage: LEGACY_PAGE,
    shownZone: zone,
    window: (mark, limit) =>
      legacyQuery(kind, version, { ...deleted, ...legacyParameters(mark, zone), limit }),
    scan: (lastId, limit) =>
      legacyQuery(kind, version, {
        id_greater_than: lastId,
        sort_by: 'id',
        sort_order: 'ascending',
        limit,
      }),
  };
}

function v5Source(kind: Kind, context: ConnectorContext): Source {
  return {
    kind,
    largestPage: V5_PAGE,
    shownZone: UTC,
    window: (mark, limit) => v5Query(kind, context, { ...withDeleted(kind), ...v5Parameters(mark), limit }),
    scan: (lastId, limit) => v5Query(kind, context, { idGreaterThan: lastId, orderBy: 'id ASC', limit }),
  };
}

type WindowPosition = { mark: Mark; limit: number; filter: Ceql | null };

/**
 * Records changed since an instant, in the order of their changes. Every page begins at the last stamp of the one
 * before: offsets shift while records change, and so may v5's page tokens, of which nothing is promised.
 */
function windowFeed(source: Source, name: string, toRow: (row: Row) => Row = (row) => row): Feed {
  const { kind, shownZone } = source;
  return {
    name,
    kind: 'window',
    order: 'asc',
    changeFields: CHANGE_FIELDS,
    stamp: STAMP,
    start: ({ from, filter, pageSize }) =>
      ({
        mark: enter(from ?? null, shownZone),
        limit: limitOf(source, pageSize),
        filter,
      }) satisfies WindowPosition,
    request: (position) => {
      const { mark, limit } = position as WindowPosition;
      return source.window(mark, limit);
    },
    read: (response, position) => {
      const at = position as WindowPosition;
      const page = readPage(kind, response, at.limit, shownZone);
      const rows = filtered(page.rows.map(toRow), at.filter);
      if (page.hasMore) return { rows, next: { ...at, mark: markAfter(at.mark, page.rows, shownZone) } };
      return { rows, next: at.mark.mode === 'time' ? null : { ...at, mark: afterDrain(at.mark) } };
    },
  };
}

type ScanPosition = { lastId: string; limit: number; filter: Ceql | null };

/** Everything in the order of ids, which nothing can shift. */
function scanFeed(source: Source, name: string): Feed {
  return {
    name,
    kind: 'scan',
    order: 'none',
    changeFields: CHANGE_FIELDS,
    start: ({ filter, pageSize }) =>
      ({ lastId: '0', limit: limitOf(source, pageSize), filter }) satisfies ScanPosition,
    request: (position) => {
      const { lastId, limit } = position as ScanPosition;
      return source.scan(lastId, limit);
    },
    read: (response, position) => {
      const at = position as ScanPosition;
      const { rows, hasMore } = readPage(source.kind, response, at.limit, source.shownZone);
      const lastId = Math.max(Number(at.lastId), ...rows.map(({ id }) => Number(id)));
      return {
        rows: filtered(rows, at.filter),
        next: hasMore ? { ...at, lastId: String(lastId) } : null,
      };
    },
  };
}

/** A full page has another behind it; so has a short one of v5 that names it, for rows may be hidden from the user. */
function readPage(
  kind: Kind,
  response: VendorResponse,
  limit: number,
  zone: Zone,
): { rows: Row[]; hasMore: boolean } {
  const { records, next } = readRecords(kind, response);
  if (next !== null && records.length === 0) {
    throw new UnreadableAnswer('Pardot names a page behind an empty one');
  }
  const rows = records.map((record: JsonObject) => rowOf(record, zone));
  return { rows, hasMore: rows.length >= limit || next !== null };
}

/** The filter is ours altogether: windows are small, and one place to filter is one to get wrong. */
function filtered(rows: Row[], filter: Ceql | null): Row[] {
  if (filter === null) return rows;
  const matches = compileCeql(filter);
  return rows.filter(({ record }) => matches(record));
}

function limitOf({ largestPage }: Source, pageSize: number | undefined): number {
  return Math.min(pageSize ?? largestPage, largestPage);
}
