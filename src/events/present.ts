import { isoMillis } from '../kernel/clock.ts';
import type { AttemptRow, EventRow } from './log-queries.ts';
import { buildNotification } from './notification.ts';
import type { Event } from './schema.ts';

/** A row as the wire shows it. */
export function presentEvent(row: EventRow, tries?: AttemptRow[]): Event {
  return {
    id: row.id,
    eventDate: isoMillis(row.received_at),
    status: row.status,
    providerData: row.payload.toString('utf8'),
    ...(isAddressed(row) && {
      notifiedData: [JSON.parse(buildNotification(row).toString('utf8')) as unknown],
    }),
    instanceId: row.instance_id,
    elementKey: row.element_key,
    events: JSON.parse(row.events) as Event['events'],
    ...(tries !== undefined && { tries: tries.map(presentTry) }),
  };
}

/** An event recorded without a callback is notified to nobody, unless it is sent again once there is one. */
function isAddressed({ lane_id: laneId, status }: EventRow): boolean {
  return laneId !== null || status === 'DISPATCHED' || status === 'NOTIFIED';
}

function presentTry(row: AttemptRow): NonNullable<Event['tries']>[number] {
  return {
    attempt: row.attempt,
    date: isoMillis(row.at),
    outcome: row.outcome,
    status: row.status,
    latencyMs: row.latency_ms,
    response: row.response,
  };
}
