import { createHash } from 'node:crypto';
import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import type { NewEvent } from './event.ts';
import { LEASE_MS } from './hand-off.ts';
import { insertEvents, type AttachedColumns, type EventColumns, type RecordedRow } from './record-queries.ts';

/** An event with all that its row needs. */
export interface PreparedEvent {
  id: string;
  event: NewEvent;
  /** JSON of `event.events`. */
  text: string;
  bytes: number;
  mayLease: boolean;
}

export function prepareEvent(id: string, event: NewEvent): PreparedEvent {
  const text = JSON.stringify(event.events);
  return { id, event, text, bytes: event.payload.length + text.length, mayLease: false };
}

/** Inserts prepared events with one statement; the rows of those that were not refused, in any order. */
export async function insertBatch(
  db: Queryable,
  batch: readonly PreparedEvent[],
  { now, lease, answerTimeoutMs }: { now: EpochMs; lease: string | null; answerTimeoutMs?: number },
): Promise<RecordedRow[]> {
  const terms = { now: toDate(now), lease, leaseEnd: toDate(now + LEASE_MS), answerTimeoutMs };
  return insertEvents(db, toColumns(batch), terms, toAttached(batch));
}

/** A key as it is stored: 128 bits of its SHA-256 in the form of a UUID, which is 16 bytes whatever the key. */
export function hashKey(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

function toColumns(batch: readonly PreparedEvent[]): EventColumns {
  const texts = batch.map(({ text }) => Buffer.from(text));
  const payloadLengths = batch.map(({ event }) => event.payload.length);
  const eventsLengths = texts.map((text) => text.length);
  const payloadStarts = startsOf(payloadLengths, 1);
  const eventsStarts = startsOf(eventsLengths, 1 + sum(payloadLengths));
  return {
    ids: batch.map(({ id }) => id),
    instanceIds: batch.map(({ event }) => event.instanceId),
    configVersions: batch.map(({ event }) => event.configVersion),
    sources: batch.map(({ event }) => event.source),
    receivedAts: batch.map(({ event }) => toDate(event.receivedAt)),
    payloadTypes: batch.map(({ event }) => event.payloadType),
    isHints: batch.map(({ event }) => event.hints !== undefined),
    orderKeys: batch.map(({ event }) => event.orderKey ?? null),
    mayLease: batch.map(({ mayLease }) => mayLease),
    once: batch.map(({ event }) => event.once === true),
    bytes: Buffer.concat([...batch.map(({ event }) => event.payload), ...texts]),
    payloadStarts,
    payloadLengths,
    eventsStarts,
    eventsLengths,
  };
}

function toAttached(batch: readonly PreparedEvent[]): AttachedColumns | undefined {
  const keys = batch.flatMap(({ id, event }) => (event.keys ?? []).map((key) => ({ id, key: hashKey(key) })));
  const hints = batch.flatMap(({ id, event }) => (event.hints ?? []).map((hint) => ({ id, hint })));
  if (keys.length === 0 && hints.length === 0) return undefined;
  return {
    keyIds: keys.map(({ id }) => id),
    keys: keys.map(({ key }) => key),
    hintIds: hints.map(({ id }) => id),
    hintTypes: hints.map(({ hint }) => hint.objectType),
    hintObjects: hints.map(({ hint }) => hint.objectId),
    hintDeletions: hints.map(({ hint }) => hint.isDeletion),
  };
}

function startsOf(lengths: readonly number[], first: number): number[] {
  let at = first;
  return lengths.map((length) => {
    const start = at;
    at += length;
    return start;
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
