import type { EpochMs } from '../kernel/clock.ts';

/** Failures in a row after which it opens. */
const OPENS_AFTER = 10;
const FIRST_MS = 2000;
const LONGEST_MS = 60_000;

export interface Breaker {
  /** Nothing may be sent before; 0 when it is closed or half-open. */
  openUntil(now: EpochMs): EpochMs;
  /** Opened, and the time is over: one request tells whether it closes. */
  isProbing(now: EpochMs): boolean;
  /** Nothing to remember. */
  isUntouched(): boolean;
  succeeded(): void;
  /** The time until which it opened by this failure, if it did. */
  failed(now: EpochMs): EpochMs | undefined;
}

/** Opens after ten failures in a row, for 2 s, twice as long each time the probe fails, 60 s at most. */
export function createBreaker(): Breaker {
  let failures = 0;
  let until = 0;
  let lengthMs = FIRST_MS;
  return {
    openUntil: (now) => (now < until ? until : 0),
    isProbing: (now) => until > 0 && now >= until,
    isUntouched: () => failures === 0,
    succeeded: () => {
      failures = 0;
      until = 0;
      lengthMs = FIRST_MS;
    },
    failed: (now) => {
      failures += 1;
      // Requests under way when it opened say nothing new.
      if (failures < OPENS_AFTER || now < until) return undefined;
      until = now + lengthMs;
      lengthMs = Math.min(lengthMs * 2, LONGEST_MS);
      return until;
    },
  };
}
