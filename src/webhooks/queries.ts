import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import type { Json } from '../kernel/json.ts';

export type SetupState = 'off' | 'manual' | 'set_up' | 'failed';

export interface StoredPiece {
  kind: string;
  id: string;
  name: string;
  [detail: string]: Json;
}

export interface SetupRow {
  instance_id: number;
  secret: Buffer;
  proof: 'basic' | 'token' | 'signature' | null;
  state: SetupState;
  reason: string | null;
  pieces: StoredPiece[];
  tenant_id: string | null;
  wanted: Buffer | null;
  checked_at: EpochMs | null;
  next_check_at: EpochMs | null;
}

export async function findSetup(db: Queryable, instanceId: number): Promise<SetupRow | undefined> {
  const [row] = await db.query<SetupRow>(
    `select instance_id, secret, proof, state, reason, pieces, tenant_id, wanted, checked_at, next_check_at
     from webhook_setups where instance_id = $1`,
    [instanceId],
    { name: 'find-webhook-setup' },
  );
  return row;
}

/** Whether the user and the account of an instance are active. */
export async function isOwnerActive(db: Queryable, instanceId: number): Promise<boolean> {
  const rows = await db.query(
    `select from instances i join users u on u.id = i.user_id join accounts a on a.id = i.account_id
     where i.id = $1 and u.active and a.active`,
    [instanceId],
    { name: 'is-owner-active' },
  );
  return rows.length === 1;
}

/** Makes the row with a fresh secret where there is none. */
export async function ensureSetup(
  db: Queryable,
  row: { instanceId: number; secret: Buffer; tenantId: string | null },
): Promise<void> {
  await db.execute(
    `insert into webhook_setups (instance_id, secret, state, tenant_id)
     select id, $2, 'off', $3 from instances where id = $1 on conflict (instance_id) do nothing`,
    [row.instanceId, row.secret, row.tenantId],
  );
}

/** Takes or renews the lease; false while another has it. */
export async function leaseSetup(
  db: Queryable,
  claim: { instanceId: number; lease: string; now: EpochMs; until: EpochMs },
): Promise<boolean> {
  const taken = await db.execute(
    `update webhook_setups set lease = $2, lease_until = $4
     where instance_id = $1 and (lease is null or lease = $2 or lease_until <= $3)`,
    [claim.instanceId, claim.lease, toDate(claim.now), toDate(claim.until)],
  );
  return taken === 1;
}

/** Nothing had to be done for this version of the instance. */
export async function markApplied(
  db: Queryable,
  { instanceId, configVersion }: { instanceId: number; configVersion: number },
): Promise<void> {
  await db.execute(
    'update webhook_setups set config_version = $2 where instance_id = $1 and config_version < $2',
    [instanceId, configVersion],
  );
}

/** Instances that were made or changed and never brought in step: whoever did it died, or was overtaken. */
export async function listStrays(
  db: Queryable,
  search: { elementKeys: readonly string[]; now: EpochMs; limit: number },
): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    `select i.id from instances i left join webhook_setups s on s.instance_id = i.id
     where i.element_key = any($1) and (s.config_version is distinct from i.config_version)
       and (s.lease is null or s.lease_until <= $2)
     order by i.id limit $3`,
    [search.elementKeys, toDate(search.now), search.limit],
  );
  return rows.map((row) => row.id);
}

export interface SetupResult {
  instanceId: number;
  lease: string;
  secret: Buffer;
  proof: SetupRow['proof'];
  state: SetupState;
  reason: string | null;
  pieces: StoredPiece[];
  tenantId: string | null;
  wanted: Buffer | null;
  configVersion: number;
  checkedAt: EpochMs;
  nextCheckAt: EpochMs | null;
}

/** Writes what came of it and gives the lease back; false when it was lost. */
export async function saveSetup(db: Queryable, result: SetupResult): Promise<boolean> {
  const written = await db.execute(
    `update webhook_setups set secret = $3, proof = $4, state = $5, reason = $6, pieces = $7, tenant_id = $8,
       wanted = $9, checked_at = $10, next_check_at = $11, config_version = $12, lease = null, lease_until = null
     where instance_id = $1 and lease = $2`,
    [
      result.instanceId,
      result.lease,
      result.secret,
      result.proof,
      result.state,
      result.reason,
      JSON.stringify(result.pieces),
      result.tenantId,
      result.wanted,
      toDate(result.checkedAt),
      result.nextCheckAt === null ? null : toDate(result.nextCheckAt),
      result.configVersion,
    ],
  );
  return written === 1;
}

