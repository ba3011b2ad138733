import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import type { Json } from '../kernel/json.ts';
import type { Attention } from './instance.ts';

/** A row of `instance_configuration` as JSON gives it: bytes in base64. Neither value nor sealed: the default. */
export interface EntryRow {
  id: number;
  key: string;
  value: Json;
  sealed: string | null;
}

export interface InstanceRow {
  id: number;
  account_id: number;
  user_id: number;
  element_key: string;
  name: string;
  token_sealed: Buffer;
  tags: string[];
  disabled: boolean;
  events_enabled: boolean;
  config_version: number;
  tenant_id: string | null;
  facts: { [key: string]: Json };
  attention: Attention | null;
  created_at: EpochMs;
  email: string;
  first_name: string;
  last_name: string;
  entries: EntryRow[];
}

/** Whose instances: those of one account, or (null) of the whole organization. */
export interface Scope {
  organizationId: number;
  accountId: number | null;
}

const COLUMNS = `
  i.id, i.account_id, i.user_id, i.element_key, i.name, i.token_sealed, i.tags, i.disabled, i.events_enabled,
  i.config_version, i.tenant_id, i.facts, i.attention, i.created_at, u.email, u.first_name, u.last_name,
  (select coalesce(json_agg(json_build_object(
       'id', c.id, 'key', c.key, 'value', c.value, 'sealed', encode(c.sealed, 'base64')) order by c.id), '[]')
   from instance_configuration c where c.instance_id = i.id) as entries`;

const IN_SCOPE = `exists (
  select from accounts a where a.id = i.account_id and a.organization_id = $1 and ($2::int8 is null or a.id = $2))`;

export async function findInstance(db: Queryable, id: number): Promise<InstanceRow | undefined> {
  const [row] = await db.query<InstanceRow>(
    `select ${COLUMNS} from instances i join users u on u.id = i.user_id where i.id = $1`,
    [id],
    { name: 'find_instance' },
  );
  return row;
}

export async function findInstanceByToken(
  db: Queryable,
  tokenHash: Buffer,
): Promise<InstanceRow | undefined> {
  const [row] = await db.query<InstanceRow>(
    `select ${COLUMNS} from instances i join users u on u.id = i.user_id where i.token_hash = $1`,
    [tokenHash],
    { name: 'find_instance_by_token' },
  );
  return row;
}

export interface InstanceFilter {
  elementKey: string | null;
  /** Has at least one of them. */
  tags: string[] | null;
  /** In the name, any case. */
  searchText: string | null;
}

/** By id from the one after `afterId`, leaving out the first `skip`. */
export async function listInstances(
  db: Queryable,
  scope: Scope,
  filter: InstanceFilter,
  page: { afterId: number; skip: number; limit: number },
): Promise<InstanceRow[]> {
  return db.query<InstanceRow>(
    `select ${COLUMNS} from instances i join users u on u.id = i.user_id
     where ${IN_SCOPE} and i.id > $3 and ($4::text is null or i.element_key = $4)
       and ($5::text[] is null or i.tags && $5)
       and ($6::text is null or position(lower($6) in lower(i.name)) > 0)
     order by i.id offset $7 limit $8`,
    [
      scope.organizationId,
      scope.accountId,
      page.afterId,
      filter.elementKey,
      filter.tags,
      filter.searchText,
      page.skip,
      page.limit,
    ],
  );
}

export async function countInstances(
  db: Queryable,
  scope: Scope,
): Promise<{ element_key: string; count: number }[]> {
  return db.query(
    `select i.element_key, count(*)::int8 as count from instances i where ${IN_SCOPE}
     group by i.element_key order by i.element_key`,
    [scope.organizationId, scope.accountId],
  );
}

/** Whether the caller may see the instance; for others it does not exist. */
export async function isInScope(db: Queryable, scope: Scope, id: number): Promise<boolean> {
  const rows = await db.query(`select from instances i where ${IN_SCOPE} and i.id = $3`, [
    scope.organizationId,
    scope.accountId,
    id,
  ]);
  return rows.length === 1;
}

export async function listOwnedIds(
  db: Queryable,
  owner: { accountId: number | null; userId: number | null },
): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    'select id from instances where account_id = $1 or user_id = $2 order by id',
    [owner.accountId, owner.userId],
  );
  return rows.map((row) => row.id);
}

