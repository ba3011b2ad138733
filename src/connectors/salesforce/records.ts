import { readIso } from '../../date-pattern/read-date.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { Row } from '../feed.ts';
import { idOf } from './ids.ts';

/** `2026-05-01T07:25:37.000+0000`: whole seconds, no colon in the offset (recorded traffic, 2026). */
export function stampOf(value: Json | undefined): EpochMs | undefined {
  return typeof value === 'string' ? (readIso(value) ?? undefined) : undefined;
}

/**
 * A record as a row. It stays as Salesforce sends it, `attributes` included.
 * @throws UnreadableAnswer when it has no id.
 */
export function rowOf(record: JsonObject, stamp: string | null): Row {
  const changedAt = stamp === null ? undefined : stampOf(record[stamp]);
  const createdAt = stampOf(record['CreatedDate']);
  return {
    id: idOf(record),
    ...(changedAt !== undefined && { changedAt }),
    ...(createdAt !== undefined && { createdAt }),
    ...(record['IsDeleted'] === true && { deleted: true }),
    record,
  };
}
