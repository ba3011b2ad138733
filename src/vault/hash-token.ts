import { hash } from 'node:crypto';

/**
 * The 32 bytes under which a token or secret is found. SHA-256 without salt or stretching is right here, and only
 * here: the secrets are 256 random bits (`randomSecret`), which no table and no guessing reaches, and an indexed
 * look-up needs equal secrets to have equal hashes. Passwords go through `hashPassword`.
 */
export function hashToken(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
