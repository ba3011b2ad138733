import type { FeedStamp } from '../connectors/feed.ts';
import type { EpochMs } from '../kernel/clock.ts';

const DAY_MS = 86_400_000;
/** The largest overlap; once an hour a pass asks with it, so that lateness beyond the learned one can be seen. */
export const OVERLAP_CAP_MS = 3_600_000;
const DEFAULT_OVERLAP_S = 120;
/** Added while the vendor sends no Date header: its clock may differ from ours by that much. */
const UNDATED_OVERLAP_MS = 300_000;
const DAYS_KEPT = 7;

/** Upper ends of the histogram's buckets, in seconds; the last bucket has none. */
export const LATENESS_BUCKETS_S = [1, 5, 15, 60, 300, 900, 3600] as const;

/** How late a feed showed records on one day (days since 1970). */
export interface DayOfLateness {
  day: number;
  maxMs: number;
  /** One count a bucket and one for what is beyond the last. */
  counts: number[];
}

/** The histogram with further late records; days older than a week fall out. */
export function addLateness(
  days: readonly DayOfLateness[],
  lateMs: readonly number[],
  now: EpochMs,
): DayOfLateness[] {
  const today = Math.floor(now / DAY_MS);
  const kept = days.filter(({ day }) => day > today - DAYS_KEPT && day <= today);
  if (lateMs.length === 0) return kept;
  const found = kept.find(({ day }) => day === today);
  const before = found ?? {
    day: today,
    maxMs: 0,
    counts: Array<number>(LATENESS_BUCKETS_S.length + 1).fill(0),
  };
  const counts = [...before.counts];
  for (const ms of lateMs) {
    const bucket = LATENESS_BUCKETS_S.findIndex((end) => ms <= end * 1000);
    const index = bucket < 0 ? LATENESS_BUCKETS_S.length : bucket;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const maxMs = lateMs.reduce((most, ms) => Math.max(most, ms), before.maxMs);
  return [...kept.filter((day) => day !== found), { day: today, maxMs, counts }];
}

/**
 * How far a pass reaches back behind the cursor: twice the largest lateness of a week, at least the connector's
 * default, at most an hour.
 */
export function learnedOverlapMs(
  stamp: FeedStamp | undefined,
  days: readonly DayOfLateness[],
  isUndated: boolean,
): number {
  const least = (stamp?.overlapS ?? DEFAULT_OVERLAP_S) * 1000;
  const learned = 2 * Math.max(0, ...days.map(({ maxMs }) => maxMs));
  return Math.min(Math.max(learned, least), OVERLAP_CAP_MS) + (isUndated ? UNDATED_OVERLAP_MS : 0);
}
