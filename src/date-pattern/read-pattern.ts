import type { EpochMs } from '../kernel/clock.ts';
import { daysInMonth, exists, type Civil } from './civil.ts';
import { MONTHS, WEEKDAYS } from './english-names.ts';
import { isNumeric, parsePattern } from './pattern.ts';
import { instantOf, readZone, type Zone } from './zone.ts';

/** What the fields of a text said. Absent ones are filled in at the end. */
interface Fields {
  bc?: boolean;
  year?: number;
  month?: number;
  day?: number;
  dayOfYear?: number;
  hour?: number;
  hourOfHalf?: number;
  afternoon?: boolean;
  minute?: number;
  second?: number;
  ms?: number;
  zone?: Zone;
}

/** A field to read; those that touch are read by their width (`yyyyMMdd`), others as far as the digits go. */
interface Field {
  letter: string;
  width: number;
  touching: boolean;
}

/** A date text and how far it has been read. */
interface Cursor {
  text: string;
  at: number;
}

/**
 * Reads a text by a Java date pattern; null when the pattern is unusable, does not fit the whole text, or the
 * text names a date that does not exist (Java would roll 30 February over). A zone in the text wins over
 * `zone`; a quoted `'Z'` is no zone. `S` of any width reads all its digits as a fraction of the second (`.5` is
 * 500 ms, `.123456` is 123 ms; Java would count milliseconds: 5 ms, and 2 minutes too many). With `y` or `yy`, two
 * digits are 1970–2069. All zone letters read every spelling: `Z`, `+0000`, `+00:00`, `GMT`.
 */
export function readByPattern(text: string, pattern: string, zone: Zone): EpochMs | null {
  const { tokens, problems } = parsePattern(pattern);
  if (problems.length > 0) return null;
  const cursor: Cursor = { text, at: 0 };
  const fields: Fields = {};
  for (const [index, token] of tokens.entries()) {
    const touching = isNumeric(token) && isNumeric(tokens[index + 1]);
    const fits =
      token.type === 'literal'
        ? skipLiteral(cursor, token.text)
        : readField(cursor, { ...token, touching }, fields);
    if (!fits) return null;
  }
  if (cursor.at !== text.length) return null;
  const civil = civilOf(fields);
  return civil === null ? null : instantOf(civil, fields.zone ?? zone);
}

function skipLiteral(cursor: Cursor, literal: string): boolean {
  if (!cursor.text.startsWith(literal, cursor.at)) return false;
  cursor.at += literal.length;
  return true;
}

function readField(cursor: Cursor, field: Field, fields: Fields): boolean {
  while (cursor.text.charAt(cursor.at) === ' ') cursor.at += 1;
  switch (field.letter) {
    case 'G':
    case 'a':
      return readHalf(cursor, field.letter, fields);
    case 'E':
      return readName(cursor, WEEKDAYS) !== undefined;
    case 'Z':
    case 'X':
    case 'z':
      return readZoneField(cursor, fields);
    case 'S':
      return readFraction(cursor, field, fields);
    case 'M':
    case 'L': {
      const named = readName(cursor, MONTHS);
      if (named === undefined) return readNumber(cursor, field, fields);
      fields.month = named + 1;
      return true;
    }
    default:
      return readNumber(cursor, field, fields);
  }
}

