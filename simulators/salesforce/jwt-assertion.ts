import { createPublicKey, verify } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import type { OAuthApp } from './oauth-app.ts';

// "exp ≤ now + 3 min" (vendor page, 2026-11).
const LONGEST_LIFE_S = 180;
const AUDIENCES: ReadonlySet<unknown> = new Set([
  'https://login.salesforce.com',
  'https://test.salesforce.com',
]);

/** What is wrong with an assertion of the JWT bearer flow; undefined when nothing is. */
export function problemOfAssertion(
  assertion: string,
  app: OAuthApp,
  { username, now }: { username: string; now: EpochMs },
): string | undefined {
  const [header = '', payload = '', signature = '', ...more] = assertion.split('.');
  const claims = decode(payload);
  const algorithm = decode(header)?.['alg'];
  if (more.length > 0 || !claims || algorithm !== 'RS256' || app.jwtPublicKey === undefined) {
    return 'invalid assertion';
  }
  const isSigned = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    createPublicKey(app.jwtPublicKey),
    Buffer.from(signature, 'base64url'),
  );
  if (!isSigned) return 'invalid assertion';
  const { iss, sub, aud, exp } = claims;
  if (iss !== app.clientId) return 'invalid client credentials';
  if (sub !== username) return "user hasn't approved this consumer";
  if (!AUDIENCES.has(aud)) return 'audience is invalid';
  const nowS = now / 1000;
  return typeof exp === 'number' && exp > nowS && exp <= nowS + LONGEST_LIFE_S
    ? undefined
    : 'expired authorization code';
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
