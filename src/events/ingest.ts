import type { Database } from '../database/pool.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { NewEvent } from './event.ts';
import { createEventIds } from './event-ids.ts';
import { createGathering, type Gathered } from './gather.ts';
import { LEASE_MS, type HandedEvent, type HandOff } from './hand-off.ts';
import { hashKey, insertBatch, prepareEvent, type PreparedEvent } from './insert-batch.ts';
import type { Recorded } from './record.ts';
import { selectKnownKeys, type RecordedRow } from './record-queries.ts';
import { traceRecord } from './trace.ts';

/**
 * `recorded`: committed, whatever happens now. `refused`: the instance is gone, disabled, changed since
 * `configVersion`, or has its events off; nothing was stored. `repeated`: it was stored before.
 */
export type IngestOutcome = { outcome: 'recorded'; id: string } | { outcome: 'refused' | 'repeated' };

export interface Ingest {
  /**
   * Stores the events of one request, all by the same statement, together with those of other requests that arrive
   * within some milliseconds; resolves when they are committed, with one outcome for each.
   * @throws Fault `unavailable` with `retryAfterS` when too much waits to be committed or the database is away:
   * what was not confirmed may still have been stored.
   */
  ingest(events: readonly NewEvent[]): Promise<IngestOutcome[]>;
  /** Which of these keys were stored with a webhook of the instance in the last three days. */
  knownKeys(instanceId: number, keys: readonly string[]): Promise<Set<string>>;
  /** Rows and bytes that wait for their commit. */
  waiting(): { rows: number; bytes: number };
}

export interface IngestDependencies {
  db: Database;
  clock: Clock;
  log: Log;
  /** This node's sender, if it has one now. */
  handOff: () => HandOff | undefined;
  onCommitted: readonly ((recorded: readonly Recorded[]) => void)[];
}

const MOST_WAITING = { rows: 20_000, bytes: 128 * 1024 * 1024 };
const RETRY_AFTER_S = 1;
/** Vendors give up after 5 to 20 s: a peer that vanished must not hold the way in for longer, nor the requests behind it. */
const ANSWER_TIMEOUT_MS = 10_000;

interface Request extends Gathered {
  events: PreparedEvent[];
  resolve(outcomes: IngestOutcome[]): void;
  reject(error: unknown): void;
}

/** The way in for webhooks. */
export function createIngest(deps: IngestDependencies): Ingest {
  const { log } = deps;
  const nextId = createEventIds();
  const waiting = { rows: 0, bytes: 0 };

  const write = async (requests: readonly Request[], isRepeat = false): Promise<void> => {
    try {
      const answers = await insertRequests(deps, nextId, requests);
      requests.forEach((request, index) => request.resolve(answers[index]!));
    } catch (error) {
      // Whether a lost connection committed is unknown, so nothing is repeated then: the vendor does.
      if (isRepeat || (error instanceof Fault && error.code === 'unavailable')) {
        for (const request of requests) request.reject(asFault(error));
        return;
      }
      log.warn(
        { reason: messageOf(error), requests: requests.length },
        'a batch of events failed; one by one now',
      );
      for (const request of requests) await write([request], true);
    }
  };

  const add = createGathering<Request>(deps.clock, async (batch) => {
    await write(batch);
    for (const { rows, bytes } of batch) {
      waiting.rows -= rows;
      waiting.bytes -= bytes;
    }
  });

  return {
    ingest: (events) => {
      if (events.length === 0) return Promise.resolve([]);
      const prepared = events.map((event) => prepareEvent('', event));
      const bytes = prepared.reduce((total, event) => total + event.bytes, 0);
      const rows = prepared.length;
      if (waiting.rows + rows > MOST_WAITING.rows || waiting.bytes + bytes > MOST_WAITING.bytes) {
        return Promise.reject(
          new Fault('unavailable', 'Too many events wait to be stored.', { retryAfterS: RETRY_AFTER_S }),
        );
      }
      waiting.rows += rows;
      waiting.bytes += bytes;
      return new Promise((resolve, reject) => add({ events: prepared, rows, bytes, resolve, reject }));
    },
    knownKeys: async (instanceId, keys) => {
      const byHash = new Map(keys.map((key) => [hashKey(key), key]));
      const known = await selectKnownKeys(deps.db, instanceId, [...byHash.keys()]);
      return new Set(known.map((hash) => byHash.get(hash)!));
    },
    waiting: () => ({ ...waiting }),
  };
}

async function insertRequests(
  { db, clock, handOff, onCommitted }: IngestDependencies,
  nextId: (now: EpochMs) => string,
  requests: readonly Request[],
): Promise<IngestOutcome[][]> {
  const batch = requests.flatMap((request) => request.events);
  const sender = handOff();
  const now = clock.now();
  for (const row of batch) {
    const { event } = row;
    // Made only now, lest it waited in the queue: streams and pages expect an event soon after the time of its id.
    row.id = nextId(now);
    row.mayLease =
      sender !== undefined &&
      event.orderKey === undefined &&
      event.hints === undefined &&
      sender.reserve(event.instanceId, row.bytes);
  }
  let rows: Map<string, RecordedRow>;
  try {
    const inserted = await traceRecord(
      batch.map(({ id }) => id),
      () => insertBatch(db, batch, { now, lease: sender?.lease ?? null, answerTimeoutMs: ANSWER_TIMEOUT_MS }),
    );
    rows = new Map(inserted.map((row) => [row.id, row]));
  } catch (error) {
    for (const row of batch) if (row.mayLease) sender?.giveBack(row.event.instanceId, row.bytes);
    throw error;
  }
  const handed: HandedEvent[] = [];
  const recorded: Recorded[] = [];
  for (const prepared of batch) {
    const { id, event } = prepared;
    const row = rows.get(id);
    const isRecorded = row !== undefined && !row.is_repeat;
    const isHandedOff = isRecorded && row.is_leased;
    if (prepared.mayLease && !isHandedOff) sender?.giveBack(event.instanceId, prepared.bytes);
    if (isHandedOff) handed.push(toHanded(prepared, row, now + LEASE_MS));
    if (isRecorded) recorded.push({ id, instanceId: event.instanceId, laneId: row.lane_id, isHandedOff });
  }
  if (handed.length > 0) sender?.take(handed);
  if (recorded.length > 0) for (const listener of onCommitted) listener(recorded);
  return requests.map((request) => request.events.map(({ id }) => outcomeOf(id, rows.get(id))));
}

function toHanded({ id, event, text }: PreparedEvent, row: RecordedRow, leaseEndsAt: number): HandedEvent {
  const { instanceId, configVersion, payload, payloadType } = event;
  const { retries } = row;
  return {
    id,
    laneId: row.lane_id!,
    instanceId,
    configVersion,
    payload,
    payloadType,
    events: text,
    retries,
    leaseEndsAt,
  };
}

function outcomeOf(id: string, row: RecordedRow | undefined): IngestOutcome {
  if (row === undefined) return { outcome: 'refused' };
  return row.is_repeat ? { outcome: 'repeated' } : { outcome: 'recorded', id };
}

function asFault(error: unknown): unknown {
  if (!(error instanceof Fault) || error.code !== 'unavailable') return error;
  return new Fault('unavailable', error.message, { retryAfterS: RETRY_AFTER_S, cause: error });
}