/** Ids come from the sequence only when everything that can be refused was, so that they stay consecutive. */
export async function takeInstanceId(tx: Queryable): Promise<number> {
  const [row] = await tx.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence('instances', 'id')) as id`,
  );
  return row!.id;
}

/** Whether user and account are active, and keeps both so until the transaction ends. */
export async function lockActiveOwner(
  tx: Queryable,
  owner: { accountId: number; userId: number },
): Promise<boolean> {
  const rows = await tx.query(
    `select from users u join accounts a on a.id = u.account_id
     where u.id = $1 and a.id = $2 and u.active and a.active for share`,
    [owner.userId, owner.accountId],
  );
  return rows.length === 1;
}

export interface NewInstanceRow {
  id: number;
  accountId: number;
  userId: number;
  elementKey: string;
  name: string;
  tokenHash: Buffer;
  tokenSealed: Buffer;
  tags: string[];
  eventsEnabled: boolean;
  tenantId: string;
  facts: { [key: string]: Json };
  credentials: Buffer;
  createdAt: EpochMs;
}

export async function insertInstance(tx: Queryable, row: NewInstanceRow): Promise<void> {
  await tx.execute(
    `insert into instances (id, account_id, user_id, element_key, name, token_hash, token_sealed, tags,
       events_enabled, tenant_id, facts, credentials, created_at, credentials_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)`,
    [
      row.id,
      row.accountId,
      row.userId,
      row.elementKey,
      row.name,
      row.tokenHash,
      row.tokenSealed,
      row.tags,
      row.eventsEnabled,
      row.tenantId,
      JSON.stringify(row.facts),
      row.credentials,
      toDate(row.createdAt),
    ],
  );
}

/** Keeps others from changing the instance until the transaction ends; false when it is gone. */
export async function lockInstance(tx: Queryable, id: number): Promise<boolean> {
  return (await tx.query('select from instances where id = $1 for update', [id])).length === 1;
}

export async function updateInstance(
  tx: Queryable,
  row: { id: number; name: string; tags: string[]; disabled: boolean; eventsEnabled: boolean },
): Promise<void> {
  await tx.execute(
    `update instances set name = $2, tags = $3, disabled = $4, events_enabled = $5,
       config_version = config_version + 1
     where id = $1`,
    [row.id, row.name, row.tags, row.disabled, row.eventsEnabled],
  );
}

/** A new sign-in: it ends whatever refresh of older credentials is under way, and the need to authorize again. */
export async function storeSignIn(
  tx: Queryable,
  row: { id: number; credentials: Buffer; tenantId: string; facts: { [key: string]: Json }; now: EpochMs },
): Promise<void> {
  await tx.execute(
    `update instances set credentials = $2, credentials_at = $5, tenant_id = $3, facts = $4,
       refresh_lease = null, refresh_lease_until = null,
       attention = case when attention->>'kind' = 'reauthorize' then null else attention end
     where id = $1`,
    [row.id, row.credentials, row.tenantId, JSON.stringify(row.facts), toDate(row.now)],
  );
}

/** Writes entries under the ids they have; a value or sealed bytes, or neither for "the element's default". */
export async function upsertEntries(
  tx: Queryable,
  instanceId: number,
  entries: readonly { key: string; value: Json | undefined; sealed: Buffer | null }[],
): Promise<void> {
  await tx.execute(
    `insert into instance_configuration (instance_id, key, value, sealed)
     select $1, e.key, e.value::json, e.sealed
     from unnest($2::text[], $3::text[], $4::bytea[]) with ordinality as e (key, value, sealed, place)
     order by e.place
     on conflict (instance_id, key) do update set value = excluded.value, sealed = excluded.sealed`,
    [
      instanceId,
      entries.map((entry) => entry.key),
      entries.map((entry) => (entry.value === undefined ? null : JSON.stringify(entry.value))),
      entries.map((entry) => entry.sealed),
    ],
  );
}

export async function deleteEntries(
  tx: Queryable,
  instanceId: number,
  keys: readonly string[],
): Promise<void> {
  await tx.execute('delete from instance_configuration where instance_id = $1 and key = any($2)', [
    instanceId,
    keys,
  ]);
}

/**
 * Notes why a person is needed. That it must sign in again comes before all else and stays; deletions on hold can wait
 * and take nothing's place.
 */
export async function setAttention(db: Queryable, id: number, attention: Attention): Promise<void> {
  await db.execute(
    `update instances set attention = $2
     where id = $1 and (attention is null or attention->>'kind' = $3 or $3 = 'reauthorize'
       or (attention->>'kind' <> 'reauthorize' and $3 <> 'deletions_held'))`,
    [id, JSON.stringify(attention), attention.kind],
  );
}

export async function clearAttention(db: Queryable, id: number, kind: Attention['kind']): Promise<void> {
  await db.execute(`update instances set attention = null where id = $1 and attention->>'kind' = $2`, [
    id,
    kind,
  ]);
}

export async function deleteInstance(tx: Queryable, id: number): Promise<boolean> {
  return (await tx.execute('delete from instances where id = $1', [id])) === 1;
}
