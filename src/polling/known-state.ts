import type { EpochMs } from '../kernel/clock.ts';

/** What is remembered of one record so that its next version is recognised: about 40 bytes beside the id. */
export interface KnownState {
  /** Content last seen; null for a tombstone and for an id that only a listing has shown. */
  fp: bigint | null;
  /** Content before `fp` under the same stamp or a newer one: a lagging replica may still show it. */
  fpPrev: bigint | null;
  /** Stamp of that content; for a tombstone the deletion's. */
  changedAt: EpochMs | null;
  /** How the record was formed when it was read (`shapeOf`). */
  shape: number;
  kind: 'live' | 'deleted' | 'idOnly';
}

/** How long a deletion is remembered, so that a feed that shows it again makes no second event. */
export const TOMBSTONE_DAYS = 40;
