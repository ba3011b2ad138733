import type { Feed, FeedStamp } from '../connectors/feed.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { SeenRow } from './seen-row.ts';

/** What detection must know of the reading in which the rows were met. Instants are the vendor's time. */
export interface PassFacts {
  kind: Feed['kind'];
  /**
   * `silent`: the baseline while its request waits: everything read becomes known and gives no event.
   * `continuing`: a baseline that took longer: unknown rows give events only when changed after `enabledAt`.
   * `listing`: the first sweep: of unknown rows only the id is noted.
   */
  mode: 'silent' | 'continuing' | 'listing' | 'changes';
  startedAt: EpochMs;
  /** When the pass before this one began: a new version stamped earlier than that was shown late. */
  previousStartedAt?: EpochMs;
  /** What the feed was asked for: changes since then, inclusively. Absent: everything. */
  from?: EpochMs;
  /** When polling was turned on: older changes are no news. */
  enabledAt: EpochMs;
  /** Where the baseline's window began. */
  baselineFrom: EpochMs;
  /** Every id that existed at some time after `enabledAt` is known, so an unknown one is new. */
  idListComplete: boolean;
  resolutionMs: number;
  late: FeedStamp['late'];
}

export interface DetectionSettings {
  /** `shapeOf` the records as they are read now. */
  shape: number;
  createdCheckToleranceMs: number;
  filterByUpdatedDate: boolean;
  filterByCurrentDate: boolean;
}

/** What a bulk read said of a record whose row alone can't be believed. */
export type Confirmation = { state: 'present'; row: SeenRow } | { state: 'gone' | 'absent' | 'forbidden' };

/** Stamps are compared at the vendor's resolution: two in one tick are equal. */
export function tick(at: EpochMs, pass: Pick<PassFacts, 'resolutionMs'>): number {
  return Math.floor(at / pass.resolutionMs);
}
