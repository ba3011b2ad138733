import { canonicalJson, isJsonObject, type Json } from '../kernel/json.ts';

/** One value of a record, before and after; null where it is absent. */
export interface RecordChange {
  /** Dotted; an array is one value. */
  path: string;
  before: Json;
  after: Json;
}

/** What differs between two versions of a record, in the order of the later one. */
export function recordChanges(before: Json, after: Json): RecordChange[] {
  const changes: RecordChange[] = [];
  compare('', before, after, changes);
  return changes;
}

function compare(path: string, before: Json, after: Json, changes: RecordChange[]): void {
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const key of new Set([...Object.keys(after), ...Object.keys(before)])) {
      compare(path === '' ? key : `${path}.${key}`, valueOf(before, key), valueOf(after, key), changes);
    }
  } else if (canonicalJson(before) !== canonicalJson(after)) {
    changes.push({ path, before, after });
  }
}

function valueOf(record: { [key: string]: Json }, key: string): Json {
  return Object.hasOwn(record, key) ? (record[key] ?? null) : null;
}
