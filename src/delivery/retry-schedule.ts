import type { EpochMs } from '../kernel/clock.ts';

/** When a failed delivery is tried again, in seconds after its first failure: 4, 16, 64 … 4^9 (72.8 h). */
export const RETRY_OFFSETS_S: readonly number[] = Array.from({ length: 9 }, (_, n) => 4 ** (n + 1));

/** A retry moves by up to this share of its offset, so that many that failed together do not return together. */
const JITTER = 0.1;

export interface FailedTry {
  /** The number of this try, 1 for the first. */
  attempt: number;
  firstFailedAt: EpochMs;
  now: EpochMs;
  /** When a 429 or 503 asked us to come back, if it did. */
  retryAfter?: EpochMs | undefined;
  /** 0 ≤ random < 1. */
  random: number;
}

/** When to try again, or undefined when the tries have run out. Never earlier than now, nor than `Retry-After`. */
export function nextTryAt(failed: FailedTry): EpochMs | undefined {
  const offsetS = RETRY_OFFSETS_S[failed.attempt - 1];
  if (offsetS === undefined) return undefined;
  const jittered = offsetS * 1000 * (1 + JITTER * (2 * failed.random - 1));
  return Math.max(Math.round(failed.firstFailedAt + jittered), failed.retryAfter ?? 0, failed.now);
}