function takeDigits(cursor: Cursor, { touching, width }: Field): string {
  let end = cursor.at;
  const last = Math.min(cursor.text.length, cursor.at + (touching ? width : Infinity));
  while (end < last && isDigit(cursor.text.charCodeAt(end))) end += 1;
  const taken = cursor.text.slice(cursor.at, end);
  cursor.at = end;
  return taken;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function readNumber(cursor: Cursor, field: Field, fields: Fields): boolean {
  const digits = takeDigits(cursor, field);
  if (digits === '' || digits.length > 6) return false;
  const value = Number(digits);
  switch (field.letter) {
    case 'y':
    case 'Y':
      fields.year = field.width <= 2 && digits.length === 2 ? value + (value < 70 ? 2000 : 1900) : value;
      return true;
    case 'M':
    case 'L':
      fields.month = value;
      return true;
    case 'd':
      fields.day = value;
      return value >= 1;
    case 'D':
      fields.dayOfYear = value;
      return value >= 1;
    case 'u':
      return value >= 1 && value <= 7;
    case 'H':
      fields.hour = value;
      return value <= 23;
    case 'k':
      fields.hour = value % 24;
      return value >= 1 && value <= 24;
    case 'K':
      fields.hourOfHalf = value;
      return value <= 11;
    case 'h':
      fields.hourOfHalf = value % 12;
      return value >= 1 && value <= 12;
    case 'm':
      fields.minute = value;
      return value <= 59;
    default:
      fields.second = value;
      return value <= 60;
  }
}

function readFraction(cursor: Cursor, field: Field, fields: Fields): boolean {
  const digits = takeDigits(cursor, field);
  fields.ms = Number(digits.slice(0, 3).padEnd(3, '0'));
  return digits !== '';
}

/** AM or PM, AD or BC. */
function readHalf(cursor: Cursor, letter: 'G' | 'a', fields: Fields): boolean {
  const word = cursor.text.slice(cursor.at, cursor.at + 2).toUpperCase();
  const [first, second] = letter === 'G' ? ['AD', 'BC'] : ['AM', 'PM'];
  if (word !== first && word !== second) return false;
  if (letter === 'G') fields.bc = word === second;
  else fields.afternoon = word === second;
  cursor.at += 2;
  return true;
}

/** The index of the English name that stands at the cursor, whole or its first three letters, in any case. */
function readName(cursor: Cursor, names: readonly string[]): number | undefined {
  const rest = cursor.text.slice(cursor.at, cursor.at + 9).toLowerCase();
  const index = names.findIndex((name) => rest.startsWith(name.slice(0, 3).toLowerCase()));
  const name = names[index];
  if (name === undefined) return undefined;
  cursor.at += rest.startsWith(name.toLowerCase()) ? name.length : 3;
  return index;
}

const ZONE_TEXT = /(?:GMT|UTC|UT)?[+-]\d{1,2}(?::?\d{2})?|[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*/y;

function readZoneField(cursor: Cursor, fields: Fields): boolean {
  ZONE_TEXT.lastIndex = cursor.at;
  const found = ZONE_TEXT.exec(cursor.text)?.[0];
  const zone = found === undefined ? null : readZone(found);
  if (found === undefined || zone === null) return false;
  fields.zone = zone;
  cursor.at += found.length;
  return true;
}

/** Absent parts are those of 1970-01-01T00:00, as in Java. */
function civilOf(fields: Fields): Civil | null {
  const eraYear = fields.year ?? 1970;
  const year = fields.bc === true ? 1 - eraYear : eraYear;
  const date = dateOf(fields, year);
  if (date === null) return null;
  const half = fields.hourOfHalf === undefined ? undefined : fields.hourOfHalf + (fields.afternoon ? 12 : 0);
  const civil: Civil = {
    ...date,
    hour: fields.hour ?? half ?? 0,
    minute: fields.minute ?? 0,
    second: fields.second ?? 0,
    ms: fields.ms ?? 0,
  };
  return exists(civil) ? civil : null;
}

function dateOf(fields: Fields, year: number): { year: number; month: number; day: number } | null {
  if (fields.dayOfYear === undefined || fields.month !== undefined || fields.day !== undefined) {
    return { year, month: fields.month ?? 1, day: fields.day ?? 1 };
  }
  let day = fields.dayOfYear;
  for (let month = 1; month <= 12; month += 1) {
    if (day <= daysInMonth(year, month)) return { year, month, day };
    day -= daysInMonth(year, month);
  }
  return null;
}
