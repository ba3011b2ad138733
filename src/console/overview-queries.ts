import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

/** Whose work is counted: one account's, or with null every account's of the organization. */
export interface Scope {
  organizationId: number;
  accountId: number | null;
}

/** `$1` and `$2` are the scope's. */
const IN_SCOPE = `account_id in (select id from accounts where organization_id = $1 and ($2::bigint is null or id = $2))`;

export interface OpenWorkRow {
  /** Not tried yet. */
  waiting: number;
  retrying: number;
  /** Until somebody asks for them. */
  queued: number;
}

/** What is still to be delivered. Beyond `most` it is not counted on. */
export async function countOpenWork(db: Queryable, scope: Scope & { most: number }): Promise<OpenWorkRow> {
  const [row] = await db.query<OpenWorkRow>(
    `select count(*) filter (where not queued and attempt = 0) as waiting,
       count(*) filter (where not queued and attempt > 0) as retrying,
       count(*) filter (where queued) as queued
     from (select o.attempt, not s.active or o.due_at = 'infinity' as queued
       from outbox o join subscriptions s on s.id = o.lane_id where s.${IN_SCOPE} limit $3) open`,
    [scope.organizationId, scope.accountId, scope.most],
  );
  return row!;
}

/** The id of the event that waits longest; its first 48 bits are the time it arrived. One look at each lane. */
export async function findOldestOpen(db: Queryable, scope: Scope): Promise<string | null> {
  const [row] = await db.query<{ id: string | null }>(
    `select min(oldest.id::text) as id from subscriptions s
       cross join lateral (select o.id from outbox o where o.lane_id = s.id order by o.id limit 1) oldest
     where s.${IN_SCOPE}`,
    [scope.organizationId, scope.accountId],
  );
  return row?.id ?? null;
}

/** The tries of a time range; of so many that it ends at `most`, some of it. */
export interface TriesRange extends Scope {
  from: EpochMs;
  to: EpochMs;
  most: number;
}

/** `$3` to `$5` are the range's. */
const TRIES = `select a.lane_id, a.outcome, a.latency_ms from attempts a join subscriptions s on s.id = a.lane_id
  where a.at >= $3 and a.at <= $4 and s.${IN_SCOPE} limit $5`;

export interface TriesRow {
  delivered: number;
  failed: number;
}

/** How many tries were accepted by a callback and how many were not. */
export async function countTries(db: Queryable, range: TriesRange): Promise<TriesRow> {
  const [row] = await db.query<TriesRow>(
    `select count(*) filter (where outcome = 'delivered') as delivered,
       count(*) filter (where outcome <> 'delivered') as failed
     from (${TRIES}) tries`,
    triesValues(range),
  );
  return row!;
}

export interface SlowRow {
  subscription_id: number;
  instance_id: number | null;
  url: string;
  tries: number;
  failures: number;
  p95_ms: number;
}

/** The callbacks that took longest to answer, the slowest first. */
export async function listSlowest(db: Queryable, range: TriesRange & { limit: number }): Promise<SlowRow[]> {
  return db.query<SlowRow>(
    `with lanes as (
       select lane_id, count(*) as tries, count(*) filter (where outcome <> 'delivered') as failures,
         percentile_cont(0.95) within group (order by latency_ms) as p95_ms
       from (${TRIES}) tries group by lane_id order by p95_ms desc limit $6
     )
     select s.id as subscription_id, s.instance_id, s.url, lanes.tries, lanes.failures, lanes.p95_ms
     from lanes join subscriptions s on s.id = lanes.lane_id where s.url <> '' order by lanes.p95_ms desc, s.id`,
    [...triesValues(range), range.limit],
  );
}

function triesValues({ organizationId, accountId, from, to, most }: TriesRange): unknown[] {
  return [organizationId, accountId, toDate(from), toDate(to), most];
}

export interface StoppedRow {
  subscription_id: number;
  instance_id: number | null;
  url: string;
  reason: string | null;
}

/** Callbacks that are sent nothing until somebody reactivates them, the last ones first. */
export async function listStopped(db: Queryable, scope: Scope & { limit: number }): Promise<StoppedRow[]> {
  return db.query<StoppedRow>(
    `select id as subscription_id, instance_id, url, reason from subscriptions
     where not active and url <> '' and ${IN_SCOPE} order by updated_at desc, id desc limit $3`,
    [scope.organizationId, scope.accountId, scope.limit],
  );
}
