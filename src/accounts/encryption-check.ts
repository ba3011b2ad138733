import type { Queryable } from '../database/pool.ts';
import { sealKeyCheck, verifyKeyCheck } from '../vault/key-check.ts';
import type { KeyCheckResult } from '../vault/key-check.ts';
import type { Vault } from '../vault/vault.ts';
import { findEncryptionCheck, insertEncryptionCheck, replaceEncryptionCheck } from './queries.ts';

/**
 * Whether the configured encryption keys are those this database was begun with; the first start of all stores what
 * is compared. Two first starts with different keys: one stores, the other reads `wrong_key`.
 */
export async function checkEncryptionKeys({
  db,
  vault,
}: {
  db: Queryable;
  vault: Vault;
}): Promise<KeyCheckResult> {
  const stored = await findEncryptionCheck(db);
  if (stored !== undefined) return verifyKeyCheck(vault, stored);
  await insertEncryptionCheck(db, sealKeyCheck(vault));
  return verifyKeyCheck(vault, (await findEncryptionCheck(db)) ?? Buffer.alloc(0));
}

/** Stores the comparison under the first key: call it once everything else is. */
export async function renewEncryptionCheck({ db, vault }: { db: Queryable; vault: Vault }): Promise<void> {
  const previous = await findEncryptionCheck(db);
  if (previous === undefined || vault.isCurrent(previous)) return;
  await replaceEncryptionCheck(db, { previous, sealed: sealKeyCheck(vault) });
}

/** Whether some start before this one has begun to encrypt. */
export async function isEncryptionCheckStored({ db }: { db: Queryable }): Promise<boolean> {
  return (await findEncryptionCheck(db)) !== undefined;
}
