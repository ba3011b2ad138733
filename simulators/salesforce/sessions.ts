import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { readBearer } from '../core/route.ts';
import type { SimulatorRequest } from '../core/route.ts';

/** Access tokens. A session ends when it was not used for its timeout; nobody is told when (vendor page, 2026-11). */
export interface Sessions {
  /** A new access token; `grant` names what it was got with, so that both end together. */
  open(grant: string): string;
  /** Whether the request carries a living session; using it keeps it alive. */
  isOpen(request: SimulatorRequest): boolean;
  /** Ends one token, or all of a grant. */
  close(tokenOrGrant: string): boolean;
  /** Ends every session, as an administrator may. */
  closeAll(): void;
}

export function createSessions(
  { clock, random }: { clock: SimulatorClock; random: Random },
  organizationId: string,
  timeoutMs: number,
): Sessions {
  const sessions = new Map<string, { grant: string; usedAt: EpochMs }>();
  return {
    open(grant) {
      const token = `${organizationId.slice(0, 15)}!AQ${random.hex(64)}`;
      sessions.set(token, { grant, usedAt: clock.now() });
      return token;
    },
    isOpen(request) {
      const token = readBearer(request) ?? '';
      const session = sessions.get(token);
      if (!session || clock.now() - session.usedAt >= timeoutMs) return false;
      session.usedAt = clock.now();
      return true;
    },
    close(tokenOrGrant) {
      if (sessions.delete(tokenOrGrant)) return true;
      const tokens = [...sessions].filter(([, { grant }]) => grant === tokenOrGrant).map(([token]) => token);
      return tokens.map((token) => sessions.delete(token)).length > 0;
    },
    closeAll: () => sessions.clear(),
  };
}
