import { Type, type Static } from 'typebox';
import { PAGE_QUERY } from '../accounts/page.ts';
import { EVENT_TYPES } from './event.ts';

export const EVENT_STATUSES = ['NEW', 'RECEIVED', 'DISPATCHED', 'CONSUMED', 'NOTIFIED'] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

const NormalisedEventSchema = Type.Object({
  objectId: Type.String(),
  objectType: Type.String(),
  eventType: Type.Enum(EVENT_TYPES),
  date: Type.String({ description: 'UTC, whole seconds.' }),
  elementKey: Type.String(),
  hubKey: Type.String(),
  pollDate: Type.Optional(Type.String({ description: 'When the poll began; polled events only.' })),
});

const TrySchema = Type.Object({
  attempt: Type.Integer(),
  date: Type.String(),
  outcome: Type.String(),
  status: Type.Union([Type.Integer(), Type.Null()]),
  latencyMs: Type.Integer(),
  response: Type.String(),
});

/** An entry of the event log. */
export const EventSchema = Type.Object({
  id: Type.String(),
  eventDate: Type.String(),
  status: Type.Enum(EVENT_STATUSES),
  providerData: Type.String({ description: 'The raw inbound body, or the records a poll read.' }),
  notifiedData: Type.Optional(Type.Array(Type.Unknown(), { description: 'What is sent to the callback.' })),
  instanceId: Type.Integer(),
  elementKey: Type.String(),
  events: Type.Array(NormalisedEventSchema),
  tries: Type.Optional(Type.Array(TrySchema)),
});
export type Event = Static<typeof EventSchema>;

/** Filters and paging of the event log, newest first. */
export const EventQuerySchema = Type.Object({
  from: Type.Optional(Type.String({ description: 'ISO-8601; UTC when it names no zone.' })),
  to: Type.Optional(Type.String({ description: 'ISO-8601, inclusive.' })),
  status: Type.Optional(Type.Enum(EVENT_STATUSES)),
  objectType: Type.Optional(Type.String()),
  objectId: Type.Optional(Type.String()),
  eventType: Type.Optional(Type.Enum(EVENT_TYPES)),
  instanceId: Type.Optional(Type.Integer()),
  ...PAGE_QUERY,
});
export type EventQuery = Static<typeof EventQuerySchema>;

/** What the figures of the log are about. */
export const AnalyticsQuerySchema = Type.Object({
  from: Type.Optional(Type.String({ description: 'ISO-8601; default: 24 hours before `to`.' })),
  to: Type.Optional(Type.String({ description: 'ISO-8601, inclusive; default: now.' })),
  interval: Type.Optional(Type.String({ description: 'minute, hour (default) or day.' })),
  accountIds: Type.Optional(Type.Array(Type.Integer(), { maxItems: 1000 })),
  instanceIds: Type.Optional(Type.Array(Type.Integer(), { maxItems: 1000 })),
});
export type AnalyticsQuery = Static<typeof AnalyticsQuerySchema>;

const bucket = { timestamp: Type.String(), count: Type.Integer() };
const counts = {
  count: Type.Integer(),
  success: Type.Integer({ description: 'Accepted by the callback.' }),
  failed: Type.Integer({ description: 'Tried in vain so far.' }),
};

export const BucketSchema = Type.Object(bucket);
export const InstanceBucketSchema = Type.Object({
  ...bucket,
  total: Type.Integer(),
  records: Type.Array(Type.Object({ instanceId: Type.Integer(), ...counts })),
});
export const AccountBucketSchema = Type.Object({
  ...bucket,
  total: Type.Integer(),
  records: Type.Array(Type.Object({ accountId: Type.Integer(), ...counts })),
});

/** The tries of one event within the range asked for. */
export const DispositionSchema = Type.Object({
  eventId: Type.String(),
  elementInstanceId: Type.Integer(),
  notificationData: Type.Array(
    Type.Object({
      message: Type.String(),
      date: Type.String(),
      attempt: Type.Integer(),
      status: Type.Union([Type.Integer(), Type.Null()]),
      subscriptionId: Type.Integer(),
    }),
  ),
});
export type Disposition = Static<typeof DispositionSchema>;
