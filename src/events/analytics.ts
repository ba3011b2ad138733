import type { EpochMs } from '../kernel/clock.ts';
import { isoMillis } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { BucketRow, OwnerBucketRow } from './analytics-queries.ts';

const INTERVAL_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type Interval = keyof typeof INTERVAL_MS;

/** Two weeks by minute, six years by hour. */
const MOST_BUCKETS = 20_161;
const DEFAULT_RANGE_MS = 24 * 3_600_000;

export interface BucketRange {
  from: EpochMs;
  before: EpochMs;
  bucketMs: number;
  count: number;
}

/**
 * The buckets from floor(from) to floor(to), both included; the last 24 hours by hour unless said otherwise.
 * @throws Fault `bad_request` for another interval, a `from` after `to`, and more buckets than anybody reads.
 */
export function readBuckets(
  query: { from: EpochMs | undefined; to: EpochMs | undefined; interval: string | undefined },
  now: EpochMs,
): BucketRange {
  const { interval = 'hour' } = query;
  if (!isInterval(interval)) {
    throw new Fault('bad_request', `interval must be minute, hour or day, not "${interval}".`);
  }
  const to = query.to ?? now;
  const from = query.from ?? to - DEFAULT_RANGE_MS;
  if (from > to) throw new Fault('bad_request', 'from must not be later than to.');
  const bucketMs = INTERVAL_MS[interval];
  const first = Math.floor(from / bucketMs);
  const count = Math.floor(to / bucketMs) - first + 1;
  if (count > MOST_BUCKETS) {
    throw new Fault(
      'bad_request',
      `This asks for ${count} buckets, at most ${MOST_BUCKETS} are given: use a longer interval.`,
    );
  }
  return { from: first * bucketMs, before: (first + count) * bucketMs, bucketMs, count };
}

function isInterval(text: string): text is Interval {
  return Object.hasOwn(INTERVAL_MS, text);
}

export function presentBuckets(
  range: BucketRange,
  rows: readonly BucketRow[],
): { timestamp: string; count: number }[] {
  const counts = new Map(rows.map((row) => [row.bucket, row.count]));
  return timestamps(range).map((timestamp, bucket) => ({ timestamp, count: counts.get(bucket) ?? 0 }));
}

interface OwnerCount {
  count: number;
  success: number;
  failed: number;
}

/** `key` names the owner in each record. */
export function presentOwners<K extends 'instanceId' | 'accountId'>(
  range: BucketRange,
  rows: readonly OwnerBucketRow[],
  key: K,
): { timestamp: string; total: number; count: number; records: (OwnerCount & Record<K, number>)[] }[] {
  const byBucket = Map.groupBy(rows, (row) => row.bucket);
  return timestamps(range).map((timestamp, bucket) => {
    const found = byBucket.get(bucket) ?? [];
    const records = found.map(({ owner, count, success, failed }) => ({
      ...({ [key]: owner } as Record<K, number>),
      count,
      success,
      failed,
    }));
    const total = found.reduce((sum, { count }) => sum + count, 0);
    return { timestamp, total, count: total, records };
  });
}

function timestamps({ from, bucketMs, count }: BucketRange): string[] {
  return Array.from({ length: count }, (_, index) => isoMillis(from + index * bucketMs));
}
