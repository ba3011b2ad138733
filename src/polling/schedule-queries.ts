import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

export type Off = 'events_off' | 'instance_disabled' | 'polling_disabled';

export interface PollerRow {
  instance_id: number;
  next_poll_at: EpochMs | null;
  lease: string | null;
  lease_until: EpochMs | null;
  is_background: boolean;
  config_version: number;
  tenant_id: string | null;
  off: Off | null;
  off_reason: string | null;
  off_at: EpochMs | null;
}

export interface ClaimedPoller {
  instance_id: number;
}

/** Takes due instances nobody polls, in one statement; nodes that do so at once get different ones. */
export async function claimDue(
  db: Queryable,
  claim: { lease: string; now: EpochMs; leaseUntil: EpochMs; limit: number },
): Promise<ClaimedPoller[]> {
  return db.query<ClaimedPoller>(
    `with due as (
       select instance_id from pollers
       where next_poll_at <= $2 and (lease is null or lease_until <= $2)
       order by next_poll_at limit $4 for update skip locked
     )
     update pollers p set lease = $1, lease_until = $3, is_background = false from due where p.instance_id = due.instance_id
     returning p.instance_id`,
    [claim.lease, toDate(claim.now), toDate(claim.leaseUntil), claim.limit],
    { name: 'claim-due' },
  );
}

/** Renews leases while their instances are polled; those that are missing from the answer were lost. */
export async function renewLeases(
  db: Queryable,
  held: readonly { instanceId: number; lease: string }[],
  leaseUntil: EpochMs,
): Promise<string[]> {
  const rows = await db.query<{ lease: string }>(
    `update pollers p set lease_until = $3 from unnest($1::int8[], $2::uuid[]) as held(instance_id, lease)
     where p.instance_id = held.instance_id and p.lease = held.lease returning p.lease`,
    [held.map(({ instanceId }) => instanceId), held.map(({ lease }) => lease), toDate(leaseUntil)],
  );
  return rows.map((row) => row.lease);
}

/** Gives a lease back; the instance is due when the first of its resources is. No effect when it was lost. */
export async function release(
  db: Queryable,
  held: { instanceId: number; lease: string; notBefore: EpochMs },
): Promise<void> {
  await db.execute(
    `update pollers p set lease = null, lease_until = null, is_background = false,
       next_poll_at = case when p.off is null then
         (select greatest($3, least(min(next_poll_at), min(reconcile_at), min(enabled_at) filter (where has_released)))
          from polled_resources r where r.instance_id = p.instance_id having count(*) > 0) end
     where p.instance_id = $1 and p.lease = $2`,
    [held.instanceId, held.lease, toDate(held.notBefore)],
  );
}

/**
 * Makes the row of an instance where there is none, and locks it to the end of the transaction; undefined when the
 * instance is deleted. Its own row is locked first, as everywhere, or two transactions could wait for each other.
 */
export async function lockPoller(
  tx: Queryable,
  instanceId: number,
): Promise<(PollerRow & { is_owner_active: boolean }) | undefined> {
  const [found] = await tx.query<{ is_owner_active: boolean }>(
    `select u.active and a.active as is_owner_active
     from instances i join users u on u.id = i.user_id join accounts a on a.id = i.account_id
     where i.id = $1 for no key update of i`,
    [instanceId],
  );
  if (found === undefined) return undefined;
  await tx.execute(
    `insert into pollers (instance_id, off) values ($1, 'events_off') on conflict (instance_id) do nothing`,
    [instanceId],
  );
  const [row] = await tx.query<PollerRow>('select * from pollers where instance_id = $1 for update', [
    instanceId,
  ]);
  return row === undefined ? undefined : { ...row, ...found };
}

/** What `sync` made of it, with the lease of whoever goes on to poll it. */
export async function savePoller(
  tx: Queryable,
  poller: {
    instanceId: number;
    configVersion: number;
    tenantId: string | null;
    off: Off | null;
    offReason: string | null;
    offAt: EpochMs | null;
    lease: string | null;
    leaseUntil: EpochMs | null;
  },
): Promise<void> {
  await tx.execute(
    `update pollers p set config_version = $2, tenant_id = $3, off = $4, off_reason = $5, off_at = $6, lease = $7,
       lease_until = $8, is_background = false, next_poll_at = case when $4::text is null then
         (select min(next_poll_at) from polled_resources r where r.instance_id = p.instance_id) end
     where instance_id = $1`,
    [
      poller.instanceId,
      poller.configVersion,
      poller.tenantId,
      poller.off,
      poller.offReason,
      poller.offAt === null ? null : toDate(poller.offAt),
      poller.lease,
      poller.leaseUntil === null ? null : toDate(poller.leaseUntil),
    ],
  );
}

