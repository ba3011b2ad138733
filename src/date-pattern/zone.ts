import { Temporal } from 'temporal-polyfill';
import type { EpochMs } from '../kernel/clock.ts';
import { DAY_MS, isInstant, localMs, type Civil } from './civil.ts';

/** A time zone: one offset for ever, or a region of the IANA database. */
export type Zone = { type: 'offset'; name: string; offsetMs: number } | { type: 'region'; id: string };

export const UTC: Zone = { type: 'offset', name: 'UTC', offsetMs: 0 };

/**
 * The three-letter ids that `java.util.TimeZone` knows beside the IANA ones: `java.time.ZoneId.SHORT_IDS`
 * (Java SE 21 API documentation), read November 2026. EST, MST and HST have no summer time there.
 */
const SHORT_IDS: Readonly<Record<string, string>> = {
  EST: '-05:00',
  HST: '-10:00',
  MST: '-07:00',
  ACT: 'Australia/Darwin',
  AET: 'Australia/Sydney',
  AGT: 'America/Argentina/Buenos_Aires',
  ART: 'Africa/Cairo',
  AST: 'America/Anchorage',
  BET: 'America/Sao_Paulo',
  BST: 'Asia/Dhaka',
  CAT: 'Africa/Harare',
  CNT: 'America/St_Johns',
  CST: 'America/Chicago',
  CTT: 'Asia/Shanghai',
  EAT: 'Africa/Addis_Ababa',
  ECT: 'Europe/Paris',
  IET: 'America/Indiana/Indianapolis',
  IST: 'Asia/Kolkata',
  JST: 'Asia/Tokyo',
  MIT: 'Pacific/Apia',
  NET: 'Asia/Yerevan',
  NST: 'Pacific/Auckland',
  PLT: 'Asia/Karachi',
  PNT: 'America/Phoenix',
  PRT: 'America/Puerto_Rico',
  PST: 'America/Los_Angeles',
  SST: 'Pacific/Guadalcanal',
  VST: 'Asia/Ho_Chi_Minh',
};

/** Offsets in minutes of the names that stand in date texts (`09:15:00 PDT`); RFC 822 and the European ones. */
const NAMED_OFFSETS: Readonly<Record<string, number>> = {
  Z: 0,
  UT: 0,
  UTC: 0,
  GMT: 0,
  WET: 0,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
  AKST: -540,
  AKDT: -480,
  HST: -600,
  BST: 60,
  WEST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  IST: 330,
  JST: 540,
  AEST: 600,
  AEDT: 660,
};

/**
 * The zone of a configured id (`America/New_York`, `GMT`, `PST`, `GMT+5`, `-08:00`), or null when there is none
 * of that name. `PST` is the region, with its summer time.
 */
export function findZone(id: string): Zone | null {
  const upper = id.toUpperCase();
  if (upper === 'GMT' || upper === 'UTC') return { type: 'offset', name: upper, offsetMs: 0 };
  const short = Object.hasOwn(SHORT_IDS, upper) ? SHORT_IDS[upper] : undefined;
  return offsetZone(short ?? id) ?? regionZone(short ?? id) ?? namedOffset(upper);
}

/**
 * The zone that stands in a date text: `Z`, `+0000`, `-08:00`, `GMT+5:30`, `PST`, `Europe/Paris`; null for
 * anything else. Here `PST` is −08:00 whatever the season: the text says which one it means.
 */
export function readZone(text: string): Zone | null {
  return offsetZone(text) ?? namedOffset(text.toUpperCase()) ?? findZone(text);
}

function offsetZone(text: string): Zone | null {
  const match = /^(?:GMT|UTC|UT)?([+-])(\d{1,2})(?::?(\d{2}))?$/i.exec(text);
  if (match === null) return null;
  const hours = Number(match[2]);
  const minutes = Number(match[3] ?? 0);
  if (hours > 18 || minutes > 59) return null;
  const offsetMs = (hours * 60 + minutes) * (match[1] === '-' ? -60_000 : 60_000);
  return { type: 'offset', name: offsetMs === 0 ? 'GMT' : `GMT${offsetText(offsetMs, ':')}`, offsetMs };
}

function namedOffset(name: string): Zone | null {
  const minutes = Object.hasOwn(NAMED_OFFSETS, name) ? NAMED_OFFSETS[name] : undefined;
  return minutes === undefined ? null : { type: 'offset', name, offsetMs: minutes * 60_000 };
}

function regionZone(id: string): Zone | null {
  if (id.length > 64) return null;
  try {
    const zoned = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(id);
    return { type: 'region', id: zoned.timeZoneId };
  } catch {
    return null;
  }
}

/** How far the zone's wall clock is ahead of UTC at an instant, in milliseconds. */
export function offsetAt(zone: Zone, at: EpochMs): number {
  if (zone.type === 'offset') return zone.offsetMs;
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone.id);
  return zoned.offsetNanoseconds / 1e6;
}

/**
 * The instant at which the zone's wall clock shows `civil`; null when it is too far away to be an instant.
 * As `java.util.Calendar` does, a time skipped in spring is taken an hour on, and of a time that comes twice
 * in autumn the second (standard) one is meant.
 */
export function instantOf(civil: Civil, zone: Zone): EpochMs | null {
  const second = Math.min(civil.second, 59);
  const local = localMs({ ...civil, second });
  // No zone is 2 days off UTC: keeps the result, and Temporal, within what they can hold.
  if (!isInstant(local - 2 * DAY_MS) || !isInstant(local + 2 * DAY_MS)) return null;
  if (zone.type === 'offset') return local - zone.offsetMs;
  const { year, month, day, hour, minute, ms } = civil;
  return Temporal.PlainDateTime.from({
    year,
    month,
    day,
    hour,
    minute,
    second,
    millisecond: ms,
  }).toZonedDateTime(zone.id, { disambiguation: 'later' }).epochMilliseconds;
}

/** An offset as `+0530`, or with a separator as `+05:30`. Seconds of ancient local times are cut off, as in Java. */
export function offsetText(offsetMs: number, separator: '' | ':'): string {
  const minutes = Math.floor(Math.abs(offsetMs) / 60_000);
  const hours = String(Math.floor(minutes / 60)).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${hours}${separator}${String(minutes % 60).padStart(2, '0')}`;
}

/** The zone's short English name at an instant: `PDT`, `UTC`, `GMT+2` where English has no name of its own. */
export function zoneName(zone: Zone, at: EpochMs): string {
  if (zone.type === 'offset') return zone.name;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone.id, timeZoneName: 'short' });
  return format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? zone.id;
}
