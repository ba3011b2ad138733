import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

export interface QueueRow {
  /** In a sender's hands, or free to be taken. */
  due: number;
  /** For their next try. */
  waiting: number;
  /** Until somebody asks for them. */
  queued: number;
  oldest_id: string | null;
}

/** The open deliveries, the first 100,000 of them by arrival. */
export async function measureQueue(db: Queryable, now: EpochMs, timeoutMs: number): Promise<QueueRow> {
  const rows = await db.query<QueueRow>(
    `select count(*) filter (where not is_queued and is_due) as due,
       count(*) filter (where not is_queued and not is_due) as waiting,
       count(*) filter (where is_queued) as queued, min(id::text) as oldest_id
     from (select o.id, o.lease is not null or o.due_at <= $1 as is_due, not s.active or o.due_at = 'infinity' as is_queued
           from (select id, lane_id, due_at, lease from outbox order by id limit 100000) o
           join subscriptions s on s.id = o.lane_id) open`,
    [toDate(now)],
    { answerTimeoutMs: timeoutMs },
  );
  return rows[0]!;
}
