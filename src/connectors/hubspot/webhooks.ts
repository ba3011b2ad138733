import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import { unknownChange, type InboundChange, type SignatureScheme, type Webhooks } from '../webhooks.ts';
import { manualSubscriptions } from './webhooks-manual.ts';

/** HubSpot's object names (and type numbers of generic subscriptions) → our resources. */
const RESOURCES = new Map<string, readonly string[]>(
  Object.entries({
    contact: ['contacts', 'leads'],
    company: ['accounts'],
    deal: ['opportunities'],
  }),
);
const OBJECT_TYPES = new Map<string, string>(
  Object.entries({
    '0-1': 'contact',
    '0-2': 'company',
    '0-3': 'deal',
    '0-5': 'ticket',
    '0-7': 'product',
    '0-8': 'line_item',
  }),
);

/** A restored record is one that was gone; a merge leaves the surviving record changed. */
const HAPPENINGS = new Map<string, InboundChange['eventType']>(
  Object.entries({
    creation: 'CREATED',
    restore: 'CREATED',
    propertyChange: 'UPDATED',
    merge: 'UPDATED',
    associationChange: 'UPDATED',
    deletion: 'DELETED',
    privacyDeletion: 'DELETED',
  }),
);

/** "Reject … if the timestamp is older than 5 minutes" (HubSpot, Validating requests, read 2026-11). */
const TOLERANCE_MS = 300_000;
/** Decoded before signing: these escapes and no others (same page). */
const DECODED = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

const V3: SignatureScheme = {
  header: 'x-hubspot-signature-v3',
  algorithm: 'hmac-sha256',
  encoding: 'base64',
  signed: ['method', 'uri', 'body', 'timestamp'],
  timestamp: { header: 'x-hubspot-request-timestamp', toleranceMs: TOLERANCE_MS },
  decoded: DECODED,
};
const V2: SignatureScheme = {
  header: 'x-hubspot-signature',
  onlyWith: { header: 'x-hubspot-signature-version', value: 'v2' },
  algorithm: 'sha256',
  encoding: 'hex',
  signed: ['secret', 'method', 'uri', 'body'],
};
const V1: SignatureScheme = {
  header: 'x-hubspot-signature',
  algorithm: 'sha256',
  encoding: 'hex',
  signed: ['secret', 'body'],
};

/** App-level webhooks: a list over all portals that installed the app (HubSpot "Webhooks API", read 2026-11). */
export const webhooks: Webhooks = {
  list: { key: null },
  parse: (body) =>
    Array.isArray(body) && body.length > 0
      ? body.map((element, at) => parseElement(element, at))
      : [parseElement(body, 0)],
  coalesces: true,
  signatures: { schemes: [V3, V2, V1], secret: 'configured' },
  manual: manualSubscriptions,
};

function parseElement(value: Json, element: number): InboundChange {
  if (!isJsonObject(value)) return unknownChange(element);
  // The vendor's table calls it eventType; what is sent says subscriptionType.
  const type = textOf(value['subscriptionType']) ?? textOf(value['eventType']) ?? '';
  const [object = '', happening = ''] = type.split('.');
  const vendorObject = object === 'object' ? typeNamed(textOf(value['objectTypeId'])) : object;
  const occurredAt = typeof value['occurredAt'] === 'number' ? value['occurredAt'] : null;
  const attempt = value['attemptNumber'];
  return {
    ...unknownChange(element),
    tenantId: textOf(value['portalId']) ?? null,
    ...(vendorObject !== '' && { vendorObject }),
    resources: RESOURCES.get(vendorObject) ?? [],
    objectId: objectIdOf(value, happening),
    eventType: HAPPENINGS.get(happening) ?? 'UNKNOWN',
    occurredAt,
    repeat: { key: repeatKey(value, type), isSuspect: typeof attempt === 'number' && attempt > 0 },
  };
}

function typeNamed(id: string | undefined): string {
  return id === undefined ? '' : (OBJECT_TYPES.get(id) ?? id);
}

/** Of a link the near end; of a merge the record that is left. */
function objectIdOf(value: JsonObject, happening: string): string {
  const candidates =
    happening === 'merge' ? ['newObjectId', 'primaryObjectId', 'objectId'] : ['objectId', 'fromObjectId'];
  return candidates.flatMap((key) => textOf(value[key]) ?? [])[0] ?? '';
}

/** `eventId` is not unique and `attemptNumber` rises: neither tells a repeat. */
function repeatKey(value: JsonObject, type: string): string {
  const parts = [
    'portalId',
    'objectId',
    'occurredAt',
    'propertyName',
    'propertyValue',
    'fromObjectId',
    'toObjectId',
  ];
  return JSON.stringify([type, ...parts.map((key) => value[key] ?? null)]);
}
