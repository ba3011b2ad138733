import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';

/** What an entry's value means, or why it means nothing: the end of a sentence that begins with the key. */
export type Reading<T> = { value: T } | { problem: string };

/** Clients send what they do not use as null, as nothing but blanks, or as the placeholder it had (`<INSTANCE_NAME>`). */
export function isAbsent(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'string' && /^\s*(?:<[^<>]*>\s*)?$/.test(value);
}

/** Booleans arrive as JSON or as text. */
export function readBoolean(value: Json): Reading<boolean> {
  if (typeof value === 'boolean') return { value };
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (text === 'true' || text === 'false') return { value: text === 'true' };
  return { problem: 'must be true or false' };
}

/** Whole numbers arrive as JSON or as text. */
export function readInteger(value: Json, min: number): Reading<number> {
  const text = typeof value === 'string' ? value.trim() : value;
  const number = typeof text === 'number' || (typeof text === 'string' && text !== '') ? Number(text) : NaN;
  if (Number.isSafeInteger(number) && number >= min) return { value: number };
  return { problem: `must be a whole number, at least ${min}` };
}

/** Text; numbers and booleans count as what they print. */
export function readText(value: Json): Reading<string> {
  if (typeof value === 'string') return { value: value.trim() };
  if (typeof value === 'number' || typeof value === 'boolean') return { value: String(value) };
  return { problem: 'must be text' };
}

/** Text whose blanks count, such as a key or a password. */
export function readSecret(value: Json): Reading<string> {
  return typeof value === 'string' ? { value } : readText(value);
}

/** One of `options`, in any case; `aliases` are further spellings. */
export function readChoice<T extends string>(
  value: Json,
  options: readonly T[],
  aliases: Record<string, T> = {},
): Reading<T> {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  const chosen = options.find((option) => option.toLowerCase() === text) ?? aliases[text];
  return chosen === undefined ? { problem: `must be one of ${options.join(', ')}` } : { value: chosen };
}

/** A URL that can be called: http or https, without user name and password. */
export function readHttpUrl(value: Json): Reading<string> {
  const url = typeof value === 'string' ? URL.parse(value.trim()) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return { problem: 'must be an http or https URL' };
  }
  if (url.username !== '' || url.password !== '') {
    return { problem: 'must not hold a user name or password' };
  }
  return { value: url.href };
}

/** An object, as JSON or as text that holds JSON. */
export function readJsonObject(value: Json): Reading<JsonObject> {
  if (isJsonObject(value)) return { value };
  if (typeof value !== 'string') return { problem: 'must be a JSON object, or text that holds one' };
  let parsed: Json;
  try {
    parsed = JSON.parse(value) as Json;
  } catch {
    return { problem: `is not valid JSON: ${describeMistake(value)}` };
  }
  return isJsonObject(parsed) ? { value: parsed } : { problem: 'must hold a JSON object' };
}

/** A list of names: an array, or text with commas. */
export function readNameList(value: Json): Reading<string[]> {
  const parts = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : undefined;
  if (parts === undefined || !parts.every((part) => typeof part === 'string')) {
    return { problem: 'must be a comma list of names' };
  }
  return { value: [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ''))] };
}

/** Where text stops being JSON; the text itself is not repeated, it may hold secrets. */
function describeMistake(text: string): string {
  if (isJsonBeginning(text)) return `it ends too early (position ${text.length})`;
  let good = 0;
  let bad = text.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isJsonBeginning(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  const line = text.slice(0, good).split('\n').length;
  const column = good - (good === 0 ? -1 : text.lastIndexOf('\n', good - 1));
  return `unexpected character at position ${good} (line ${line}, column ${column})`;
}

/** V8 tells the position of most mistakes but not of all; a mistake at the very end is only something missing. */
function isJsonBeginning(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as SyntaxError;
    const position = /at position (\d+)/.exec(message)?.[1];
    return position === undefined ? message.includes('end of JSON') : Number(position) >= text.length;
  }
}
