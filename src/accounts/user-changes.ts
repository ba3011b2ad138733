import { isUniqueViolation } from '../database/errors.ts';
import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { hashPassword } from '../vault/hash-password.ts';
import type { Vault } from '../vault/vault.ts';
import { addUser } from './add-user.ts';
import type { Caller } from './caller.ts';
import { assertAdministers, assertMayHandle } from './permissions.ts';
import { presentUser } from './present.ts';
import { readRole } from './role-keys.ts';
import type { User, UserBody } from './schema.ts';
import { findUser, updateUser, type UserRow } from './user-queries.ts';

/**
 * Adds a user to an account the caller may see; its secret is in the answer this once.
 * @throws Fault `forbidden` unless the caller administers it and may give that role, `conflict` for a taken address
 */
export async function createUser(
  { db, clock, vault }: { db: Database; clock: Clock; vault: Vault },
  caller: Caller,
  accountId: number,
  body: UserBody,
): Promise<User> {
  assertAdministers(caller);
  const role = readRole(body) ?? 'member';
  assertMayHandle(caller, role);
  const email = body.email ?? body.emailAddress;
  if (email === undefined) throw new Fault('bad_request', 'The request is not valid: email is missing.');
  const passwordHash = body.password === undefined ? null : await hashPassword(body.password);
  const { firstName = '', lastName = '' } = body;
  const { id, secret } = await addUser(
    { db, clock, vault },
    { accountId, email, firstName, lastName, role, passwordHash },
  );
  const user = await findUser(db, accountId, { id });
  if (user === undefined) throw new Fault('conflict', 'The user was deleted while it was being created.');
  return { ...presentUser(user), secret };
}

/**
 * A user may change its own names, address and password; everything else, and others, its administrators.
 * @throws Fault `forbidden`, or `conflict` for what nobody may do to oneself and for a taken address
 */
export async function changeUser(db: Database, caller: Caller, user: UserRow, body: UserBody): Promise<void> {
  const role = readRole(body);
  const isSelf = caller.userId === user.id;
  if (isSelf) {
    if (body.active === false || (role !== undefined && role !== user.role)) {
      throw new Fault('conflict', 'You cannot deactivate or delete yourself, or change your own role.');
    }
  } else {
    assertAdministers(caller);
    assertMayHandle(caller, user.role);
    assertMayHandle(caller, role ?? user.role);
  }
  const email = body.email ?? body.emailAddress;
  const passwordHash = body.password === undefined ? undefined : await hashPassword(body.password);
  const { firstName, lastName, active } = body;
  try {
    await updateUser(db, user.account_id, user.id, {
      email,
      firstName,
      lastName,
      role,
      active,
      passwordHash,
    });
  } catch (error) {
    if (!isUniqueViolation(error, 'users_by_email')) throw error;
    throw new Fault('conflict', `There is already a user with the email address ${email}.`);
  }
}
