import type { EpochMs } from '../kernel/clock.ts';

/**
 * A reading of a calendar and a wall clock, of no zone. Years are the proleptic Gregorian calendar's, 0 is
 * 1 BC (Java changes to the Julian calendar before 1582; no vendor date is that old). `month` and `day` from 1.
 */
export interface Civil {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
}

export const DAY_MS = 86_400_000;

/** The furthest instants ECMAScript can hold (ECMA-262, section 21.4.1.1): 100,000,000 days from 1970. */
const MAX_EPOCH_MS = 8.64e15;

/** Whether `at` is an instant that the rest of the program (Date, PostgreSQL, Temporal) can hold. */
export function isInstant(at: number): boolean {
  return Number.isInteger(at) && Math.abs(at) <= MAX_EPOCH_MS;
}

/** The number of days of a month; 0 for a month that does not exist. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  if (month < 1 || month > 12) return 0;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days from 1970-01-01 to a date (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil). */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

/** Milliseconds from 1970-01-01T00:00 on the same wall clock. Read as UTC, it is the instant. */
export function localMs(civil: Civil): number {
  const days = daysFromCivil(civil.year, civil.month, civil.day);
  return days * DAY_MS + civil.hour * 3_600_000 + civil.minute * 60_000 + civil.second * 1000 + civil.ms;
}

/** The inverse of `localMs`. */
export function civilFromLocalMs(local: EpochMs): Civil {
  const days = Math.floor(local / DAY_MS);
  const msOfDay = local - days * DAY_MS;
  return {
    ...civilFromDays(days),
    hour: Math.floor(msOfDay / 3_600_000),
    minute: Math.floor(msOfDay / 60_000) % 60,
    second: Math.floor(msOfDay / 1000) % 60,
    ms: msOfDay % 1000,
  };
}

/** Whether every part is within its bounds: no 30 February, no hour 24. A leap second (60) is allowed. */
export function exists(civil: Civil): boolean {
  return (
    civil.day >= 1 &&
    civil.day <= daysInMonth(civil.year, civil.month) &&
    civil.hour <= 23 &&
    civil.minute <= 59 &&
    civil.second <= 60
  );
}

/** Monday 1 … Sunday 7 (ISO-8601) of a day counted from 1970-01-01. */
export function isoWeekday(days: number): number {
  return ((((days + 3) % 7) + 7) % 7) + 1;
}
