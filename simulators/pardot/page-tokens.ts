import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { PardotError } from './errors.ts';
import type { Kind, PardotRecord } from './objects.ts';
import type { QueryV5 } from './query-v5.ts';
import type { RecordStore } from './store.ts';

/** A token lives four hours; a sequence ends after 100,000 records (v5 overview, 2026-11-21). */
const LIFE_MS = 4 * 3_600_000;
const MOST_RECORDS = 100_000;

interface Place {
  kind: Kind;
  query: QueryV5;
  /** The last record of the page before. */
  after: { key: number; id: number };
  read: number;
  expiresAt: EpochMs;
}

export interface Page {
  records: PardotRecord[];
  nextPageToken: string | null;
  /** The sequence is too long: there is more and no token. */
  isCapped: boolean;
}

export interface PageTokens {
  first(kind: Kind, query: QueryV5, store: RecordStore): Page;
  /** The same token gives the same page again. @throws PardotError 210 expired, 211 unknown. */
  next(token: string, kind: Kind, store: RecordStore): Page & { query: QueryV5 };
}

/**
 * v5's paging. How its tokens hold while records change is not documented: here a page goes on behind the last record of
 * the one before, or (`areOffsets`) behind as many records as were read, which shift.
 */
export function createPageTokens(deps: {
  clock: SimulatorClock;
  random: Random;
  mostRecords?: number;
  areOffsets?: boolean;
}): PageTokens {
  const { clock, random, mostRecords = MOST_RECORDS, areOffsets = false } = deps;
  const places = new Map<string, Place>();

  const pageAfter = (
    kind: Kind,
    query: QueryV5,
    store: RecordStore,
    from: { after?: Place['after']; read: number },
  ): Page => {
    const { limit, orderBy, isDescending } = query;
    const keyOf = (record: PardotRecord): number => record[orderBy];
    const all = store.sorted(orderBy);
    const ordered = isDescending ? [...all].reverse() : all;
    const { after } = from;
    const isBehind = (record: PardotRecord): boolean => {
      if (!after || areOffsets) return true;
      const order = keyOf(record) - after.key || record.id - after.id;
      return isDescending ? order < 0 : order > 0;
    };
    const found = ordered.filter(
      (record) =>
        isBehind(record) &&
        query.fits(record) &&
        (query.deleted === 'all' || (record.deletedAt !== null) === (query.deleted === 'true')),
    );
    const skip = areOffsets ? query.offset + from.read : after ? 0 : query.offset;
    const records = found.slice(skip, skip + limit);
    const last = records.at(-1);
    const read = from.read + records.length;
    const hasMore = last !== undefined && found.length > skip + records.length;
    if (!hasMore || read >= mostRecords) return { records, nextPageToken: null, isCapped: hasMore };
    const token = random.hex(40);
    const expiresAt = clock.now() + LIFE_MS;
    places.set(token, { kind, query, after: { key: keyOf(last), id: last.id }, read, expiresAt });
    return { records, nextPageToken: token, isCapped: false };
  };

  return {
    first: (kind, query, store) => pageAfter(kind, query, store, { read: 0 }),
    next(token, kind, store) {
      const place = places.get(token);
      if (!place || place.kind !== kind) throw new PardotError(211);
      if (clock.now() >= place.expiresAt) throw new PardotError(210);
      return { ...pageAfter(kind, place.query, store, place), query: place.query };
    },
  };
}
