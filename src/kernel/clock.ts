/** Milliseconds since 1970-01-01T00:00:00Z; how every instant is held in memory. Columns are timestamptz. */
export type EpochMs = number;

/** The only way to know the time. Code takes one as a dependency; SQL is given its value as a parameter. */
export interface Clock {
  now(): EpochMs;
}

/** The machine's wall clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** A clock that stands still until told to move, for tests. */
export interface ManualClock extends Clock {
  set(at: EpochMs): void;
  advance(ms: number): void;
}

export function createManualClock(start: EpochMs): ManualClock {
  let at = start;
  return {
    now: () => at,
    set: (to) => {
      at = to;
    },
    advance: (ms) => {
      at += ms;
    },
  };
}

/**
 * A clock that runs on this process's monotonic timer from `reference` on, so that a stepped or wrong
 * machine clock never moves it. `reference` is what the database said its time was.
 */
export function createAnchoredClock(reference: EpochMs): Clock & { anchor(reference: EpochMs): void } {
  let offset = reference - performance.now();
  return {
    now: () => Math.floor(performance.now() + offset),
    anchor: (to) => {
      offset = to - performance.now();
    },
  };
}

/** A Date for a query parameter or for printing; keeps `new Date` in this file. */
export function toDate(at: EpochMs): Date {
  return new Date(at);
}

/** ISO-8601 in UTC with whole seconds (`2026-11-21T09:15:00Z`), the form of an event's `date`. */
export function isoSeconds(at: EpochMs): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** ISO-8601 in UTC with milliseconds. */
export function isoMillis(at: EpochMs): string {
  return new Date(at).toISOString();
}
