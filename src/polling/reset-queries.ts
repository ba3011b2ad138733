import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import type { Off } from './schedule-queries.ts';

/** Whether an instance is polled; undefined: it never was. */
export async function findOff(
  db: Queryable,
  instanceId: number,
): Promise<{ off: Off | null; off_reason: string | null } | undefined> {
  const [row] = await db.query<{ off: Off | null; off_reason: string | null }>(
    'select off, off_reason from pollers where instance_id = $1',
    [instanceId],
  );
  return row;
}

/**
 * Sets the feeds of a resource back to an instant, none forward: a pass under way is dropped, and what changed since
 * then is news even where polling was turned on later. False when there is no such resource, or its baseline is not
 * read yet. Versions of before are not late, so the time of the previous pass goes back as well.
 */
export async function setBack(
  tx: Queryable,
  reset: { resourceId: number; feeds: readonly string[]; from: EpochMs; now: EpochMs },
): Promise<boolean> {
  const rows = await tx.query(
    `with resource as (
       update polled_resources set enabled_at = least(enabled_at, $3), baseline_from = least(baseline_from, $3),
         next_poll_at = least(next_poll_at, $4)
       where id = $1 and is_baseline_done returning id
     ), feeds as (
       update polled_feeds f set pass_definition = null, pass_from = null, pass_started_at = null,
         pass_max_seen = null, pass_position = null,
         cursor_at = case when f.cursor_at > $3 then $3 else f.cursor_at end,
         previous_started_at = case when f.previous_started_at > $3 then $3 else f.previous_started_at end
       from resource where f.resource_id = resource.id and f.name = any($2::text[])
     )
     select from resource`,
    [reset.resourceId, reset.feeds, toDate(reset.from), toDate(reset.now)],
  );
  return rows.length === 1;
}

/** Takes an instance from whoever polls it, whose next page is thrown away, and makes it due. */
export async function interruptPoller(tx: Queryable, instanceId: number, now: EpochMs): Promise<void> {
  await tx.execute(
    `update pollers set lease = null, lease_until = null, is_background = false, next_poll_at = $2
     where instance_id = $1`,
    [instanceId, toDate(now)],
  );
}
