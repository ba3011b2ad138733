import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import type { Attention } from './instance.ts';

export interface CredentialRow {
  credentials: Buffer | null;
  /** When the vendor gave them; of those an earlier release stored, when the instance was made. */
  given_at: EpochMs;
  refresh_lease: string | null;
  refresh_lease_until: EpochMs | null;
  attention: Attention | null;
}

export async function findCredentials(db: Queryable, id: number): Promise<CredentialRow | undefined> {
  const [row] = await db.query<CredentialRow>(
    `select credentials, coalesce(credentials_at, created_at) as given_at, refresh_lease, refresh_lease_until, attention
     from instances where id = $1`,
    [id],
    { name: 'find_credentials' },
  );
  return row;
}

/**
 * Instances of these elements whose credentials were given before then and are not known to be dead, by id from the one
 * after `afterId`.
 */
export async function findStaleCredentials(
  db: Queryable,
  stale: { elementKeys: readonly string[]; before: EpochMs; afterId: number; limit: number },
): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    `select id from instances
     where element_key = any($1) and coalesce(credentials_at, created_at) < $2 and id > $3
       and credentials is not null and attention->>'kind' is distinct from 'reauthorize'
     order by id limit $4`,
    [stale.elementKeys, toDate(stale.before), stale.afterId, stale.limit],
  );
  return rows.map(({ id }) => id);
}

/** Takes the right to refresh these very credentials, unless somebody else has it; whether it was taken. */
export async function takeRefreshLease(
  db: Queryable,
  take: { id: number; lease: string; until: EpochMs; now: EpochMs; credentials: Buffer },
): Promise<boolean> {
  const taken = await db.execute(
    `update instances set refresh_lease = $2, refresh_lease_until = $3
     where id = $1 and credentials = $5 and (refresh_lease is null or refresh_lease_until <= $4)`,
    [take.id, take.lease, toDate(take.until), toDate(take.now), take.credentials],
  );
  return taken === 1;
}

export async function dropRefreshLease(db: Queryable, id: number, lease: string): Promise<void> {
  await db.execute(
    `update instances set refresh_lease = null, refresh_lease_until = null where id = $1 and refresh_lease = $2`,
    [id, lease],
  );
}

/**
 * Stores fresh credentials in the place of those they were made from; false when these are no longer the stored ones.
 * The lease need not be held any more: what the vendor gave for the stored token is what counts.
 */
export async function replaceCredentials(
  db: Queryable,
  replacement: { id: number; previous: Buffer; credentials: Buffer; now: EpochMs },
): Promise<boolean> {
  const replaced = await db.execute(
    `update instances set credentials = $3, credentials_at = $4, refresh_lease = null, refresh_lease_until = null,
       attention = case when attention->>'kind' = 'reauthorize' then null else attention end
     where id = $1 and credentials = $2`,
    [replacement.id, replacement.previous, replacement.credentials, toDate(replacement.now)],
  );
  return replaced === 1;
}

/** Notes that these credentials are dead; false when others are stored, or somebody else is refreshing them. */
export async function markDead(
  db: Queryable,
  mark: { id: number; credentials: Buffer; lease: string | null; now: EpochMs; attention: Attention },
): Promise<boolean> {
  const marked = await db.execute(
    `update instances set attention = $5, refresh_lease = null, refresh_lease_until = null
     where id = $1 and credentials = $2
       and (refresh_lease is null or refresh_lease = $3 or refresh_lease_until <= $4)`,
    [mark.id, mark.credentials, mark.lease, toDate(mark.now), JSON.stringify(mark.attention)],
  );
  return marked === 1;
}

/** Another value of a derived entry; the version is raised when there was such an entry. */
export async function replaceDerivedEntry(
  db: Queryable,
  entry: { id: number; key: string; sealed: Buffer },
): Promise<void> {
  await db.execute(
    `with changed as (
       update instance_configuration set sealed = $3, value = null where instance_id = $1 and key = $2
       returning instance_id)
     update instances i set config_version = i.config_version + 1 from changed where i.id = changed.instance_id`,
    [entry.id, entry.key, entry.sealed],
  );
}
