import { useSyncExternalStore } from 'react';
import { localTime, relativeTime } from './words.ts';

/** One timer for every relative time on the page. */
const listeners = new Set<() => void>();
let now = Date.now();
setInterval(() => {
  now = Date.now();
  listeners.forEach((listener) => listener());
}, 5000);

function useNow(): number {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => now,
  );
}

interface TimeProps {
  at: string;
  /** How long ago instead, or with `future` how long until then. */
  relative?: boolean;
  future?: boolean;
}

/** Local time, UTC on hover. What has happened is never shown as yet to come, whatever the clock of this machine says. */
export function Time({ at, relative = false, future = false }: TimeProps) {
  const shownNow = useNow();
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span>{at}</span>;
  const current = Math.max(shownNow, Date.now());
  const shown = future ? date.getTime() : Math.min(date.getTime(), current);
  return (
    <time dateTime={at} title={date.toISOString()} className="clip">
      {relative ? relativeTime(shown, current) : localTime(date, new Date(shownNow))}
    </time>
  );
}
