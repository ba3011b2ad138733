import type { EpochMs } from '../kernel/clock.ts';
import type { Target } from './targets.ts';

/** A delivery in this sender's memory, under its lease. */
export interface Outgoing {
  laneId: number;
  id: string;
  /** Null: a notification of POST /notifications. */
  instanceId: number | null;
  url: string;
  target: Target;
  /** The exact body; made when it is sent. */
  body: () => Buffer;
  bytes: number;
  /** Tries settled so far. */
  attempt: number;
  firstFailedAt: EpochMs | null;
  /** The account's failure policy is `retry`. */
  retries: boolean;
  /** Null: any time; '': one at a time, in order; else: nothing newer of the key is claimed before it is settled. */
  orderKey: string | null;
  leaseEndsAt: EpochMs;
}
