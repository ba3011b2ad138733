import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

/**
 * Makes the subscription of an instance's callback URL, or points it to the new URL: another URL is a fresh start,
 * so it is active again.
 */
export async function upsertInstanceSubscription(
  db: Queryable,
  row: { accountId: number; instanceId: number; topic: string; url: string; now: EpochMs },
): Promise<void> {
  await db.execute(
    `insert into subscriptions (account_id, instance_id, topics, url, created_at, updated_at)
     values ($1, $2, array[$3], $4, $5, $5)
     on conflict (instance_id) do update set url = excluded.url, updated_at = excluded.updated_at,
       active = true, reason = null, open_until = '-infinity'
     where subscriptions.url <> excluded.url`,
    [row.accountId, row.instanceId, row.topic, row.url, toDate(row.now)],
  );
}

/** The instance has no callback URL any more: what waits is kept as queued, new events get no delivery. */
export async function clearInstanceSubscription(
  db: Queryable,
  instanceId: number,
  now: EpochMs,
): Promise<void> {
  await db.execute(
    `update subscriptions set url = '', active = false, reason = 'the instance has no callback URL', updated_at = $2
     where instance_id = $1 and url <> ''`,
    [instanceId, toDate(now)],
  );
}

/** Removes an instance's subscription with what still waits for it. */
export async function deleteInstanceSubscription(db: Queryable, instanceId: number): Promise<void> {
  await db.execute(
    `with gone as (delete from subscriptions where instance_id = $1 returning id)
     delete from outbox o using gone where o.lane_id = gone.id`,
    [instanceId],
  );
}

/** Stops a subscription: its rows stay and read as queued. */
export async function deactivateSubscription(
  db: Queryable,
  id: number,
  reason: string,
  now: EpochMs,
): Promise<void> {
  await db.execute(
    'update subscriptions set active = false, reason = $2, updated_at = $3 where id = $1 and active',
    [id, reason, toDate(now)],
  );
}
