import { readIso } from '../date-pattern/read-date.ts';
import { BARE_FIELD, RESERVED_WORDS } from './words.ts';
import type { Ceql, CeqlValue, Comparison } from './tree.ts';

/** A tree, or where the text stopped making sense. `position` counts characters (UTF-16) from 0. */
export type ParsedCeql =
  | { ok: true; tree: Ceql }
  | { ok: false; position: number; expected: string; message: string };

const MAX_LENGTH = 16_384;
const MAX_DEPTH = 100;

/** Where the reader is in the text, and how many parentheses are open. */
interface Scan {
  text: string;
  at: number;
  depth: number;
}

class CeqlSyntaxError extends Error {
  readonly position: number;
  readonly expected: string;

  constructor(position: number, expected: string) {
    super(expected);
    this.position = position;
    this.expected = expected;
  }
}

/**
 * Parses a `where`: conditions `field operator value` joined by AND (binding tighter) and OR, with parentheses.
 * Operators `= != < > <= >= LIKE IN IS NULL IS NOT NULL`; keywords in any case, blanks optional. A field is a
 * dotted path, plain or in back-ticks (where two back-ticks are one). A value is `'text'` (`''` is a quote), a
 * number, a boolean or a bare ISO date; an integer that a number cannot hold exactly is kept as text. Texts over
 * 16,384 characters and more than 100 nested parentheses are errors. Nothing is thrown.
 */
export function parseCeql(text: string): ParsedCeql {
  const scan: Scan = { text, at: 0, depth: 0 };
  try {
    if (text.length > MAX_LENGTH) fail(scan, `at most ${MAX_LENGTH} characters`, MAX_LENGTH);
    const tree = parseOr(scan);
    if (!atEnd(scan)) fail(scan, 'AND, OR or the end');
    return { ok: true, tree };
  } catch (error) {
    if (!(error instanceof CeqlSyntaxError)) throw error;
    const { position, expected } = error;
    const message = ceqlErrorMessage(text, position, expected);
    return { ok: false, position, expected, message };
  }
}

/** The sentence a client reads: where in `text`, what was expected there, what stands there. */
export function ceqlErrorMessage(text: string, position: number, expected: string): string {
  return `The where expression is wrong at position ${position}: expected ${expected}, found ${found(text, position)}.`;
}

function found(text: string, position: number): string {
  if (position >= text.length) return 'the end';
  const excerpt = text.slice(position, position + 20).toWellFormed();
  return `"${excerpt}${text.length > position + 20 ? '…' : ''}"`;
}

function fail(scan: Scan, expected: string, position = scan.at): never {
  throw new CeqlSyntaxError(position, expected);
}

function skipBlanks(scan: Scan): void {
  scan.at += match(scan, /\s*/y)?.length ?? 0;
}

/** What a sticky pattern finds at the reader's place; does not move it. */
function match(scan: Scan, pattern: RegExp): string | undefined {
  pattern.lastIndex = scan.at;
  return pattern.exec(scan.text)?.[0];
}

/** Skips blanks, then moves past the pattern when it stands there. */
function take(scan: Scan, pattern: RegExp): string | undefined {
  skipBlanks(scan);
  const text = match(scan, pattern);
  scan.at += text?.length ?? 0;
  return text;
}

function atEnd(scan: Scan): boolean {
  skipBlanks(scan);
  return scan.at === scan.text.length;
}

function parseOr(scan: Scan): Ceql {
  return parseJoined(scan, 'or', /or(?![\p{L}\p{N}_])/iuy, parseAnd);
}

function parseAnd(scan: Scan): Ceql {
  return parseJoined(scan, 'and', /and(?![\p{L}\p{N}_])/iuy, parseTerm);
}

function parseJoined(scan: Scan, type: 'and' | 'or', word: RegExp, parse: (scan: Scan) => Ceql): Ceql {
  const first = parse(scan);
  const terms = [first];
  while (take(scan, word) !== undefined) terms.push(parse(scan));
  return terms.length === 1 ? first : { type, terms };
}

