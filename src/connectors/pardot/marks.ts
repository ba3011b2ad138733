import type { Zone } from '../../date-pattern/zone.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Row } from '../feed.ts';
import type { VendorRequest } from '../vendor-http.ts';
import { localText, repeatedTime, v5Time } from './local-time.ts';

/**
 * How far a window feed has read. `time`: everything changed since `from` (inclusively; null: ever), in the order of
 * change. `drain`: what changed from `from` up to `to` (exclusively), in the order of ids after `lastId`: for stamps
 * that more rows share than fit a page, and for wall clock times that come twice.
 */
export type Mark =
  | { mode: 'time'; from: EpochMs | null }
  | { mode: 'drain'; from: EpochMs; to: EpochMs; lastId: string };

const SECOND_MS = 1000;

/** Where reading from `from` on begins. */
export function enter(from: EpochMs | null, zone: Zone): Mark {
  if (from === null) return { mode: 'time', from };
  const second = Math.floor(from / SECOND_MS) * SECOND_MS;
  const repeated = repeatedTime(second, zone);
  return repeated === undefined
    ? { mode: 'time', from: second }
    : { mode: 'drain', ...repeated, lastId: '0' };
}

/**
 * Where to go on behind a full page. The last second is read again: rows that share it may not have fitted.
 * @throws UnreadableAnswer when the rows do not carry the stamps they should be sorted by.
 */
export function markAfter(mark: Mark, rows: readonly Row[], zone: Zone): Mark {
  if (mark.mode === 'drain') {
    const ids = rows.map(({ id }) => Number(id));
    return { ...mark, lastId: String(Math.max(...ids, Number(mark.lastId))) };
  }
  const stamps = rows.map(({ changedAt }) => changedAt);
  const [first, last] = [stamps[0], stamps.at(-1)];
  if (first === undefined || last === undefined || !isAscending(stamps, zone)) {
    throw new UnreadableAnswer('Pardot does not list changes in the order in which they were made');
  }
  const next = enter(last, zone);
  if (next.mode === 'drain') return next;
  // No page of one second, and none that leads back to where it began, gets anywhere by its last stamp.
  const isStuck = first === last || (mark.from !== null && last <= mark.from);
  return isStuck ? { mode: 'drain', from: last, to: last + SECOND_MS, lastId: '0' } : next;
}

/** Where to go on when a drained span is empty. */
export function afterDrain(mark: Mark & { mode: 'drain' }): Mark {
  return { mode: 'time', from: mark.to };
}

/** In a zone whose clocks are put back, stamps may go back by as much as those. */
function isAscending(stamps: readonly (EpochMs | undefined)[], zone: Zone): boolean {
  const leewayMs = zone.type === 'region' ? 2 * 3_600_000 : 0;
  return stamps.every((stamp, index) => {
    const before = index === 0 ? stamp : stamps[index - 1];
    return stamp !== undefined && before !== undefined && stamp >= before - leewayMs;
  });
}

/** v3's and v4's bounds are exclusive and whole seconds: a second earlier means "from this second on" (section 3). */
export function legacyParameters(mark: Mark, zone: Zone): NonNullable<VendorRequest['query']> {
  const since = (at: EpochMs): string => localText(at - SECOND_MS, zone);
  if (mark.mode === 'time') {
    return {
      updated_after: mark.from === null ? undefined : since(mark.from),
      sort_by: 'updated_at',
      sort_order: 'ascending',
    };
  }
  return {
    updated_after: since(mark.from),
    updated_before: localText(mark.to, zone),
    id_greater_than: mark.lastId,
    sort_by: 'id',
    sort_order: 'ascending',
  };
}

/** v5's lower bound may be inclusive (section 4). */
export function v5Parameters(mark: Mark): NonNullable<VendorRequest['query']> {
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
