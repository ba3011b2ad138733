import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { settleTries, type Settlement } from './outbox-queries.ts';

/** Long enough for some forty tries where it matters: a transaction of its own each would cost more than the rest. */
const GATHER_MS = 20;
const BATCH_ROWS = 500;
/** Waits between tries to settle a batch: together less than the lease that is left, or it would be sent again anyway. */
const RETRIES_MS = [50, 200, 1000, 3000, 5000, 10_000];

export interface Settler {
  add(settlement: Settlement): void;
  /** Resolves when everything added so far is settled or given up. */
  flush(): Promise<void>;
}

/** Settles tries in batches of up to 500, gathered for 20 ms, one batch after another; ordered ones at once. */
export function createSettler(deps: {
  db: Database;
  log: Log;
  /** The rows of these tries are settled. */
  onSettled: (batch: readonly Settlement[]) => void;
}): Settler {
  const { db, log } = deps;
  let gathered: Settlement[] = [];
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;

  const settleBatch = async (batch: readonly Settlement[]): Promise<void> => {
    for (const waitMs of [...RETRIES_MS, null]) {
      try {
        await settleTries(db, batch);
        deps.onSettled(batch);
        return;
      } catch (error) {
        if (waitMs === null) {
          // Their leases end and they are sent again: twice is allowed, lost is not.
          log.error({ err: error, tries: batch.length }, 'tries could not be settled; they will be repeated');
          return;
        }
        log.warn({ reason: messageOf(error), tries: batch.length }, 'settling tries failed; trying again');
        await sleep(waitMs);
      }
    }
  };
  const work = async (): Promise<void> => {
    while (gathered.length > 0) {
      const batch = gathered.slice(0, BATCH_ROWS);
      gathered = gathered.slice(BATCH_ROWS);
      await settleBatch(batch);
    }
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    working ??= work().finally(() => {
      working = undefined;
      if (gathered.length > 0) arm();
    });
    return working;
  };
  const arm = (): void => {
    timer ??= setTimeout(() => void flush(), GATHER_MS);
  };
  return {
    add: (settlement) => {
      gathered.push(settlement);
      if (working !== undefined) return;
      if (gathered.length >= BATCH_ROWS || settlement.isOrdered) void flush();
      else arm();
    },
    flush: async () => {
      do await flush();
      while (gathered.length > 0);
    },
  };
}
