import { hash } from 'node:crypto';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { Clock } from '../kernel/clock.ts';
import type { Vault } from '../vault/vault.ts';
import { VaultError } from '../vault/vault.ts';

const LIFETIME_MS = 60 * 60 * 1000;
const PLACE = 'sign-in';

const Content = Compile(
  Type.Object({ userId: Type.Integer(), expiresAt: Type.Integer(), password: Type.String() }),
);

/**
 * A bearer token that is not stored anywhere: sealed by the vault, it holds the user and its end. It also ends with
 * the password it was got with, of whose hash it holds a hash.
 */
export function issueSignInToken(
  { clock, vault }: { clock: Clock; vault: Vault },
  user: { id: number; password_hash: string | null },
): string {
  const content = {
    userId: user.id,
    expiresAt: clock.now() + LIFETIME_MS,
    password: passwordStamp(user.password_hash),
  };
  return vault.seal(JSON.stringify(content), PLACE).toString('base64url');
}

/** The user and password stamp of a token that is ours and still holds; null otherwise. */
export function readSignInToken(
  { clock, vault }: { clock: Clock; vault: Vault },
  token: string,
): { userId: number; password: string } | null {
  try {
    const content: unknown = JSON.parse(vault.openText(Buffer.from(token, 'base64url'), PLACE));
    return Content.Check(content) && content.expiresAt > clock.now() ? content : null;
  } catch (error) {
    if (error instanceof VaultError) return null;
    throw error;
  }
}

export function passwordStamp(passwordHash: string | null): string {
  return hash('sha256', passwordHash ?? '', 'base64');
}
