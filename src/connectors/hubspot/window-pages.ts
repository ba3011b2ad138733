import type { EpochMs } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { VendorResponse } from '../vendor-http.ts';
import { LIMITS, MODIFIED, OBJECT_ID, type Kind } from './kinds.ts';
import { changedAtOf, compareIds, idOf, readPage, type Page } from './records.ts';
import type { Requests, Search } from './requests.ts';
import type { Pages } from './whole-records.ts';

/** Records changed since `from`, in the order of changes. */
type TimePlace = { mode: 'time'; from: EpochMs };
/** Records that share the stamp `at`, in the order of ids, after `lastId`. */
type TiePlace = {
  mode: 'tie';
  at: EpochMs;
  lastId: string;
  count: number;
  /** How many HubSpot counted at the beginning. */
  expected: number | null;
  /** The second reading of this tie: the first one met fewer than expected. */
  again: boolean;
};

/**
 * A place in a window of changes. `after` is HubSpot's offset, used only where a page does not show its own order.
 * `until` is when HubSpot answered the first page: a page wholly newer ends the reading, or a busy account would be
 * read for ever.
 */
export type WindowPlace = (TimePlace | TiePlace) & {
  after: string | null;
  limit: number;
  until: EpochMs | null;
};

/**
 * Changes since an instant, by search ("CRM search", read 2026-11), which knows two traps:
 *
 * - Its pages are offsets into a list that moves: a record that changes goes to the end and all behind it move up, so
 *   the next offset skips one. Hence each page asks anew from the last one's stamp (inclusively) and no offset is
 *   used, which also has no end at 10,000 results.
 * - An import stamps any number of records with one millisecond. A page of one stamp only is read on by id, which is
 *   as stable, and counted against HubSpot's `total`.
 */
export function windowPages(requests: Requests): Pages<WindowPlace> {
  const { kind } = requests;
  const searchOf = (place: WindowPlace): Search => searchAt(kind, place);
  return {
    isWhole: (place) => requests.searchIsWhole(searchOf(place)),
    request: (place) => requests.search(searchOf(place)),
    read: (response, place) => {
      const page = readPage(response);
      const { records, after } = page;
      if (after !== null && after === place.after) {
        throw new UnreadableAnswer('HubSpot answered with the page position it was asked with');
      }
      const next =
        place.mode === 'tie' ? afterTie(page, place) : afterTime(kind, page, withUntil(place, response));
      return { records, next };
    },
  };
}

export function windowStart(from: EpochMs | undefined, limit: number): WindowPlace {
  return { mode: 'time', from: from ?? 0, after: null, limit, until: null };
}

function searchAt(kind: Kind, place: WindowPlace): Search {
  const { limit, after } = place;
  if (place.mode === 'time') {
    return {
      filters: [{ propertyName: MODIFIED[kind], operator: 'GTE', value: String(place.from) }],
      sort: { propertyName: MODIFIED[kind], direction: 'ASCENDING' },
      limit,
      after,
    };
  }
  return {
    filters: [
      { propertyName: MODIFIED[kind], operator: 'EQ', value: String(place.at) },
      { propertyName: OBJECT_ID, operator: 'GT', value: place.lastId },
    ],
    sort: { propertyName: OBJECT_ID, direction: 'ASCENDING' },
    limit,
    after,
  };
}

/** The Date header cuts off the fraction of its second. */
const DATE_RESOLUTION_MS = 1000;

function withUntil<Place extends WindowPlace>(place: Place, { date }: VendorResponse): Place {
  if (place.until !== null || date === undefined) return place;
  return { ...place, until: date + DATE_RESOLUTION_MS };
}

/** Where a window goes on; an empty or unordered page by offset, for want of anything better. */
function afterTime(kind: Kind, { records, after }: Page, place: WindowPlace & TimePlace): WindowPlace | null {
  const { from, limit, until } = place;
  if (after === null) return null;
  const stamps = records.map((record) => changedAtOf(kind, record));
  const [first] = stamps;
  const last = stamps.at(-1);
  if (first === undefined || last === undefined || place.after !== null || !isOrdered(stamps, from)) {
    return { ...place, after: offsetWithin(after, limit) };
  }
  if (until !== null && first > until) return null;
  if (first < last) return { ...place, from: last };
  return { mode: 'tie', at: last, ...TIE_START, again: false, after: null, limit, until };
}

const TIE_START = { lastId: '0', count: 0, expected: null } as const;

/** No stamp is missing, before `from`, or before the one in front of it. */
function isOrdered(stamps: readonly (EpochMs | undefined)[], from: EpochMs): boolean {
  return stamps.every((stamp, index) => stamp !== undefined && stamp >= (stamps[index - 1] ?? from));
}

function afterTie({ records, after, total }: Page, place: WindowPlace & TiePlace): WindowPlace {
  const { at, limit, until } = place;
  const count = place.count + records.length;
  const expected = place.expected ?? total ?? null;
  if (after === null) {
    const isShort = expected !== null && count < expected;
    // Fewer than counted: some were changed meanwhile and come later, or were missed. Once more tells.
    if (isShort && !place.again) return { ...place, ...TIE_START, again: true, after: null };
    return { mode: 'time', from: at + 1, after: null, limit, until };
  }
  const lastId = place.after === null ? lastIdOf(records, place.lastId) : undefined;
  return lastId === undefined
    ? { ...place, count, expected, after: offsetWithin(after, limit) }
    : { ...place, count, expected, lastId, after: null };
}

/** The largest id of a page; undefined when the page is not in the order of ids as numbers. */
function lastIdOf(records: readonly JsonObject[], before: string): string | undefined {
  const ids = records.map(idOf);
  const isAscending = ids.every((id, index) => compareIds(id, ids[index - 1] ?? before) > 0);
  return isAscending ? ids.at(-1) : undefined;
}

/** @throws UnreadableAnswer where HubSpot ends: going on would leave records out. */
function offsetWithin(after: string, limit: number): string {
  if (Number(after) + limit <= LIMITS.searchResults) return after;
  throw new UnreadableAnswer(
    `HubSpot shows the first ${LIMITS.searchResults} changes only, and not in the order it was asked for`,
  );
}