/** Keeps what exists at the vendor while it is being made, for a process that dies in between. */
export async function savePieces(
  db: Queryable,
  row: { instanceId: number; lease: string; pieces: readonly StoredPiece[]; tenantId: string | null },
): Promise<boolean> {
  const written = await db.execute(
    'update webhook_setups set pieces = $3, tenant_id = $4 where instance_id = $1 and lease = $2',
    [row.instanceId, row.lease, JSON.stringify(row.pieces), row.tenantId],
  );
  return written === 1;
}

/** From now on webhooks must carry the secret: it left the house in a package. */
export async function demandProof(
  db: Queryable,
  instanceId: number,
  proof: NonNullable<SetupRow['proof']>,
): Promise<void> {
  await db.execute(
    `update webhook_setups set proof = $2, state = case state when 'set_up' then state else 'manual' end
     where instance_id = $1`,
    [instanceId, proof],
  );
}

/** Moves the next look at a vendor without having looked. */
export async function postponeCheck(db: Queryable, instanceId: number, at: EpochMs): Promise<void> {
  await db.execute('update webhook_setups set next_check_at = $2 where instance_id = $1', [
    instanceId,
    toDate(at),
  ]);
}

/** Set-ups that are to be looked at, each for one node: the next look is moved on with the claim. */
export async function claimDueSetups(
  db: Queryable,
  claim: { now: EpochMs; again: EpochMs; limit: number },
): Promise<number[]> {
  const rows = await db.query<{ instance_id: number }>(
    `with due as (
       select instance_id from webhook_setups
       where next_check_at <= $1 and (lease is null or lease_until <= $1)
       order by next_check_at limit $3 for update skip locked
     )
     update webhook_setups s set next_check_at = $2 from due where s.instance_id = due.instance_id
     returning s.instance_id`,
    [toDate(claim.now), toDate(claim.again), claim.limit],
  );
  return rows.map((row) => row.instance_id);
}

/** When the last webhooks of an instance came, newest first. */
export async function lastWebhooks(db: Queryable, instanceId: number, limit: number): Promise<EpochMs[]> {
  const rows = await db.query<{ received_at: EpochMs }>(
    `select received_at from events where instance_id = $1 and source = 'webhook' order by id desc limit $2`,
    [instanceId, limit],
  );
  return rows.map((row) => row.received_at);
}

/** Instances of an element in these vendor accounts; those with a finder of their own are found by that. */
export async function findByTenant(
  db: Queryable,
  elementKey: string,
  tenantIds: readonly string[],
): Promise<{ id: number; tenant_id: string }[]> {
  return db.query<{ id: number; tenant_id: string }>(
    `select i.id, i.tenant_id from instances i
     where i.element_key = $1 and i.tenant_id = any($2::text[])
       and not exists (select from instance_configuration f
         where f.instance_id = i.id and f.key = 'event.notification.instance.finder' and f.value is not null)
     order by i.id`,
    [elementKey, tenantIds],
    { name: 'find-by-tenant' },
  );
}

/** Every `configKey|payload.path` that an instance of the element has. */
export async function listFinders(db: Queryable, elementKey: string): Promise<string[]> {
  const rows = await db.query<{ finder: string }>(
    `select distinct f.value #>> '{}' as finder from instance_configuration f join instances i on i.id = f.instance_id
     where i.element_key = $1 and f.key = 'event.notification.instance.finder' and f.value is not null`,
    [elementKey],
  );
  return rows.map((row) => row.finder);
}

/** Instances with this finder whose entry `configKey` (or whose vendor account, for `id`) is one of these values. */
export async function findByEntry(
  db: Queryable,
  wanted: { elementKey: string; finder: string; configKey: string; values: readonly string[] },
): Promise<{ id: number; value: string }[]> {
  return db.query<{ id: number; value: string }>(
    `select i.id, v.value from instances i
     join instance_configuration f on f.instance_id = i.id and f.key = 'event.notification.instance.finder'
       and f.value #>> '{}' = $2
     left join instance_configuration c on c.instance_id = i.id and c.key = $3
     join unnest($4::text[]) as v(value) on v.value = coalesce(c.value #>> '{}', case when $3 = 'id' then i.tenant_id end)
     where i.element_key = $1 order by i.id`,
    [wanted.elementKey, wanted.finder, wanted.configKey, wanted.values],
  );
}
