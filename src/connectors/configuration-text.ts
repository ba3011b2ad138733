import type { Json, JsonObject } from '../kernel/json.ts';

/** A JSON value as text: trimmed, numbers in digits; undefined for what is empty or no text at all. */
export function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' ? undefined : text;
}

/** A configuration entry as text; undefined when it is empty or absent. */
export function configurationText(configuration: JsonObject, key: string): string | undefined {
  return textOf(configuration[key]);
}
