/* Which event was sent, acknowledged and accepted when: by its number, so that nothing is lost or doubled unseen. */
import { quantile } from '../report/statistics.ts';
import type { LoadResult, Sample } from './load.ts';

const ACKNOWLEDGED = 1;
const REFUSED = 2;
const SEEN = 4;

export interface Tally {
  /** The number of the next event, and its being sent. */
  next(dueAt: number): number;
  answered(n: number, isAcknowledged: boolean, tookMs: number): void;
  accepted(n: number): void;
  /** From now on for as long as `end` was not called, what is due and what is accepted counts. */
  begin(): void;
  end(): void;
  /** Events so far. */
  count(): number;
  /** Everything acknowledged was seen. */
  isComplete(): boolean;
  sample(): Sample;
  result(): LoadResult;
}

/** Numbers go on from `first`, so that what arrives late of an earlier run is told apart. */
export function createTally(first: number, isCounted: (n: number) => boolean): Tally {
  const dueAts: number[] = [];
  const latencies: number[] = [];
  const answers: number[] = [];
  let states = new Uint8Array(1 << 16);
  let recent: number[] = [];
  /** Acknowledged and not seen yet. */
  let owed = 0;
  let repeated = 0;
  let inWindow = 0;
  let from = Infinity;
  let until = Infinity;

  const isDueInWindow = (index: number): boolean => dueAts[index]! >= from && dueAts[index]! < until;
  return {
    next: (dueAt) => {
      const index = dueAts.push(dueAt) - 1;
      latencies.push(Infinity);
      if (index === states.length) states = doubled(states);
      return first + index;
    },
    answered: (n, isAcknowledged, tookMs) => {
      states[n - first]! |= isAcknowledged ? ACKNOWLEDGED : REFUSED;
      if (isAcknowledged && isCounted(n) && (states[n - first]! & SEEN) === 0) owed += 1;
      if (isDueInWindow(n - first)) answers.push(tookMs);
    },
    accepted: (n) => {
      const index = n - first;
      if (index < 0 || index >= dueAts.length || !isCounted(n)) return;
      const state = states[index]!;
      if ((state & SEEN) !== 0) repeated += 1;
      if ((state & SEEN) !== 0) return;
      states[index] = state | SEEN;
      if ((state & ACKNOWLEDGED) !== 0) owed -= 1;
      const now = performance.now();
      latencies[index] = now - dueAts[index]!;
      recent.push(latencies[index]);
      if (now >= from && now < until) inWindow += 1;
    },
    begin: () => void (from = performance.now()),
    end: () => void (until = performance.now()),
    count: () => dueAts.length,
    isComplete: () => owed === 0,
    sample: () => {
      const values = recent;
      recent = [];
      return { accepted: values.length, p50: quantile(values, 0.5), p99: quantile(values, 0.99) };
    },
    result: () => {
      const indexes = dueAts.keys().filter((index) => isCounted(first + index));
      return {
        ...summarise(indexes, { states, latencies, isDueInWindow }),
        repeated,
        throughput: (inWindow / (until - from)) * 1000,
        answerP50: quantile(answers, 0.5),
      };
    },
  };
}

function doubled(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(bytes.length * 2);
  longer.set(bytes);
  return longer;
}

function summarise(
  indexes: Iterable<number>,
  known: { states: Uint8Array; latencies: number[]; isDueInWindow: (index: number) => boolean },
): Omit<LoadResult, 'repeated' | 'throughput' | 'answerP50'> {
  const counted = { sent: 0, refused: 0, accepted: 0, lost: 0 };
  const measured: number[] = [];
  for (const index of indexes) {
    const state = known.states[index]!;
    if ((state & (ACKNOWLEDGED | SEEN)) === ACKNOWLEDGED) counted.lost += 1;
    if (!known.isDueInWindow(index)) continue;
    counted.sent += 1;
    if ((state & ACKNOWLEDGED) === 0) counted.refused += 1;
    if ((state & SEEN) !== 0) counted.accepted += 1;
    measured.push(known.latencies[index]!);
  }
  return { ...counted, p50: quantile(measured, 0.5), p99: quantile(measured, 0.99) };
}
