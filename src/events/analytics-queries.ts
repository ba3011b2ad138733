import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import { uuidv7Floor } from '../kernel/ids.ts';
import type { EventScope } from './log-queries.ts';

/** When an event was recorded, in milliseconds: the first 48 bits of its id. */
const RECORDED_MS = `('x' || translate(left(e.id::text, 13), '-', ''))::bit(48)::int8`;

const IN_SCOPE = `e.account_id in (select id from accounts where organization_id = $1 and ($2::int8[] is null or id = any($2)))`;

export interface Buckets extends Pick<EventScope, 'organizationId'> {
  /** Null: every account's. */
  accountIds: number[] | null;
  instanceIds: number[] | null;
  /** The first bucket's beginning and the last one's end. */
  from: EpochMs;
  before: EpochMs;
  bucketMs: number;
}

export interface BucketRow {
  /** The bucket's number, from 0. */
  bucket: number;
  count: number;
}

/** How many events were recorded in each bucket; empty ones are left out. */
export async function countByBucket(db: Queryable, query: Buckets): Promise<BucketRow[]> {
  return db.query<BucketRow>(
    `select (${RECORDED_MS} - $6) / $7 as bucket, count(*) as count from events e
     where ${IN_SCOPE} and ($3::int8[] is null or e.instance_id = any($3)) and e.id >= $4::uuid and e.id < $5::uuid
     group by 1`,
    bucketValues(query),
  );
}

export interface OwnerBucketRow extends BucketRow {
  /** The instance or the account. */
  owner: number;
  success: number;
  failed: number;
}

/** The same by instance or account, with how many were delivered and how many a callback has refused so far. */
export async function countByOwner(
  db: Queryable,
  query: Buckets & { owner: 'instance_id' | 'account_id' },
): Promise<OwnerBucketRow[]> {
  return db.query<OwnerBucketRow>(
    `select (${RECORDED_MS} - $6) / $7 as bucket, e.${query.owner} as owner, count(*) as count,
       count(*) filter (where e.lane_id is not null and o.id is null) as success,
       count(*) filter (where o.attempt > 0) as failed
     from events e left join outbox o on o.id = e.id
     where ${IN_SCOPE} and ($3::int8[] is null or e.instance_id = any($3)) and e.id >= $4::uuid and e.id < $5::uuid
     group by 1, 2 order by 1, 2`,
    bucketValues(query),
  );
}

function bucketValues(query: Buckets): unknown[] {
  return [
    query.organizationId,
    query.accountIds,
    query.instanceIds,
    uuidv7Floor(query.from),
    uuidv7Floor(query.before),
    query.from,
    query.bucketMs,
  ];
}

/** Which of these accounts are in the scope. */
export async function selectVisibleAccounts(
  db: Queryable,
  scope: EventScope,
  ids: number[],
): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    `select id from accounts where organization_id = $1 and ($2::int8 is null or id = $2) and id = any($3)`,
    [scope.organizationId, scope.accountId, ids],
  );
  return rows.map((row) => row.id);
}

export interface DispositionRow {
  event_id: string;
  instance_id: number;
  lane_id: number;
  url: string | null;
  attempt: number;
  at: EpochMs;
  outcome: string;
  status: number | null;
  response: string;
}

/** Every try within a time range, newest first. */
export async function listDispositions(
  db: Queryable,
  query: EventScope & { from: EpochMs; to: EpochMs; limit: number; offset: number },
): Promise<DispositionRow[]> {
  return db.query<DispositionRow>(
    `select t.event_id, t.instance_id, t.lane_id, s.url, t.attempt, t.at, t.outcome, t.status, t.response
     from attempts t join instances i on i.id = t.instance_id left join subscriptions s on s.id = t.lane_id
     where t.at >= $3 and t.at < $4
       and i.account_id in (select id from accounts where organization_id = $1 and ($2::int8 is null or id = $2))
     order by t.at desc, t.event_id desc limit $5 offset $6`,
    [
      query.organizationId,
      query.accountId,
      toDate(query.from),
      toDate(query.to + 1),
      query.limit,
      query.offset,
    ],
  );
}
