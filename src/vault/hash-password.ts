import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { Fault } from '../kernel/errors.ts';

/**
 * 32 MiB: of the equally strong parameters of the OWASP Password Storage Cheat Sheet (from N=2^17, p=1 to N=2^13,
 * p=10) those that two sign-ins at once can afford in a small process.
 */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** In UTF-8. Longer passwords would only cost time to read. */
export const PASSWORD_MAX_BYTES = 1024;

/** A stored hash may ask for no more than this, so that a damaged row cannot take the memory or the processor. */
const MEMORY_MAX_BYTES = 256 * 1024 * 1024;
const PARALLEL_MAX = 16;

/** A hash nobody has the password of; verifying against it takes as long as against a real one. */
const NOBODY: StoredHash = { ...COST, salt: Buffer.alloc(SALT_BYTES), hash: Buffer.alloc(HASH_BYTES) };

interface StoredHash {
  N: number;
  r: number;
  p: number;
  salt: Buffer;
  hash: Buffer;
}

/**
 * `scrypt$N$r$p$salt$hash` (RFC 7914; salt and hash in base64url). The password is taken in Unicode form NFKC, so
 * that the same keys typed on another system match. Runs in the thread pool, about 0.2 s.
 * @throws Fault `bad_request` when it is empty or longer than `PASSWORD_MAX_BYTES`.
 */
export async function hashPassword(password: string): Promise<string> {
  const bytes = passwordBytes(password);
  if (bytes === undefined) {
    throw new Fault('bad_request', `A password has 1 to ${PASSWORD_MAX_BYTES} bytes.`);
  }
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(bytes, { ...COST, salt, hash: Buffer.alloc(HASH_BYTES) });
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/**
 * Whether the password is the one that was hashed. `stored` is undefined for an unknown user: false, after the
 * same work, so that the time does not tell who exists. A malformed stored hash is false.
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const bytes = passwordBytes(password);
  if (bytes === undefined) return false;
  const expected = stored === undefined ? NOBODY : parseStored(stored);
  if (expected === undefined) return false;
  const matches = timingSafeEqual(await derive(bytes, expected), expected.hash);
  return matches && stored !== undefined;
}

function passwordBytes(password: string): Buffer | undefined {
  // Cheap refusal before normalising: a UTF-16 unit is at least one byte of UTF-8.
  if (password === '' || password.length > PASSWORD_MAX_BYTES) return undefined;
  const bytes = Buffer.from(password.normalize('NFKC'));
  return bytes.length > PASSWORD_MAX_BYTES ? undefined : bytes;
}

function parseStored(stored: string): StoredHash | undefined {
  const match = /^scrypt\$(\d{1,7})\$(\d{1,3})\$(\d{1,3})\$([\w-]{11,86})\$([\w-]{22,86})$/.exec(stored);
  if (match === null) return undefined;
  const [N, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const powerOfTwo = N > 1 && (N & (N - 1)) === 0;
  if (!powerOfTwo || r < 1 || p < 1 || p > PARALLEL_MAX || 128 * N * r > MEMORY_MAX_BYTES) return undefined;
  return { N, r, p, salt: Buffer.from(match[4]!, 'base64url'), hash: Buffer.from(match[5]!, 'base64url') };
}

async function derive(password: Buffer, { N, r, p, salt, hash }: StoredHash): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // Node refuses a cost whose memory reaches `maxmem`; parseStored has bounded it already.
  const options = { N, r, p, maxmem: 2 * 128 * N * r + 1024 * 1024 };
  scrypt(password, salt, hash.length, options, (error, key) =>
    error === null ? resolve(key) : reject(error),
  );
  return promise;
}
