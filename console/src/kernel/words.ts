/** `1 event`, `2 events`. */
export function count(n: number, singular: string, plural = `${singular}s`): string {
  return `${n.toLocaleString()} ${n === 1 ? singular : plural}`;
}

/** What went wrong, in the server's words. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });

/** `3 min ago`, `in 2 hr`; within a second `now`. */
export function relativeTime(at: number, now: number): string {
  const distance = at - now;
  const [unit, ms] = UNITS.find(([, size]) => Math.abs(distance) >= size) ?? ['second', 1000];
  return relative.format(Math.trunc(distance / ms), unit);
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});

/** Local time; with the day unless it is today's. */
export function localTime(at: Date, now: Date): string {
  const isToday = at.toDateString() === now.toDateString();
  return (isToday ? clock : dayAndClock).format(at);
}

/** `850 ms`, `2.4 s`, `3 min`, `7 days`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Number((ms / 3_600_000).toFixed(1))} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}

/** The time behind us that figures are of: `last hour`, `last 5 minutes`, `last 30 seconds`. */
export function windowName(seconds: number): string {
  if (seconds === 3600) return 'last hour';
  return seconds < 60
    ? `last ${count(seconds, 'second')}`
    : `last ${count(Math.round(seconds / 60), 'minute')}`;
}

/** The text of an `<input type="datetime-local">`, in local time. */
export function localInput(at: number): string {
  const offsetMs = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - offsetMs).toISOString().slice(0, 16);
}
