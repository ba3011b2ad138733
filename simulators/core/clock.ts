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

interface Timer {
  at: EpochMs;
  order: number;
  task: () => void;
}

// setTimeout takes at most 2^31 - 1 ms; a longer wait is armed again when it ends.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** With `start` the clock stands still there; without, it is the machine's clock (and can still be moved). */
export function createClock(start?: EpochMs): SimulatorClock {
  const timers: Timer[] = [];
  let frozenAt: EpochMs | undefined = start;
  let offset = 0;
  let order = 0;
  let armed: NodeJS.Timeout | undefined;

  const now = (): EpochMs => frozenAt ?? Date.now() + offset;

  const moveTo = (at: EpochMs): void => {
    if (frozenAt === undefined) offset = at - Date.now();
    else frozenAt = at;
  };

  const runDue = (until: EpochMs, stepping: boolean): void => {
    for (let due = timers[0]; due && due.at <= until; due = timers[0]) {
      timers.shift();
      if (stepping && due.at > now()) moveTo(due.at);
      due.task();
    }
  };

  const arm = (): void => {
    clearTimeout(armed);
    const next = timers[0];
    if (!next || frozenAt !== undefined) return;
    const waitMs = Math.min(Math.max(next.at - now(), 0), LONGEST_TIMEOUT_MS);
    armed = setTimeout(() => {
      runDue(now(), false);
      arm();
    }, waitMs);
    armed.unref();
  };

  const set = (at: EpochMs): void => {
    runDue(at, true);
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
      offset = frozenAt - Date.now();
      frozenAt = undefined;
      arm();
    },
    isFrozen: () => frozenAt !== undefined,
    schedule(at, task) {
      const timer: Timer = { at, order: order++, task };
      timers.push(timer);
      timers.sort((a, b) => a.at - b.at || a.order - b.order);
      arm();
      return () => {
        const index = timers.indexOf(timer);
        if (index >= 0) timers.splice(index, 1);
      };
    },
    settle: () => runDue(now(), false),
    stop() {
      clearTimeout(armed);
      timers.length = 0;
    },
  };
}
