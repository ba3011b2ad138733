import type { Queryable } from '../database/pool.ts';
import type { EpochMs } from '../kernel/clock.ts';

export interface HintRow {
  id: number;
  event_id: string;
  object_type: string;
  object_id: string;
  is_deletion: boolean;
  received_at: EpochMs;
}

/** The oldest open hints of an instance. */
export async function listHints(db: Queryable, instanceId: number, limit: number): Promise<HintRow[]> {
  return db.query<HintRow>(
    `select id, event_id, object_type, object_id, is_deletion, received_at
     from hints where instance_id = $1 order by id limit $2`,
    [instanceId, limit],
  );
}

/** Instances with open hints, from the one after `afterInstance`: what a node looks through for work. */
export async function listHintedInstances(
  db: Queryable,
  afterInstance: number,
  limit: number,
): Promise<number[]> {
  const rows = await db.query<{ instance_id: number }>(
    `with recursive walk(instance_id, n) as (
       (select instance_id, 1 from hints where instance_id > $1 order by instance_id limit 1)
       union all
       select x.instance_id, n + 1 from walk, lateral (
         select instance_id from hints where instance_id > walk.instance_id order by instance_id limit 1) x
       where n < $2
     )
     select instance_id from walk`,
    [afterInstance, limit],
  );
  return rows.map((row) => row.instance_id);
}

/** Ends hints that were read: once the last of an event is gone, the log shows it CONSUMED. */
export async function deleteHints(tx: Queryable, ids: readonly number[]): Promise<void> {
  await tx.execute('delete from hints where id = any($1::int8[])', [ids]);
}
