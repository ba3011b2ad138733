import { UTC, type Zone } from '../../date-pattern/zone.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Row } from '../feed.ts';
import type { VendorResponse } from '../vendor-http.ts';
import { readOne, readRows } from './envelope.ts';
import { FACTS, ID_PATTERN, type Kind } from './kinds.ts';
import { gmtStamp, readStamp } from './local-time.ts';
import { ourName } from './names.ts';

/** Booleans that v3 and v4 write as 0, 1, "" or null (Pardot, vendor facts of 2026-11, section 3). */
const BOOLEANS: ReadonlySet<string> = new Set(
  `is_do_not_email is_do_not_call opted_out is_reviewed is_starred is_public is_dynamic is_crm_visible
  is_deleted`.split(/\s+/),
);
const BOOLEAN_VALUES = new Map<Json, Json>([
  [0, false],
  ['0', false],
  ['false', false],
  [1, true],
  ['1', true],
  ['true', true],
  ['', null],
]);

/** Records of one answer to a query in the one shape of ours. */
export interface Records {
  records: JsonObject[];
  /** v5's next page. */
  next: string | null;
}

/** @throws UnreadableAnswer when it is no answer to a query. */
export function readRecords(kind: Kind, response: VendorResponse): Records {
  const { dialect, rows, next } = readRows(kind, response);
  return { records: rows.map((row) => recordOf(kind, dialect, row)), next };
}

/** @throws UnreadableAnswer when the answer holds no record. */
export function readRecord(kind: Kind, response: VendorResponse): JsonObject {
  const { dialect, row } = readOne(kind, response);
  return recordOf(kind, dialect, row);
}

/**
 * The record in the one shape that all ways of reading share: the names of v3 and v4, whichever API answered; ids as
 * numbers, which v3 and v4 also write as text; booleans as such. Stamps of v5 are written as v3 and v4 write them for
 * a user in GMT; those of v3 and v4 stay as they are, in the zone of the API user.
 */
function recordOf(kind: Kind, dialect: 'legacy' | 'v5', row: JsonObject): JsonObject {
  const record: JsonObject = {};
  const { nested } = FACTS[kind];
  for (const [given, value] of Object.entries(row)) {
    const name = dialect === 'v5' ? ourName(kind, given) : given;
    if (nested.includes(name)) continue;
    if (name === 'id' || name.endsWith('_id')) record[name] = numberOf(value);
    else if (BOOLEANS.has(name)) record[name] = booleanOf(value);
    else if (dialect === 'v5' && /_(at|sync)$/.test(name)) record[name] = gmtStamp(value);
    else record[name] = value;
  }
  idOf(record);
  return record;
}

function booleanOf(value: Json): Json {
  const known = BOOLEAN_VALUES.get(value);
  return known === undefined ? value : known;
}

function numberOf(value: Json): Json {
  return typeof value === 'string' && ID_PATTERN.test(value) ? Number(value) : value;
}

/** @throws UnreadableAnswer for something that is no record with an id. */
export function idOf(record: JsonObject): string {
  const id = record['id'];
  if (typeof id === 'number' && ID_PATTERN.test(String(id))) return String(id);
  throw new UnreadableAnswer('Pardot answered with something that is no record with an id');
}

/**
 * A record as a row. Activities of old accounts have no `updated_at`: they never change. Campaigns of v3 and v4 have
 * no stamps at all.
 */
export function rowOf(record: JsonObject, zone: Zone = UTC): Row {
  const createdAt = readStamp(record['created_at'], zone);
  const changedAt = readStamp(record['updated_at'], zone) ?? createdAt;
  return {
    id: idOf(record),
    ...(changedAt !== undefined && { changedAt }),
    ...(createdAt !== undefined && { createdAt }),
    ...(record['is_deleted'] === true && { deleted: true }),
    record,
  };
}
