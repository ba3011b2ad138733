import type { Position } from '../connectors/feed.ts';
import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

/** A sweep under way. */
export interface SweepRow {
  resource_id: number;
  definition: string;
  started_at: EpochMs;
  /** Null: everything is listed. */
  position: Position | null;
  listed: number;
  calls: number;
  units: number;
  missing: number;
  known: number;
  confirmed_to: string;
}

export async function readSweep(db: Queryable, resourceId: number): Promise<SweepRow | undefined> {
  const [row] = await db.query<SweepRow>('select * from sweeps where resource_id = $1', [resourceId]);
  return row;
}

/** Begins a sweep, or begins it anew: what it has cost so far is not forgotten. */
export async function beginSweep(
  tx: Queryable,
  sweep: { resourceId: number; definition: string; startedAt: EpochMs; position: Position },
): Promise<SweepRow> {
  await tx.execute('delete from swept_ids where resource_id = $1', [sweep.resourceId]);
  const [row] = await tx.query<SweepRow>(
    `insert into sweeps (resource_id, definition, started_at, position) values ($1, $2, $3, $4)
     on conflict (resource_id) do update set definition = excluded.definition, started_at = excluded.started_at,
       position = excluded.position, listed = 0, missing = 0, known = 0, confirmed_to = ''
     returning *`,
    [sweep.resourceId, sweep.definition, toDate(sweep.startedAt), JSON.stringify(sweep.position)],
  );
  return row!;
}

/** Notes ids that were seen while a sweep is under way: whatever showed them, they are not missing. */
export async function addSeen(tx: Queryable, resourceId: number, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(
    `with added as (
       insert into swept_ids (resource_id, record_id)
       select $1, unnest($2::text[]) where exists (select from sweeps where resource_id = $1)
       on conflict do nothing returning 1
     )
     update sweeps set listed = listed + (select count(*) from added) where resource_id = $1`,
    [resourceId, ids],
    { name: 'add-seen' },
  );
}

/** What a part of a sweep has cost. */
export interface Spent {
  calls: number;
  units: number;
}

export async function saveListing(
  tx: Queryable,
  sweep: Spent & { resourceId: number; startedAt: EpochMs; position: Position | null },
): Promise<void> {
  await tx.execute(
    `update sweeps set started_at = $2, position = $3, calls = calls + $4, units = units + $5 where resource_id = $1`,
    [
      sweep.resourceId,
      toDate(sweep.startedAt),
      sweep.position === null ? null : JSON.stringify(sweep.position),
      sweep.calls,
      sweep.units,
    ],
    { name: 'save-listing' },
  );
}

/** Whether every id that was counted is still stored: a crash of the database empties the unlogged work table. */
export async function isListWhole(tx: Queryable, resourceId: number): Promise<boolean> {
  const [row] = await tx.query<{ is_whole: boolean }>(
    `select listed = (select count(*) from swept_ids where resource_id = $1) as is_whole
     from sweeps where resource_id = $1`,
    [resourceId],
  );
  return row?.is_whole === true;
}

/** Records that show up again are asked about again when they go missing. */
export async function unmarkListed(tx: Queryable, resourceId: number): Promise<void> {
  await tx.execute(
    `update known_records k set kind = (case k.kind when 'o' then 'l' else 'i' end)::"char" from swept_ids s
     where k.resource_id = $1 and k.kind in ('o', 'p') and s.resource_id = $1 and s.record_id = k.record_id`,
    [resourceId],
  );
}

/** Forgets what was known before polling began (anew), when the first sweep does not show it. */
export async function forgetUnlisted(tx: Queryable, resourceId: number, before: EpochMs): Promise<void> {
  await tx.execute(
    `delete from known_records k where k.resource_id = $1 and k.kind in ('l', 'i', 'o', 'p') and k.changed_at < $2
       and not exists (select from swept_ids s where s.resource_id = $1 and s.record_id = k.record_id)`,
    [resourceId, toDate(before)],
  );
}

const MISSING = `from known_records k where k.resource_id = $1 and k.kind in ('l', 'i')
  and not exists (select from swept_ids s where s.resource_id = $1 and s.record_id = k.record_id)
  and not exists (select from held_deletions h where h.resource_id = $1 and h.record_id = k.record_id)`;

/** How many known records a complete listing did not show, and of how many. */
export async function countMissing(tx: Queryable, resourceId: number): Promise<void> {
  await tx.execute(
    `update sweeps set confirmed_to = '', missing = (select count(*) ${MISSING}),
       known = (select count(*) from known_records where resource_id = $1 and kind in ('l', 'i'))
     where resource_id = $1`,
    [resourceId],
  );
}

/** The next records that a complete listing did not show, in the order of their ids. */
export async function listMissing(
  db: Queryable,
  resourceId: number,
  page: { after: string; limit: number },
): Promise<string[]> {
  const rows = await db.query<{ record_id: string }>(
    `select k.record_id ${MISSING} and k.record_id > $2 order by k.record_id limit $3`,
    [resourceId, page.after, page.limit],
  );
  return rows.map((row) => row.record_id);
}

/** Some of the missing, the same ones whenever asked and from everywhere among them. */
export async function sampleMissing(db: Queryable, resourceId: number, limit: number): Promise<string[]> {
  const rows = await db.query<{ record_id: string }>(
    `select k.record_id ${MISSING} order by hashtext(k.record_id), k.record_id limit $2`,
    [resourceId, limit],
  );
  return rows.map((row) => row.record_id);
}

/** Records that the listing has shown: by them one can tell whether the vendor still answers for any. */
export async function listShown(db: Queryable, resourceId: number, limit: number): Promise<string[]> {
  const rows = await db.query<{ record_id: string }>(
    `select s.record_id from swept_ids s join known_records k using (resource_id, record_id)
     where s.resource_id = $1 and k.kind in ('l', 'i') limit $2`,
    [resourceId, limit],
  );
  return rows.map((row) => row.record_id);
}

/** Some records that are believed to live, others than those. */
export async function listOtherLive(
  db: Queryable,
  resourceId: number,
  { than, limit }: { than: readonly string[]; limit: number },
): Promise<string[]> {
  const rows = await db.query<{ record_id: string }>(
    `select record_id from known_records
     where resource_id = $1 and kind in ('l', 'i') and record_id <> all($2::text[]) limit $3`,
    [resourceId, than, limit],
  );
  return rows.map((row) => row.record_id);
}

/** They exist, outside of what is listed: not missing until they are seen again. */
export async function markOutside(tx: Queryable, resourceId: number, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute(
    `update known_records set kind = (case kind when 'l' then 'o' else 'p' end)::"char"
     where resource_id = $1 and record_id = any($2::text[]) and kind in ('l', 'i')`,
    [resourceId, ids],
  );
}

export async function saveConfirmed(
  tx: Queryable,
  sweep: Spent & { resourceId: number; confirmedTo: string },
): Promise<void> {
  await tx.execute(
    `update sweeps set confirmed_to = $2, calls = calls + $3, units = units + $4 where resource_id = $1`,
    [sweep.resourceId, sweep.confirmedTo, sweep.calls, sweep.units],
  );
}

/** Ends a sweep: from here on every id is known. */
export async function endSweep(tx: Queryable, resourceId: number): Promise<void> {
  await tx.execute('delete from swept_ids where resource_id = $1', [resourceId]);
  await tx.execute('delete from sweeps where resource_id = $1', [resourceId]);
  await tx.execute('update polled_resources set id_list_complete = true where id = $1', [resourceId]);
}
