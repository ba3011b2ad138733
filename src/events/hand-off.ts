import type { EpochMs } from '../kernel/clock.ts';

/** An event that was committed under the sender's lease: sent from memory, without a claim. */
export interface HandedEvent {
  id: string;
  laneId: number;
  instanceId: number;
  configVersion: number;
  payload: Buffer;
  payloadType: 'json' | 'form';
  /** The text of the `events` array, as stored. */
  events: string;
  /** The account's failure policy is `retry`. */
  retries: boolean;
  leaseEndsAt: EpochMs;
}

/** This node's sender, as those who record see it. What is reserved is either taken or given back. */
export interface HandOff {
  readonly lease: string;
  /** Whether it would send another event of the instance at once. */
  reserve(instanceId: number, bytes: number): boolean;
  giveBack(instanceId: number, bytes: number): void;
  take(events: readonly HandedEvent[]): void;
}

/** How long a row belongs to whoever claimed it or had it handed over. */
export const LEASE_MS = 60_000;
