import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Database } from '../database/pool.ts';
import { timeOfId } from '../events/event-ids.ts';
import type { Clock } from '../kernel/clock.ts';
import { measureQueue, type QueueRow } from './metric-queries.ts';
import type { Outgoing } from './outgoing.ts';
import type { TryResult } from './send.ts';

const LATENCY_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

/** A scrape waits 10 s by default (Prometheus, scrape_timeout). */
const MEASURE_TIMEOUT_MS = 5000;

export interface DeliveryMetrics {
  tried(row: Outgoing, result: TryResult): void;
}

/** What `/metrics` tells of deliveries. The queue is measured when asked for. */
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
  collectQueue({ db, clock, registry });
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

/** Gauges that are measured when the page is asked for, together by one query. */
function collectQueue({ db, clock, registry }: { db: Database; clock: Clock; registry: Registry }): void {
  const registers = [registry];
  let measuring: Promise<QueueRow | undefined> | undefined;
  const measure = (): Promise<QueueRow | undefined> =>
    (measuring ??= measureInTime({ db, clock }).finally(() => {
      measuring = undefined;
    }));
  const depth: Gauge<'state'> = new Gauge({
    name: 'tidings_queue_depth',
    help: 'Deliveries still open, by state, counted up to 100,000.',
    labelNames: ['state'],
    registers,
    collect: async () => {
      const queue = await measure();
      depth.reset();
      if (queue === undefined) return;
      for (const state of ['due', 'waiting', 'queued'] as const) depth.set({ state }, queue[state]);
    },
  });
  const oldestAge: Gauge = new Gauge({
    name: 'tidings_oldest_undelivered_age_seconds',
    help: 'Age of the oldest event that is still to be delivered, those queued until asked for included.',
    registers,
    collect: async () => {
      const queue = await measure();
      oldestAge.remove();
      if (queue === undefined) return;
      const { oldest_id: oldest } = queue;
      oldestAge.set(oldest === null ? 0 : Math.max(0, clock.now() - timeOfId(oldest)) / 1000);
    },
  });
  const databaseUp: Gauge = new Gauge({
    name: 'tidings_database_up',
    help: '1 when the database answered within 5 s while this page was made; without it the queue is not shown.',
    registers,
    collect: async () => databaseUp.set((await measure()) === undefined ? 0 : 1),
  });
}

/** Undefined when the database does not answer: the other figures are asked for then more than ever. */
async function measureInTime({ db, clock }: { db: Database; clock: Clock }): Promise<QueueRow | undefined> {
  const inTime = new AbortController();
  const measured = measureQueue(db, clock.now(), MEASURE_TIMEOUT_MS).catch(() => undefined);
  const tooLate = sleep(MEASURE_TIMEOUT_MS, undefined, { signal: inTime.signal }).catch(() => undefined);
  const queue = await Promise.race([measured, tooLate]);
  inTime.abort();
  return queue;
}
