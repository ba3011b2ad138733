import {
  EVENTS_PER_NOTIFICATION,
  type NewEvent,
  type NewHint,
  type NormalisedEvent,
} from '../events/event.ts';
import { isoSeconds, type EpochMs } from '../kernel/clock.ts';
import { coalesce, oneByOne, type Told } from './coalesce.ts';
import { elementsOf, payloadOf, type Inbound } from './inbound.ts';
import type { InboundChange } from '../connectors/webhooks.ts';
import type { Receiver } from './receiver.ts';

/** Of an id or a name in a body; a vendor's are far shorter. */
const LONGEST = 255;
/** What a Date can be. */
const LAST_INSTANT = 8.64e15;

/** What a webhook tells one instance; `isProven`: whoever sent it knew a secret. */
interface Admitted {
  receiver: Receiver;
  isProven: boolean;
  changes: readonly InboundChange[];
}

/** What a webhook is to one instance: at most twenty events a notification, each with its own part of the body. */
export function toNewEvents(
  inbound: Inbound,
  { receiver, isProven, changes }: Admitted,
  receivedAt: EpochMs,
): NewEvent[] {
  const { settings } = receiver;
  const isHint = settings.vendorType === 'both';
  // What the detector does not read is logged all the same; it finds nothing there.
  const wanted = isHint ? changes : changes.filter((change) => receiver.namesOf(change).length > 0);
  const suspects = wanted.filter(({ repeat }) => repeat?.isSuspect === true);
  const others = wanted.filter(({ repeat }) => repeat?.isSuspect !== true);
  const size = settings.ordered && !isHint ? 1 : EVENTS_PER_NOTIFICATION.webhook;
  return [others, suspects].flatMap((part) =>
    inChunks(tell(receiver, part), size).map((group) =>
      newEvent({ inbound, receiver, isProven, receivedAt, once: part === suspects }, group),
    ),
  );
}

function tell({ webhooks }: Receiver, changes: readonly InboundChange[]): Told[] {
  return webhooks.coalesces === true ? coalesce(changes) : oneByOne(changes);
}

interface Notified {
  inbound: Inbound;
  receiver: Receiver;
  isProven: boolean;
  receivedAt: EpochMs;
  once: boolean;
}

function newEvent(
  { inbound, receiver, isProven, receivedAt, once }: Notified,
  group: readonly Told[],
): NewEvent {
  const { instance, settings } = receiver;
  const elements = new Set(group.flatMap(({ elements }) => elements));
  const keys = [...new Set(group.flatMap(({ keys }) => keys))];
  const events = group.map(({ change }) => normalise(receiver, change, receivedAt));
  return {
    instanceId: instance.id,
    configVersion: instance.configVersion,
    source: 'webhook',
    receivedAt,
    payload: payloadOf(inbound, elementsOf(inbound), elements),
    payloadType: inbound.payloadType,
    events,
    ...(keys.length > 0 && { keys }),
    ...(once && { once }),
    ...(settings.vendorType === 'both'
      ? { hints: hintsOf(receiver, isProven, group) }
      : settings.ordered && { orderKey: `${events[0]!.objectType}:${events[0]!.objectId}` }),
  };
}

function hintsOf(receiver: Receiver, isProven: boolean, group: readonly Told[]): NewHint[] {
  const byObject = new Map<string, NewHint>();
  for (const { change } of group) {
    const objectId = clean(change.objectId);
    const isDeletion = isProven && change.eventType === 'DELETED';
    for (const objectType of receiver.namesOf(change)) {
      const key = `${objectType} ${objectId}`;
      const wasDeletion = byObject.get(key)?.isDeletion === true;
      byObject.set(key, { objectType, objectId, isDeletion: isDeletion || wasDeletion });
    }
  }
  return [...byObject.values()].filter(({ objectId }) => objectId !== '');
}

function normalise(receiver: Receiver, change: InboundChange, receivedAt: EpochMs): NormalisedEvent {
  const { connector } = receiver;
  const [objectType = change.vendorObject] = receiver.namesOf(change);
  const { occurredAt } = change;
  const isInstant = occurredAt !== null && Math.abs(occurredAt) < LAST_INSTANT;
  return {
    objectId: clean(change.objectId),
    objectType: clean(objectType),
    eventType: change.eventType,
    date: isoSeconds(isInstant ? occurredAt : receivedAt),
    elementKey: connector.key,
    hubKey: connector.hub,
  };
}

/** What comes from outside must be storable and findable. */
function clean(text: string): string {
  return text
    .replaceAll(/[\u0000-\u001f\u007f]/g, '')
    .slice(0, LONGEST)
    .toWellFormed();
}

function inChunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
