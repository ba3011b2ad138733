import { readIso } from '../../date-pattern/read-date.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Row } from '../feed.ts';
import type { VendorResponse } from '../vendor-http.ts';
import { MODIFIED, type Kind } from './kinds.ts';

/** Ids are numbers of up to 12 and more digits, as text; larger than JavaScript counts in the end. */
export const ID_PATTERN = /^[1-9]\d{0,18}$/;

/** A page of a list, a search or a bulk read: `{results, paging?: {next: {after}}, total?}`. */
export interface Page {
  records: JsonObject[];
  /** Null: the last page. Pages before it may be short or empty. */
  after: string | null;
  /** Of a search. */
  total?: number;
}

/**
 * Reads a page, its records in our one shape.
 * @throws UnreadableAnswer without a list, or with entries that are no records.
 */
export function readPage({ body }: VendorResponse): Page {
  const results = isJsonObject(body) ? body['results'] : undefined;
  if (!isJsonObject(body) || !Array.isArray(results)) {
    throw new UnreadableAnswer('HubSpot answered a list request without a list of records');
  }
  const paging = body['paging'];
  const next = isJsonObject(paging) ? paging['next'] : undefined;
  const total = body['total'];
  return {
    records: results.map(readRecord),
    after: (isJsonObject(next) ? textOf(next['after']) : undefined) ?? null,
    ...(typeof total === 'number' && { total }),
  };
}

/**
 * The one shape of a record, whichever way it was read: its properties that have a value, and the dates of the
 * record itself. HubSpot shows what is empty as null or as an empty text or not at all, and adds links (`url`)
 * here and there; none of that is a difference between two versions.
 * @throws UnreadableAnswer when it is no record.
 */
export function readRecord(entry: Json): JsonObject {
  const properties = isJsonObject(entry) ? entry['properties'] : undefined;
  if (!isJsonObject(entry) || !isJsonObject(properties)) {
    throw new UnreadableAnswer('HubSpot answered with something that is no record');
  }
  const { createdAt, updatedAt, archived, archivedAt } = entry;
  const valued = Object.entries(properties).filter(([, value]) => value !== null && value !== '');
  return {
    id: idOf(entry),
    properties: Object.fromEntries(valued),
    ...(typeof createdAt === 'string' && { createdAt }),
    ...(typeof updatedAt === 'string' && { updatedAt }),
    archived: archived === true,
    ...(typeof archivedAt === 'string' && { archivedAt }),
  };
}

/** @throws UnreadableAnswer when there is none. */
export function idOf(record: Json): string {
  const id = isJsonObject(record) ? textOf(record['id']) : undefined;
  if (id !== undefined && ID_PATTERN.test(id)) return id;
  throw new UnreadableAnswer('HubSpot answered with something that is no record with an id');
}

/** A record as a row. Stamps have milliseconds; the property is what searches go by, so it is the stamp. */
export function rowOf(kind: Kind, record: JsonObject): Row {
  const changedAt = changedAtOf(kind, record);
  const createdAt = stampOf(record['createdAt']) ?? stampOf(propertyOf(record, 'createdate'));
  return {
    id: idOf(record),
    ...(changedAt !== undefined && { changedAt }),
    ...(createdAt !== undefined && { createdAt }),
    record,
  };
}

/** An archived record as the row of its deletion. */
export function deletionOf(kind: Kind, record: JsonObject): Row {
  const { changedAt: _, ...row } = rowOf(kind, record);
  const archivedAt = archivedAtOf(record);
  return { ...row, deleted: true, ...(archivedAt !== undefined && { changedAt: archivedAt }) };
}

export function changedAtOf(kind: Kind, record: JsonObject): EpochMs | undefined {
  return stampOf(propertyOf(record, MODIFIED[kind])) ?? stampOf(record['updatedAt']);
}

export function archivedAtOf(record: JsonObject): EpochMs | undefined {
  return stampOf(record['archivedAt']) ?? stampOf(record['updatedAt']);
}

function propertyOf(record: JsonObject, name: string): Json | undefined {
  const properties = record['properties'];
  return isJsonObject(properties) ? properties[name] : undefined;
}

/** ISO with milliseconds and Z; a date property written by an import may hold epoch milliseconds. */
function stampOf(value: Json | undefined): EpochMs | undefined {
  if (typeof value !== 'string') return undefined;
  return /^\d{12,14}$/.test(value) ? Number(value) : (readIso(value) ?? undefined);
}

/** The order of ids as numbers, without turning them into any. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : Number(a > b));
}
