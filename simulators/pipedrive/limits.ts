import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { SimulatorReply } from '../core/route.ts';
import type { Caller } from './access.ts';
import { blockedByEdge, overLimit } from './errors.ts';

export const PLANS = ['lite', 'growth', 'premium', 'ultimate'] as const;
export type Plan = (typeof PLANS)[number];

// Requests in any 2 s per token, and daily tokens per seat (vendor page "Limits and errors", 2026-11).
const WINDOW_MS = 2000;
const BURST: Record<'apiToken' | 'oauth', Record<Plan, number>> = {
  apiToken: { lite: 20, growth: 40, premium: 100, ultimate: 120 },
  oauth: { lite: 80, growth: 160, premium: 400, ultimate: 480 },
};
const DAILY_BASE = 30_000;
const MULTIPLIER: Record<Plan, number> = { lite: 1, growth: 2, premium: 5, ultimate: 7 };
const DAY_MS = 86_400_000;
// The vendor names no numbers for its edge's block; these make it reachable in a test.
const HAMMERING = { refusals: 50, blockedMs: 60_000 };

export interface LimitSettings {
  plan: Plan;
  seats: number;
  /** Instead of the plan's numbers. */
  burst?: number;
  dailyTokens?: number;
  /** Count and show, but refuse nobody. */
  enforced: boolean;
}

export interface Limits {
  /** Counts the call. Returns the refusal, or the headers of an answer. */
  take(caller: Caller, cost: number): { refusal: SimulatorReply } | { headers: Record<string, string> };
  /** What is left of a company's day. */
  dailyRemaining(companyId: number): number;
  /** Uses up a company's day but for `remaining`. */
  setDailyRemaining(companyId: number, remaining: number): void;
}

interface Moment {
  at: EpochMs;
  realAt: number;
}

/** Burst and daily limits of all companies. A day ends at midnight UTC of the clock. */
export function createLimits({ clock }: { clock: SimulatorClock }, settings: LimitSettings): Limits {
  const windows = new Map<string, { calls: Moment[]; refused: number; blocked?: Moment }>();
  const days = new Map<number, { day: number; used: number }>();
  const daily = settings.dailyTokens ?? DAILY_BASE * MULTIPLIER[settings.plan] * settings.seats;

  const moment = (): Moment => ({ at: clock.now(), realAt: performance.now() });
  // Either time ends a window: a frozen clock must not starve its client, an advanced one must free it.
  const isPast = (since: Moment, ms: number): boolean =>
    clock.now() - since.at >= ms || performance.now() - since.realAt >= ms;

  const today = (companyId: number): { day: number; used: number } => {
    const day = Math.floor(clock.now() / DAY_MS);
    const known = days.get(companyId);
    if (known?.day === day) return known;
    const fresh = { day, used: 0 };
    days.set(companyId, fresh);
    return fresh;
  };

  const headers = (limit: number, used: number, companyId: number): Record<string, string> => ({
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(Math.max(0, limit - used)),
    'x-ratelimit-reset': String(WINDOW_MS / 1000),
    'x-daily-ratelimit-token-limit': String(daily),
    'x-daily-ratelimit-token-remaining': String(Math.max(0, daily - today(companyId).used)),
  });

  return {
    take(caller, cost) {
      const limit = settings.burst ?? BURST[caller.scopes ? 'oauth' : 'apiToken'][settings.plan];
      const window = windows.get(caller.token) ?? { calls: [], refused: 0 };
      windows.set(caller.token, window);
      if (window.blocked && !isPast(window.blocked, HAMMERING.blockedMs)) return { refusal: blockedByEdge() };
      delete window.blocked;
      window.calls = window.calls.filter((call) => !isPast(call, WINDOW_MS));
      const day = today(caller.company.id);
      const isOver = window.calls.length >= limit || day.used + cost > daily;
      if (settings.enforced && isOver) {
        window.refused += 1;
        if (window.refused >= HAMMERING.refusals) {
          window.blocked = moment();
          window.refused = 0;
        }
        return { refusal: overLimit(headers(limit, window.calls.length, caller.company.id)) };
      }
      window.refused = 0;
      window.calls.push(moment());
      day.used += cost;
      return { headers: headers(limit, window.calls.length, caller.company.id) };
    },
    dailyRemaining: (companyId) => Math.max(0, daily - today(companyId).used),
    setDailyRemaining(companyId, remaining) {
      today(companyId).used = daily - remaining;
    },
  };
}

/** Daily tokens of a call (vendor page "Limits and errors", 2026-11). `path` is without version. */
export function costOf(version: 'v1' | 'v2', method: string, path: string): number {
  const isOne = /^\/\w+\/[^/]+/.test(path) && !path.endsWith('/archived');
  if (path.startsWith('/webhooks')) return method === 'DELETE' ? 6 : 10;
  if (path.startsWith('/recents') || path.endsWith('/archived')) return 20;
  if (method === 'GET' && isOne) return version === 'v1' ? 2 : 1;
  if (method === 'GET') return version === 'v1' ? 20 : 10;
  if (method === 'DELETE') return version === 'v1' ? 6 : 3;
  return version === 'v1' ? 10 : 5;
}
