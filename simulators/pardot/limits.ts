import type { SimulatorClock } from '../core/clock.ts';
import type { Account } from './account.ts';
import type { Code } from './errors.ts';
import { startOfDay } from './time-format.ts';

/** Calls a day of each edition, and at the same time (vendor page section 7, 2026-11-21). */
const DAILY = { growth: 25_000, plus: 50_000, advanced: 100_000, premium: 100_000 } as const;
const CONCURRENT = 5;
export type Edition = keyof typeof DAILY;

export interface Limits {
  /** Counts a call; the code that refuses it, or undefined. */
  take(): Code | undefined;
  /** `used/limit`, for `x-api-usage`. */
  usage(): string;
  /** Uses up the day but for `remaining` calls. */
  setRemaining(remaining: number): void;
  /** As if other programs had `count` calls under way. */
  occupy(count: number): void;
}

/** The business unit's allowances. Its day ends at midnight of its own zone. */
export function createLimits(
  { clock, account }: { clock: SimulatorClock; account: Account },
  settings: { edition: Edition; dailyCalls?: number },
): Limits {
  const limit = settings.dailyCalls ?? DAILY[settings.edition];
  let day = Number.NaN;
  let used = 0;
  let occupied = 0;
  const today = (): number => {
    const present = startOfDay(clock.now(), account.timezone);
    if (present !== day) used = 0;
    day = present;
    return used;
  };
  return {
    take() {
      if (occupied >= CONCURRENT) return 66;
      if (today() >= limit) return 122;
      used += 1;
      return undefined;
    },
    usage: () => `${today()}/${limit}`,
    setRemaining(remaining) {
      today();
      used = limit - remaining;
    },
    occupy(count) {
      occupied = count;
    },
  };
}
