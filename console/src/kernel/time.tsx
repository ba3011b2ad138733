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

/** Local time, UTC on hover. `relative`: how long ago instead. */
export function Time({ at, relative = false }: { at: string; relative?: boolean }) {
  const shownNow = useNow();
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span>{at}</span>;
  return (
    <time dateTime={at} title={date.toISOString()} className="clip">
      {relative
        ? relativeTime(date.getTime(), Math.max(shownNow, Date.now()))
        : localTime(date, new Date(shownNow))}
    </time>
  );
}
