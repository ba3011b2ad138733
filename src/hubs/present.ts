import { textOf } from '../connectors/configuration-text.ts';
import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';

/** Whether an instance wants null values left out of its records (`filter.response.nulls`, on unless it is false). */
export function dropsNulls(configuration: JsonObject): boolean {
  const setting = configuration['filter.response.nulls'];
  return setting !== false && textOf(setting)?.toLowerCase() !== 'false';
}

/** A record without its null-valued keys, at every depth; nulls within lists keep their place. */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const present = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(present.map(([key, member]) => [key, withoutNulls(member)]));
}

/** The fields of a record that were asked for, in their places (`a.b` stays nested); all when none was named. */
export function onlyFields(record: Json, fields: readonly string[]): Json {
  if (fields.length === 0 || !isJsonObject(record)) return record;
  const result: JsonObject = {};
  for (const field of fields) copyPath(record, result, field);
  return result;
}

/** A key that itself holds the dots wins over the nested reading, as in `atPath`. */
function copyPath(from: JsonObject, to: JsonObject, path: string): void {
  if (Object.hasOwn(from, path)) {
    define(to, path, from[path] ?? null);
    return;
  }
  const dot = path.indexOf('.');
  const head = path.slice(0, dot);
  const inner = dot > 0 && Object.hasOwn(from, head) ? from[head] : undefined;
  if (!isJsonObject(inner)) return;
  const target = Object.hasOwn(to, head) ? to[head] : {};
  if (!isJsonObject(target) || target === inner) return;
  copyPath(inner, target, path.slice(dot + 1));
  if (Object.keys(target).length > 0) define(to, head, target);
}

/** Vendors choose the keys; `__proto__` must not become the prototype. */
function define(target: JsonObject, key: string, value: Json): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
