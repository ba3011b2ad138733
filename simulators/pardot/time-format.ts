import type { EpochMs } from '../core/clock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's wall clock is ahead of UTC. */
export function offsetOf(zone: string, at: EpochMs): number {
  if (zone === 'GMT') return 0;
  let format = formats.get(zone);
  if (!format) {
    const two = '2-digit';
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
    formats.set(zone, format);
  }
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** `2026-11-20 09:15:00`: how v3 and v4 write a time, on the wall clock of the API user and without a zone. */
export function legacyTime(at: EpochMs, zone: string): string {
  return new Date(at + offsetOf(zone, at)).toISOString().slice(0, 19).replace('T', ' ');
}

/** `2026-11-20T09:15:00+01:00`: how v5 writes a time, with the offset of the account's zone. */
export function isoTime(at: EpochMs, zone: string): string {
  const offset = offsetOf(zone, at);
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${new Date(at + offset).toISOString().slice(0, 19)}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

const LEGACY = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?( ?(?:Z|[+-]\d{2}:?\d{2}))?$/;

/**
 * The part of GNU's date syntax that clients use: a date, a time, an offset or none, and Pardot's words. A time that
 * comes twice in autumn is the first one, as in PHP. Undefined for anything else.
 */
export function parseLegacyTime(text: string, zone: string, now: EpochMs): EpochMs | undefined {
  const word = wordTime(text.toLowerCase(), zone, now);
  if (word !== undefined) return word;
  const match = LEGACY.exec(text);
  if (!match) return undefined;
  const local = `${match[1]}T${(match[2] ?? '00:00').padEnd(8, ':00')}`;
  const at = Date.parse(`${local}${match[3]?.trim() ?? 'Z'}`);
  if (Number.isNaN(at)) return undefined;
  return match[3] === undefined ? fromLocal(at, zone) : at;
}

/** An ISO-8601 time with an offset, the only form v5 takes. */
export function parseIsoTime(text: string): EpochMs | undefined {
  const isWhole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const at = isWhole ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** The midnight that begins the day of `at` in the zone. */
export function startOfDay(at: EpochMs, zone: string): EpochMs {
  return fromLocal(Math.floor((at + offsetOf(zone, at)) / DAY_MS) * DAY_MS, zone);
}

/** The instant at which the wall clock shows `local` (read as UTC); the first of two. */
function fromLocal(local: number, zone: string): EpochMs {
  const before = offsetOf(zone, local - DAY_MS);
  const after = offsetOf(zone, local + DAY_MS);
  const found = [local - before, local - after].filter((at) => at + offsetOf(zone, at) === local);
  return found.length > 0 ? Math.min(...found) : local - before;
}

function wordTime(word: string, zone: string, now: EpochMs): EpochMs | undefined {
  const today = startOfDay(now, zone);
  if (word === 'today') return today;
  if (word === 'yesterday') return startOfDay(today - HOUR_MS, zone);
  if (word === 'last_7_days') return startOfDay(today - 7 * DAY_MS + HOUR_MS, zone);
  if (word !== 'this_month' && word !== 'last_month') return undefined;
  const local = new Date(now + offsetOf(zone, now));
  const back = word === 'last_month' ? 1 : 0;
  return fromLocal(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() - back, 1), zone);
}
