import { Fault } from '../kernel/errors.ts';
import type { Json } from '../kernel/json.ts';

/** Deeper nesting than any vendor's payload, shallow enough for code that recurses. */
const MAX_DEPTH = 100;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a JSON body. Nothing but blanks is `undefined` (clients send DELETE and PUT with the header but no body).
 * A key `__proto__` is left out, so that no later merge can reach a prototype.
 * @throws Fault `bad_request` naming line and column of what is malformed, without repeating the text.
 */
export function parseJsonBody(bytes: Buffer): Json | undefined {
  if (isTooDeep(bytes)) {
    throw new Fault('bad_request', `The body is nested deeper than ${MAX_DEPTH} levels.`);
  }
  const text = decodeText(bytes);
  if (text.trim() === '') return undefined;
  try {
    const value = JSON.parse(text) as Json;
    return mayHoldProto(text) ? withoutProto(value) : value;
  } catch {
    throw new Fault('bad_request', malformedMessage(text));
  }
}

/** @throws Fault `bad_request` when the bytes are not UTF-8. */
export function decodeText(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Fault('bad_request', 'The body is not UTF-8 text.');
  }
}

function isTooDeep(bytes: Buffer): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inString) {
      if (byte === 0x5c) at += 1;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}

/** The key may be written with escapes, `\u005f` for the underscore among them. */
function mayHoldProto(text: string): boolean {
  return text.includes('__proto__') || /\\u00[567]/i.test(text);
}

function withoutProto(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutProto);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([key]) => key !== '__proto__');
  return Object.fromEntries(members.map(([key, member]) => [key, withoutProto(member)]));
}

function malformedMessage(text: string): string {
  const at = firstMistake(text);
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const what = at >= text.length ? 'it ends too early' : 'unexpected character';
  return `The body is not valid JSON: ${what} at line ${line}, column ${column} (position ${at}).`;
}

const SCALAR =
  /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)\b/y;

/**
 * Where the text stops being JSON (RFC 8259); its length when it ends too early. V8 tells the position of some
 * mistakes only. Recurses as deep as the text is nested, which `isTooDeep` has bounded.
 */
function firstMistake(text: string): number {
  let at = 0;
  const skipBlanks = (): void => {
    while (at < text.length && ' \t\n\r'.includes(text[at]!)) at += 1;
  };
  const take = (character: string): boolean => {
    skipBlanks();
    if (text[at] !== character) return false;
    at += 1;
    return true;
  };
  const scalar = (): boolean => {
    SCALAR.lastIndex = at;
    const match = SCALAR.exec(text);
    at += match?.[0].length ?? 0;
    return match !== null;
  };
  const list = (entry: () => boolean, closer: string): boolean => {
    if (take(closer)) return true;
    do {
      if (!entry()) return false;
    } while (take(','));
    return take(closer);
  };
  const member = (): boolean => {
    skipBlanks();
    return text[at] === '"' && scalar() && take(':') && value();
  };
  const value = (): boolean => {
    if (take('{')) return list(member, '}');
    if (take('[')) return list(value, ']');
    return scalar();
  };
  value();
  skipBlanks();
  return at;
}
