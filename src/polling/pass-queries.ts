import type { Queryable } from '../database/pool.ts';
import type { Position } from '../connectors/feed.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import type { DayOfLateness } from './overlap.ts';

/** Who polls: pages are written under all three or not at all. */
export interface Hold {
  instanceId: number;
  lease: string;
  configVersion: number;
}

export interface FeedRow {
  id: number;
  name: string;
  cursor_at: EpochMs | null;
  previous_started_at: EpochMs | null;
  capped_at: EpochMs | null;
  is_undated: boolean;
  lateness: DayOfLateness[];
  pass_definition: string | null;
  pass_from: EpochMs | null;
  pass_started_at: EpochMs | null;
  pass_max_seen: EpochMs | null;
  pass_position: Position | null;
}

/**
 * The fence of a page's transaction, and the lease's renewal: false when the lease went to another, or the instance
 * is gone, off or was changed since. Both rows stay locked to the end of the transaction, the instance's first (in the
 * order in which a deletion locks them), so neither a successor nor a change can come in between. The commit does not
 * wait for the disk (docs/decisions/0012).
 */
export async function holdPoller(tx: Queryable, hold: Hold, leaseUntil: EpochMs): Promise<boolean> {
  const touched = await tx.execute(
    `with current as materialized (
       select id from instances where id = $1 and config_version = $2 and events_enabled and not disabled for share
     ), lazily as materialized (
       select set_config('synchronous_commit', 'off', true)
     )
     update pollers p set lease_until = $4 from current, lazily
     where p.instance_id = current.id and p.lease = $3`,
    [hold.instanceId, hold.configVersion, hold.lease, toDate(leaseUntil)],
    { name: 'hold-poller' },
  );
  return touched === 1;
}

/**
 * The feeds of a resource, made when they are met for the first time. One that a later release adds begins where the
 * others stand, not at the baseline of long ago.
 */
export async function readFeeds(
  db: Queryable,
  resourceId: number,
  names: readonly string[],
): Promise<FeedRow[]> {
  const rows = await selectFeeds(db, resourceId, names);
  if (rows.length === names.length) return rows;
  // Not at every poll: a row that is not inserted uses up an id all the same.
  await db.execute(
    `insert into polled_feeds (resource_id, name, cursor_at)
     select $1, unnest($2::text[]), (select min(cursor_at) from polled_feeds where resource_id = $1)
     on conflict (resource_id, name) do nothing`,
    [resourceId, names],
  );
  return selectFeeds(db, resourceId, names);
}

function selectFeeds(db: Queryable, resourceId: number, names: readonly string[]): Promise<FeedRow[]> {
  return db.query<FeedRow>(
    `select id, name, cursor_at, previous_started_at, capped_at, is_undated, lateness,
       pass_definition, pass_from, pass_started_at, pass_max_seen, pass_position
     from polled_feeds where resource_id = $1 and name = any($2::text[])`,
    [resourceId, names],
    { name: 'select-feeds' },
  );
}

/** How far a pass has come. */
export interface PassProgress {
  feedId: number;
  definition: string;
  from: EpochMs | null;
  startedAt: EpochMs;
  maxSeen: EpochMs | null;
  position: Position;
  isUndated: boolean;
  lateness: DayOfLateness[];
}

export async function savePosition(tx: Queryable, pass: PassProgress): Promise<void> {
  await tx.execute(
    `update polled_feeds set pass_definition = $2, pass_from = $3, pass_started_at = $4, pass_max_seen = $5,
       pass_position = $6, is_undated = $7, lateness = $8 where id = $1`,
    [
      pass.feedId,
      pass.definition,
      pass.from === null ? null : toDate(pass.from),
      toDate(pass.startedAt),
      pass.maxSeen === null ? null : toDate(pass.maxSeen),
      JSON.stringify(pass.position),
      pass.isUndated,
      JSON.stringify(pass.lateness),
    ],
    { name: 'save-position' },
  );
}

/** A complete pass: the cursor moves, and only now. */
export async function finishPass(
  tx: Queryable,
  pass: {
    feedId: number;
    cursorAt: EpochMs;
    startedAt: EpochMs;
    /** When it asked with the largest overlap, in our time; null when it did not. */
    cappedAt: EpochMs | null;
    isUndated: boolean;
    lateness: DayOfLateness[];
  },
): Promise<void> {
  await tx.execute(
    `update polled_feeds set cursor_at = $2, previous_started_at = $3, capped_at = coalesce($4, capped_at),
       is_undated = $5, lateness = $6, pass_definition = null, pass_from = null, pass_started_at = null,
       pass_max_seen = null, pass_position = null where id = $1`,
    [
      pass.feedId,
      toDate(pass.cursorAt),
      toDate(pass.startedAt),
      pass.cappedAt === null ? null : toDate(pass.cappedAt),
      pass.isUndated,
      JSON.stringify(pass.lateness),
    ],
    { name: 'finish-pass' },
  );
}
