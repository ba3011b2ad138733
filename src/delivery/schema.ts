import { Type, type Static } from 'typebox';
import { PAGE_QUERY } from '../accounts/page.ts';

export const DELIVERY_STATUSES = ['created', 'delivered', 'notified', 'retry', 'queued'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export const SubscriptionView = Type.Object({
  id: Type.Integer(),
  channel: Type.Literal('webhook'),
  topics: Type.Array(Type.String()),
  active: Type.Boolean(),
  reason: Type.Optional(Type.String({ description: 'Why it is not active.' })),
  config: Type.Object({ url: Type.String() }),
  accountId: Type.Integer(),
  instanceId: Type.Optional(Type.Integer({ description: 'Whose callback URL it is.' })),
  createdDate: Type.String(),
  updatedDate: Type.String(),
});
export type SubscriptionView = Static<typeof SubscriptionView>;

export const NewSubscription = Type.Object({
  channel: Type.Optional(Type.String({ description: 'webhook, the only one.' })),
  topics: Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { minItems: 1, maxItems: 100 }),
  config: Type.Object({ url: Type.String({ minLength: 1, maxLength: 4096 }) }),
});

export const NotificationView = Type.Object({
  id: Type.String(),
  severity: Type.String(),
  topic: Type.String(),
  message: Type.Unknown({ description: 'A text, or the message that was sent for an event.' }),
  from: Type.String(),
  createdDate: Type.String(),
  acknowledged: Type.Boolean(),
  acknowledgedDate: Type.Optional(Type.String()),
});
export type NotificationView = Static<typeof NotificationView>;

export const NewNotification = Type.Object({
  severity: Type.Optional(Type.String({ maxLength: 50 })),
  topic: Type.String({ minLength: 1, maxLength: 255 }),
  message: Type.String({ maxLength: 100_000 }),
  from: Type.Optional(Type.String({ maxLength: 255 })),
});
export type NewNotification = Static<typeof NewNotification>;

export const NotificationQuery = Type.Object({
  topics: Type.Optional(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 100 })),
  ...PAGE_QUERY,
});
export type NotificationQuery = Static<typeof NotificationQuery>;

export const DeliveryView = Type.Object({
  notificationId: Type.String(),
  subscriptionId: Type.Integer(),
  status: Type.Enum([...DELIVERY_STATUSES]),
  attempts: Type.Integer(),
  createdDate: Type.String(),
  updatedDate: Type.String(),
  nextTryDate: Type.Optional(Type.String()),
  notification: Type.Optional(NotificationView),
  subscription: Type.Optional(SubscriptionView),
});
export type DeliveryView = Static<typeof DeliveryView>;

export const DeliveryQuery = Type.Object({
  where: Type.Optional(
    Type.String({
      description:
        "CEQL over channel, status, config.url, topics, subscriptionId and notificationId; without a status: what is still open. E.g. status='queued' and config.url='https://…'",
    }),
  ),
  hydrate: Type.Optional(Type.Boolean({ description: 'With the notification and the subscription.' })),
  ...PAGE_QUERY,
});
export type DeliveryQuery = Static<typeof DeliveryQuery>;

export const ReplayRequest = Type.Object({
  from: Type.String({ description: 'ISO-8601.' }),
  to: Type.Optional(Type.String({ description: 'ISO-8601, inclusive; default: now.' })),
  status: Type.Optional(Type.String({ description: 'Only events that have this status now.' })),
  dryRun: Type.Optional(Type.Boolean({ description: 'Only counts.' })),
});
export type ReplayRequest = Static<typeof ReplayRequest>;

export const ReplayView = Type.Object({
  id: Type.Optional(Type.Integer({ description: 'Absent from a dry run.' })),
  count: Type.Integer({ description: 'Events to send.' }),
  done: Type.Integer({ description: 'Put into the queue so far.' }),
  createdDate: Type.Optional(Type.String()),
  finishedDate: Type.Optional(Type.String()),
});
export type ReplayView = Static<typeof ReplayView>;