function parseTerm(scan: Scan): Ceql {
  if (take(scan, /\(/y) === undefined) return parseCondition(scan);
  if (scan.depth === MAX_DEPTH) fail(scan, `at most ${MAX_DEPTH} nested parentheses`, scan.at - 1);
  scan.depth += 1;
  const tree = parseOr(scan);
  if (take(scan, /\)/y) === undefined) fail(scan, 'AND, OR or ")"');
  scan.depth -= 1;
  return tree;
}

function parseCondition(scan: Scan): Ceql {
  const field = parseField(scan);
  const sign = take(scan, /[!<>]=|[=<>]/y);
  if (sign !== undefined) {
    return { type: 'compare', field, operator: sign as Comparison, value: parseValue(scan) };
  }
  const word = take(scan, /(?:like|in|is)(?![\p{L}\p{N}_])/iuy)?.toLowerCase();
  if (word === 'like') return { type: 'compare', field, operator: 'LIKE', value: parseValue(scan) };
  if (word === 'in') return { type: 'in', field, values: parseValues(scan) };
  if (word !== 'is') return fail(scan, 'an operator (=, !=, <, >, <=, >=, LIKE, IN, IS NULL, IS NOT NULL)');
  const negated = take(scan, /not(?![\p{L}\p{N}_])/iuy) !== undefined;
  if (take(scan, /null(?![\p{L}\p{N}_])/iuy) === undefined) fail(scan, negated ? 'NULL' : 'NULL or NOT NULL');
  return { type: 'null', field, negated };
}

function parseField(scan: Scan): string {
  const quoted = take(scan, /`(?:[^`]|``)+`(?!`)/y);
  if (quoted !== undefined) return quoted.slice(1, -1).replaceAll('``', '`');
  const bare = match(scan, BARE_FIELD);
  if (bare === undefined || RESERVED_WORDS.has(bare.toLowerCase())) return fail(scan, 'a field or "("');
  scan.at += bare.length;
  return bare;
}

function parseValues(scan: Scan): CeqlValue[] {
  if (take(scan, /\(/y) === undefined) fail(scan, '"("');
  const values = [parseValue(scan)];
  while (take(scan, /,/y) !== undefined) values.push(parseValue(scan));
  if (take(scan, /\)/y) === undefined) fail(scan, '"," or ")"');
  return values;
}

const DATE = /\d{4}-\d{2}-\d{2}(?:t\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:z|[+-]\d{2}(?::?\d{2})?)?)?/iy;
const NUMBER = /[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?/iy;

function parseValue(scan: Scan): CeqlValue {
  skipBlanks(scan);
  const start = scan.at;
  if (scan.text.charAt(start) === "'") return { type: 'text', value: parseText(scan) };
  const date = take(scan, DATE);
  if (date !== undefined) {
    return readIso(date) === null ? fail(scan, 'a date that exists', start) : { type: 'date', value: date };
  }
  const digits = take(scan, NUMBER);
  if (digits !== undefined) return numberValue(scan, digits, start);
  const word = take(scan, /(?:true|false)(?![\p{L}\p{N}_])/iuy);
  if (word !== undefined) return { type: 'boolean', value: word.toLowerCase() === 'true' };
  return fail(scan, "a value ('text', a number, true, false or an ISO date)");
}

function numberValue(scan: Scan, digits: string, start: number): CeqlValue {
  const value = Number(digits);
  if (!Number.isFinite(value)) fail(scan, 'a number that is not so large', start);
  if (/^[-+]?\d+$/.test(digits) && !Number.isSafeInteger(value)) return { type: 'text', value: digits };
  return { type: 'number', value: value + 0 }; // + 0: "-0" is 0
}

/** Reads from the opening quote; two quotes within are one. */
function parseText(scan: Scan): string {
  const start = scan.at;
  let text = '';
  for (let from = start + 1; ;) {
    const quote = scan.text.indexOf("'", from);
    if (quote < 0) {
      fail(scan, `a closing quote for the text that begins at position ${start}`, scan.text.length);
    }
    text += scan.text.slice(from, quote);
    scan.at = quote + 1;
    if (scan.text.charAt(scan.at) !== "'") return text;
    text += "'";
    from = scan.at + 1;
  }
}
