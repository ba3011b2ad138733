import { timeOfId } from '../events/event-ids.ts';
import type { EventRow } from '../events/log-queries.ts';
import { buildNotification } from '../events/notification.ts';
import { isoMillis } from '../kernel/clock.ts';
import type { DeliveryRow } from './delivery-queries.ts';
import { topicOf } from './lifecycle.ts';
import type { NotificationRow } from './notification-queries.ts';
import type { DeliveryView, NotificationView, SubscriptionView } from './schema.ts';
import type { SubscriptionRow } from './subscription-queries.ts';

export function presentSubscription(row: SubscriptionRow): SubscriptionView {
  return {
    id: row.id,
    channel: 'webhook',
    topics: row.topics,
    active: row.active,
    ...(row.reason !== null && { reason: row.reason }),
    config: { url: row.url },
    accountId: row.account_id,
    ...(row.instance_id !== null && { instanceId: row.instance_id }),
    createdDate: isoMillis(row.created_at),
    updatedDate: isoMillis(row.updated_at),
  };
}

export function presentNotification(row: NotificationRow): NotificationView {
  return {
    id: row.id,
    severity: row.severity,
    topic: row.topic,
    message: row.message,
    from: row.sender,
    createdDate: isoMillis(row.created_at),
    acknowledged: row.acknowledged_at !== null,
    ...(row.acknowledged_at !== null && { acknowledgedDate: isoMillis(row.acknowledged_at) }),
  };
}

/** An event as the notification it is: its topic is the instance's, its message what the callback gets. */
export function presentEventNotification(row: EventRow): NotificationView {
  const { message } = JSON.parse(buildNotification(row).toString('utf8')) as { message: unknown };
  return {
    id: row.id,
    severity: 'low',
    topic: topicOf({ id: row.instance_id, elementKey: row.element_key }),
    message,
    from: row.instance_name,
    createdDate: isoMillis(row.received_at),
    acknowledged: row.status === 'NOTIFIED',
  };
}

export function presentDelivery(
  row: DeliveryRow,
  hydrated: { notification?: NotificationView | undefined; subscription?: SubscriptionView | undefined },
): DeliveryView {
  const { notification, subscription } = hydrated;
  return {
    notificationId: row.notification_id,
    subscriptionId: row.subscription_id,
    status: row.status,
    attempts: row.attempt,
    createdDate: isoMillis(timeOfId(row.notification_id)),
    updatedDate: isoMillis(Math.max(row.updated_at, timeOfId(row.notification_id))),
    ...(row.due_at !== null && row.due_at > 0 && { nextTryDate: isoMillis(row.due_at) }),
    ...(notification !== undefined && { notification }),
    ...(subscription !== undefined && { subscription }),
  };
}
