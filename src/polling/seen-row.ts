import type { Row } from '../connectors/feed.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { Json } from '../kernel/json.ts';
import { fingerprint } from './fingerprint.ts';

/** A feed's row made ready for detection: fingerprinted, its configured dates read, nonsense taken out. */
export interface SeenRow {
  id: string;
  /** What the event calls it: the value of the configured id field where the record has one. */
  objectId: string;
  /** The vendor's change stamp, the configured one where the feed has none. */
  changedAt?: EpochMs;
  createdAt?: EpochMs;
  /** The value of the configured updated field: the `date` of an UPDATED event. */
  updatedDate?: EpochMs;
  deleted: boolean;
  fp: bigint | null;
  record: Json | null;
}

/** Reads what the configuration names from a record. */
export interface RecordReader {
  objectId(record: Json): string | undefined;
  updatedDate(record: Json): EpochMs | undefined;
  createdDate(record: Json): EpochMs | undefined;
}

/** Longer ids exist at no vendor; they would not fit an index entry. */
const MAX_ID_LENGTH = 512;

/** The last instant that a four-digit year can print; anything outside 1970–9999 is no stamp. */
const LAST_INSTANT: EpochMs = 253_402_300_799_000;

/** Undefined for a row whose id the database could not keep as it is (empty, with a NUL, longer than 512 characters). */
export function seeRow(row: Row, reader: RecordReader): SeenRow | undefined {
  if (row.id === '' || row.id.length > MAX_ID_LENGTH) return undefined;
  if (row.id.includes('\u0000') || !row.id.isWellFormed()) return undefined;
  const { record } = row;
  const updatedDate = record === null ? undefined : sane(reader.updatedDate(record));
  const createdDate = record === null ? undefined : sane(reader.createdDate(record));
  const changedAt = sane(row.changedAt) ?? (row.deleted === true ? undefined : updatedDate);
  const createdAt = createdDate ?? sane(row.createdAt);
  return {
    id: row.id,
    objectId: (record === null ? undefined : reader.objectId(record)) ?? row.id,
    ...(changedAt === undefined ? {} : { changedAt }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(updatedDate === undefined ? {} : { updatedDate }),
    deleted: row.deleted === true,
    fp: record === null || row.deleted === true ? null : fingerprint(record),
    record,
  };
}

function sane(at: EpochMs | undefined): EpochMs | undefined {
  return at !== undefined && at >= 0 && at <= LAST_INSTANT ? at : undefined;
}
