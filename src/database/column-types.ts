import pg from 'pg';
import type { EpochMs } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';

// Sends a Date in UTC: pg's other form, local time with an offset in whole minutes, is wrong for historic zones.
pg.defaults.parseInputDatesAsUTC = true;

const { INT8, DATE, TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins;
const ARRAY_OF = { int8: 1016, date: 1182, timestamp: 1115, timestamptz: 1185 };

/** int8 as a number. Beyond ±2^53 it throws instead of rounding; select such a column as `::text`. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new Fault(
      'internal',
      `The int8 value ${text} does not fit a JavaScript number; select it as text.`,
    );
  }
  return value;
}

/**
 * timestamptz as EpochMs, microseconds cut off; ±infinity as ±Infinity. Every session runs in UTC
 * (`prepareSession`), so the text is always `2026-11-21 09:15:00.123456+00`. Throws on years before 1 or after 9999.
 */
export function parseTimestamptz(text: string): EpochMs {
  if (text === 'infinity') return Infinity;
  if (text === '-infinity') return -Infinity;
  const at = text.endsWith('+00') ? Date.parse(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`) : Number.NaN;
  if (Number.isNaN(at)) throw new Fault('internal', `The timestamptz value ${text} cannot be read.`);
  return at;
}

const asText = (text: string) => text;

/** pg's typings show another version's array parser. */
const arrays = pg.types.arrayParser as unknown as {
  create(text: string, entry: (text: string) => unknown): { parse(): unknown[] };
};
const arrayOf = (entry: (text: string) => unknown) => (text: string) => arrays.create(text, entry).parse();

const PARSERS = new Map<number, (text: string) => unknown>([
  [INT8, parseInt8],
  [ARRAY_OF.int8, arrayOf(parseInt8)],
  [TIMESTAMPTZ, parseTimestamptz],
  [ARRAY_OF.timestamptz, arrayOf(parseTimestamptz)],
  // Without a zone they are no instants: kept as PostgreSQL prints them, never read as local time.
  [DATE, asText],
  [ARRAY_OF.date, arrayOf(asText)],
  [TIMESTAMP, asText],
  [ARRAY_OF.timestamp, arrayOf(asText)],
]);

/** How columns become JavaScript values; the table is in pool.ts. What is not listed here is read as pg reads it. */
export const COLUMN_TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: Parameters<typeof pg.types.getTypeParser>[0], format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : PARSERS.get(oid)) ?? pg.types.getTypeParser(oid, format),
};
