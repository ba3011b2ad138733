import type { Queryable } from '../database/pool.ts';
import { toDate, type Clock } from '../kernel/clock.ts';
import { uuidv7 } from '../kernel/ids.ts';
import type { NewEvent } from './event.ts';
import { insertEvents } from './record-queries.ts';

/** An event that now stands in the log; `laneId` null when its instance has no callback URL. */
export interface Recorded {
  id: string;
  instanceId: number;
  laneId: number | null;
}

export interface Recorder {
  /**
   * Inserts events inside the caller's transaction. What is missing from the answer was refused, because its
   * instance is gone, disabled, changed since `configVersion`, or has its events off.
   */
  record(tx: Queryable, events: readonly NewEvent[]): Promise<Recorded[]>;
  /** Tells the listeners; call it once the transaction is committed. Never throws. */
  committed(recorded: readonly Recorded[]): void;
}

export interface RecorderDependencies {
  clock: Clock;
  /** Called after a commit with what was recorded: wakes senders, feeds live streams. Must not throw. */
  onCommitted: readonly ((recorded: readonly Recorded[]) => void)[];
}

/** The one way in for polling and webhooks. */
export function createRecorder({ clock, onCommitted }: RecorderDependencies): Recorder {
  return {
    record: async (tx, events) => {
      if (events.length === 0) return [];
      const now = clock.now();
      const dueAt = toDate(now);
      const rows = await insertEvents(tx, {
        ids: events.map(() => uuidv7(now)),
        instanceIds: events.map((event) => event.instanceId),
        configVersions: events.map((event) => event.configVersion),
        sources: events.map((event) => event.source),
        receivedAts: events.map((event) => toDate(event.receivedAt)),
        payloads: events.map((event) => event.payload),
        payloadTypes: events.map((event) => event.payloadType),
        events: events.map((event) => JSON.stringify(event.events)),
        orderKeys: events.map((event) => event.orderKey ?? null),
        consumed: events.map(() => false),
        leases: events.map(() => null),
        dueAts: events.map(() => dueAt),
      });
      return rows.map((row) => ({ id: row.id, instanceId: row.instance_id, laneId: row.lane_id }));
    },
    committed: (recorded) => {
      if (recorded.length === 0) return;
      for (const listener of onCommitted) listener(recorded);
    },
  };
}
