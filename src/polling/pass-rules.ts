import type { Feed, FeedPage } from '../connectors/feed.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { SeenRow } from './seen-row.ts';

const HOUR_MS = 3_600_000;

/**
 * Scans do not say how fine the stamps in their rows are. A record written in the second in which polling began may
 * carry a stamp of whole seconds, which is older: no vendor's stamps are coarser than that.
 */
export const SCAN_RESOLUTION_MS = 1000;

/** Where the cursor stands when no row moves it: an idle resource must not fall out of the vendor's look-back. */
const IDLE_REACH_MS = HOUR_MS;

/**
 * The bound of a pass: behind the cursor by the overlap and the configured delay, never before the baseline.
 * Undefined for a scan, which reads everything.
 */
export function passFrom(pass: {
  kind: Feed['kind'];
  cursor: EpochMs | null;
  overlapMs: number;
  pollDelayMs: number;
  baselineFrom: EpochMs;
}): EpochMs | undefined {
  if (pass.kind === 'scan') return undefined;
  if (pass.cursor === null) return pass.baselineFrom;
  return Math.max(pass.baselineFrom, pass.cursor - pass.overlapMs - pass.pollDelayMs);
}

/** Stamps up to so far ahead of an answer's Date are changes made while the pass runs; later ones are nonsense. */
const STAMP_AHEAD_MS = 60_000;

/**
 * Whether a page is the last of its pass. No upper bound is sent, so an ascending feed also ends after the first
 * page wholly newer than the pass's start (the next pass goes on there), and a descending one below what was asked
 * for. A page of nothing but stamps in the future ends nothing: no pass would ever get behind it.
 */
export function isLastPage(pass: {
  feed: Pick<Feed, 'order' | 'stamp'>;
  page: Pick<FeedPage, 'next'>;
  rows: readonly SeenRow[];
  from: EpochMs | undefined;
  startedAt: EpochMs;
  /** When the page was answered, in the vendor's time. */
  answeredAt: EpochMs;
}): boolean {
  const { feed, rows, from, startedAt } = pass;
  if (pass.page.next === null) return true;
  const stamps = rows.map((row) => row.changedAt);
  if (feed.order === 'asc') {
    const isNewer = stamps.every((stamp) => stamp !== undefined && stamp > startedAt);
    return isNewer && stamps.some((stamp) => stamp! <= pass.answeredAt + STAMP_AHEAD_MS);
  }
  const resolutionMs = feed.stamp?.resolutionMs ?? 1;
  return (
    feed.order === 'desc' &&
    from !== undefined &&
    stamps.some((stamp) => stamp !== undefined && stamp < Math.floor(from / resolutionMs) * resolutionMs)
  );
}

/** The newest stamp of a pass so far. */
export function maxSeenOf(before: EpochMs | null, rows: readonly SeenRow[]): EpochMs | null {
  let newest = before;
  for (const { changedAt } of rows) {
    if (changedAt !== undefined && (newest === null || changedAt > newest)) newest = changedAt;
  }
  return newest;
}

/**
 * The cursor after a complete pass. Never past the pass's start: one row stamped 2099 must not blind polling.
 * `covered` is how far the vendor vouches for having shown everything.
 */
export function cursorAfter(pass: {
  cursor: EpochMs | null;
  startedAt: EpochMs;
  maxSeen: EpochMs | null;
  covered: EpochMs | undefined;
}): EpochMs {
  const reached = pass.covered ?? pass.maxSeen ?? -Infinity;
  return Math.min(
    pass.startedAt,
    Math.max(pass.cursor ?? -Infinity, reached, pass.startedAt - IDLE_REACH_MS),
  );
}

/** A Date header further ahead of our clock than this is not believed: it would move the cursor past what was read. */
const MAX_AHEAD_MS = HOUR_MS;

/** When an answer was given, in the vendor's time; `isDated` false: in ours, for want of a usable Date header. */
export function vendorTime(date: EpochMs | undefined, now: EpochMs): { at: EpochMs; isDated: boolean } {
  return date === undefined || date > now + MAX_AHEAD_MS || date < 0
    ? { at: now, isDated: false }
    : { at: date, isDated: true };
}
