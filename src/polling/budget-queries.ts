import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

export interface SharedBudget {
  key: string;
  allowance: number;
  used: number;
  resets_at: EpochMs;
}

/** Adds what this node used of each budget, and gives back what all nodes used. A window that ended begins anew. */
export function shareBudgets(
  db: Queryable,
  spent: readonly { key: string; allowance: number; untold: number; resetsAt: EpochMs }[],
  now: EpochMs,
): Promise<SharedBudget[]> {
  return db.query<SharedBudget>(
    `insert into vendor_budgets as b (key, allowance, used, resets_at)
     select * from unnest($1::text[], $2::float8[], $3::float8[], $4::timestamptz[])
     on conflict (key) do update set
       used = case when b.resets_at <= $5 then excluded.used else b.used + excluded.used end,
       allowance = excluded.allowance, resets_at = excluded.resets_at
     returning key, allowance, used, resets_at`,
    [
      spent.map(({ key }) => key),
      spent.map(({ allowance }) => allowance),
      spent.map(({ untold }) => untold),
      spent.map(({ resetsAt }) => toDate(resetsAt)),
      toDate(now),
    ],
  );
}

/** What all nodes used of these budgets, as far as they told; only of windows that are open. */
export function readBudgets(db: Queryable, keys: readonly string[], now: EpochMs): Promise<SharedBudget[]> {
  return db.query<SharedBudget>(
    'select key, allowance, used, resets_at from vendor_budgets where key = any($1::text[]) and resets_at > $2',
    [keys, toDate(now)],
  );
}

/** Drops windows that ended before then. */
export function pruneBudgets(db: Queryable, before: EpochMs): Promise<number> {
  return db.execute('delete from vendor_budgets where resets_at < $1', [toDate(before)]);
}
