import { randomUUID } from 'node:crypto';
import type { Database } from '../database/pool.ts';
import type { Egress } from '../egress/egress.ts';
import type { HandedEvent, HandOff } from '../events/hand-off.ts';
import type { WakeUps } from '../events/wake-ups.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { startClaimer } from './claimer.ts';
import { createLanes } from './lanes.ts';
import { claimedOutgoing, handedOutgoing, plainOutgoing } from './make-outgoing.ts';
import { deleteRows, releaseRows, type ClaimedRow } from './outbox-queries.ts';
import type { Outgoing } from './outgoing.ts';
import type { DeliveryMetrics } from './metrics.ts';
import { sendNotification } from './send.ts';
import { judgeTry } from './settle.ts';
import { createSettler } from './settler.ts';
import { deactivateSubscription, openBreaker } from './subscription-queries.ts';
import type { FindTarget } from './targets.ts';
import { traceDelivery } from './trace.ts';

/** A row not started with this much of its lease left is dropped from memory: the next claim takes it. */
const LEAST_LEASE_LEFT_MS = 20_000;

export interface SenderDependencies {
  db: Database;
  egress: Egress;
  clock: Clock;
  log: Log;
  userAgent: string;
  random: () => number;
  target: FindTarget;
  wakeUps: Pick<WakeUps, 'on' | 'connect'>;
  metrics: DeliveryMetrics;
}

export interface Sender {
  handOff: HandOff;
  /** Rows in memory, started or not. */
  held(): number;
  /** Claims no more, gives back what was not started, waits for the tries under way and settles them. */
  stop(): Promise<void>;
}

/** Sends what is handed over and what is due in the outbox, until stopped. */
export function startSender(deps: SenderDependencies): Sender {
  const { db, clock, log, metrics } = deps;
  const lease = randomUUID();
  const running = new Set<Promise<void>>();
  let isStopping = false;
  /** What may fail without harm: the lease's end repairs it. */
  const attempt = (what: string, work: Promise<void>): void => {
    const task = work
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, `${what} failed`))
      .finally(() => running.delete(task));
    running.add(task);
  };

  const release = (rows: readonly { laneId: number; id: string }[]): void =>
    attempt('giving deliveries back', releaseRows(db, lease, rows, clock.now()));
  const settler = createSettler({
    db,
    log,
    onSettled: (batch) => {
      if (batch.some((one) => ordered.delete(one.id))) claimer.wake();
    },
  });
  /** Rows whose end lets the next of their key be claimed. */
  const ordered = new Set<string>();
  const lanes = createLanes({
    clock,
    start: (row) => attempt('a try', deliver(row)),
    release,
    opened: (laneId, until) => attempt('opening a breaker', openBreaker(db, laneId, until)),
    drained: () => claimer.wake(),
  });

  const deliver = async (row: Outgoing): Promise<void> => {
    if (isStopping || row.leaseEndsAt - clock.now() < LEAST_LEASE_LEFT_MS) {
      lanes.finish(row);
      if (isStopping) release([row]);
      return;
    }
    const result = await traceDelivery(row, () => sendNotification(deps, row));
    metrics.tried(row, result);
    const verdict = judgeTry(row, result, { lease, now: clock.now(), random: deps.random() });
    if (verdict.deactivate !== undefined) await deactivate(row, verdict.deactivate);
    if (row.orderKey !== null && row.orderKey !== '') ordered.add(row.id);
    settler.add(verdict.settlement);
    lanes.finish(row, result);
  };
  const deactivate = async (row: Outgoing, reason: string): Promise<void> => {
    log.warn({ subscription: row.laneId, instance: row.instanceId, reason }, 'subscription deactivated');
    await deactivateSubscription(db, row.laneId, reason, clock.now());
    lanes.clear(row.laneId);
  };

  const takeClaimed = async (rows: readonly ClaimedRow[], leaseEndsAt: EpochMs): Promise<void> => {
    const gone: { laneId: number; id: string }[] = [];
    const outgoing: Outgoing[] = [];
    for (const row of rows) {
      const found = await fromClaim(row, leaseEndsAt);
      if (found === undefined) gone.push({ laneId: row.lane_id, id: row.id });
      else outgoing.push(found);
    }
    if (gone.length > 0) attempt('dropping deliveries of events that are no more', deleteRows(db, gone));
    lanes.add(outgoing);
  };
  const fromClaim = async (row: ClaimedRow, leaseEndsAt: EpochMs): Promise<Outgoing | undefined> => {
    if (row.instance_id === null) return plainOutgoing(row, leaseEndsAt);
    const found = deps.target(row.instance_id, row.config_version ?? 0);
    const target = found instanceof Promise ? await found : found;
    return target === undefined ? undefined : claimedOutgoing(row, target, leaseEndsAt);
  };
  const takeHanded = async (event: HandedEvent): Promise<void> => {
    const found = deps.target(event.instanceId, event.configVersion);
    const target = found instanceof Promise ? await found : found;
    addHanded(event, target);
  };
  const addHanded = (event: HandedEvent, target: Awaited<ReturnType<FindTarget>>): void => {
    // Another version carries another name or URL than the row's: the claim reads the row's own.
    if (target?.configVersion === event.configVersion && target.url !== '' && !isStopping) {
      lanes.add([handedOutgoing(event, target)]);
    } else release([event]);
  };

  const claimer = startClaimer({
    db,
    clock,
    log,
    lease,
    room: lanes.room,
    fullLanes: lanes.fullLanes,
    claimed: takeClaimed,
  });
  const connected = deps.wakeUps.connect();
  const unsubscribe = deps.wakeUps.on('due', claimer.wake);
  return {
    held: () => lanes.held.rows,
    handOff: {
      lease,
      reserve: (instanceId, bytes) => !isStopping && lanes.reserve(instanceId, bytes),
      giveBack: lanes.giveBack,
      take: (events) => {
        for (const event of events) {
          lanes.giveBack(event.instanceId, event.payload.length + event.events.length);
          const found = deps.target(event.instanceId, event.configVersion);
          if (found instanceof Promise) attempt('taking an event over', takeHanded(event));
          else addHanded(event, found);
        }
      },
    },
    stop: async () => {
      isStopping = true;
      unsubscribe();
      await claimer.stop();
      lanes.clear();
      while (running.size > 0) await Promise.all(running);
      await settler.flush();
      await connected.stop();
    },
  };
}
