import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { pruneBudgets } from './budget-queries.ts';
import { pruneTombstones } from './known-queries.ts';
import { TOMBSTONE_DAYS } from './known-state.ts';
import { LEASE_MS } from './page.ts';
import type { Poller } from './poller.ts';
import { adoptStrays, claimDue, spreadOverdue } from './schedule-queries.ts';

/** Instances one node polls at the same time: they mostly wait for vendors. */
const SLOTS = 32;
const LOOK_EVERY_MS = 1_000;
const TIDY_EVERY_MS = 300_000;
/** After a time in which nobody polled, what is overdue is spread over this. */
const CATCH_UP_MS = 900_000;
/** What is overdue by less is the usual lateness of a busy node. */
const OVERDUE_MS = 120_000;
const DAY_MS = 86_400_000;

export interface PollingLoopDeps {
  db: Database;
  clock: Clock;
  log: Log;
  poller: Poller;
  slots?: number;
  lookEveryMs?: number;
}

/** Claims and polls due instances until stopped; `stop` waits for the polls to reach their next page. */
export async function startPolling(deps: PollingLoopDeps): Promise<{ stop: () => Promise<void> }> {
  const { db, clock, log, poller, slots = SLOTS, lookEveryMs = LOOK_EVERY_MS } = deps;
  const stopping = new AbortController();
  const isStopping = () => stopping.signal.aborted;
  const busy = new Set<Promise<void>>();

  /** True when it got all it asked for: there may be more. */
  const claim = async (): Promise<boolean> => {
    const free = slots - busy.size;
    if (free === 0) return true;
    const lease = randomUUID();
    const now = clock.now();
    const claimed = await claimDue(db, { lease, now, leaseUntil: now + LEASE_MS, limit: free });
    for (const one of claimed) {
      const work: Promise<void> = poller.pollClaimed(one, lease).finally(() => busy.delete(work));
      busy.add(work);
    }
    return claimed.length === free;
  };

  const tidy = async (): Promise<void> => {
    await adoptStrays(db, clock.now());
    await pruneTombstones(db, clock.now() - TOMBSTONE_DAYS * DAY_MS);
    await pruneBudgets(db, clock.now() - DAY_MS);
  };

  const loop = async (): Promise<void> => {
    let tidyAt = clock.now() + TIDY_EVERY_MS;
    while (!isStopping()) {
      let isMoreDue = false;
      try {
        await poller.wakeHinted();
        isMoreDue = await claim();
        if (clock.now() >= tidyAt) {
          tidyAt = clock.now() + TIDY_EVERY_MS;
          await tidy();
        }
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'due instances could not be claimed');
      }
      if (isMoreDue && busy.size < slots) continue;
      // A slot that gets free is filled at once; with slots free there was nothing due.
      await (busy.size >= slots
        ? Promise.race(busy)
        : sleep(lookEveryMs, undefined, { signal: stopping.signal }).catch(() => {}));
    }
  };

  await adoptStrays(db, clock.now());
  const now = clock.now();
  await spreadOverdue(db, { overdueSince: now - OVERDUE_MS, now, windowMs: CATCH_UP_MS });
  const running = loop();
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all([poller.stop(), running]);
      await Promise.all(busy);
    },
  };
}
