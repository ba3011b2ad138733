import type { SimulatorClock } from '../core/clock.ts';
import type { SimulatorReply } from '../core/route.ts';
import { VENDOR_REPLIES } from './errors.ts';

const DAY_MS = 86_400_000;
const SLOT_MS = 60_000;

export interface Limits {
  /** Calls a rolling day allows. */
  readonly max: number;
  used(): number;
  /** Counts a call; the refusal when none is left. */
  take(): SimulatorReply | undefined;
  /** Uses up all but `remaining`. */
  setRemaining(remaining: number): void;
  /** The value of `Sforce-Limit-Info`. */
  header(): string;
}

/** The daily allowance of API calls: 15,000 in a Developer Edition org, over rolling 24 hours (vendor page, 2026-11). */
export function createLimits(
  { clock }: { clock: SimulatorClock },
  settings: { dailyRequests: number; enforced: boolean },
): Limits {
  const slots = new Map<number, number>();
  const slot = (): number => Math.floor(clock.now() / SLOT_MS);
  const used = (): number => {
    let sum = 0;
    for (const [at, calls] of slots) {
      if (at <= slot() - DAY_MS / SLOT_MS) slots.delete(at);
      else sum += calls;
    }
    return sum;
  };
  const add = (calls: number): void => {
    slots.set(slot(), (slots.get(slot()) ?? 0) + calls);
  };
  const { dailyRequests: max, enforced } = settings;
  return {
    max,
    used,
    take() {
      if (enforced && used() >= max) return VENDOR_REPLIES['daily-limit']();
      add(1);
      return undefined;
    },
    setRemaining: (remaining) => add(max - remaining - used()),
    header: () => `api-usage=${used()}/${max}`,
  };
}
