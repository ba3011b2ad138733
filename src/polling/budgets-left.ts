import type { Budget, Connector } from '../connectors/define-connector.ts';
import type { Queryable } from '../database/pool.ts';
import type { Instance } from '../instances/instance.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { readBudgets } from './budget-queries.ts';
import { openWindow } from './budget-window.ts';
import { budgetKeyOf } from './charges.ts';
import { listPollerRecords } from './resource-queries.ts';

/** Shorter windows are over before anybody could look at them, and are not shared between nodes. */
const SHORTEST_SHOWN_MS = 60_000;

/** What polling has used of one of the vendor's allowances. */
export interface BudgetLeft {
  name: string;
  /** Who draws on it together with this instance. */
  scope: Budget['scope'];
  counts: 'calls' | 'units';
  used: number;
  /** The share of polling in it, not all that the vendor allows. */
  allowance: number;
  /** Null: nothing of it is used. */
  resetsAt: EpochMs | null;
  /** When the polls that wait for it go on; null while there is room. */
  pausedUntil: EpochMs | null;
}

/** The allowances of an instance that last a minute or longer, as all nodes together know them, within a second. */
export async function budgetsLeft(
  { db, clock }: { db: Queryable; clock: Clock },
  instance: Instance,
  connector: Connector,
): Promise<BudgetLeft[]> {
  const now = clock.now();
  const budgets = connector.budgets
    .filter(({ windowMs }) => windowMs >= SHORTEST_SHOWN_MS)
    .map((budget) => ({ budget, key: budgetKeyOf(connector, budget, instance) }));
  const [shared, resources] = await Promise.all([
    readBudgets(
      db,
      budgets.map(({ key }) => key),
      now,
    ),
    listPollerRecords(db, instance.id),
  ]);
  const waiting = resources.flatMap((row) => (row.status === 'paused' ? [row.next_poll_at] : []));
  return budgets.map(({ budget, key }) => {
    const window = shared.find((row) => row.key === key);
    const used = window?.used ?? 0;
    const allowance = window?.allowance ?? openWindow(budget, now).allowance;
    const isFull = window !== undefined && used + 1 > allowance;
    return {
      name: budget.name,
      scope: budget.scope,
      counts: budget.counts ?? 'calls',
      used,
      allowance,
      resetsAt: window?.resets_at ?? null,
      pausedUntil: isFull ? Math.min(window.resets_at, ...waiting) : null,
    };
  });
}
