import type { EpochMs } from '../kernel/clock.ts';

export const EVENT_TYPES = ['CREATED', 'UPDATED', 'DELETED', 'UNKNOWN'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** A change in the wire's form. Extra keys of ours (`changes`) may follow. */
export interface NormalisedEvent {
  objectId: string;
  objectType: string;
  eventType: EventType;
  /** UTC, whole seconds: `2026-11-21T09:15:00Z`. */
  date: string;
  elementKey: string;
  hubKey: string;
  /** Polled events only: when the poll began. */
  pollDate?: string;
}

/** Most events one notification holds. */
export const EVENTS_PER_NOTIFICATION = { polling: 10, webhook: 20 } as const;

/** What polling and webhooks hand over: one per notification. */
export interface NewEvent {
  instanceId: number;
  /** Refused when the instance has another version by now: a cached configuration never accepts for a changed one. */
  configVersion: number;
  source: 'polling' | 'webhook' | 'test';
  receivedAt: EpochMs;
  /** The vendor's raw body, or for a poll the JSON of `{instance_id, objectType, events, "<objectType>": [records]}`. */
  payload: Buffer;
  /** How `raw` in the notification is made of the payload: its JSON as it is, or the fields of a form or query. */
  payloadType: 'json' | 'form';
  events: NormalisedEvent[];
  /** Delivered in order per key when the instance asks for it (`event.notification.ordered`). */
  orderKey?: string;
  /** What would tell a repeat of this webhook from a new one, any text each; remembered for three days. */
  keys?: string[];
  /** Recorded only when none of `keys` is remembered for the instance. */
  once?: boolean;
  /** Where the detector should look: the event is logged and never delivered itself. */
  hints?: NewHint[];
}

/** A vendor's word that a record may have changed (`event.vendor.type: both`). */
export interface NewHint {
  /** The resource, by the name under which it is polled. */
  objectType: string;
  objectId: string;
  /** The vendor itself says that it was deleted: what an unsigned webhook says is a reason to look and no more. */
  isDeletion: boolean;
}
