import { VaultError } from './vault.ts';
import type { Vault } from './vault.ts';

const KNOWN_TEXT = 'tidings';
const BOUND_TO = 'key-check';

/** What a start finds: `old_key` opens, but not under the first key; `damaged` is no key check at all. */
export type KeyCheckResult = 'current' | 'old_key' | 'wrong_key' | 'damaged';

/** A known text under the first key. Store it at the first start; seal it anew only after everything else was. */
export function sealKeyCheck(vault: Vault): Buffer {
  return vault.seal(KNOWN_TEXT, BOUND_TO);
}

/** Whether the configured keys are those of this database. Refuse to start on `wrong_key` and `damaged`. */
export function verifyKeyCheck(vault: Vault, stored: Buffer): KeyCheckResult {
  try {
    if (vault.openText(stored, BOUND_TO) !== KNOWN_TEXT) return 'damaged';
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return error.code === 'unknown_key' ? 'wrong_key' : 'damaged';
  }
  return vault.isCurrent(stored) ? 'current' : 'old_key';
}
