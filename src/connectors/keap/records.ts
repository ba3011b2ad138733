import { readIso } from '../../date-pattern/read-date.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Row } from '../feed.ts';
import type { VendorResponse } from '../vendor-http.ts';

/** Whole numbers; v1 writes them as numbers, v2 and hooks as texts (Keap REST v1 and v2, read 2026-11). */
export const ID_PATTERN = /^[1-9]\d{0,17}$/;

/** The records of a list answer, `{<name>: […]}` in v1 and v2 alike. @throws UnreadableAnswer without them. */
export function readList({ body }: VendorResponse, name: string): JsonObject[] {
  const list = isJsonObject(body) ? body[name] : undefined;
  if (!Array.isArray(list)) throw new UnreadableAnswer(`Keap answered a request for ${name} without a list`);
  for (const entry of list) idOf(entry);
  return list as JsonObject[];
}

/** v1's `count`: how many records match, whatever the page. */
export function readCount({ body }: VendorResponse): number | undefined {
  const count = isJsonObject(body) ? body['count'] : undefined;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}

/** @throws UnreadableAnswer when the answer is no record. */
export function readRecord({ body }: VendorResponse): JsonObject {
  idOf(body);
  return body as JsonObject;
}

/** @throws UnreadableAnswer for what has none. */
export function idOf(record: Json | undefined): string {
  const id = isJsonObject(record) ? record['id'] : undefined;
  const text = typeof id === 'number' ? String(id) : id;
  if (typeof text === 'string' && ID_PATTERN.test(text)) return text;
  throw new UnreadableAnswer('Keap answered with something that is no record with an id');
}

/** v1 writes `…T09:15:00.000+0000`, `…000Z` and `…00Z`, v2 `…00Z`; UTC all (Keap, read 2026-11). */
export function stampOf(value: Json | undefined): EpochMs | undefined {
  return typeof value === 'string' ? (readIso(value) ?? undefined) : undefined;
}

/** v2's names of the dates that v1, and every old configuration, call otherwise. */
const V1_DATES = {
  creation_date: 'creation_time',
  modification_date: 'modification_time',
  order_date: 'order_time',
} as const;

/**
 * An order as it is shown everywhere: as its API gives it, a v2 order with its dates under v1's names as well, so
 * that one configuration fits both.
 */
export function presentOrder(record: JsonObject): JsonObject {
  const shown = { ...record };
  for (const [ours, theirs] of Object.entries(V1_DATES)) {
    if (shown[ours] === undefined && shown[theirs] !== undefined) shown[ours] = shown[theirs];
  }
  return shown;
}

export function orderRow(record: JsonObject): Row {
  const shown = presentOrder(record);
  const createdAt = stampOf(shown['creation_date']);
  const changedAt = modifiedAt(record) ?? createdAt;
  return {
    id: idOf(record),
    ...(changedAt !== undefined && { changedAt }),
    ...(createdAt !== undefined && { createdAt }),
    record: shown,
  };
}

/** The order's own stamp; `order_date` is the user's to set and says nothing of changes. */
export function modifiedAt(record: JsonObject): EpochMs | undefined {
  return stampOf(record['modification_time'] ?? record['modification_date']);
}

/** Products have no dates: what changed shows by comparison. */
export function productRow(record: JsonObject): Row {
  return { id: idOf(record), record };
}
