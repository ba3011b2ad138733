import type { Queryable } from '../database/pool.ts';
import { toDate } from '../kernel/clock.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { Role } from './caller.ts';

export interface CallerRow {
  organization_id: number;
  account_id: number;
  user_id: number;
  role: Role;
}

/**
 * The active user of an active account behind a user secret, when the organization secret, or else the token of one
 * of the account's instances, belongs with it. The hot path of every request: one statement.
 */
export async function findCaller(
  db: Queryable,
  hashes: { user: Buffer; organization: Buffer | null; element: Buffer | null },
): Promise<CallerRow | undefined> {
  const [row] = await db.query<CallerRow>(
    `select o.id as organization_id, a.id as account_id, u.id as user_id, u.role
     from users u
       join accounts a on a.id = u.account_id
       join organizations o on o.id = a.organization_id
     where u.secret_hash = $1 and u.active and a.active
       and (o.secret_hash = $2
         or ($2::bytea is null and exists (
           select from instances i where i.token_hash = $3 and i.account_id = a.id)))`,
    [hashes.user, hashes.organization, hashes.element],
    { name: 'find_caller' },
  );
  return row;
}

export interface OrganizationRow {
  id: number;
  name: string;
  secret_sealed: Buffer;
}

export async function findOrganization(db: Queryable, id: number): Promise<OrganizationRow | undefined> {
  const [row] = await db.query<OrganizationRow>(
    `select id, name, secret_sealed from organizations where id = $1`,
    [id],
  );
  return row;
}

/** Any constant: "first" in ASCII. */
const FIRST_START_LOCK = 0x66_69_72_73_74;

/** Lets one transaction at a time go on, until it ends. */
export async function lockFirstStart(tx: Queryable): Promise<void> {
  await tx.execute(`select pg_advisory_xact_lock($1)`, [FIRST_START_LOCK]);
}

export async function hasOrganization(db: Queryable): Promise<boolean> {
  const rows = await db.query<{ id: number }>(`select id from organizations limit 1`);
  return rows.length > 0;
}

/** As `nextUserId`. */
export async function nextOrganizationId(db: Queryable): Promise<number> {
  const [row] = await db.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence('organizations', 'id')) as id`,
  );
  return row!.id;
}

export async function insertOrganization(
  db: Queryable,
  organization: { id: number; name: string; secretHash: Buffer; secretSealed: Buffer; createdAt: EpochMs },
): Promise<void> {
  await db.execute(
    `insert into organizations (id, name, secret_hash, secret_sealed, created_at) values ($1, $2, $3, $4, $5)`,
    [
      organization.id,
      organization.name,
      organization.secretHash,
      organization.secretSealed,
      toDate(organization.createdAt),
    ],
  );
}

/** Whether some user and some organization have these secrets. */
export async function hasSecrets(
  db: Queryable,
  hashes: { user: Buffer; organization: Buffer },
): Promise<{ user: boolean; organization: boolean }> {
  const [row] = await db.query<{ user: boolean; organization: boolean }>(
    `select exists (select from users where secret_hash = $1) as user,
       exists (select from organizations where secret_hash = $2) as organization`,
    [hashes.user, hashes.organization],
  );
  return row!;
}

/** The text sealed under the first encryption key, when a first start has stored it. */
export async function findEncryptionCheck(db: Queryable): Promise<Buffer | undefined> {
  const [row] = await db.query<{ sealed: Buffer }>(`select sealed from encryption_check`);
  return row?.sealed;
}

/** Puts another in its place, unless some process was faster. */
export async function replaceEncryptionCheck(
  db: Queryable,
  { previous, sealed }: { previous: Buffer; sealed: Buffer },
): Promise<void> {
  await db.execute('update encryption_check set sealed = $2 where sealed = $1', [previous, sealed]);
}

/** Stores it unless another process just did. */
export async function insertEncryptionCheck(db: Queryable, sealed: Buffer): Promise<void> {
  await db.execute(`insert into encryption_check (sealed) values ($1) on conflict do nothing`, [sealed]);
}
