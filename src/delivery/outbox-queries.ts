import type { Database, Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

/** To a peer that vanished neither claims nor settlements wait longer: they are repeated, and leases run. */
const LIMIT = { answerTimeoutMs: 10_000 };

/**
 * Keeps the plans of this transaction to index scans and nested loops. The outbox changes between empty and millions
 * of rows within a minute; a plan chosen while it was small would sort a whole lane for each claim, and read the
 * whole table for each settlement.
 */
const KEEP_TO_INDEXES = `set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
  set_config('enable_sort', 'off', true), set_config('enable_hashjoin', 'off', true),
  set_config('enable_mergejoin', 'off', true)`;

/** With one plan left there is nothing to choose: planned anew each time, settling ten tries took twice as long. */
const KEEP_PLAN = `set_config('plan_cache_mode', 'force_generic_plan', true)`;

/** The commit does not wait for the disk (docs/decisions/0011). */
const COMMIT_LAZILY = `set_config('synchronous_commit', 'off', true)`;

/** A claimed delivery. Of an event, or (`instance_id` null) of a notification. */
export interface ClaimedRow {
  lane_id: number;
  id: string;
  instance_id: number | null;
  attempt: number;
  first_failed_at: EpochMs | null;
  order_key: string | null;
  url: string;
  /** The account's failure policy. */
  retries: boolean;
  account_id: number;
  user_id: number | null;
  element_key: string | null;
  instance_name: string | null;
  instance_tags: string[] | null;
  /** The text of the `events` array. */
  events: string | null;
  payload: Buffer | null;
  payload_type: 'json' | 'form' | null;
  config_version: number | null;
  /** The notification as JSON. */
  notification: string | null;
}

export interface Claim {
  /** The lane visited last; the walk goes on behind it. */
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
 * due rows costs the others nothing. An ordered row is taken only when no older one of its key is open; a queued
 * one no longer counts. Rows of the empty key, released together, are taken by one sender at a time, which sends them
 * one after another. `lastLane` is the lane the walk ended at, null when it reached the end of the lanes.
 */
export async function claimDue(
  db: Pick<Database, 'transaction'>,
  claim: Claim,
): Promise<{ lastLane: number | null; visited: number; rows: ClaimedRow[] }> {
  return db.transaction(async (tx) => {
    await tx.query(`select ${KEEP_TO_INDEXES}`, [], { name: 'keep-to-indexes' });
    return claimIn(tx, claim);
  }, LIMIT);
}

async function claimIn(
  tx: Queryable,
  claim: Claim,
): Promise<{ lastLane: number | null; visited: number; rows: ClaimedRow[] }> {
  const rows = await tx.query<Partial<ClaimedRow> & { last_lane: number | null; visited: number }>(
    `with recursive walk(lane_id, n) as (
       (select lane_id, 1 from outbox where lane_id > $1 order by lane_id limit 1)
       union all
       select x.lane_id, n + 1 from walk,
         lateral (select lane_id from outbox where lane_id > walk.lane_id order by lane_id limit 1) x where n < $2
     ), picked as (
       select o.lane_id, o.id from walk
       join subscriptions l on l.id = walk.lane_id and l.active and l.open_until <= $6 and l.id <> all($4::bigint[]),
       lateral (select lane_id, id from outbox q where lane_id = l.id and due_at <= $6
                  and (order_key is null or not exists (
                    select from outbox older where older.lane_id = q.lane_id and older.order_key = q.order_key
                      and older.id < q.id and older.due_at <> 'infinity'
                      and (q.order_key <> '' or (older.lease <> $5 and older.due_at > $6))))
                order by due_at limit $3 for update skip locked) o
     ), taken as (
       update outbox o set due_at = $7, lease = $5 from picked p
       where (o.lane_id, o.id) = (p.lane_id, p.id)
       returning o.lane_id, o.id, o.instance_id, o.attempt, o.first_failed_at, o.order_key
     ), found as (
       select t.*, s.url,
         coalesce(a.settings ->> 'notification.webhook.failure.policy', 'retry') = 'retry' as retries,
         s.account_id, e.user_id, e.element_key, e.instance_name, e.instance_tags, e.events::text as events,
         e.payload, e.payload_type, i.config_version,
         case when n.id is not null then json_build_object('id', n.id, 'severity', n.severity, 'topic', n.topic,
           'message', n.message, 'from', n.sender)::text end as notification
       from taken t
       join subscriptions s on s.id = t.lane_id
       join accounts a on a.id = s.account_id
       left join events e on e.instance_id = t.instance_id and e.id = t.id
       left join instances i on i.id = t.instance_id
       left join notifications n on t.instance_id is null and n.id = t.id
     )
     select (select max(lane_id) from walk) as last_lane, (select count(*) from walk) as visited, found.*
     from (values (1)) v left join found on true order by found.id`,
    [
      claim.afterLane,
      claim.lanes,
      claim.rowsPerLane,
      claim.fullLanes,
      claim.lease,
      toDate(claim.now),
      toDate(claim.now + claim.leaseMs),
    ],
    { name: 'claim-due' },
  );
  const visited = rows[0]?.visited ?? 0;
  return {
    lastLane: visited < claim.lanes ? null : (rows[0]?.last_lane ?? null),
    visited,
    rows: rows.filter((row): row is ClaimedRow & { last_lane: number; visited: number } => row.id !== null),
  };
}

/** One finished try. `dueAt`: a number is the next try, null is queued until asked for; unused on success. */
export interface Settlement {
  laneId: number;
  id: string;
  instanceId: number | null;
  lease: string;
  attempt: number;
  at: EpochMs;
  outcome: string;
  status: number | null;
  latencyMs: number;
  response: string;
  delivered: boolean;
  /** The next one of its key waits for it. */
  isOrdered: boolean;
  dueAt: EpochMs | null;
  firstFailedAt: EpochMs | null;
}

/**
 * Writes tries and settles their rows, in id order so that two batches hardly ever deadlock. A success removes its row
 * whoever holds it; a failure moves it only while the lease is still its own. Tries of ordered rows are on disk when
 * this resolves, others soon after.
 */
export async function settleTries(
  db: Pick<Database, 'transaction'>,
  tries: readonly Settlement[],
): Promise<void> {
  await db.transaction(async (tx) => {
    await prepareToSettle(tx, { isLazy: !tries.some(({ isOrdered }) => isOrdered) });
    await settleIn(tx, tries);
  }, LIMIT);
}

async function prepareToSettle(tx: Queryable, { isLazy }: { isLazy: boolean }): Promise<void> {
  const settings = [KEEP_TO_INDEXES, KEEP_PLAN, ...(isLazy ? [COMMIT_LAZILY] : [])].join(', ');
  await tx.query(`select ${settings}`, [], { name: isLazy ? 'settle-lazily' : 'settle-durably' });
}

async function settleIn(tx: Queryable, tries: readonly Settlement[]): Promise<void> {
  const sorted = tries.toSorted((a, b) => a.laneId - b.laneId || (a.id < b.id ? -1 : 1));
  const delivered = sorted.filter((one) => one.delivered);
  const failed = sorted.filter((one) => !one.delivered);
  await tx.execute(
    `with tried as (
       insert into attempts (lane_id, event_id, instance_id, attempt, at, outcome, status, latency_ms, response)
       select * from unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::integer[], $5::timestamptz[],
         $6::text[], $7::integer[], $8::integer[], $9::text[])
     ), moved as (
       update outbox o set due_at = coalesce(g.due_at, 'infinity'), attempt = g.attempt, lease = null,
         first_failed_at = g.first_failed_at, order_key = nullif(o.order_key, '')
       from unnest($12::bigint[], $13::uuid[], $14::uuid[], $15::integer[], $16::timestamptz[], $17::timestamptz[])
         as g(lane_id, id, lease, attempt, due_at, first_failed_at)
       where (o.lane_id, o.id) = (g.lane_id, g.id) and o.lease = g.lease
     )
     delete from outbox o using unnest($10::bigint[], $11::uuid[]) as g(lane_id, id)
     where (o.lane_id, o.id) = (g.lane_id, g.id)`,
    [
      sorted.map((t) => t.laneId),
      sorted.map((t) => t.id),
      sorted.map((t) => t.instanceId),
      sorted.map((t) => t.attempt),
      sorted.map((t) => toDate(t.at)),
      sorted.map((t) => t.outcome),
      sorted.map((t) => t.status),
      sorted.map((t) => t.latencyMs),
      sorted.map((t) => t.response),
      delivered.map((t) => t.laneId),
      delivered.map((t) => t.id),
      failed.map((t) => t.laneId),
      failed.map((t) => t.id),
      failed.map((t) => t.lease),
      failed.map((t) => t.attempt),
      failed.map((t) => (t.dueAt === null ? null : toDate(t.dueAt))),
      failed.map((t) => (t.firstFailedAt === null ? null : toDate(t.firstFailedAt))),
    ],
    { name: 'settle-tries' },
  );
}

/** Gives rows back that were claimed and not sent, so that nobody need wait for the lease's end. */
export async function releaseRows(
  db: Queryable,
  lease: string,
  rows: readonly { laneId: number; id: string }[],
  now: EpochMs,
): Promise<void> {
  await db.execute(
    `update outbox o set lease = null, due_at = $4 from unnest($2::bigint[], $3::uuid[]) as g(lane_id, id)
     where (o.lane_id, o.id) = (g.lane_id, g.id) and o.lease = $1`,
    [lease, rows.map((row) => row.laneId), rows.map((row) => row.id), toDate(now)],
  );
}

/** Removes rows whose event or notification is no more. */
export async function deleteRows(
  db: Queryable,
  rows: readonly { laneId: number; id: string }[],
): Promise<void> {
  await db.execute(
    `delete from outbox o using unnest($1::bigint[], $2::uuid[]) as g(lane_id, id)
     where (o.lane_id, o.id) = (g.lane_id, g.id)`,
    [rows.map((row) => row.laneId), rows.map((row) => row.id)],
  );
}
