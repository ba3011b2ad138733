import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { randomSecret } from '../kernel/ids.ts';
import { hashPassword } from '../vault/hash-password.ts';
import { hashToken } from '../vault/hash-token.ts';
import type { Vault } from '../vault/vault.ts';
import { insertAccount } from './account-queries.ts';
import { addUser, organizationSecretPlace } from './add-user.ts';
import {
  hasOrganization,
  hasSecrets,
  insertOrganization,
  lockFirstStart,
  nextOrganizationId,
} from './queries.ts';

export interface FirstUser {
  email: string;
  /** Null: one is made. */
  password: string | null;
  userSecret: string | null;
  organizationSecret: string | null;
  /**
   * Shows the password that was made. Called just before the commit: shown for nothing when the process dies between
   * the two (the next start makes and shows another), but never lost.
   */
  announcePassword: (password: string) => void;
}

/**
 * Creates the first organization, account and user unless there is an organization. Of several processes that start at
 * once, one does. `ignored_secrets`: they were created before, with other secrets than are given now.
 */
export async function ensureFirstUser(
  { db, clock, vault }: { db: Database; clock: Clock; vault: Vault },
  first: FirstUser,
): Promise<'created' | 'present' | 'ignored_secrets'> {
  const { email, userSecret } = first;
  const outcome = await db.transaction(async (tx) => {
    await lockFirstStart(tx);
    if (await hasOrganization(tx)) return 'present' as const;
    const password = first.password ?? randomSecret().slice(0, 20);
    const passwordHash = await hashPassword(password);
    const organizationId = await nextOrganizationId(tx);
    const organizationSecret = first.organizationSecret ?? randomSecret();
    await insertOrganization(tx, {
      id: organizationId,
      name: 'Default',
      secretHash: hashToken(organizationSecret),
      secretSealed: vault.seal(organizationSecret, organizationSecretPlace(organizationId)),
      createdAt: clock.now(),
    });
    const account = {
      organizationId,
      name: 'Default',
      description: '',
      externalId: null,
      createdAt: clock.now(),
    };
    await addUser(
      { db: tx, clock, vault },
      {
        accountId: await insertAccount(tx, account),
        email,
        firstName: 'Admin',
        lastName: '',
        role: 'organization',
        passwordHash,
        ...(userSecret === null ? {} : { secret: userSecret }),
      },
    );
    if (first.password === null) first.announcePassword(password);
    return 'created' as const;
  });
  if (outcome === 'created') return outcome;
  const { user, organization } = await hasSecrets(db, {
    user: hashToken(userSecret ?? ''),
    organization: hashToken(first.organizationSecret ?? ''),
  });
  const isIgnored = (userSecret !== null && !user) || (first.organizationSecret !== null && !organization);
  return isIgnored ? 'ignored_secrets' : 'present';
}
