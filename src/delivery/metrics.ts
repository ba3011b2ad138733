import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Database } from '../database/pool.ts';
import { timeOfId } from '../events/event-ids.ts';
import type { Clock } from '../kernel/clock.ts';
import { measureQueue } from './metric-queries.ts';
import type { Outgoing } from './outgoing.ts';
import type { TryResult } from './send.ts';

const LATENCY_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

export interface DeliveryMetrics {
  tried(row: Outgoing, result: TryResult): void;
}

/** What `/metrics` tells of deliveries. The queue is measured when asked for, and counted up to 100,000 rows. */
export function createDeliveryMetrics({
  db,
  clock,
  registry,
}: {
  db: Database;
  clock: Clock;
  registry: Registry;
}): DeliveryMetrics {
  const registers = [registry];
  const tries = new Counter({
    name: 'tidings_delivery_tries_total',
    help: 'Tries to deliver a notification, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const latency = new Histogram({
    name: 'tidings_delivery_latency_seconds',
    help: 'Time a callback took to answer.',
    buckets: LATENCY_BUCKETS_S,
    registers,
  });
  const age = new Histogram({
    name: 'tidings_delivery_age_seconds',
    help: 'Time from recording an event to its acceptance at the first try.',
    buckets: LATENCY_BUCKETS_S,
    registers,
  });
  const depth = new Gauge({
    name: 'tidings_queue_depth',
    help: 'Deliveries still open, by state, counted up to 100,000.',
    labelNames: ['state'],
    registers,
    collect: async () => {
      const queue = await measureQueue(db, clock.now());
      depth.set({ state: 'due' }, queue.due);
      depth.set({ state: 'waiting' }, queue.waiting);
      depth.set({ state: 'queued' }, queue.queued);
      const oldest =
        queue.oldest_id === null ? 0 : Math.max(0, clock.now() - timeOfId(queue.oldest_id)) / 1000;
      oldestAge.set(oldest);
    },
  });
  const oldestAge = new Gauge({
    name: 'tidings_oldest_undelivered_age_seconds',
    help: 'Age of the oldest event that is still to be delivered, those queued until asked for included.',
    registers,
  });
  return {
    tried: (row, result) => {
      tries.inc({ outcome: result.outcome });
      if (result.status !== null) latency.observe(result.latencyMs / 1000);
      if (result.outcome === 'delivered' && row.attempt === 0) {
        age.observe(Math.max(0, clock.now() - timeOfId(row.id)) / 1000);
      }
    },
  };
}
