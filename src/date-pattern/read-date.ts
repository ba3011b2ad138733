import type { EpochMs } from '../kernel/clock.ts';
import { exists, isInstant, type Civil } from './civil.ts';
import { isEpochPattern, type EpochPattern } from './pattern.ts';
import { readByPattern } from './read-pattern.ts';
import { findZone, instantOf, readZone, UTC, type Zone } from './zone.ts';

/** `fitted` is false when a pattern was declared and the value had to be read without it. */
export interface ReadDate {
  at: EpochMs;
  fitted: boolean;
}

/** Longer texts are no dates; keeps what a vendor sends from costing time. */
const MAX_TEXT_LENGTH = 100;

/**
 * Reads a vendor's date: by the declared Java pattern (or `milliseconds`, `seconds`), else as ISO-8601, else as
 * epoch milliseconds or seconds. Null when it is no date at all. Fractions of a millisecond are cut off.
 * `timezone` is the zone of texts that name none, UTC when absent or unknown. A missing pattern always fits.
 */
export function readDate(
  value: string | number,
  { pattern, timezone }: { pattern?: string | undefined; timezone?: string | undefined } = {},
): ReadDate | null {
  if (typeof value === 'string' && value.length > MAX_TEXT_LENGTH) return null;
  const text = String(value).trim();
  const zone = timezone === undefined || timezone === '' ? UTC : (findZone(timezone) ?? UTC);
  const declared = pattern === undefined || pattern === '' ? null : pattern;
  const byPattern =
    declared === null
      ? null
      : isEpochPattern(declared)
        ? readEpoch(text, declared)
        : readByPattern(text, declared, zone);
  if (byPattern !== null) return { at: byPattern, fitted: true };
  const at = readIsoIn(text, zone) ?? readAnyEpoch(text);
  return at === null ? null : { at, fitted: declared === null };
}

/**
 * Reads an ISO-8601 date or date-time (`2026-11-20`, `2026-11-20T09:15:00.123456Z`, `2026-05-01 07:25:37+0000`),
 * null for anything else. Without an offset it is UTC.
 */
export function readIso(text: string): EpochMs | null {
  return text.length > MAX_TEXT_LENGTH ? null : readIsoIn(text, UTC);
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?(?: ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?$/i;

function readIsoIn(text: string, zone: Zone): EpochMs | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const civil: Civil = {
    year: Number(match[1]),
    month: Number(match[2]),
    day: Number(match[3]),
    hour: Number(match[4] ?? 0),
    minute: Number(match[5] ?? 0),
    second: Number(match[6] ?? 0),
    ms: Number((match[7] ?? '').slice(0, 3).padEnd(3, '0')),
  };
  const own = match[8] === undefined ? zone : readZone(match[8]);
  return own !== null && exists(civil) ? instantOf(civil, own) : null;
}

function readEpoch(text: string, unit: EpochPattern): EpochMs | null {
  if (!/^-?\d{1,17}(?:\.\d{1,9})?$/.test(text)) return null;
  const at = Math.floor(Number(unit === 'seconds' ? `${text}e3` : text));
  return isInstant(at) ? at + 0 : null; // + 0: "-0" is 0
}

/**
 * A number of unknown unit: 9 to 11 digits are seconds (1973 to 5138), 12 to 14 milliseconds. Shorter ones are
 * nothing: a 0 means "never" and `20261120` is a day.
 */
function readAnyEpoch(text: string): EpochMs | null {
  const digits = /^-?(\d{9,14})(?:\.\d+)?$/.exec(text)?.[1];
  if (digits === undefined) return null;
  return readEpoch(text, digits.length < 12 ? 'seconds' : 'milliseconds');
}
