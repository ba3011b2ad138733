import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { LEASE_MS } from './page.ts';
import { renewLeases } from './schedule-queries.ts';

/** Three tries fit into a lease. */
const RENEW_EVERY_MS = 20_000;

/** Why the signal of a lease is aborted. */
export const WHY_ABORTED = 'the process stops, or another node polls the instance';

/** The leases this process works under, renewed while it does. */
export interface Leases {
  /** Aborts the signal when the lease is found lost, or at the stop. Call `end` when the work is done. */
  begin(instanceId: number, lease: string): { signal: AbortSignal; end: () => void };
  /** Aborts all work; new work begins aborted. */
  stop(): void;
}

export function createLeases({ db, clock, log }: { db: Database; clock: Clock; log: Log }): Leases {
  const held = new Set<{ instanceId: number; lease: string; controller: AbortController }>();
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  const renew = async (): Promise<void> => {
    const entries = [...held];
    try {
      const kept = new Set(await renewLeases(db, entries, clock.now() + LEASE_MS));
      for (const entry of entries) if (!kept.has(entry.lease)) entry.controller.abort();
    } catch (error) {
      // Pages are fenced: work under a lease that ended meanwhile can't be written.
      log.warn({ reason: messageOf(error) }, 'leases of polls could not be renewed');
    }
  };

  return {
    begin: (instanceId, lease) => {
      const entry = { instanceId, lease, controller: new AbortController() };
      if (isStopped) entry.controller.abort();
      held.add(entry);
      timer ??= setInterval(() => void renew(), RENEW_EVERY_MS);
      return {
        signal: entry.controller.signal,
        end: () => {
          held.delete(entry);
          if (held.size > 0) return;
          clearInterval(timer);
          timer = undefined;
        },
      };
    },
    stop: () => {
      isStopped = true;
      for (const { controller } of held) controller.abort();
    },
  };
}
