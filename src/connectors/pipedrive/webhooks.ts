import { readIso } from '../../date-pattern/read-date.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import { unknownChange, type InboundChange, type Webhooks } from '../webhooks.ts';
import { resources } from './resources.ts';
import { pipedriveSetup } from './webhooks-setup.ts';

const ACTIONS_V2 = new Map<string, InboundChange['eventType']>(
  Object.entries({
    create: 'CREATED',
    change: 'UPDATED',
    delete: 'DELETED',
  }),
);

/** A merge tells of the winner; the loser's deletion comes by itself. */
const ACTIONS_V1 = new Map<string, InboundChange['eventType']>(
  Object.entries({
    added: 'CREATED',
    updated: 'UPDATED',
    merged: 'UPDATED',
    deleted: 'DELETED',
  }),
);

/** Webhooks of both versions (Pipedrive "Guide for webhooks" and "Webhooks v2", read 2026-11). */
export const webhooks: Webhooks = {
  parse: (body) => [isJsonObject(body) ? parseOne(body) : unknownChange()],
  setup: pipedriveSetup,
  manual: ({ url }) => ({
    steps: [
      'In Pipedrive open Tools and apps, Webhooks, and create a webhook; use an administrator, who sees every record.',
      `Endpoint URL: ${url}`,
      'Event action *, event object * (or one webhook for each object you want).',
      'HTTP Auth: a user name and password of your choice, and the same as event.inbound.basic.username and ' +
        'event.inbound.basic.password of the instance; without them anybody who guesses the URL can send events.',
    ],
  }),
};

function parseOne(body: JsonObject): InboundChange {
  const meta = isJsonObject(body['meta']) ? body['meta'] : undefined;
  if (meta === undefined) return unknownChange();
  const tenantId = textOf(meta['company_id']) ?? null;
  if (textOf(meta['version']) === '2.0') return { ...parseV2(body, meta), tenantId };
  const isV1 = body['v'] === 1 || typeof body['event'] === 'string';
  return isV1 ? { ...parseV1(body, meta), tenantId } : { ...unknownChange(), tenantId };
}

/** `meta.id` stays the same over the tries; of users it is the user's, so their time goes with it. */
function parseV2(body: JsonObject, meta: JsonObject): InboundChange {
  const data = isJsonObject(body['data']) ? body['data'] : {};
  const entity = textOf(meta['entity']) ?? '';
  const id = textOf(meta['id']);
  const time = textOf(meta['timestamp']) ?? '';
  const key = entity === 'user' ? `v2 user ${id} ${time}` : `v2 ${id}`;
  return {
    ...changeOf(entity, textOf(meta['entity_id']) ?? textOf(data['id'])),
    eventType: ACTIONS_V2.get(textOf(meta['action']) ?? '') ?? 'UNKNOWN',
    occurredAt: readTime(meta['timestamp']),
    repeat: id === undefined ? null : { key, isSuspect: true },
  };
}

/** One edit may send several bodies with `retry` 0: each is an event. Only what is sent again is compared. */
function parseV1(body: JsonObject, meta: JsonObject): InboundChange {
  const [fromEvent, objectFromEvent] = (textOf(body['event']) ?? '').split('.');
  const action = textOf(meta['action']) ?? fromEvent ?? '';
  const object = textOf(meta['object']) ?? objectFromEvent ?? '';
  const id = textOf(meta['id']);
  const stamp = meta['timestamp_micro'] ?? meta['timestamp_milli'] ?? meta['timestamp'];
  const key = JSON.stringify(['v1', meta['company_id'] ?? null, object, id ?? null, stamp ?? null, action]);
  return {
    ...changeOf(object, id),
    eventType: ACTIONS_V1.get(action) ?? 'UNKNOWN',
    occurredAt: readTime(meta['timestamp']),
    repeat: { key, isSuspect: typeof body['retry'] === 'number' && body['retry'] > 0 },
  };
}

function changeOf(object: string, objectId: string | undefined): InboundChange {
  const known = resources.filter((resource) => resource.vendorObject === object);
  return {
    ...unknownChange(),
    ...(object !== '' && { vendorObject: object }),
    resources: known.map(({ name }) => name),
    objectId: objectId ?? '',
  };
}

/** ISO-8601 (v2), or epoch seconds (v1, and users of v2). */
function readTime(value: Json | undefined): EpochMs | null {
  if (typeof value === 'number') return value * 1000;
  return typeof value === 'string' ? readIso(value) : null;
}
