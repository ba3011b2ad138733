import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { SimulatorReply } from '../core/route.ts';
import type { Caller } from './access.ts';
import { quotaExceeded, spikeArrested, tenantThrottled } from './errors.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Calls by token kind (vendor page, 2026-11). The tenant's are since 2026-06-08. */
const LIMITS = {
  oauth: { perSecond: 25, perMinute: 1_500, perDay: 150_000 },
  key: { perSecond: 10, perMinute: 240, perDay: 30_000 },
  tenant: { perMinute: 10_000, perDay: 250_000 },
} as const;

export interface LimitSettings {
  /** Instead of the vendor's numbers, for app and key alike. */
  perSecond?: number;
  perMinute?: number;
  perDay?: number;
  tenantPerMinute?: number;
  tenantPerDay?: number;
  /** Count and show, but refuse nobody. */
  enforced: boolean;
}

export interface Limits {
  /** Counts the call. Returns the refusal if any, and the headers of the answer in any case. */
  take(caller: Caller): { refusal?: SimulatorReply; headers: Record<string, string> };
  /** The headers of an answer to nobody: names without numbers. */
  anonymousHeaders(): Record<string, string>;
  /** Uses up the tenant's and every product's day but for `remaining`. */
  setDailyRemaining(remaining: number): void;
}

interface Window {
  at: EpochMs;
  realAt: number;
  used: number;
}

/** Quotas, throttles and the spike arrest. Days end at midnight UTC of the clock. */
export function createLimits(
  { clock, tenant }: { clock: SimulatorClock; tenant: string },
  settings: LimitSettings,
): Limits {
  const windows = new Map<string, Window>();
  let capped = { day: 0, limit: Infinity };

  // Either time ends a window: a frozen clock must not starve its client, an advanced one must free it.
  const windowOf = (key: string, ms: number): Window => {
    const known = windows.get(key);
    const isPast =
      !known ||
      (ms === DAY_MS
        ? Math.floor(known.at / DAY_MS) !== today()
        : clock.now() - known.at >= ms || performance.now() - known.realAt >= ms);
    if (!isPast) return known;
    const fresh = { at: clock.now(), realAt: performance.now(), used: 0 };
    windows.set(key, fresh);
    return fresh;
  };

  const today = (): number => Math.floor(clock.now() / DAY_MS);
  const dailyCap = (): number => (capped.day === today() ? capped.limit : Infinity);

  const numbersOf = ({
    kind,
  }: Caller): Record<'second' | 'minute' | 'day' | 'tenantMinute' | 'tenantDay', number> => ({
    second: settings.perSecond ?? LIMITS[kind].perSecond,
    minute: settings.perMinute ?? LIMITS[kind].perMinute,
    day: Math.min(dailyCap(), settings.perDay ?? LIMITS[kind].perDay),
    tenantMinute: settings.tenantPerMinute ?? LIMITS.tenant.perMinute,
    tenantDay: Math.min(dailyCap(), settings.tenantPerDay ?? LIMITS.tenant.perDay),
  });

  const left = (limit: number, { used }: Window): string => String(Math.max(0, limit - used));

  return {
    take(caller) {
      const numbers = numbersOf(caller);
      const open = {
        second: windowOf(`second ${caller.product}`, SECOND_MS),
        minute: windowOf(`minute ${caller.product}`, MINUTE_MS),
        day: windowOf(`day ${caller.product}`, DAY_MS),
        tenantMinute: windowOf('tenant minute', MINUTE_MS),
        tenantDay: windowOf('tenant day', DAY_MS),
      };
      const isOver = (name: keyof typeof open): boolean => open[name].used >= numbers[name];
      let refusal: SimulatorReply | undefined;
      if (settings.enforced) {
        if (isOver('second')) refusal = spikeArrested();
        else if (isOver('tenantMinute') || isOver('tenantDay')) refusal = tenantThrottled();
        else if (isOver('minute') || isOver('day')) refusal = quotaExceeded();
      }
      if (!refusal) for (const window of Object.values(open)) window.used += 1;
      const headers = {
        'x-keap-product-spike-limit': `${numbers.second}ps`,
        'x-keap-product-quota-limit': String(numbers.day),
        'x-keap-product-quota-time-unit': 'day',
        'x-keap-product-quota-interval': '1',
        'x-keap-product-quota-available': left(numbers.day, open.day),
        'x-keap-product-quota-used': String(open.day.used),
        'x-keap-product-quota-expiry-time': String((today() + 1) * DAY_MS),
        'x-keap-product-throttle-limit': String(numbers.minute),
        'x-keap-product-throttle-time-unit': 'minute',
        'x-keap-product-throttle-interval': '1',
        'x-keap-product-throttle-available': left(numbers.minute, open.minute),
        'x-keap-product-throttle-used': String(open.minute.used),
        'x-keap-tenant-id': tenant,
        'x-keap-tenant-throttle-limit': `${numbers.tenantMinute}|${numbers.tenantDay}`,
        'x-keap-tenant-throttle-time-unit': 'minute|day',
        'x-keap-tenant-throttle-interval': '1|1',
        'x-keap-tenant-throttle-available': `${left(numbers.tenantMinute, open.tenantMinute)}|${left(numbers.tenantDay, open.tenantDay)}`,
        'x-keap-tenant-throttle-used': `${open.tenantMinute.used}|${open.tenantDay.used}`,
      };
      return { headers, ...(refusal && { refusal }) };
    },
    anonymousHeaders: () => ({
      'x-keap-product-quota-available': '',
      'x-keap-product-throttle-available': '',
      'x-keap-tenant-id': '',
      'x-keap-tenant-throttle-time-unit': 'minute|day',
      'x-keap-tenant-throttle-interval': '1|1',
      'x-keap-tenant-throttle-available': '|',
    }),
    setDailyRemaining(remaining) {
      const used = windows.get('tenant day')?.used ?? 0;
      capped = { day: today(), limit: used + remaining };
    },
  };
}
