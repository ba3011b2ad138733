import { createAnchoredClock, type Clock, type EpochMs } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { Queryable } from './session.ts';

const REANCHOR_MS = 60_000;
const SAMPLES = 3;

export interface DatabaseClock {
  clock: Clock;
  stop: () => void;
}

/**
 * The time all nodes agree on: the database's, carried on by this process's monotonic timer and compared again every
 * minute. Throws when the first measurement fails; later failures are logged and the clock runs on.
 */
export async function createDatabaseClock(deps: { db: Queryable; log: Log }): Promise<DatabaseClock> {
  const { db, log } = deps;
  const first = await measure(db);
  const clock = createAnchoredClock(first.reference);
  const compare = async () => {
    try {
      const { reference, uncertaintyMs } = await measure(db);
      const drift = reference - clock.now();
      // Within what the measurement itself may be off, staying is better: time then never runs backwards.
      if (Math.abs(drift) <= uncertaintyMs) return;
      if (Math.abs(drift) > 1_000) log.warn({ driftMs: drift }, "the database's clock was set");
      clock.anchor(reference);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, "the clock could not be compared with the database's");
    }
  };
  const timer = setInterval(() => void compare(), REANCHOR_MS).unref();
  return { clock, stop: () => clearInterval(timer) };
}

/** What the database's clock shows now: half of the quickest round trip is added to what it showed on its way. */
async function measure(db: Queryable): Promise<{ reference: EpochMs; uncertaintyMs: number }> {
  let best = { offset: 0, tripMs: Infinity };
  for (let sample = 0; sample < SAMPLES; sample++) {
    const sentAt = performance.now();
    // The one place where SQL reads the time.
    const rows = await db.query<{ at: number }>(
      'select extract(epoch from clock_timestamp())::float8 * 1000 as at',
    );
    const tripMs = performance.now() - sentAt;
    if (tripMs < best.tripMs) best = { offset: rows[0]!.at - (sentAt + tripMs / 2), tripMs };
  }
  return { reference: performance.now() + best.offset, uncertaintyMs: best.tripMs / 2 + 1 };
}
