import { RetryAt } from '../connectors/failures.ts';
import type { VendorResponse } from '../connectors/vendor-http.ts';
import type { Queryable } from '../database/pool.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { shareBudgets } from './budget-queries.ts';
import { admitAt, hear, openWindow, type BudgetWindow } from './budget-window.ts';
import type { Charge } from './charges.ts';

/** A call waits this long for room; beyond it the poll pauses. */
const LONGEST_WAIT_MS = 5_000;
/** At most one write a second tells the other nodes. */
const TELL_EVERY_MS = 1_000;
/** Shorter windows are over before anybody could be told. */
const SHORTEST_SHARED_MS = 10_000;
const MAX_WINDOWS = 50_000;

export interface AllowanceDeps {
  db: Queryable;
  clock: Clock;
  log: Log;
  wait: (ms: number) => Promise<void>;
}

/** What is left of vendors' allowances, as this node knows it. */
export interface Allowances {
  /** The present window of what is charged. */
  windowOf: (charge: Charge) => BudgetWindow;
  /**
   * Waits for room in every window at once.
   * @throws RetryAt with `quota` when there will be none for long
   */
  admit(charges: readonly Charge[]): Promise<void>;
  spend(charges: readonly Charge[]): void;
  /** Takes in what an answer's headers say is left. */
  listen(charges: readonly Charge[], response: VendorResponse): void;
  /** Tells the other nodes what was spent, and hears of theirs. Never throws. */
  tell(): Promise<void>;
}

export function createAllowances(deps: AllowanceDeps): Allowances {
  const windows = createWindows(deps.clock);
  return {
    windowOf: windows.of,
    admit: (charges) => admit(deps, windows, charges),
    spend: (charges) => {
      for (const charge of charges) {
        const window = windows.of(charge);
        window.used += charge.cost;
        window.untold += charge.cost;
      }
    },
    listen: (charges, response) => {
      const now = deps.clock.now();
      for (const charge of charges) {
        const said = charge.budget.read?.(response.headers, now);
        if (said !== undefined) hear(windows.of(charge), charge.budget, said, now);
      }
    },
    tell: createTelling(deps, windows),
  };
}

interface Windows {
  kept: Map<string, BudgetWindow>;
  of: (charge: Charge) => BudgetWindow;
}

function createWindows(clock: Clock): Windows {
  const kept = new Map<string, BudgetWindow>();
  return {
    kept,
    of: ({ key, budget }) => {
      const now = clock.now();
      let window = kept.get(key);
      if (window === undefined || now >= window.resetsAt) {
        window = openWindow(budget, now);
        kept.delete(key);
        kept.set(key, window);
        for (const oldest of kept.keys()) {
          if (kept.size <= MAX_WINDOWS) break;
          kept.delete(oldest);
        }
      }
      return window;
    },
  };
}

/** What is waited for may be gone when the wait is over. */
async function admit(
  { clock, wait }: AllowanceDeps,
  windows: Windows,
  charges: readonly Charge[],
): Promise<void> {
  for (;;) {
    const now = clock.now();
    const times = charges.map((charge) => admitAt(windows.of(charge), charge.cost, now));
    const at = Math.max(now, ...times);
    if (at <= now) return;
    if (at - now > LONGEST_WAIT_MS) {
      const { budget } = charges[times.indexOf(at)]!;
      throw new RetryAt(at, `the share of polling in the vendor's allowance (${budget.name}) is used up`, {
        quota: true,
      });
    }
    await wait(at - now);
  }
}

function createTelling({ db, clock, log }: AllowanceDeps, { kept }: Windows): () => Promise<void> {
  let toldAt: EpochMs = 0;
  return async () => {
    const now = clock.now();
    if (now < toldAt + TELL_EVERY_MS && now >= toldAt) return;
    toldAt = now;
    const spent = [...kept]
      .filter(([, { untold, resetsAt }]) => untold > 0 && resetsAt - now >= SHORTEST_SHARED_MS)
      .map(([key, { allowance, untold, resetsAt }]) => ({ key, allowance, untold, resetsAt }));
    if (spent.length === 0) return;
    try {
      const shared = await shareBudgets(db, spent, now);
      for (const { key, untold } of spent) {
        const window = kept.get(key);
        const all = shared.find((row) => row.key === key);
        if (window === undefined || all === undefined) continue;
        window.untold -= untold;
        window.used = all.used + window.untold;
      }
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'the use of vendor allowances could not be shared');
    }
  };
}
