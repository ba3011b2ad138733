import { buildNotification } from '../events/notification.ts';
import type { HandedEvent } from '../events/hand-off.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { ClaimedRow } from './outbox-queries.ts';
import type { Outgoing } from './outgoing.ts';
import type { Target } from './targets.ts';

/** What a row weighs beside its body. */
const ROW_BYTES = 500;

/** How a subscription of an account's own is called: unsigned, for it has no instance. */
const PLAIN_TARGET: Target = {
  configVersion: 0,
  url: '',
  headers: {},
  snapshot: {
    instance_id: 0,
    account_id: 0,
    user_id: 0,
    element_key: '',
    instance_name: '',
    instance_tags: [],
  },
};

/** A claimed notification of POST /notifications; undefined when it was deleted meanwhile. */
export function plainOutgoing(row: ClaimedRow, leaseEndsAt: EpochMs): Outgoing | undefined {
  const { notification } = row;
  if (notification === null) return undefined;
  return {
    ...claimed(row, leaseEndsAt),
    target: PLAIN_TARGET,
    body: () => Buffer.from(notification),
    bytes: notification.length + ROW_BYTES,
  };
}

/** A claimed event; undefined when retention took it meanwhile. */
export function claimedOutgoing(row: ClaimedRow, target: Target, leaseEndsAt: EpochMs): Outgoing | undefined {
  const { user_id, element_key, instance_name, instance_tags, events, payload, payload_type, instance_id } =
    row;
  if (user_id === null || element_key === null || instance_name === null || instance_tags === null)
    return undefined;
  if (events === null || payload === null || payload_type === null || instance_id === null) return undefined;
  const { id, account_id } = row;
  const stored = {
    id,
    instance_id,
    account_id,
    user_id,
    element_key,
    instance_name,
    instance_tags,
    events,
    payload,
    payload_type,
  };
  return {
    ...claimed(row, leaseEndsAt),
    target,
    body: () => buildNotification(stored),
    bytes: payload.length + events.length + ROW_BYTES,
  };
}

/** An event that was recorded here a moment ago; `target` must be of the version it was recorded under. */
export function handedOutgoing(event: HandedEvent, target: Target): Outgoing {
  const { id, laneId, instanceId, events, payload, payloadType, retries, leaseEndsAt } = event;
  return {
    laneId,
    id,
    instanceId,
    url: target.url,
    target,
    body: () => buildNotification({ ...target.snapshot, id, events, payload, payload_type: payloadType }),
    bytes: payload.length + events.length,
    attempt: 0,
    firstFailedAt: null,
    retries,
    orderKey: null,
    leaseEndsAt,
  };
}

function claimed(row: ClaimedRow, leaseEndsAt: EpochMs): Omit<Outgoing, 'target' | 'body' | 'bytes'> {
  return {
    laneId: row.lane_id,
    id: row.id,
    instanceId: row.instance_id,
    url: row.url,
    attempt: row.attempt,
    firstFailedAt: row.first_failed_at,
    retries: row.retries,
    orderKey: row.order_key,
    leaseEndsAt,
  };
}
