import { createCipheriv, createDecipheriv, createHash, createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { KEY_BYTES } from './encryption-keys.ts';

/**
 * What is stored, 37 bytes more than the plain text:
 * version (1) | key id (4) | binding (4) | nonce (12) | tag (16) | cipher text.
 * Key id and binding only pick the error; what protects is GCM, with `boundTo` as additional data.
 */
const VERSION = 1;
const KEY_ID_AT = 1;
const BINDING_AT = 5;
const NONCE_AT = 9;
const TAG_AT = 21;
const TEXT_AT = 37;

export type VaultErrorCode = 'unknown_key' | 'bound_elsewhere' | 'damaged';

/** A sealed value that cannot be opened; the message says why and never holds the value. */
export class VaultError extends Error {
  readonly code: VaultErrorCode;

  constructor(code: VaultErrorCode, message: string) {
    super(message);
    this.name = 'VaultError';
    this.code = code;
  }
}

export interface Vault {
  /** Encrypts for one place: `boundTo` names table, row and column (`instances:42:secrets`). */
  seal(plain: string | Buffer, boundTo: string): Buffer;
  /**
   * @throws VaultError `unknown_key` (sealed under a key that is not in the list), `bound_elsewhere` (copied
   * from another row or column), `damaged` (cut or altered).
   */
  open(sealed: Buffer, boundTo: string): Buffer;
  /** As `open`, read as UTF-8. */
  openText(sealed: Buffer, boundTo: string): string;
  /** False once another key has become the first: the value should be sealed anew. */
  isCurrent(sealed: Buffer): boolean;
  /** How everything begins that is current, for finding the rest in the database. */
  readonly currentStart: Buffer;
  /** Whether there are keys after the first, so that something may not be current. */
  readonly hasOldKeys: boolean;
}

/**
 * Encrypts with AES-256-GCM (NIST SP 800-38D) under the first key and opens with any. Nonces are 96 random bits,
 * good for 2^32 values per key. To rotate without a pause: list the new key second on every node, then first,
 * wait until everything is sealed anew (`startResealing`), then drop the old one.
 * @throws RangeError without a key or with one that is not 32 bytes.
 */
export function createVault(keys: readonly Buffer[]): Vault {
  const known = keys.map(readKey);
  const [first] = known;
  if (first === undefined) throw new RangeError('the vault needs at least one encryption key');
  const byId = new Map(known.map((key) => [key.id.toString('hex'), key.secret]));

  const open: Vault['open'] = (sealed, boundTo) => {
    if (sealed.length < TEXT_AT || sealed[0] !== VERSION) {
      throw new VaultError('damaged', `what is stored for ${boundTo} is not a sealed value`);
    }
    const secret = byId.get(sealed.toString('hex', KEY_ID_AT, BINDING_AT));
    if (secret === undefined) {
      throw new VaultError(
        'unknown_key',
        `${boundTo} was encrypted with a key that is not configured: add it to TIDINGS_ENCRYPTION_KEY`,
      );
    }
    if (!sealed.subarray(BINDING_AT, NONCE_AT).equals(bindingOf(boundTo))) {
      throw new VaultError(
        'bound_elsewhere',
        `what is stored for ${boundTo} was encrypted for another place`,
      );
    }
    return decrypt(secret, sealed, boundTo);
  };

  const currentStart = Buffer.concat([Buffer.of(VERSION), first.id]);

  return {
    currentStart,
    hasOldKeys: byId.size > 1,
    seal: (plain, boundTo) => encrypt(first, plain, boundTo),
    open,
    openText: (sealed, boundTo) => open(sealed, boundTo).toString('utf8'),
    isCurrent: (sealed) => sealed.length >= TEXT_AT && currentStart.equals(sealed.subarray(0, BINDING_AT)),
  };
}

interface Key {
  id: Buffer;
  secret: KeyObject;
}

function readKey(bytes: Buffer): Key {
  if (bytes.length !== KEY_BYTES) {
    throw new RangeError(`an encryption key has ${KEY_BYTES} bytes, not ${bytes.length}`);
  }
  // The prefix keeps the id from being the start of a plain SHA-256 of the key that someone published elsewhere.
  const id = createHash('sha256').update('tidings key id:').update(bytes).digest().subarray(0, 4);
  return { id, secret: createSecretKey(bytes) };
}

function bindingOf(boundTo: string): Buffer {
  return createHash('sha256').update(boundTo).digest().subarray(0, 4);
}

function encrypt(key: Key, plain: string | Buffer, boundTo: string): Buffer {
  const nonce = randomBytes(TAG_AT - NONCE_AT);
  const cipher = createCipheriv('aes-256-gcm', key.secret, nonce, { authTagLength: TEXT_AT - TAG_AT });
  cipher.setAAD(Buffer.from(boundTo));
  const text = cipher.update(typeof plain === 'string' ? Buffer.from(plain) : plain);
  cipher.final();
  return Buffer.concat([Buffer.of(VERSION), key.id, bindingOf(boundTo), nonce, cipher.getAuthTag(), text]);
}

function decrypt(secret: KeyObject, sealed: Buffer, boundTo: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', secret, sealed.subarray(NONCE_AT, TAG_AT), {
    authTagLength: TEXT_AT - TAG_AT,
  });
  decipher.setAAD(Buffer.from(boundTo));
  decipher.setAuthTag(sealed.subarray(TAG_AT, TEXT_AT));
  const plain = decipher.update(sealed.subarray(TEXT_AT));
  try {
    decipher.final();
  } catch {
    throw new VaultError('damaged', `what is stored for ${boundTo} was altered after it was encrypted`);
  }
  return plain;
}
