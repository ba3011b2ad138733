import { Text } from '@mantine/core';
import { useState, type KeyboardEvent } from 'react';
import type { PollerRecordView } from '../../../src/polling/schema.ts';
import { count, duration, localTime } from '../kernel/words.ts';

type Poll = PollerRecordView['polls'][number];

/** How far the arrow keys go; to the first and the last bar. */
const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  Home: -Infinity,
  End: Infinity,
};

/**
 * The last polls of a resource as small bars: how many records each read, and within them how many gave an event. One
 * bar at a time is in the tab order, the arrow keys move on; the line below tells the figures of the one that is looked at.
 */
export function PollBars({ objectType, polls }: { objectType: string; polls: readonly Poll[] }) {
  const [looked, setLooked] = useState<number | null>(null);
  const [stop, setStop] = useState<number | null>(null);
  if (polls.length === 0) return null;
  const most = Math.max(1, ...polls.map(({ records }) => records));
  const isFlat = polls.every(({ records, error }) => records === 0 && error === undefined);
  const inTabOrder = Math.min(stop ?? Infinity, polls.length - 1);
  const poll = looked === null ? undefined : polls[looked];
  const move = (event: KeyboardEvent<HTMLOListElement>): void => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(polls.length - 1, inTabOrder + step));
    event.currentTarget.querySelectorAll<HTMLElement>('[role="img"]')[next]?.focus();
  };
  return (
    <div style={{ marginTop: 14 }}>
      <ol
        aria-label={`Last polls of ${objectType}, the latest last`}
        onKeyDown={move}
        onMouseLeave={() => setLooked(null)}
        style={{
          display: 'flex',
          gap: 2,
          height: isFlat ? 14 : 36,
          margin: 0,
          padding: 0,
          listStyle: 'none',
        }}
      >
        {polls.map((one, index) => (
          <li
            key={`${one.date} ${index}`}
            style={{ flex: '1 1 0', maxWidth: 22, height: '100%' }}
            onMouseEnter={() => setLooked(index)}
          >
            <span
              role="img"
              aria-label={figures(one)}
              tabIndex={index === inTabOrder ? 0 : -1}
              onFocus={() => {
                setStop(index);
                setLooked(index);
              }}
              onBlur={() => setLooked(null)}
              style={{ display: 'flex', alignItems: 'flex-end', height: '100%', borderRadius: 3 }}
            >
              <Bar poll={one} most={most} isLooked={index === looked} />
            </span>
          </li>
        ))}
      </ol>
      <Text
        size="xs"
        c="dimmed"
        mt={4}
        className="clip"
        {...(poll !== undefined && { title: figures(poll) })}
      >
        {poll === undefined ? summary(polls) : figures(poll)}
      </Text>
    </div>
  );
}

/** Square roots: a poll of three records is seen beside one of three thousand. */
function Bar({ poll, most, isLooked }: { poll: Poll; most: number; isLooked: boolean }) {
  const { records, events, error } = poll;
  const least = error === undefined ? 16 : 40;
  const height =
    records === 0 && error === undefined ? '3px' : `${Math.max(least, 100 * Math.sqrt(records / most))}%`;
  const share = records === 0 ? 0 : Math.min(100, (100 * events) / records);
  return (
    <span
      style={{
        display: 'flex',
        alignItems: 'flex-end',
        width: '100%',
        height,
        borderRadius: 2,
        overflow: 'hidden',
        outline: isLooked ? '1px solid var(--mantine-color-text)' : undefined,
        background:
          error !== undefined
            ? 'var(--tone-bad)'
            : records === 0
              ? 'var(--line)'
              : 'color-mix(in srgb, var(--mantine-color-anchor) 38%, var(--surface-card))',
      }}
    >
      {events > 0 && (
        <span
          style={{ width: '100%', height: `max(3px, ${share}%)`, background: 'var(--mantine-color-anchor)' }}
        />
      )}
    </span>
  );
}

function figures({ date, records, events, durationMs, error }: Poll): string {
  const what = `${count(records, 'record')}, ${count(events, 'event')}, ${duration(durationMs)}`;
  const at = localTime(new Date(date), new Date());
  return error === undefined ? `${at}: ${what}` : `${at}: ${what}, then ${error}`;
}

function summary(polls: readonly Poll[]): string {
  const records = polls.reduce((sum, poll) => sum + poll.records, 0);
  const events = polls.reduce((sum, poll) => sum + poll.events, 0);
  const failed = polls.filter(({ error }) => error !== undefined).length;
  const which = polls.length === 1 ? 'Last poll' : `Last ${polls.length} polls`;
  const all = `${which}: ${count(records, 'record')}, ${count(events, 'event')}`;
  return failed === 0 ? all : `${all}, ${failed} not read to the end`;
}
