import type { Queryable } from '../database/pool.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { EventScope } from './log-queries.ts';

/** The ids of a scope's events behind `after` and up to `until`, oldest first. */
export async function listEventIds(
  db: Queryable,
  range: EventScope & { instanceId?: number | undefined; after: string; until: string; limit: number },
): Promise<string[]> {
  const { organizationId, accountId, instanceId = null, after, until, limit } = range;
  const rows = await db.query<{ id: string }>(
    `select e.id from events e
     where exists (select from accounts a where a.id = e.account_id and a.organization_id = $1)
       and ($2::bigint is null or e.account_id = $2) and ($3::bigint is null or e.instance_id = $3)
       and e.id > $4::uuid and e.id <= $5::uuid
     order by e.id limit $6`,
    [organizationId, accountId, instanceId, after, until, limit],
  );
  return rows.map(({ id }) => id);
}

/**
 * When the oldest transaction of any node began that has written and is not over; null when there is none. Nodes give
 * their connections the same name.
 */
export async function findOldestWriter(db: Queryable): Promise<EpochMs | null> {
  const rows = await db.query<{ began_at: EpochMs | null }>(
    `select min(xact_start) as began_at from pg_stat_activity
     where application_name = current_setting('application_name') and datname = current_database()
       and backend_xid is not null`,
  );
  return rows[0]!.began_at;
}
