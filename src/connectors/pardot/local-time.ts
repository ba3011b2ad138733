import { exists, type Civil } from '../../date-pattern/civil.ts';
import { readIso } from '../../date-pattern/read-date.ts';
import { instantOf, offsetAt, UTC, type Zone } from '../../date-pattern/zone.ts';
import { isoSeconds, type EpochMs } from '../../kernel/clock.ts';
import type { Json } from '../../kernel/json.ts';

/** How long before and after an instant a change of the clocks matters to it. */
const NEAR_MS = 3 * 3_600_000;

/** `2026-11-20 09:15:00` on the zone's wall clock: how v3 and v4 want a time. Fractions are cut off. */
export function localText(at: EpochMs, zone: Zone): string {
  return isoSeconds(at + offsetAt(zone, at))
    .slice(0, 19)
    .replace('T', ' ');
}

/** With an offset, as v5 demands. */
export function v5Time(at: EpochMs): string {
  return isoSeconds(at).replace('Z', '+00:00');
}

const LOCAL = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})$/;

/**
 * Reads a stamp: on the zone's wall clock when it names no zone (v3, v4), else as ISO-8601 (v5). Of a time that comes
 * twice in autumn always the second is taken, so that one stamp never becomes two.
 */
export function readStamp(value: Json | undefined, zone: Zone): EpochMs | undefined {
  if (typeof value !== 'string') return undefined;
  const match = LOCAL.exec(value);
  if (match === null) return readIso(value) ?? undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number);
  const civil: Civil = {
    year: year!,
    month: month!,
    day: day!,
    hour: hour!,
    minute: minute!,
    second: second!,
    ms: 0,
  };
  return exists(civil) ? (instantOf(civil, zone) ?? undefined) : undefined;
}

/** A stamp of v5 as v3 and v4 write it for a user in GMT; anything else as it is. */
export function gmtStamp(value: Json): Json {
  const at = readStamp(value, UTC);
  return at === undefined ? value : localText(at, UTC);
}

/**
 * The time around `at` whose wall clock readings come twice because the clocks are put back, as instants from the
 * first reading's beginning to a second behind the last one's end; undefined when `at` is not within it. The second
 * before `from`, and `to` and the second before it, are readings that come once: filters by them mean one thing.
 */
export function repeatedTime(at: EpochMs, zone: Zone): { from: EpochMs; to: EpochMs } | undefined {
  if (zone.type === 'offset') return undefined;
  const before = offsetAt(zone, at - NEAR_MS);
  const after = offsetAt(zone, at + NEAR_MS);
  const length = before - after;
  if (length <= 0) return undefined;
  let low = at - NEAR_MS;
  let high = at + NEAR_MS;
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (middle <= low) break;
    if (offsetAt(zone, middle) === before) low = middle;
    else high = middle;
  }
  const change = Math.floor(high / 1000) * 1000;
  const span = { from: change - length, to: change + length + 1000 };
  return at >= span.from && at < span.to ? span : undefined;
}
