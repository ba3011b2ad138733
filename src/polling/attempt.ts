import { RetryAt, UnreadableAnswer } from '../connectors/failures.ts';
import { backoffMs } from '../egress/retry-timing.ts';
import type { Clock } from '../kernel/clock.ts';

/** Tries within one poll; after that the next poll tries again. */
const MAX_TRIES = 3;
const FIRST_DELAY_MS = 1000;
/** A poll that would have to wait longer ends instead, and is due again when the vendor said. */
const LONGEST_WAIT_MS = 20_000;

export interface AttemptDeps {
  clock: Clock;
  /** Resolves after `ms`, early when the process stops. */
  wait: (ms: number) => Promise<void>;
  /** From 0 up to 1. */
  random: () => number;
}

/** Calls the vendor and reads its answer, again where that may help: a hiccup, a burst limit, a broken answer. */
export async function attempt<T>(deps: AttemptDeps, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const waitMs = waitBefore(error, tries, deps);
      if (tries === MAX_TRIES || waitMs === undefined) throw error;
      await deps.wait(waitMs);
    }
  }
}

/** Undefined: another try is no use, or would have to wait too long. */
function waitBefore(error: unknown, tries: number, { clock, random }: AttemptDeps): number | undefined {
  const delayMs = backoffMs({ attempt: tries, baseMs: FIRST_DELAY_MS, maxMs: LONGEST_WAIT_MS, random });
  if (error instanceof UnreadableAnswer) return delayMs;
  if (!(error instanceof RetryAt) || error.quota) return undefined;
  const waitMs = Math.max(delayMs, error.at - clock.now());
  return waitMs > LONGEST_WAIT_MS ? undefined : waitMs;
}
