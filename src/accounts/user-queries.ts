import type { Queryable } from '../database/pool.ts';
import { toDate } from '../kernel/clock.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { Role } from './caller.ts';

export interface UserRow {
  id: number;
  account_id: number;
  email: string;
  first_name: string;
  last_name: string;
  role: Role;
  active: boolean;
  created_at: EpochMs;
}

const COLUMNS = 'u.id, u.account_id, u.email, u.first_name, u.last_name, u.role, u.active, u.created_at';

/** By id from the one after `afterId`, leaving out the first `skip`. */
export async function listUsers(
  db: Queryable,
  accountId: number,
  page: { afterId: number; skip: number; limit: number },
): Promise<UserRow[]> {
  return db.query<UserRow>(
    `select ${COLUMNS} from users u where u.account_id = $1 and u.id > $2 order by u.id offset $3 limit $4`,
    [accountId, page.afterId, page.skip, page.limit],
  );
}

/** By id or by email address, in any case. */
export async function findUser(
  db: Queryable,
  accountId: number,
  user: { id: number } | { email: string },
): Promise<UserRow | undefined> {
  const [row] = await db.query<UserRow>(
    `select ${COLUMNS} from users u where u.account_id = $1 and (u.id = $2 or lower(u.email) = lower($3))`,
    [accountId, 'id' in user ? user.id : null, 'email' in user ? user.email : null],
  );
  return row;
}

/** The id of the next user: its secret is sealed for its row before the row is there. */
export async function nextUserId(db: Queryable): Promise<number> {
  const [row] = await db.query<{ id: number }>(`select nextval(pg_get_serial_sequence('users', 'id')) as id`);
  return row!.id;
}

export interface NewUser {
  id: number;
  accountId: number;
  email: string;
  firstName: string;
  lastName: string;
  role: Role;
  passwordHash: string | null;
  secretHash: Buffer;
  secretSealed: Buffer;
  createdAt: EpochMs;
}

export async function insertUser(db: Queryable, user: NewUser): Promise<void> {
  await db.execute(
    `insert into users (id, account_id, email, first_name, last_name, role, password_hash, secret_hash,
       secret_sealed, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      user.id,
      user.accountId,
      user.email,
      user.firstName,
      user.lastName,
      user.role,
      user.passwordHash,
      user.secretHash,
      user.secretSealed,
      toDate(user.createdAt),
    ],
  );
}

export interface UserChange {
  email?: string | undefined;
  firstName?: string | undefined;
  lastName?: string | undefined;
  role?: Role | undefined;
  active?: boolean | undefined;
  passwordHash?: string | undefined;
}

/** What is undefined stays. False when the account has no such user. */
export async function updateUser(
  db: Queryable,
  accountId: number,
  id: number,
  change: UserChange,
): Promise<boolean> {
  const touched = await db.execute(
    `update users set email = coalesce($3, email), first_name = coalesce($4, first_name),
       last_name = coalesce($5, last_name), role = coalesce($6, role), active = coalesce($7, active),
       password_hash = coalesce($8, password_hash)
     where account_id = $1 and id = $2`,
    [
      accountId,
      id,
      change.email ?? null,
      change.firstName ?? null,
      change.lastName ?? null,
      change.role ?? null,
      change.active ?? null,
      change.passwordHash ?? null,
    ],
  );
  return touched === 1;
}

export async function deleteUser(db: Queryable, accountId: number, id: number): Promise<boolean> {
  return (await db.execute(`delete from users where account_id = $1 and id = $2`, [accountId, id])) === 1;
}

export interface SignInRow {
  id: number;
  password_hash: string | null;
  secret_sealed: Buffer;
  organization_id: number;
  organization_secret_sealed: Buffer;
}

const SIGN_IN = `select u.id, u.password_hash, u.secret_sealed, o.id as organization_id,
    o.secret_sealed as organization_secret_sealed
  from users u
    join accounts a on a.id = u.account_id
    join organizations o on o.id = a.organization_id
  where u.active and a.active and`;

/** An active user of an active account, by its email address in any case. */
export async function findSignInByEmail(db: Queryable, email: string): Promise<SignInRow | undefined> {
  const [row] = await db.query<SignInRow>(`${SIGN_IN} lower(u.email) = lower($1)`, [email]);
  return row;
}

/** As `findSignInByEmail`. */
export async function findSignInById(db: Queryable, id: number): Promise<SignInRow | undefined> {
  const [row] = await db.query<SignInRow>(`${SIGN_IN} u.id = $1`, [id]);
  return row;
}
