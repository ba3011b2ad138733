import type { Queryable } from '../database/pool.ts';
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
