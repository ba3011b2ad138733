import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import type { WakeUps } from '../events/wake-ups.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { stepReplay } from './replay-queries.ts';

/** A replay puts at most so many events into the queue per step: 200/s, so that it never crowds out what is new. */
const STEP_ROWS = 50;
const STEP_MS = 250;
const LOOK_EVERY_MS = 1000;

/** Carries replays on, each under its row's lock, so that any node may. */
export function startReplays(deps: { db: Database; clock: Clock; log: Log; wakeUps: WakeUps }): {
  stop(): Promise<void>;
} {
  const { db, clock, log, wakeUps } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const now = clock.now();
      const isDone = await stepReplay(db, { now, nextAt: now + STEP_MS, limit: STEP_ROWS }).catch(
        (error: unknown) => {
          log.warn({ reason: messageOf(error) }, 'a replay could not go on; trying again');
          return false;
        },
      );
      if (isDone) wakeUps.tell('due');
      await sleep(isDone ? STEP_MS / 5 : LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => {});
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
