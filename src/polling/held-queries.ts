import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

/** Holds every missing record that is not held yet; how many. */
export function holdMissing(tx: Queryable, resourceId: number, now: EpochMs): Promise<number> {
  return tx.execute(
    `insert into held_deletions (resource_id, record_id, held_at)
     select k.resource_id, k.record_id, $2 from known_records k
     where k.resource_id = $1 and k.kind in ('l', 'i')
       and not exists (select from swept_ids s where s.resource_id = $1 and s.record_id = k.record_id)
     on conflict do nothing`,
    [resourceId, toDate(now)],
  );
}

/** What shows up again was not deleted. */
export async function letGoListed(tx: Queryable, resourceId: number): Promise<void> {
  await tx.execute(
    `delete from held_deletions h using swept_ids s
     where h.resource_id = $1 and s.resource_id = $1 and s.record_id = h.record_id`,
    [resourceId],
  );
}

export interface HeldRow {
  id: number;
  object_type: string;
  record_id: string;
  held_at: EpochMs;
  is_released: boolean;
}

/** Held deletions of an instance in the order of their ids. */
export function listHeld(
  db: Queryable,
  page: { instanceId: number; afterId: number; skip: number; limit: number },
): Promise<HeldRow[]> {
  return db.query<HeldRow>(
    `select h.id, r.name as object_type, h.record_id, h.held_at, h.is_released
     from held_deletions h join polled_resources r on r.id = h.resource_id
     where r.instance_id = $1 and h.id > $2 order by h.id offset $3 limit $4`,
    [page.instanceId, page.afterId, page.skip, page.limit],
  );
}

/** The resources of an instance of which deletions are on hold. */
export async function listHeldResources(db: Queryable, instanceId: number): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    `select r.name from polled_resources r
     where r.instance_id = $1
       and exists (select from held_deletions h where h.resource_id = r.id and not h.is_released)
     order by r.id`,
    [instanceId],
  );
  return rows.map((row) => row.name);
}

/** A person believes them: they are to be confirmed once more and reported. How many. */
export async function releaseHeld(tx: Queryable, instanceId: number): Promise<number> {
  const count = await tx.execute(
    `update held_deletions h set is_released = true from polled_resources r
     where r.id = h.resource_id and r.instance_id = $1 and not h.is_released`,
    [instanceId],
  );
  await tx.execute(
    `update polled_resources r set has_released = true where instance_id = $1
       and exists (select from held_deletions h where h.resource_id = r.id and h.is_released)`,
    [instanceId],
  );
  return count;
}

/** A person says that they are none: not asked about again until they are seen. How many. */
export async function discardHeld(tx: Queryable, instanceId: number): Promise<number> {
  return tx.execute(
    `with gone as (
       delete from held_deletions h using polled_resources r
       where r.id = h.resource_id and r.instance_id = $1 and not h.is_released
       returning h.resource_id, h.record_id
     ), marked as (
       update known_records k set kind = (case k.kind when 'l' then 'o' else 'p' end)::"char" from gone
       where k.resource_id = gone.resource_id and k.record_id = gone.record_id and k.kind in ('l', 'i')
     )
     select from gone`,
    [instanceId],
  );
}

/** Released deletions still to be confirmed. */
export async function listReleased(db: Queryable, resourceId: number, limit: number): Promise<string[]> {
  const rows = await db.query<{ record_id: string }>(
    `select record_id from held_deletions where resource_id = $1 and is_released order by record_id limit $2`,
    [resourceId, limit],
  );
  return rows.map((row) => row.record_id);
}

export async function deleteHeld(tx: Queryable, resourceId: number, ids: readonly string[]): Promise<void> {
  await tx.execute('delete from held_deletions where resource_id = $1 and record_id = any($2::text[])', [
    resourceId,
    ids,
  ]);
}

export async function clearReleased(tx: Queryable, resourceId: number): Promise<void> {
  await tx.execute(
    `update polled_resources set has_released = exists (
       select from held_deletions where resource_id = $1 and is_released) where id = $1`,
    [resourceId],
  );
}