/** From here on the lease is for work that can wait: whoever asks for a poll may take it. False when it was lost. */
export async function yieldLease(
  db: Queryable,
  held: { instanceId: number; lease: string },
): Promise<boolean> {
  const touched = await db.execute(
    'update pollers set is_background = true where instance_id = $1 and lease = $2',
    [held.instanceId, held.lease],
  );
  return touched === 1;
}

/** Makes instances due now, where they are polled at all. */
export async function makeAllDue(db: Queryable, instanceIds: readonly number[], now: EpochMs): Promise<void> {
  await db.execute(
    `update pollers set next_poll_at = $2 where instance_id = any($1::int8[]) and off is null and next_poll_at > $2`,
    [instanceIds, toDate(now)],
  );
}

/** Stops the polling of an instance until a person acts. False when the lease was lost. */
export async function disablePoller(
  tx: Queryable,
  disabled: { instanceId: number; lease: string; reason: string; now: EpochMs },
): Promise<boolean> {
  const touched = await tx.execute(
    `update pollers set off = 'polling_disabled', off_reason = $3, off_at = $4, next_poll_at = null
     where instance_id = $1 and lease = $2`,
    [disabled.instanceId, disabled.lease, disabled.reason, toDate(disabled.now)],
  );
  return touched === 1;
}

/** Instances whose polling was disabled; of one account, or (null) of the whole organization. */
export async function listPollingDisabled(
  db: Queryable,
  scope: { organizationId: number; accountId: number | null; limit: number },
): Promise<number[]> {
  const rows = await db.query<{ instance_id: number }>(
    `select p.instance_id from pollers p
     join instances i on i.id = p.instance_id join accounts a on a.id = i.account_id
     where p.off = 'polling_disabled' and a.organization_id = $1 and ($2::int8 is null or a.id = $2)
     order by p.instance_id limit $3`,
    [scope.organizationId, scope.accountId, scope.limit],
  );
  return rows.map((row) => row.instance_id);
}

/** Ends the polling of an instance that is about to be deleted: whoever polls it writes nothing more. */
export async function stopPoller(db: Queryable, instanceId: number): Promise<void> {
  await db.execute(
    'update pollers set lease = null, lease_until = null, next_poll_at = null where instance_id = $1',
    [instanceId],
  );
}

export async function deletePoller(db: Queryable, instanceId: number): Promise<void> {
  await db.execute('delete from pollers where instance_id = $1', [instanceId]);
}

/**
 * Makes due what a process that died in the middle of a change left behind: instances without a row, and rows of an
 * older configuration. Hints that nobody follows any more, for polling or webhooks were switched off, end.
 */
export async function adoptStrays(db: Queryable, now: EpochMs): Promise<number> {
  const inserted = await db.execute(
    `insert into pollers (instance_id, next_poll_at, off)
     select i.id, $1, 'events_off' from instances i
     where i.events_enabled and not i.disabled and not exists (select from pollers p where p.instance_id = i.id)
     on conflict (instance_id) do nothing`,
    [toDate(now)],
  );
  const updated = await db.execute(
    `update pollers p set next_poll_at = $1 from instances i
     where i.id = p.instance_id and i.config_version <> p.config_version and p.lease is null`,
    [toDate(now)],
  );
  await db.execute(
    `delete from hints h using instances i where i.id = h.instance_id and (
       not exists (select from instance_configuration c
         where c.instance_id = i.id and c.key = 'event.vendor.type' and c.value #>> '{}' ilike '%both%')
       or exists (select from pollers p
         where p.instance_id = i.id and p.config_version = i.config_version and p.off = 'events_off'))`,
  );
  return inserted + updated;
}

/** Spreads what fell due while nobody polled over the time to come, the same way on every node. */
export function spreadOverdue(
  db: Queryable,
  spread: { overdueSince: EpochMs; now: EpochMs; windowMs: number },
): Promise<number> {
  return db.execute(
    `update pollers p set next_poll_at = $2::timestamptz + (abs(hashint8(instance_id)::int8) % $3) * interval '1 ms'
     where next_poll_at <= $1 and (lease is null or lease_until <= $2)`,
    [toDate(spread.overdueSince), toDate(spread.now), spread.windowMs],
  );
}
