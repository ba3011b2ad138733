import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { readBearer } from '../core/route.ts';
import type { SimulatorRequest } from '../core/route.ts';

/** Who a request speaks for: the OAuth app, a personal access token or a service account key. */
export interface Caller {
  kind: 'oauth' | 'key';
  /** What its product limits are counted by: the app's id, or the key. */
  product: string;
}

export interface Issued {
  accessToken: string;
  refreshToken: string;
}

export type Identified = { caller: Caller } | { refused: 'missing' | 'invalid' | 'expired' };

/** The tokens of one application. */
export interface Access {
  /** A personal access token or service account key; it does not expire. */
  key(): string;
  revokeKey(key: string): void;
  grant(clientId: string): Issued;
  /** Takes a refresh token, once: it is dead from then on. Undefined when it is not (or no longer) good. */
  refresh(refreshToken: string, clientId: string): Issued | undefined;
  /** Ends all grants, as the user's "revoke" in the app's settings. */
  revokeGrants(): void;
  identify(request: SimulatorRequest): Identified;
}

/** A refresh token lives 45 days and is used once (vendor page, 2026-11). */
const REFRESH_LIFE_MS = 45 * 24 * 3_600_000;

export function createAccess(deps: { clock: SimulatorClock; random: Random; accessLifeMs: number }): Access {
  const { clock, random, accessLifeMs } = deps;
  const keys = new Set<string>();
  const granted = new Map<string, { clientId: string; expiresAt: EpochMs }>();
  const refreshes = new Map<string, { clientId: string; usableUntil: EpochMs }>();

  const grant = (clientId: string): Issued => {
    const accessToken = random.hex(28);
    const refreshToken = random.hex(32);
    granted.set(accessToken, { clientId, expiresAt: clock.now() + accessLifeMs });
    refreshes.set(refreshToken, { clientId, usableUntil: clock.now() + REFRESH_LIFE_MS });
    return { accessToken, refreshToken };
  };

  return {
    key() {
      const key = `KeapAK-${random.hex(48)}`;
      keys.add(key);
      return key;
    },
    revokeKey: (key) => {
      keys.delete(key);
    },
    grant,
    refresh(refreshToken, clientId) {
      const known = refreshes.get(refreshToken);
      if (known?.clientId !== clientId || clock.now() >= known.usableUntil) return undefined;
      refreshes.delete(refreshToken);
      return grant(clientId);
    },
    revokeGrants() {
      granted.clear();
      refreshes.clear();
    },
    identify(request) {
      const token = readBearer(request) ?? request.headers['x-keap-api-key'];
      if (!token) return { refused: 'missing' };
      if (keys.has(token)) return { caller: { kind: 'key', product: token } };
      const known = granted.get(token);
      if (!known) return { refused: 'invalid' };
      if (clock.now() >= known.expiresAt) return { refused: 'expired' };
      return { caller: { kind: 'oauth', product: known.clientId } };
    },
  };
}
