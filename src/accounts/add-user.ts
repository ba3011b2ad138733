import { isUniqueViolation } from '../database/errors.ts';
import type { Queryable } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { randomSecret } from '../kernel/ids.ts';
import { hashToken } from '../vault/hash-token.ts';
import type { Vault } from '../vault/vault.ts';
import type { Role } from './caller.ts';
import { insertUser, nextUserId } from './user-queries.ts';

/** What a user's sealed secret is bound to. */
export function userSecretPlace(userId: number): string {
  return `users:${userId}:secret`;
}

/** What an organization's sealed secret is bound to. */
export function organizationSecretPlace(organizationId: number): string {
  return `organizations:${organizationId}:secret`;
}

/**
 * Adds a user with a secret of its own, random unless given.
 * @throws Fault `conflict` when the email address is taken, in any account.
 */
export async function addUser(
  { db, clock, vault }: { db: Queryable; clock: Clock; vault: Vault },
  user: {
    accountId: number;
    email: string;
    firstName: string;
    lastName: string;
    role: Role;
    passwordHash: string | null;
    secret?: string;
  },
): Promise<{ id: number; secret: string }> {
  const { secret = randomSecret(), ...fields } = user;
  const id = await nextUserId(db);
  try {
    await insertUser(db, {
      ...fields,
      id,
      secretHash: hashToken(secret),
      secretSealed: vault.seal(secret, userSecretPlace(id)),
      createdAt: clock.now(),
    });
  } catch (error) {
    if (!isUniqueViolation(error, 'users_by_email')) throw error;
    throw new Fault('conflict', `There is already a user with the email address ${user.email}.`);
  }
  return { id, secret };
}
