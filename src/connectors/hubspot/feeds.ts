import { compileCeql } from '../../ceql/evaluate-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Feed, FeedStamp, Position, Row } from '../feed.ts';
import { LIMITS, MODIFIED, type Kind } from './kinds.ts';
import { normaliseWhere } from './query.ts';
import { deletionOf, rowOf } from './records.ts';
import type { Requests } from './requests.ts';
import { listPages, wholeRecords, type WholePosition, type WholeRecords } from './whole-records.ts';
import { windowPages, windowStart } from './window-pages.ts';

const DAY_MS = 86_400_000;

/** The bin keeps records for 90 days (HubSpot knowledge base, facts of 2026-11; not verified). */
const BIN_DAYS = 90;

/** Milliseconds; the search index shows changes some seconds late (facts of 2026-11: overlap of 60 to 120 s). */
const STAMP: FeedStamp = { resolutionMs: 1, late: 'index', overlapS: 120 };

/** The change field in every spelling that configurations have. */
export const CHANGE_FIELDS: readonly string[] = [
  ...new Set(Object.values(MODIFIED).flatMap((name) => [name, `properties.${name}`])),
  'updatedAt',
  'since',
  'updated_since',
];

/** A stored position: where the reading stands, and the part of the filter that is ours. */
type FeedPosition<Place> = WholePosition<Place> & { rest: Ceql | null; gap: boolean };

/**
 * Changes since an instant. `order` is none although the search is ordered: whole records may be newer than the page
 * they were found on, and a page that seems newer than the pass would end it. The search's own order ends it.
 */
export function changesFeed(requests: Requests): Feed {
  const whole = wholeRecords(windowPages(requests), requests);
  return {
    ...feedOf('changes', whole, (record) => rowOf(requests.kind, record)),
    kind: 'window',
    order: 'none',
    stamp: STAMP,
    start: ({ from, filter, pageSize }) =>
      startOf(requests.kind, whole.start(windowStart(from, pageOf(pageSize, LIMITS.searchPage))), filter),
  };
}

/**
 * Deletions: the bin has no order and no filter, so it is read whole each time, a hundred records a call. Records
 * that were merged into another or erased for good never were in it; a sweep finds those.
 */
export function archivedFeed(requests: Requests, now: EpochMs): Feed {
  const whole = wholeRecords(listPages(requests, true), requests, true);
  return {
    ...feedOf('archived', whole, (record) => deletionOf(requests.kind, record)),
    kind: 'deletions',
    order: 'none',
    stamp: STAMP,
    start: ({ from, filter, pageSize }) => {
      const limit = pageOf(pageSize, LIMITS.listPage);
      const start = whole.start({ after: null, limit, since: from ?? null });
      const gap = from !== undefined && from < now - BIN_DAYS * DAY_MS;
      return { ...startOf(requests.kind, start, filter), gap };
    },
  };
}

/** Everything there is, in the order of ids. */
export function sweepFeed(requests: Requests): Feed {
  const whole = wholeRecords(listPages(requests, false), requests);
  return {
    ...feedOf('sweep', whole, (record) => rowOf(requests.kind, record)),
    kind: 'scan',
    order: 'none',
    start: ({ filter, pageSize }) => {
      const limit = pageOf(pageSize, LIMITS.listPage);
      return startOf(requests.kind, whole.start({ after: null, limit, since: null }), filter);
    },
  };
}

function startOf<Place>(
  kind: Kind,
  start: WholePosition<Place>,
  filter: Ceql | null,
): FeedPosition<Place> & Position {
  const rest = filter === null ? null : normaliseWhere(kind, filter);
  return { ...start, rest, gap: false } as FeedPosition<Place> & Position;
}

const pageOf = (wanted: number | undefined, most: number): number => Math.min(wanted ?? most, most);

/**
 * What all feeds share. The filter is ours alone: it is applied to the whole record as it is now, which no filter of
 * an index that shows changes late can promise.
 */
function feedOf<Place>(
  name: string,
  whole: WholeRecords<Place>,
  toRow: (record: JsonObject) => Row,
): Pick<Feed, 'name' | 'changeFields' | 'request' | 'read'> {
  return {
    name,
    changeFields: CHANGE_FIELDS,
    request: (position) => whole.request(position as FeedPosition<Place>),
    read: (response, position) => {
      const { rest, gap } = position as FeedPosition<Place>;
      const { records, next } = whole.read(response, position as FeedPosition<Place>);
      const kept = rest === null ? records : records.filter(compileCeql(rest));
      return {
        rows: kept.map(toRow),
        next: next && ({ ...next, rest, gap } as FeedPosition<Place> & Position),
        ...(gap && { gap }),
      };
    },
  };
}
