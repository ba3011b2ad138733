import type { Queryable } from '../database/pool.ts';

export interface SnapshotRow {
  record_id: string;
  sealed: Buffer;
}

export async function readSnapshots(
  tx: Queryable,
  resourceId: number,
  ids: readonly string[],
): Promise<SnapshotRow[]> {
  if (ids.length === 0) return [];
  return tx.query<SnapshotRow>(
    'select record_id, sealed from snapshots where resource_id = $1 and record_id = any($2::text[])',
    [resourceId, ids],
  );
}

export async function writeSnapshots(
  tx: Queryable,
  resourceId: number,
  snapshots: readonly { id: string; sealed: Buffer }[],
): Promise<void> {
  if (snapshots.length === 0) return;
  await tx.execute(
    `insert into snapshots (resource_id, record_id, sealed) select $1, * from unnest($2::text[], $3::bytea[])
     on conflict (resource_id, record_id) do update set sealed = excluded.sealed`,
    [resourceId, snapshots.map(({ id }) => id), snapshots.map(({ sealed }) => sealed)],
  );
}

export async function deleteSnapshots(
  tx: Queryable,
  resourceId: number,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute('delete from snapshots where resource_id = $1 and record_id = any($2::text[])', [
    resourceId,
    ids,
  ]);
}

/** Drops what an instance that no longer asks for it has kept. */
export async function dropSnapshots(tx: Queryable, instanceId: number): Promise<void> {
  await tx.execute(
    `delete from snapshots s using polled_resources r where r.id = s.resource_id and r.instance_id = $1`,
    [instanceId],
  );
}
