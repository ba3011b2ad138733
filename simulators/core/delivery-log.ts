import type { EpochMs } from './clock.ts';

export interface Try {
  at: EpochMs;
  /** The receiver's status, or null when there was no answer. */
  status: number | null;
  error?: string;
}

export interface Delivery {
  id: number;
  subscriptionId: string;
  url: string;
  state: 'pending' | 'delivered' | 'failed' | 'banned' | 'cancelled';
  tries: Try[];
}

const KEPT = 10_000;

/** The last 10,000 deliveries of a sender, oldest first. */
export function createDeliveryLog(): {
  add(subscriptionId: string, url: string, state: Delivery['state']): Delivery;
  list(subscriptionId?: string): Delivery[];
  /** Calls off what is pending, of one subscription or of all. */
  cancel(subscriptionId?: string): void;
} {
  let kept: Delivery[] = [];
  let lastId = 0;
  const of = (id: string | undefined): Delivery[] =>
    kept.slice(-KEPT).filter((one) => id === undefined || one.subscriptionId === id);
  return {
    add(subscriptionId, url, state) {
      lastId += 1;
      const delivery: Delivery = { id: lastId, subscriptionId, url, state, tries: [] };
      kept.push(delivery);
      // Trimmed in one go at twice the number, so that a busy sender does not shift on every message.
      if (kept.length >= KEPT * 2) kept = kept.slice(-KEPT);
      return delivery;
    },
    list: of,
    cancel(subscriptionId) {
      for (const one of of(subscriptionId)) if (one.state === 'pending') one.state = 'cancelled';
    },
  };
}
