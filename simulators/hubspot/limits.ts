import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { SimulatorReply } from '../core/route.ts';
import type { Caller } from './access.ts';
import { overLimit } from './errors.ts';

// Vendor page, section 6 (2026-11): per installed account in any 10 s, and search calls in any second.
const BURST = { oauth: 110, 'private-app': 190 } as const;
const BURST_WINDOW_MS = 10_000;
const SEARCHES_PER_SECOND = 5;
const SECOND_MS = 1000;
const DAILY = 650_000;
const DAY_MS = 86_400_000;
/** Deprecated and still sent (recorded). */
const SECONDLY_HEADER = 11;

export interface LimitSettings {
  /** Instead of the vendor's numbers. */
  burst?: number;
  searchesPerSecond?: number;
  daily?: number;
  /** Count and show, but refuse nobody. */
  enforced: boolean;
}

export interface Limits {
  /** Counts the call. Returns the refusal, or the headers of an answer. */
  take(caller: Caller, isSearch: boolean): { refusal: SimulatorReply } | { headers: Record<string, string> };
  /** What is left of the day of a portal's private app. */
  dailyRemaining(portalId: number): number;
  setDailyRemaining(portalId: number, remaining: number): void;
}

interface Moment {
  at: EpochMs;
  realAt: number;
}

/** The limits of all portals. A day ends at midnight UTC of the clock (the vendor's: at the portal's midnight). */
export function createLimits({ clock }: { clock: SimulatorClock }, settings: LimitSettings): Limits {
  const windows = new Map<string, Moment[]>();
  const days = new Map<number, { day: number; used: number }>();
  const daily = settings.daily ?? DAILY;

  // Either time ends a window: a frozen clock must not starve its client, an advanced one must free it.
  const isPast = (since: Moment, ms: number): boolean =>
    clock.now() - since.at >= ms || performance.now() - since.realAt >= ms;

  const windowOf = (key: string, ms: number): Moment[] => {
    const calls = (windows.get(key) ?? []).filter((call) => !isPast(call, ms));
    windows.set(key, calls);
    return calls;
  };

  const today = (portalId: number): { day: number; used: number } => {
    const day = Math.floor(clock.now() / DAY_MS);
    const known = days.get(portalId);
    if (known?.day === day) return known;
    const fresh = { day, used: 0 };
    days.set(portalId, fresh);
    return fresh;
  };

  return {
    take(caller, isSearch) {
      const { portalId } = caller.portal;
      const limit = settings.burst ?? BURST[caller.kind];
      const calls = windowOf(`${caller.kind}/${portalId}`, BURST_WINDOW_MS);
      const searches = windowOf(`search/${portalId}`, SECOND_MS);
      const day = today(portalId);
      const headers = (): Record<string, string> => {
        const burst = { limit, remaining: Math.max(0, limit - calls.length) };
        const rest = { limit: daily, remaining: Math.max(0, daily - day.used) };
        // Searches tell nothing of limits, and OAuth apps nothing of a day.
        return isSearch ? {} : headersOf(burst, caller.kind === 'private-app' ? rest : undefined);
      };
      if (settings.enforced) {
        const isDayOver = caller.kind === 'private-app' && day.used >= daily;
        if (isDayOver) return { refusal: overLimit('DAILY', headers()) };
        if (isSearch && searches.length >= (settings.searchesPerSecond ?? SEARCHES_PER_SECOND)) {
          return { refusal: overLimit('SECONDLY') };
        }
        if (calls.length >= limit) return { refusal: overLimit('TEN_SECONDLY_ROLLING', headers()) };
      }
      const moment = { at: clock.now(), realAt: performance.now() };
      calls.push(moment);
      if (isSearch) searches.push(moment);
      if (caller.kind === 'private-app') day.used += 1;
      return { headers: headers() };
    },
    dailyRemaining: (portalId) => Math.max(0, daily - today(portalId).used),
    setDailyRemaining(portalId, remaining) {
      today(portalId).used = daily - remaining;
    },
  };
}

type Left = { limit: number; remaining: number };

function headersOf(burst: Left, day: Left | undefined): Record<string, string> {
  return {
    'x-hubspot-ratelimit-max': String(burst.limit),
    'x-hubspot-ratelimit-remaining': String(burst.remaining),
    'x-hubspot-ratelimit-interval-milliseconds': String(BURST_WINDOW_MS),
    'x-hubspot-ratelimit-secondly': String(SECONDLY_HEADER),
    'x-hubspot-ratelimit-secondly-remaining': String(SECONDLY_HEADER - 1),
    ...(day && {
      'x-hubspot-ratelimit-daily': String(day.limit),
      'x-hubspot-ratelimit-daily-remaining': String(day.remaining),
    }),
  };
}
