import type { Database } from '../database/pool.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { lastWebhooks } from './queries.ts';

/** A vendor that was down is asked again after this. */
export const RETRY_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
/** Silence is worth a look when it lasts this many times the usual gap, and no sooner than this. */
const SILENCE_FACTOR = 10;
const SHORTEST_SILENCE_MS = 15 * 60_000;
/** How many webhooks tell what is usual, and how few tell nothing. */
const SAMPLE = 20;
const FEWEST = 5;

/** When to look at the vendor's subscriptions again: in a day, or when webhooks that usually come have not. */
export async function nextCheck(db: { db: Database }, instanceId: number, now: EpochMs): Promise<EpochMs> {
  const silentAt = await silenceOf(db, instanceId);
  return silentAt !== null && silentAt > now ? Math.min(silentAt, now + DAY_MS) : now + DAY_MS;
}

/** When the silence after the last webhook will be long; null where nothing is usual. */
export async function silenceOf({ db }: { db: Database }, instanceId: number): Promise<EpochMs | null> {
  const times = await lastWebhooks(db, instanceId, SAMPLE);
  const [newest] = times;
  const oldest = times.at(-1);
  if (newest === undefined || oldest === undefined || times.length < FEWEST) return null;
  const usualGapMs = (newest - oldest) / (times.length - 1);
  return newest + Math.max(SILENCE_FACTOR * usualGapMs, SHORTEST_SILENCE_MS);
}
