import { randomUUID } from 'node:crypto';
import type { Database } from '../database/pool.ts';
import type { Egress } from '../egress/egress.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { claimDue, releaseRows, settleTries, type ClaimedRow, type Settlement } from './outbox-queries.ts';
import { sendNotification, type Target } from './send.ts';
import { judgeTry } from './settle.ts';
import { deactivateSubscription } from './subscription-queries.ts';

const LEASE_MS = 60_000;
/** A claimed row not started with this much of its lease left is dropped from memory: the next claim takes it. */
const LEAST_LEASE_LEFT_MS = 20_000;
const IDLE_POLL_MS = 1000;
const SETTLE_AFTER_MS = 5;
const SETTLE_AT_MOST = 500;
const LANES_PER_CLAIM = 200;
const ROWS_PER_LANE = 16;
const MOST_IN_FLIGHT = 128;

export interface SenderDependencies {
  db: Database;
  egress: Egress;
  clock: Clock;
  log: Log;
  userAgent: string;
  random: () => number;
  /** The callback's settings at one configuration version; undefined when the instance has gone. */
  target(instanceId: number, configVersion: number): Promise<Target | undefined>;
}

export interface Sender {
  /** Something may be due. */
  wake(): void;
  /** Claims no more, waits for the tries in flight, settles them. */
  stop(): Promise<void>;
}

/** Claims due rows lane by lane, sends them, settles them in batches, until stopped. */
export function startSender(deps: SenderDependencies): Sender {
  const { db, clock, log } = deps;
  const lease = randomUUID();
  const inFlight = new Map<number, number>();
  const running = new Set<Promise<void>>();
  let settlements: Settlement[] = [];
  let flushing: Promise<void> = Promise.resolve();
  let flushTimer: NodeJS.Timeout | undefined;
  let afterLane = 0;
  const stopping = new AbortController();
  let wakeUp: () => void = () => {};
  let awake = false;

  const flush = (): Promise<void> => {
    clearTimeout(flushTimer);
    flushTimer = undefined;
    const batch = settlements;
    settlements = [];
    if (batch.length === 0) return flushing;
    flushing = flushing
      .then(() => settleTries(db, batch))
      .catch((error: unknown) => {
        // The rows' leases end and they are sent again: twice is allowed, lost is not.
        log.warn({ err: error, tries: batch.length }, 'tries could not be settled; they will be repeated');
      });
    return flushing;
  };
  const settle = (settlement: Settlement): void => {
    settlements.push(settlement);
    if (settlements.length >= SETTLE_AT_MOST) void flush();
    else flushTimer ??= setTimeout(() => void flush(), SETTLE_AFTER_MS);
  };

  const deliver = async (row: ClaimedRow, leaseEndsAt: number): Promise<void> => {
    const target = await deps.target(row.instance_id, row.config_version);
    if (target === undefined || leaseEndsAt - clock.now() < LEAST_LEASE_LEFT_MS) return;
    const result = await sendNotification(deps, row, target);
    const { settlement, deactivate } = judgeTry(row, result, lease, clock.now(), deps.random());
    if (deactivate !== undefined) {
      log.warn(
        { subscription: row.lane_id, instance: row.instance_id, reason: deactivate },
        'subscription deactivated',
      );
      await deactivateSubscription(db, row.lane_id, deactivate, clock.now());
    }
    settle(settlement);
  };

  const start = (row: ClaimedRow, leaseEndsAt: number): void => {
    inFlight.set(row.lane_id, (inFlight.get(row.lane_id) ?? 0) + 1);
    const task = deliver(row, leaseEndsAt)
      .catch((error: unknown) => log.error({ err: error, event: row.id }, 'a try ended unexpectedly'))
      .finally(() => {
        const left = (inFlight.get(row.lane_id) ?? 1) - 1;
        if (left > 0) inFlight.set(row.lane_id, left);
        else inFlight.delete(row.lane_id);
        running.delete(task);
        wakeUp();
      });
    running.add(task);
  };

  /** Claims once; true when it is worth claiming again at once. */
  const claimOnce = async (): Promise<boolean> => {
    const room = MOST_IN_FLIGHT - running.size;
    if (room <= 0) return false;
    const now = clock.now();
    const fullLanes = [...inFlight].filter(([, count]) => count >= ROWS_PER_LANE).map(([lane]) => lane);
    const startedAt = afterLane;
    const { lastLane, rows } = await claimDue(db, {
      afterLane,
      lanes: LANES_PER_CLAIM,
      rowsPerLane: ROWS_PER_LANE,
      fullLanes,
      lease,
      now,
      leaseMs: LEASE_MS,
    });
    afterLane = lastLane ?? 0;
    const taken = rows.slice(0, room);
    const left = rows.slice(room);
    for (const row of taken) start(row, now + LEASE_MS);
    if (left.length > 0) {
      afterLane = 0;
      await releaseRows(
        db,
        lease,
        left.map((row) => row.id),
        now,
      );
    }
    return rows.length > 0 || startedAt > 0;
  };

  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      awake = false;
      const more = await claimOnce().catch((error: unknown) => {
        log.warn({ err: error }, 'claiming deliveries failed; trying again');
        return false;
      });
      if (more && running.size < MOST_IN_FLIGHT) continue;
      if (awake || stopping.signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, IDLE_POLL_MS);
        wakeUp = () => {
          awake = true;
          clearTimeout(timer);
          resolve();
        };
      });
      wakeUp = () => {
        awake = true;
      };
    }
  };
  const looping = loop();

  return {
    wake: () => wakeUp(),
    stop: async () => {
      stopping.abort();
      wakeUp();
      await looping;
      await Promise.all(running);
      await flush();
      await flushing;
    },
  };
}
