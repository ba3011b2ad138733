import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import type { DeliveryStatus } from './schema.ts';
import type { Scope, SubscriptionRow } from './subscription-queries.ts';

export interface DeliveryRow {
  notification_id: string;
  subscription_id: number;
  status: DeliveryStatus;
  attempt: number;
  due_at: EpochMs | null;
  updated_at: EpochMs;
}

/** The lanes to look into, and where a page goes on. */
export interface DeliveryFilter {
  subscriptionIds: number[];
  notificationId: string | null;
  statuses: DeliveryStatus[];
  after: { subscriptionId: number; notificationId: string } | null;
  limit: number;
}

const STATUS = `case when not s.active or o.due_at = 'infinity' then 'queued' when o.attempt > 0 then 'retry' else 'created' end`;

/** What is still to be delivered, lane by lane in order of arrival. */
export async function listOpenDeliveries(db: Queryable, filter: DeliveryFilter): Promise<DeliveryRow[]> {
  return db.query<DeliveryRow>(
    `select o.id as notification_id, o.lane_id as subscription_id, ${STATUS} as status, o.attempt,
       nullif(o.due_at, 'infinity') as due_at, coalesce(t.at, o.first_failed_at, s.updated_at) as updated_at
     from outbox o join subscriptions s on s.id = o.lane_id
     left join lateral (select at from attempts t where t.event_id = o.id and o.attempt > 0 order by at desc limit 1) t on true
     where o.lane_id = any($1::int8[]) and ($2::uuid is null or o.id = $2) and ${STATUS} = any($3::text[])
       and ($4::int8 is null or (o.lane_id, o.id) > ($4, $5::uuid))
     order by o.lane_id, o.id limit $6`,
    [
      filter.subscriptionIds,
      filter.notificationId,
      filter.statuses,
      filter.after?.subscriptionId ?? null,
      filter.after?.notificationId ?? null,
      filter.limit,
    ],
  );
}

/** What a callback accepted, the latest of each lane first. */
export async function listDelivered(
  db: Queryable,
  filter: Pick<DeliveryFilter, 'subscriptionIds' | 'notificationId' | 'limit'>,
): Promise<DeliveryRow[]> {
  return db.query<DeliveryRow>(
    `select t.event_id as notification_id, l.id as subscription_id, 'delivered' as status, t.attempt,
       null::timestamptz as due_at, t.at as updated_at
     from unnest($1::int8[]) as l(id), lateral (
       select event_id, attempt, at from attempts t
       where t.lane_id = l.id and t.outcome = 'delivered' and ($2::uuid is null or t.event_id = $2)
       order by at desc limit $3) t
     order by t.at desc limit $3`,
    [filter.subscriptionIds, filter.notificationId, filter.limit],
  );
}

/** Subscriptions of the scope, as many as one request looks through. */
export async function selectSubscriptions(
  db: Queryable,
  scope: Scope,
  limit: number,
): Promise<SubscriptionRow[]> {
  return db.query<SubscriptionRow>(
    `select s.id, s.account_id, s.instance_id, s.topics, s.url, s.active, s.reason, s.created_at, s.updated_at
     from subscriptions s
     where s.account_id in (select id from accounts where organization_id = $1 and ($2::int8 is null or id = $2))
     order by s.id limit $3`,
    [scope.organizationId, scope.accountId, limit],
  );
}

/** When an id was made: its first 48 bits are milliseconds. */
const ARRIVED_AT = `to_timestamp(('x' || translate(left(o.id::text, 13), '-', ''))::bit(48)::int8 / 1000.0)`;

/**
 * Makes waiting deliveries due with all their tries before them, at most `limit` at a time. The empty order key has
 * them sent one after another, in order of arrival.
 * How many there were.
 */
export async function releaseQueued(
  db: Queryable,
  release: { subscriptionIds: readonly number[]; notificationId: string | null; now: EpochMs; limit: number },
): Promise<number> {
  return db.execute(
    `update outbox o set due_at = least(${ARRIVED_AT}, $3), attempt = 0, first_failed_at = null, lease = null,
       order_key = coalesce(order_key, '')
     where (o.lane_id, o.id) in (
       select lane_id, id from outbox
       where lane_id = any($1::int8[]) and lease is null and (due_at > $3 or order_key is null) and ($2::uuid is null or id = $2)
       order by lane_id, id limit $4 for update skip locked)`,
    [release.subscriptionIds, release.notificationId, toDate(release.now), release.limit],
  );
}

/** Sends an event again, or sooner: a delivery under way is left alone. False when it is. */
export async function enqueueAgain(
  db: Queryable,
  row: { laneId: number; id: string; instanceId: number; now: EpochMs },
): Promise<boolean> {
  const touched = await db.execute(
    `insert into outbox as o (lane_id, id, instance_id, due_at) values ($1, $2, $3, $4)
     on conflict (lane_id, id) do update set due_at = $4, attempt = 0, first_failed_at = null, lease = null
     where o.lease is null or o.due_at <= $4`,
    [row.laneId, row.id, row.instanceId, toDate(row.now)],
  );
  return touched === 1;
}
