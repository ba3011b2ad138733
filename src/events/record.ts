import type { Queryable } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import type { NewEvent } from './event.ts';
import { createEventIds } from './event-ids.ts';
import { insertBatch, prepareEvent, type PreparedEvent } from './insert-batch.ts';
import { traceRecord } from './trace.ts';

/** An event that now stands in the log. */
export interface Recorded {
  id: string;
  instanceId: number;
  /** Null when its instance has no callback URL, or it is a hint. */
  laneId: number | null;
  /** It was handed to this node's sender. */
  isHandedOff: boolean;
}

export interface Recorder {
  /**
   * Inserts events inside the caller's transaction, in their order. What is missing from the answer was refused,
   * because its instance is gone, disabled, changed since `configVersion`, or has its events off; or it is a repeat.
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

/** One statement takes at most this much; a parameter of PostgreSQL ends at 1 GB. */
const STATEMENT_BYTES = 32 * 1024 * 1024;
const STATEMENT_ROWS = 1000;

/** The way in for polling; webhooks, which come one by one, go through `createIngest`. */
export function createRecorder({ clock, onCommitted }: RecorderDependencies): Recorder {
  const nextId = createEventIds();
  return {
    record: async (tx, events) => {
      const now = clock.now();
      const recorded: Recorded[] = [];
      for (const part of inParts(events.map((event) => prepareEvent(nextId(now), event)))) {
        const ids = part.map(({ id }) => id);
        const rows = await traceRecord(ids, () => insertBatch(tx, part, { now, lease: null }));
        const byId = new Map(rows.map((row) => [row.id, row]));
        for (const { id, event } of part) {
          const row = byId.get(id);
          if (row === undefined || row.is_repeat) continue;
          recorded.push({ id, instanceId: event.instanceId, laneId: row.lane_id, isHandedOff: false });
        }
      }
      return recorded;
    },
    committed: (recorded) => {
      if (recorded.length === 0) return;
      for (const listener of onCommitted) listener(recorded);
    },
  };
}

function inParts(events: readonly PreparedEvent[]): PreparedEvent[][] {
  const parts: PreparedEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const last = parts.at(-1);
    bytes += event.bytes;
    if (last === undefined || last.length === STATEMENT_ROWS || bytes > STATEMENT_BYTES) {
      parts.push([event]);
      bytes = event.bytes;
    } else last.push(event);
  }
  return parts;
}
