import type { Role } from '../accounts/caller.ts';
import type { Queryable } from '../database/pool.ts';

export interface SessionUserRow {
  user_id: number;
  account_id: number;
  organization_id: number;
  role: Role;
  email: string;
  first_name: string;
  last_name: string;
  password_hash: string | null;
}

/** An active user of an active account. */
export async function findSessionUser(db: Queryable, userId: number): Promise<SessionUserRow | undefined> {
  const [row] = await db.query<SessionUserRow>(
    `select u.id as user_id, u.account_id, a.organization_id, u.role, u.email, u.first_name, u.last_name,
       u.password_hash
     from users u join accounts a on a.id = u.account_id
     where u.id = $1 and u.active and a.active`,
    [userId],
    { name: 'find_session_user' },
  );
  return row;
}

/** The first user there was: whom the demo signs in. */
export async function findFirstUser(db: Queryable): Promise<number | undefined> {
  const [row] = await db.query<{ id: number }>('select id from users where active order by id limit 1');
  return row?.id;
}

/** Gives a user another secret; the old one is refused from then on. */
export async function updateUserSecret(
  db: Queryable,
  userId: number,
  secret: { hash: Buffer; sealed: Buffer },
): Promise<void> {
  await db.execute('update users set secret_hash = $2, secret_sealed = $3 where id = $1', [
    userId,
    secret.hash,
    secret.sealed,
  ]);
}

/** As `updateUserSecret`, of an organization: all its users need the new one. */
export async function updateOrganizationSecret(
  db: Queryable,
  organizationId: number,
  secret: { hash: Buffer; sealed: Buffer },
): Promise<void> {
  await db.execute('update organizations set secret_hash = $2, secret_sealed = $3 where id = $1', [
    organizationId,
    secret.hash,
    secret.sealed,
  ]);
}
