import { Link } from 'react-router';
import type { Event } from '../../../src/events/schema.ts';
import { Tone } from '../kernel/states.tsx';
import { Time } from '../kernel/time.tsx';
import { STATUS_WORDS } from './queries.ts';

interface EventRowProps {
  event: Event;
  /** It came while the list was shown. */
  isFresh: boolean;
  /** The instance's name; null where all are of one. */
  instance: string | null;
}

/** An event in one line, which leads to all of it. */
export function EventRow({ event, isFresh, instance }: EventRowProps) {
  const [first, ...more] = event.events;
  const status = STATUS_WORDS[event.status];
  return (
    <Link to={`/events/${event.id}`} className="event-row" data-fresh={isFresh || undefined}>
      <Time at={event.eventDate} />
      <span>
        <span className="kind" data-kind={first?.eventType}>
          {first?.eventType ?? 'HINT'}
        </span>
      </span>
      <span className="clip">
        {first === undefined ? 'no change' : `${first.objectType} `}
        <span className="mono">{first?.objectId}</span>
        {more.length > 0 && <span className="dimmed"> and {more.length} more</span>}
      </span>
      <span className="clip dimmed">{instance ?? event.elementKey}</span>
      <span title={status.hint}>
        <Tone tone={status.tone}>{status.label}</Tone>
      </span>
    </Link>
  );
}
