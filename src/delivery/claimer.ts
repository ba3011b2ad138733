import type { Database } from '../database/pool.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { LEASE_MS } from '../events/hand-off.ts';
import { claimDue, type ClaimedRow } from './outbox-queries.ts';

/** The net under the wake-ups, and how soon a retry that fell due is noticed. */
const LOOK_EVERY_MS = 1000;
const LANES_PER_CLAIM = 500;
const ROWS_PER_CLAIM = 500;
const FEWEST_PER_LANE = 20;
/** Below this much room a claim is not worth its round trip. */
const LEAST_ROOM = 100;

export interface Claimer {
  /** Something may be due, or there is room again. */
  wake: () => void;
  stop(): Promise<void>;
}

/**
 * Claims due rows for as long as there are any and there is room, walking round the lanes; then waits for a wake-up.
 * With few lanes each gives more, so that one lane alone can fill the sender.
 */
export function startClaimer(deps: {
  db: Database;
  clock: Clock;
  log: Log;
  lease: string;
  room: () => number;
  fullLanes: () => number[];
  /** Resolves when they are in memory. */
  claimed: (rows: ClaimedRow[], leaseEndsAt: EpochMs) => Promise<void>;
}): Claimer {
  const { db, clock, log, lease, room, fullLanes, claimed } = deps;
  let afterLane = 0;
  let lanesSeen = LANES_PER_CLAIM;
  const stopping = new AbortController();
  let isAwake = false;
  let rouse = (): void => {};

  /** Whether the next claim should follow at once. */
  const claimOnce = async (): Promise<boolean> => {
    const free = room();
    if (free < LEAST_ROOM) return false;
    const rowsPerLane = Math.max(FEWEST_PER_LANE, Math.floor(ROWS_PER_CLAIM / Math.max(lanesSeen, 1)));
    const lanes = Math.max(1, Math.min(LANES_PER_CLAIM, Math.floor(free / rowsPerLane)));
    const now = clock.now();
    const startedAt = afterLane;
    const found = await claimDue(db, {
      afterLane,
      lanes,
      rowsPerLane,
      fullLanes: fullLanes(),
      lease,
      now,
      leaseMs: LEASE_MS,
    });
    afterLane = found.lastLane ?? 0;
    lanesSeen = found.visited;
    if (found.rows.length > 0) await claimed(found.rows, now + LEASE_MS);
    return found.rows.length > 0 || startedAt > 0 || found.lastLane !== null;
  };
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      isAwake = false;
      const isMore = await claimOnce().catch((error: unknown) => {
        log.warn({ reason: messageOf(error) }, 'claiming deliveries failed; trying again');
        return false;
      });
      if (isMore || isAwake || stopping.signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_EVERY_MS);
        rouse = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      rouse = () => {};
    }
  };
  const looping = loop();
  const wake = (): void => {
    isAwake = true;
    rouse();
  };
  return {
    wake,
    stop: async () => {
      stopping.abort();
      wake();
      await looping;
    },
  };
}
