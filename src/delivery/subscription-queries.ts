import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

/** Whose subscriptions: one account's, or with null every account's of the organization. */
export interface Scope {
  organizationId: number;
  accountId: number | null;
}

export interface SubscriptionRow {
  id: number;
  account_id: number;
  instance_id: number | null;
  topics: string[];
  /** Empty: the instance has no callback URL now. */
  url: string;
  active: boolean;
  reason: string | null;
  created_at: EpochMs;
  updated_at: EpochMs;
}

const COLUMNS =
  's.id, s.account_id, s.instance_id, s.topics, s.url, s.active, s.reason, s.created_at, s.updated_at';
const IN_SCOPE =
  's.account_id in (select id from accounts where organization_id = $1 and ($2::int8 is null or id = $2))';

/** By id, from the one after `afterId`. */
export async function listSubscriptions(
  db: Queryable,
  scope: Scope,
  page: { afterId: number; skip: number; limit: number },
): Promise<SubscriptionRow[]> {
  return db.query<SubscriptionRow>(
    `select ${COLUMNS} from subscriptions s where ${IN_SCOPE} and s.id > $3 order by s.id offset $4 limit $5`,
    [scope.organizationId, scope.accountId, page.afterId, page.skip, page.limit],
  );
}

export async function findSubscription(
  db: Queryable,
  scope: Scope,
  id: number,
): Promise<SubscriptionRow | undefined> {
  const rows = await db.query<SubscriptionRow>(
    `select ${COLUMNS} from subscriptions s where ${IN_SCOPE} and s.id = $3`,
    [scope.organizationId, scope.accountId, id],
  );
  return rows[0];
}

/** The subscription of an instance's callback URL. */
export async function findInstanceSubscription(
  db: Queryable,
  instanceId: number,
): Promise<SubscriptionRow | undefined> {
  const rows = await db.query<SubscriptionRow>(
    `select ${COLUMNS} from subscriptions s where s.instance_id = $1`,
    [instanceId],
  );
  return rows[0];
}

/** One of an account's own, to topics of `POST /notifications`. */
export async function insertSubscription(
  db: Queryable,
  row: { accountId: number; topics: string[]; url: string; now: EpochMs },
): Promise<number> {
  const [inserted] = await db.query<{ id: number }>(
    `insert into subscriptions (account_id, topics, url, created_at, updated_at) values ($1, $2, $3, $4, $4) returning id`,
    [row.accountId, row.topics, row.url, toDate(row.now)],
  );
  return inserted!.id;
}

/** Removes an account's own subscription with what still waits for it. */
export async function deleteSubscription(db: Queryable, id: number): Promise<void> {
  await db.execute(
    `with gone as (delete from subscriptions where id = $1 and instance_id is null returning id)
     delete from outbox o using gone where o.lane_id = gone.id`,
    [id],
  );
}

/** Makes subscriptions send again at once. Those without a URL stay as they are. */
export async function reactivateSubscriptions(
  db: Queryable,
  ids: readonly number[],
  now: EpochMs,
): Promise<void> {
  await db.execute(
    `update subscriptions set active = true, reason = null, open_until = '-infinity', updated_at = $2
     where id = any($1::int8[]) and url <> '' and (not active or open_until > $2)`,
    [ids, toDate(now)],
  );
}

/** An open breaker: nobody claims from the lane before `until`. */
export async function openBreaker(db: Queryable, id: number, until: EpochMs): Promise<void> {
  await db.execute('update subscriptions set open_until = greatest(open_until, $2) where id = $1', [
    id,
    toDate(until),
  ]);
}

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
