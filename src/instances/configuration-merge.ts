import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';
import { MASK, isMask } from '../vault/mask.ts';
import { isAbsent } from './entry-values.ts';

/** Whose values are secret one by one: the names are shown, the values are not. */
const HEADERS_KEY = 'event.notification.callback.headers';

export interface Merge {
  /** What the instance has, secrets in the clear; no defaults. */
  stored: JsonObject;
  /** What the client sends. */
  sent: JsonObject;
  /** `replace` (PUT): what is not sent goes. `patch`: what is not sent stays. */
  mode: 'replace' | 'patch';
  isSecret: (key: string) => boolean;
}

/**
 * The configuration after a request. An absent value (null, empty, `<PLACEHOLDER>`) takes the entry away; the mask
 * in a secret's place keeps what is stored.
 */
export function mergeConfiguration({ stored, sent, mode, isSecret }: Merge): JsonObject {
  const merged = new Map<string, Json>(mode === 'patch' ? Object.entries(stored) : []);
  for (const [key, value] of Object.entries(sent)) {
    const kept = isSecret(key) ? unmask(value, stored[key]) : value;
    if (kept === undefined || isAbsent(kept)) merged.delete(key);
    else merged.set(key, kept);
  }
  return Object.fromEntries(merged);
}

/** What of the sent entries is really given: not absent and not the mask. */
export function givenEntries(sent: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(sent).filter(([, value]) => !isAbsent(value) && !isMask(value)));
}

/** A secret as clients see it. */
export function maskSecret(key: string, value: Json): Json {
  if (key !== HEADERS_KEY) return MASK;
  const headers = asObject(value);
  if (headers === undefined) return MASK;
  const masked = Object.fromEntries(Object.keys(headers).map((name) => [name, MASK]));
  return typeof value === 'string' ? JSON.stringify(masked) : masked;
}

/** Puts stored secrets back in the places of masks; undefined where nothing is stored. */
function unmask(value: Json, stored: Json | undefined): Json | undefined {
  if (isMask(value)) return stored;
  const members = asObject(value);
  if (members === undefined || !Object.values(members).some(isMask)) return value;
  const known = asObject(stored) ?? {};
  const kept = Object.entries(members).flatMap(([name, member]) => {
    const secret = isMask(member) ? known[name] : member;
    return secret === undefined ? [] : [[name, secret] as const];
  });
  const object = Object.fromEntries(kept);
  return typeof value === 'string' ? JSON.stringify(object) : object;
}

/** The object a value is or holds as JSON text. */
function asObject(value: Json | undefined): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  if (typeof value !== 'string' || !value.trimStart().startsWith('{')) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
