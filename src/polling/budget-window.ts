import type { Budget } from '../connectors/define-connector.ts';
import type { EpochMs } from '../kernel/clock.ts';

/** We stay under this share of what is left: the rest is for the account's other clients. */
export const SHARE = 0.8;
/** Reconciling, which can wait, has this share of a day's allowance at most. */
export const RECONCILE_SHARE = 0.25;
/** How long a full window is believed without hearing from the vendor; then one call goes out to see. */
const PROBE_EVERY_MS = 3_600_000;

/** One allowance over one of its windows, as one node knows it. */
export interface BudgetWindow {
  /** How much polling may use of this window. */
  allowance: number;
  /** Used of it, by all nodes as far as known. */
  used: number;
  resetsAt: EpochMs;
  /** All that the vendor allows in a window, as far as known. */
  limit: number;
  /** What the vendor said was left, the last time it said so. */
  remaining: number | null;
  heardAt: EpochMs;
  /** Used by this node and not yet told to the others. */
  untold: number;
}

export function openWindow(budget: Budget, now: EpochMs): BudgetWindow {
  return {
    allowance: budget.limit * SHARE,
    used: 0,
    resetsAt: now + budget.windowMs,
    limit: budget.limit,
    remaining: null,
    heardAt: now,
    untold: 0,
  };
}

/** When the next call that costs `cost` may be made: `now` when at once. */
export function admitAt(window: BudgetWindow, cost: number, now: EpochMs): EpochMs {
  if (now >= window.resetsAt || window.used + cost <= window.allowance) return now;
  return Math.max(now, Math.min(window.resetsAt, window.heardAt + PROBE_EVERY_MS));
}

/** What an answer's headers say; a rise of what is left is a new window that began unseen. */
export function hear(
  window: BudgetWindow,
  budget: Budget,
  said: { limit?: number; remaining: number; resetsAt?: EpochMs },
  now: EpochMs,
): void {
  const isNew =
    window.remaining !== null && said.remaining > window.remaining + (said.limit ?? budget.limit) * 0.1;
  if (isNew)
    Object.assign(window, { used: 0, untold: 0, allowance: Infinity, resetsAt: now + budget.windowMs });
  const isFirst = window.remaining === null;
  const reach = window.used + said.remaining * SHARE;
  window.allowance = isFirst ? reach : Math.min(window.allowance, reach);
  // A rolling window's end moves on with every answer; ours must not, or it would never begin anew.
  if (said.resetsAt !== undefined) {
    window.resetsAt = isFirst || isNew ? said.resetsAt : Math.min(window.resetsAt, said.resetsAt);
  }
  if (said.limit !== undefined) window.limit = said.limit;
  window.remaining = said.remaining;
  window.heardAt = now;
}
