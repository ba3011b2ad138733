import type { EpochMs } from '../kernel/clock.ts';
import { civilFromLocalMs, daysFromCivil, isoWeekday, type Civil } from './civil.ts';
import { MONTHS, WEEKDAYS } from './english-names.ts';
import { isEpochPattern, parsePattern } from './pattern.ts';
import { findZone, offsetAt, offsetText, UTC, zoneName, type Zone } from './zone.ts';

/**
 * An instant by a Java date pattern in a zone (`UTC` when there is no zone of that id, as Java does), or by the
 * keywords `milliseconds` and `seconds`. English names. `S` prints as many digits of the fraction of the second
 * as its width (`SSS` 123, `SSSSSS` 123000): where Java pads the milliseconds in front (`SSSS` 0123), no reader
 * would take it for a fraction. Use `checkPattern` first: what it complains of is printed as it stands.
 */
export function printDate(at: EpochMs, pattern: string, timezone: string): string {
  if (isEpochPattern(pattern)) return String(pattern === 'seconds' ? Math.floor(at / 1000) : at);
  const zone = findZone(timezone) ?? UTC;
  const offsetMs = offsetAt(zone, at);
  const civil = civilFromLocalMs(at + offsetMs);
  let text = '';
  for (const token of parsePattern(pattern).tokens) {
    text +=
      token.type === 'literal'
        ? token.text
        : printField(token.letter, token.width, civil, { zone, offsetMs, at });
  }
  return text;
}

interface ZoneAt {
  zone: Zone;
  offsetMs: number;
  at: EpochMs;
}

function printField(letter: string, width: number, civil: Civil, zoneAt: ZoneAt): string {
  switch (letter) {
    case 'a':
      return civil.hour < 12 ? 'AM' : 'PM';
    case 'H':
      return digits(civil.hour, width);
    case 'k':
      return digits(civil.hour === 0 ? 24 : civil.hour, width);
    case 'K':
      return digits(civil.hour % 12, width);
    case 'h':
      return digits(civil.hour % 12 === 0 ? 12 : civil.hour % 12, width);
    case 'm':
      return digits(civil.minute, width);
    case 's':
      return digits(civil.second, width);
    case 'S':
      return digits(civil.ms, 3).padEnd(width, '0').slice(0, width);
    case 'z':
      return zoneName(zoneAt.zone, zoneAt.at);
    case 'Z':
      return offsetText(zoneAt.offsetMs, '');
    case 'X':
      return printIsoOffset(zoneAt.offsetMs, width);
    default:
      return printDateField(letter, width, civil);
  }
}

function printDateField(letter: string, width: number, civil: Civil): string {
  const days = daysFromCivil(civil.year, civil.month, civil.day);
  switch (letter) {
    case 'G':
      return civil.year > 0 ? 'AD' : 'BC';
    case 'M':
    case 'L':
      return width < 3 ? digits(civil.month, width) : name(MONTHS[civil.month - 1], width);
    case 'd':
      return digits(civil.day, width);
    case 'D':
      return digits(days - daysFromCivil(civil.year, 1, 1) + 1, width);
    case 'E':
      return name(WEEKDAYS[isoWeekday(days) - 1], width);
    case 'u':
      return digits(isoWeekday(days), width);
    default: {
      const year = civil.year > 0 ? civil.year : 1 - civil.year;
      return width === 2 ? digits(year % 100, 2) : digits(year, width);
    }
  }
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

function name(full = '', width: number): string {
  return width > 3 ? full : full.slice(0, 3);
}

function printIsoOffset(offsetMs: number, width: number): string {
  if (offsetMs === 0) return 'Z';
  const text = offsetText(offsetMs, width > 2 ? ':' : '');
  return width === 1 ? text.slice(0, 3) : text;
}
