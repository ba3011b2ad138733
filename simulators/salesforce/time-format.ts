import type { EpochMs } from '../core/clock.ts';

/** `2026-05-01T07:25:37.000+0000`: no colon in the offset, always UTC (recorded traffic, vendor page 2026-11). */
export const timeText = (at: EpochMs): string => new Date(at).toISOString().replace('Z', '+0000');

const DATE_TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)$/;

/** An ISO-8601 date-time with its offset, or undefined when the text is none. */
export function parseDateTime(text: string): EpochMs | undefined {
  const match = DATE_TIME.exec(text);
  if (!match) return undefined;
  const [, day, time, fraction = '', offset = 'Z'] = match;
  const colon = offset === 'Z' ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(-2)}`;
  const at = Date.parse(`${day}T${time}${fraction.slice(0, 4)}${colon}`);
  return Number.isNaN(at) ? undefined : at;
}

/** Whether a text is a day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
