import { readIso } from '../../date-pattern/read-date.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Row } from '../feed.ts';
import type { VendorResponse } from '../vendor-http.ts';

/** A list answer of v2: `{success, data: [...], additional_data: {next_cursor}}` (API v2 reference, read 2026-11). */
export interface V2Page {
  records: JsonObject[];
  /** The key is null or missing on the last page. */
  nextCursor: string | null;
}

/** @throws UnreadableAnswer without a list, or with entries that are no records. */
export function readV2Page(response: VendorResponse): V2Page {
  const { body } = response;
  const data = isJsonObject(body) ? body['data'] : undefined;
  if (!isJsonObject(body) || !Array.isArray(data)) {
    throw new UnreadableAnswer('Pipedrive answered a list request without a list of records');
  }
  for (const entry of data) idOf(entry);
  const additional = body['additional_data'];
  const cursor = isJsonObject(additional) ? additional['next_cursor'] : undefined;
  return {
    records: data as JsonObject[],
    nextCursor: typeof cursor === 'string' && cursor !== '' ? cursor : null,
  };
}

/** @throws UnreadableAnswer when the answer holds no record. */
export function readV2Record(response: VendorResponse): JsonObject {
  const { body } = response;
  const data = isJsonObject(body) ? body['data'] : undefined;
  idOf(data);
  return data as JsonObject;
}

/**
 * A v2 record as a row. A record that was never updated may have no `update_time`: it changed when it was added.
 * Stamps have whole seconds and two edits within a second share one (Pipedrive, vendor facts of 2026-11).
 */
export function rowOf(record: JsonObject): Row {
  const createdAt = stampOf(record['add_time']);
  const changedAt = stampOf(record['update_time']) ?? createdAt;
  return {
    id: idOf(record),
    ...(changedAt !== undefined && { changedAt }),
    ...(createdAt !== undefined && { createdAt }),
    ...(record['is_deleted'] === true && { deleted: true }),
    record,
  };
}

/** Pipedrive's ids are whole numbers; in webhooks they come as text. */
export function idOf(record: Json | undefined): string {
  const id = isJsonObject(record) ? record['id'] : undefined;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return String(id);
  if (typeof id === 'string' && ID_PATTERN.test(id)) return id;
  throw new UnreadableAnswer('Pipedrive answered with something that is no record with an id');
}

export const ID_PATTERN = /^[1-9]\d{0,17}$/;

/** v2 writes `2026-05-15T10:16:44Z`, v1 `2026-05-15 10:16:44` in UTC without saying so; both are ISO enough. */
export function stampOf(value: Json | undefined): EpochMs | undefined {
  return typeof value === 'string' ? (readIso(value) ?? undefined) : undefined;
}
