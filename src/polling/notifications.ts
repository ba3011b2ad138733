import { EVENTS_PER_NOTIFICATION, type NewEvent, type NormalisedEvent } from '../events/event.ts';
import type { Instance } from '../instances/instance.ts';
import { isoSeconds, type EpochMs } from '../kernel/clock.ts';
import type { Json } from '../kernel/json.ts';
import type { ChangedEvent } from './snapshots.ts';

export interface PolledEvents {
  instance: Pick<Instance, 'id' | 'elementKey' | 'configVersion'>;
  hubKey: string;
  /** The `objectType`. */
  name: string;
  idField: string;
  /** When the poll began. */
  polledAt: EpochMs;
  /** One object a notification, delivered in order per object. */
  ordered: boolean;
}

/** Groups detected events into what is recorded, in change order: at most ten to a notification, with their records. */
export function toNewEvents(poll: PolledEvents, events: readonly ChangedEvent[]): NewEvent[] {
  const size = poll.ordered ? 1 : EVENTS_PER_NOTIFICATION.polling;
  const groups = Array.from({ length: Math.ceil(events.length / size) }, (_, index) =>
    events.slice(index * size, (index + 1) * size),
  );
  return groups.map((group) => toNewEvent(poll, group));
}

function toNewEvent(poll: PolledEvents, group: readonly ChangedEvent[]): NewEvent {
  const { instance, name, polledAt } = poll;
  const events = group.map((event) => normalise(poll, event));
  const records: Json[] = group.map(({ row }) => row.record ?? { [poll.idField]: row.objectId });
  // A resource may be called `events`; then its records win, as the events stand in the message anyway.
  const payload = { instance_id: instance.id, objectType: name, events, [name]: records };
  return {
    instanceId: instance.id,
    configVersion: instance.configVersion,
    source: 'polling',
    receivedAt: polledAt,
    payload: Buffer.from(JSON.stringify(payload)),
    payloadType: 'json',
    events,
    ...(poll.ordered ? { orderKey: `${name}:${group[0]!.row.objectId}` } : {}),
  };
}

function normalise(poll: PolledEvents, event: ChangedEvent): NormalisedEvent & Pick<ChangedEvent, 'changes'> {
  return {
    objectId: event.row.objectId,
    objectType: poll.name,
    eventType: event.type,
    date: isoSeconds(event.date),
    elementKey: poll.instance.elementKey,
    hubKey: poll.hubKey,
    pollDate: isoSeconds(poll.polledAt),
    ...(event.changes !== undefined && { changes: event.changes }),
  };
}
