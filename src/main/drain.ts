import { setTimeout as sleep } from 'node:timers/promises';

/** What is given to finish before it is cut off. */
export interface Draining {
  finish: () => Promise<void> | void;
  /** Called when it has not finished in time; `finish` should resolve soon after. */
  cutOff?: () => void;
}

/**
 * Lets all of them finish at the same time, for at most `timeoutMs`; true when all did. What fails to finish is
 * thrown after the others are done.
 */
export async function drain(parts: readonly Draining[], timeoutMs: number): Promise<boolean> {
  const finished = Promise.allSettled(parts.map(async (part) => part.finish()));
  const inTime = new AbortController();
  const isLate = Symbol('late');
  const outcome = await Promise.race([
    finished,
    sleep(timeoutMs, isLate, { signal: inTime.signal }).catch(() => isLate),
  ]);
  inTime.abort();
  if (outcome === isLate) {
    for (const part of parts) part.cutOff?.();
    return false;
  }
  const failures = (await finished).filter((result) => result.status === 'rejected');
  if (failures.length > 0) {
    throw new AggregateError(
      failures.map((failure) => failure.reason as unknown),
      'some parts did not stop',
    );
  }
  return true;
}
