import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { toDate, type Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { uuidv7Floor } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { pruneNotifications } from './notification-queries.ts';
import { pruneReplays } from './replay-queries.ts';

const DAY_MS = 24 * 3_600_000;
const EVERY_MS = 3_600_000;

/** Forgets notifications and finished replays beyond retention, once an hour. Any number of nodes may. */
export function startPruning(deps: { db: Database; clock: Clock; log: Log; retentionDays: number }): {
  stop(): Promise<void>;
} {
  const { db, clock, log, retentionDays } = deps;
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const before = clock.now() - retentionDays * DAY_MS;
      await Promise.all([
        pruneNotifications(db, uuidv7Floor(before)),
        pruneReplays(db, toDate(before)),
      ]).catch((error: unknown) =>
        log.warn({ reason: messageOf(error) }, 'pruning notifications failed; trying again later'),
      );
      await sleep(EVERY_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
