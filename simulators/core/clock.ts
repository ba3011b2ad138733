import { firstNotBefore } from './sorted-index.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

/** A simulator's only source of time: stamps, token expiry, rate windows, retries and the Date header. */
export interface SimulatorClock {
  now(): EpochMs;
  /** Jumps to `at`; what was scheduled up to there runs first, in order, each at its own time. */
  set(at: EpochMs): void;
  advance(ms: number): void;
  /** Stops at the present time; only `set` and `advance` move it then. */
  freeze(): void;
  /** Goes on with the machine's time from the present one. */
  resume(): void;
  isFrozen(): boolean;
  /** Runs `task` once the clock has reached `at`; returns the way to call it off. */
  schedule(at: EpochMs, task: () => void): () => void;
  /** Runs what is due and only waits for the machine's timer; call it before reading what timers change. */
  settle(): void;
  /** Forgets everything scheduled. */
  stop(): void;
}

// setTimeout takes at most 2^31 - 1 ms; a longer wait is armed again when it ends.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** With `start` the clock stands still there; without, it is the machine's clock (and can still be moved). */
export function createClock(start?: EpochMs): SimulatorClock {
  const timers = createTimers();
  let frozenAt: EpochMs | undefined = start;
  let offset = 0;
  let armed: NodeJS.Timeout | undefined;

  const now = (): EpochMs => frozenAt ?? Date.now() + offset;

  const moveTo = (at: EpochMs): void => {
    offset = at - Date.now();
    if (frozenAt !== undefined) frozenAt = at;
  };

  const arm = (): void => {
    clearTimeout(armed);
    const next = timers.nextAt();
    if (next === undefined || frozenAt !== undefined) return;
    armed = setTimeout(wake, Math.min(Math.max(next - now(), 0), LONGEST_TIMEOUT_MS));
    armed.unref();
  };

  const wake = (): void => {
    timers.runDue(now());
    arm();
  };

  const set = (at: EpochMs): void => {
    timers.runDue(at, (due) => moveTo(Math.max(due, now())));
    moveTo(at);
    arm();
  };

  return {
    now,
    set,
    advance: (ms) => set(now() + ms),
    freeze() {
      frozenAt = now();
      clearTimeout(armed);
    },
    resume() {
      if (frozenAt === undefined) return;
      moveTo(frozenAt);
      frozenAt = undefined;
      arm();
    },
    isFrozen: () => frozenAt !== undefined,
    schedule(at, task) {
      const cancel = timers.add(at, task);
      arm();
      return cancel;
    },
    settle: () => timers.runDue(now()),
    stop() {
      clearTimeout(armed);
      timers.clear();
    },
  };
}

interface Timer {
  at: EpochMs;
  task: () => void;
}

/** Tasks in order of their time, equal times in order of arrival. */
function createTimers(): {
  add(at: EpochMs, task: () => void): () => void;
  nextAt(): EpochMs | undefined;
  /** Runs what is due by `until`, what it adds included; `before` gets each one's time first. */
  runDue(until: EpochMs, before?: (at: EpochMs) => void): void;
  clear(): void;
} {
  const timers: Timer[] = [];
  return {
    add(at, task) {
      const timer: Timer = { at, task };
      timers.splice(
        firstNotBefore(timers, (one) => one.at <= at),
        0,
        timer,
      );
      return () => {
        const index = timers.indexOf(timer);
        if (index >= 0) timers.splice(index, 1);
      };
    },
    nextAt: () => timers[0]?.at,
    runDue(until, before) {
      for (let due = timers[0]; due && due.at <= until; due = timers[0]) {
        timers.shift();
        before?.(due.at);
        due.task();
      }
    },
    clear() {
      timers.length = 0;
    },
  };
}
