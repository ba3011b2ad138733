import { randomBytes } from 'node:crypto';

/** AES-256. */
export const KEY_BYTES = 32;

const KEY_PATTERN = /^[A-Za-z0-9+/_-]{43}=?$/;

/**
 * Reads `TIDINGS_ENCRYPTION_KEY`: a comma list of keys, each 32 bytes in base64 (or base64url); the first
 * encrypts, all decrypt.
 * @throws RangeError that says which entry is unusable and why, without printing it.
 */
export function parseEncryptionKeys(text: string): [Buffer, ...Buffer[]] {
  const entries = text.split(',').map((entry) => entry.trim());
  const [first, ...others] = entries.map((entry, index) => {
    if (!KEY_PATTERN.test(entry)) {
      throw new RangeError(
        `encryption key ${index + 1} of ${entries.length} must be ${KEY_BYTES} bytes in base64 (44 characters), ` +
          `but ${entry === '' ? 'is empty' : `has ${entry.length} characters or a character that is not base64`}`,
      );
    }
    return Buffer.from(entry, 'base64');
  });
  return [first!, ...others];
}

/** A new random key in the form `parseEncryptionKeys` reads. */
export function generateEncryptionKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}
