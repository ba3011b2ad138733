import type { Queryable } from '../database/pool.ts';
import { EVENT_STATUS } from '../events/log-queries.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

export interface ReplayRow {
  id: number;
  instance_id: number;
  total: number;
  done: number;
  created_at: EpochMs;
  finished_at: EpochMs | null;
}

/** Which events a replay takes: those of the instance that are no hints, in a range of ids, with a status if named. */
export interface ReplayRange {
  instanceId: number;
  fromId: string;
  /** Not included. */
  toId: string;
  status: string | null;
}

export async function countReplay(db: Queryable, range: ReplayRange): Promise<number> {
  const rows = await db.query<{ count: number }>(
    `select count(*) as count from events e left join outbox o on o.id = e.id
     where e.instance_id = $1 and e.id >= $2::uuid and e.id < $3::uuid and not e.is_hint
       and ($4::text is null or ${EVENT_STATUS} = $4)`,
    [range.instanceId, range.fromId, range.toId, range.status],
  );
  return rows[0]!.count;
}

export async function insertReplay(
  db: Queryable,
  replay: ReplayRange & { total: number; now: EpochMs },
): Promise<ReplayRow> {
  const rows = await db.query<ReplayRow>(
    `insert into replays (instance_id, from_id, to_id, status, total, position, next_at, created_at)
     values ($1, $2::uuid, $3, $4, $5, '00000000-0000-0000-0000-000000000000', $6, $6)
     returning id, instance_id, total, done, created_at, finished_at`,
    [replay.instanceId, replay.fromId, replay.toId, replay.status, replay.total, toDate(replay.now)],
  );
  return rows[0]!;
}

/** The latest first. */
export async function listReplays(db: Queryable, instanceId: number, limit: number): Promise<ReplayRow[]> {
  return db.query<ReplayRow>(
    `select id, instance_id, total, done, created_at, finished_at from replays
     where instance_id = $1 order by id desc limit $2`,
    [instanceId, limit],
  );
}

/**
 * Takes the next events of one replay that is due into the queue, oldest first; a delivery under way is left alone.
 * False when no replay is due. It ends when nothing is left, or the instance has no callback URL any more.
 */
export async function stepReplay(
  tx: Queryable,
  { now, nextAt, limit }: { now: EpochMs; nextAt: EpochMs; limit: number },
): Promise<boolean> {
  const rows = await tx.query(
    `with replay as (
       select r.*, s.id as lane_id from replays r
       left join subscriptions s on s.instance_id = r.instance_id and s.url <> ''
       where r.finished_at is null and r.next_at <= $1 order by r.next_at limit 1 for update of r skip locked
     ), found as (
       select x.* from replay r, lateral (
         select e.id, e.instance_id, r.lane_id from events e left join outbox o on o.id = e.id
         where r.lane_id is not null and e.instance_id = r.instance_id and not e.is_hint
           and e.id >= r.from_id and e.id > r.position and e.id < r.to_id
           and (r.status is null or ${EVENT_STATUS} = r.status)
         order by e.id limit $3) x
     ), queued as (
       insert into outbox as o (lane_id, id, instance_id, due_at)
       select lane_id, id, instance_id, $1 from found
       on conflict (lane_id, id) do update set due_at = $1, attempt = 0, first_failed_at = null where o.lease is null
     ), taken as (
       select count(*)::int as count, max(id::text)::uuid as last from found
     )
     update replays set done = replays.done + t.count, position = coalesce(t.last, replays.position), next_at = $2,
       finished_at = case when t.count < $3 then $1 end
     from replay r, taken t where replays.id = r.id returning replays.id`,
    [toDate(now), toDate(nextAt), limit],
  );
  return rows.length > 0;
}

export async function pruneReplays(db: Queryable, before: Date): Promise<number> {
  return db.execute('delete from replays where finished_at < $1', [before]);
}
