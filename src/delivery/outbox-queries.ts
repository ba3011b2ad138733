import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import type { StoredEvent } from '../events/notification.ts';

export interface ClaimedRow extends StoredEvent {
  lane_id: number;
  url: string;
  attempt: number;
  first_failed_at: EpochMs | null;
  config_version: number;
  retry: boolean;
}

export interface Claim {
  /** The lane visited last; the walk goes on behind it and wraps. */
  afterLane: number;
  lanes: number;
  rowsPerLane: number;
  /** Lanes without room in this sender. */
  fullLanes: number[];
  lease: string;
  now: EpochMs;
  leaseMs: number;
}

/**
 * Takes a few due rows of each of the next lanes: a loose index scan walks the lanes, so one lane with a million
 * due rows costs the others nothing. The first element is the lane the walk ended at, null at the end of the lanes.
 */
export async function claimDue(
  db: Queryable,
  claim: Claim,
): Promise<{ lastLane: number | null; rows: ClaimedRow[] }> {
  const rows = await db.query<Partial<ClaimedRow> & { last_lane: number | null }>(
    `with recursive walk(lane_id, n) as (
       (select lane_id, 1 from outbox where lane_id > $1 order by lane_id limit 1)
       union all
       select x.lane_id, n + 1 from walk,
         lateral (select lane_id from outbox where lane_id > walk.lane_id order by lane_id limit 1) x where n < $2
     ), picked as (
       select o.lane_id, o.id from walk
       join subscriptions l on l.id = walk.lane_id and l.active and l.open_until <= $6 and l.id <> all($4::bigint[]),
       lateral (select lane_id, id from outbox where lane_id = l.id and due_at <= $6
                order by due_at, id limit $3 for update skip locked) o
     ), taken as (
       update outbox o set due_at = $7, lease = $5 from picked p
       where (o.lane_id, o.id) = (p.lane_id, p.id)
       returning o.lane_id, o.id, o.instance_id, o.attempt, o.first_failed_at
     ), found as (
       select t.lane_id, t.id, t.instance_id, t.attempt, t.first_failed_at, s.url,
         e.account_id, e.user_id, e.element_key, e.instance_name, e.instance_tags, e.events::text as events,
         e.payload, e.payload_type, i.config_version,
         coalesce(a.settings ->> 'notification.webhook.failure.policy', 'retry') = 'retry' as retry
       from taken t
       join events e on e.instance_id = t.instance_id and e.id = t.id
       join subscriptions s on s.id = t.lane_id
       join instances i on i.id = t.instance_id
       join accounts a on a.id = e.account_id
     )
     select (select max(lane_id) from walk) as last_lane, found.* from (values (1)) v left join found on true`,
    [
      claim.afterLane,
      claim.lanes,
      claim.rowsPerLane,
      claim.fullLanes,
      claim.lease,
      toDate(claim.now),
      toDate(claim.now + claim.leaseMs),
    ],
    { name: 'claim-deliveries' },
  );
  return {
    lastLane: rows[0]?.last_lane ?? null,
    rows: rows.filter(
      (row): row is ClaimedRow & { last_lane: number } => row.id !== undefined && row.id !== null,
    ),
  };
}

/** One finished try. `dueAt`: a number is the next try, null is queued until asked for; unused on success. */
export interface Settlement {
  laneId: number;
  id: string;
  instanceId: number;
  lease: string;
  attempt: number;
  at: EpochMs;
  outcome: string;
  status: number | null;
  latencyMs: number;
  response: string;
  delivered: boolean;
  dueAt: EpochMs | null;
  firstFailedAt: EpochMs | null;
}

/**
 * Writes tries and settles their rows, in id order so that two batches never deadlock. A success removes its row
 * whoever holds it; a failure moves it only while the lease is still its own.
 */
export async function settleTries(db: Queryable, tries: readonly Settlement[]): Promise<void> {
  const sorted = tries.toSorted((a, b) => a.laneId - b.laneId || (a.id < b.id ? -1 : 1));
  await db.execute(
    `with given as (
       select * from unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::uuid[], $5::integer[], $6::timestamptz[],
         $7::text[], $8::integer[], $9::integer[], $10::text[], $11::boolean[], $12::timestamptz[], $13::timestamptz[])
         as g(lane_id, id, instance_id, lease, attempt, at, outcome, status, latency_ms, response, delivered, due_at, first_failed_at)
     ), tried as (
       insert into attempts (event_id, lane_id, instance_id, attempt, at, outcome, status, latency_ms, response)
       select id, lane_id, instance_id, attempt, at, outcome, status, latency_ms, response from given
     ), done as (
       delete from outbox o using given g where g.delivered and (o.lane_id, o.id) = (g.lane_id, g.id)
     )
     update outbox o set due_at = coalesce(g.due_at, 'infinity'), attempt = g.attempt, lease = null,
       first_failed_at = g.first_failed_at
     from given g where not g.delivered and (o.lane_id, o.id) = (g.lane_id, g.id) and o.lease = g.lease`,
    [
      sorted.map((t) => t.laneId),
      sorted.map((t) => t.id),
      sorted.map((t) => t.instanceId),
      sorted.map((t) => t.lease),
      sorted.map((t) => t.attempt),
      sorted.map((t) => toDate(t.at)),
      sorted.map((t) => t.outcome),
      sorted.map((t) => t.status),
      sorted.map((t) => t.latencyMs),
      sorted.map((t) => t.response),
      sorted.map((t) => t.delivered),
      sorted.map((t) => (t.dueAt === null ? null : toDate(t.dueAt))),
      sorted.map((t) => (t.firstFailedAt === null ? null : toDate(t.firstFailedAt))),
    ],
    { name: 'settle-tries' },
  );
}

/** Gives rows back that were claimed and not sent, so that another node need not wait for the lease's end. */
export async function releaseRows(
  db: Queryable,
  lease: string,
  ids: readonly string[],
  now: EpochMs,
): Promise<void> {
  await db.execute('update outbox set lease = null, due_at = $3 where lease = $1 and id = any($2::uuid[])', [
    lease,
    ids,
    toDate(now),
  ]);
}
