import type { Clock, EpochMs } from '../kernel/clock.ts';
import { randomSecret } from '../kernel/ids.ts';
import { hashToken } from '../vault/hash-token.ts';

const LIFETIME_MS = 15 * 60 * 1000;
const MAX_OPEN = 100;

export interface SignInLinks {
  /** A token that signs the user in once, within 15 minutes, in this process. */
  issue(userId: number): string;
  /** The user of the token, which is then used up; null when it is none, used or too old. */
  redeem(token: string): number | null;
}

/** One-time links are kept in memory only: they end with the process that printed them. */
export function createSignInLinks({ clock }: { clock: Clock }): SignInLinks {
  const links = new Map<string, { userId: number; expiresAt: EpochMs }>();
  const key = (token: string): string => hashToken(token).toString('base64');
  return {
    issue: (userId) => {
      const token = randomSecret().replaceAll(/[^\w]/g, '');
      const [oldest] = links.keys();
      if (links.size >= MAX_OPEN && oldest !== undefined) links.delete(oldest);
      links.set(key(token), { userId, expiresAt: clock.now() + LIFETIME_MS });
      return token;
    },
    redeem: (token) => {
      const link = links.get(key(token));
      links.delete(key(token));
      return link === undefined || link.expiresAt <= clock.now() ? null : link.userId;
    },
  };
}
