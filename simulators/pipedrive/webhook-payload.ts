import type { Company } from './company.ts';
import { presentUser, presentV1 } from './present-v1.ts';
import { presentV2 } from './present-v2.ts';
import type { AnyRecord, User } from './records.ts';
import type { Subscription } from './subscription.ts';
import { permittedUserIds } from './visibility.ts';
import type { WebhookEvent } from './webhook-event.ts';

type Json = Record<string, unknown>;

/** The v1 body (recorded samples, vendor page 2026-11). `tryNumber` counts from 1, `retry` from 0. */
export function payloadV1(
  company: Company,
  subscription: Subscription,
  event: WebhookEvent,
  tryNumber: number,
): Json {
  const { entity, change, context } = event;
  const action = event.action['1.0'];
  const seen = (record: unknown): unknown => {
    if (record === null) return null;
    // A user comes as a list of one.
    if (entity === 'user') return [presentUser(record as User)];
    return presentV1(company, entity, record as AnyRecord, 'webhook');
  };
  return {
    v: 1,
    matches_filters: { current: [], previous: [] },
    meta: {
      v: 1,
      action,
      object: entity,
      id: event.entityId,
      company_id: company.id,
      user_id: context.userId ?? subscription.user_id,
      host: `${company.domain}.pipedrive.com`,
      timestamp: Math.floor(event.at / 1000),
      timestamp_micro: event.micros,
      change_source: context.source ?? 'app',
      permitted_user_ids: entity === 'user' ? ['*'] : permitted(company, event),
      trans_pending: false,
      is_bulk_update: context.isBulk ?? false,
      pipedrive_service_name: false,
      matches_filters: { current: [], previous: [] },
      webhook_id: String(subscription.id),
    },
    current: action === 'deleted' ? null : seen(change.after),
    previous: action === 'added' ? null : seen(change.before),
    event: `${action}.${entity}`,
    retry: tryNumber - 1,
  };
}

/** The v2 body (guide for webhooks v2, read 2026-11-21). `attempt` counts from 1; `id` stays the same. */
export function payloadV2(
  company: Company,
  subscription: Subscription,
  event: WebhookEvent,
  tryNumber: number,
): Json {
  const { entity, context } = event;
  const action = event.action['2.0'];
  const isUser = entity === 'user';
  const data = action === 'delete' ? null : dataV2(company, event, 'after');
  const before = action === 'create' ? null : dataV2(company, event, 'before');
  // A new deal has not been updated yet.
  if (action === 'create' && entity === 'deal' && data) data['update_time'] = null;
  return {
    meta: {
      action,
      entity,
      entity_id: String(event.entityId),
      company_id: String(company.id),
      user_id: String(context.userId ?? subscription.user_id),
      correlation_id: event.correlationId,
      // Of users the id is the entity's and the time a unix number (vendor page, 2026-11).
      id: isUser ? String(event.entityId) : event.eventId,
      timestamp: isUser ? Math.floor(event.at / 1000) : new Date(event.at).toISOString(),
      type: 'general',
      version: '2.0',
      webhook_id: String(subscription.id),
      webhook_owner_id: String(subscription.owner_id),
      change_source: context.source ?? 'app',
      is_bulk_edit: context.isBulk ?? false,
      ...(isUser ? {} : { permitted_user_ids: permitted(company, event).map(String) }),
      ...(context.mergedTo === undefined ? {} : { merged_to_id: String(context.mergedTo) }),
      ...(context.mergedFrom === undefined ? {} : { merged_from_id: String(context.mergedFrom) }),
      attempt: tryNumber,
      host: `${company.domain}.pipedrive.com`,
    },
    data,
    previous: before && data ? changedOnly(before, data) : before,
  };
}

/** REST v2's record but for `visible_to` as text and custom fields with their type. */
function dataV2(company: Company, event: WebhookEvent, side: 'before' | 'after'): Json | null {
  const record = event.change[side];
  if (!record) return null;
  if (event.entity === 'user') return presentUser(record as User);
  const { fields } = record as AnyRecord;
  const custom_fields = Object.fromEntries(
    Object.entries(fields.custom_fields).map(([key, value]) => [key, typed(company, key, value)]),
  );
  return {
    ...presentV2(event.entity, record as AnyRecord),
    visible_to: String(fields.visible_to),
    custom_fields,
  };
}

function typed(company: Company, key: string, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  const inferred = typeof value === 'number' ? 'double' : 'varchar';
  return { type: company.customFields[key]?.type ?? inferred, value };
}

/** `previous` of a change holds the earlier values of what changed and nothing else. */
function changedOnly(before: Json, after: Json): Json {
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  return Object.fromEntries(Object.entries(before).filter(([key, value]) => !same(value, after[key])));
}

function permitted(company: Company, event: WebhookEvent): number[] {
  return permittedUserIds(company, (event.change.after ?? event.change.before) as AnyRecord);
}
