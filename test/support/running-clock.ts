import type { Clock } from '../../src/kernel/clock.ts';

/** A clock that runs like the machine's and can be moved on: for whole-product stories, in which waits must end. */
export interface RunningClock extends Clock {
  advance(ms: number): void;
}

export function createRunningClock(): RunningClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}
