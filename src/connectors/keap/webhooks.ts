import { readIso } from '../../date-pattern/read-date.ts';
import { isJsonObject, type Json } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import { unknownChange, type InboundChange, type Webhooks } from '../webhooks.ts';
import { resources } from './resources.ts';
import { keapSetup } from './webhooks-setup.ts';

const VERBS = new Map<string, InboundChange['eventType']>(
  Object.entries({ add: 'CREATED', delete: 'DELETED' }),
);
/** Verbs that say the object changed in some way of its own. */
const EDITS = new Set(['edit', 'applied', 'removed', 'stage_move', 'complete', 'incomplete', 'activate']);

/** REST hooks: thin, one event key and up to 1000 objects a body, unsigned (Keap "REST Hooks", read 2026-11). */
export const webhooks: Webhooks = {
  list: { key: 'object_keys' },
  parse: (body) => {
    if (!isJsonObject(body)) return [unknownChange()];
    const eventKey = textOf(body['event_key']);
    const keys = body['object_keys'];
    if (eventKey === undefined || !Array.isArray(keys) || keys.length === 0) return [unknownChange()];
    return keys.map((key, element) => parseKey(eventKey, key, element));
  },
  setup: keapSetup,
  manual: ({ url }) => ({
    steps: [
      'Keap has no page for hooks: set event.vendor.setup to auto, or create them with its API:',
      `POST /crm/rest/v1/hooks with {"eventKey": "order.add", "hookUrl": "${url}"}, and the same for order.edit, ` +
        'order.delete, product.add, product.edit and product.delete.',
      'Keap does not sign: set event.inbound.token on the instance and append ?token=<it> to the hookUrl.',
    ],
  }),
};

function parseKey(eventKey: string, key: Json, element: number): InboundChange {
  const at = eventKey.lastIndexOf('.');
  const noun = eventKey.slice(0, Math.max(at, 0));
  const verb = eventKey.slice(at + 1);
  const id = isJsonObject(key) ? textOf(key['id']) : undefined;
  const timestamp = isJsonObject(key) ? textOf(key['timestamp']) : undefined;
  return {
    ...unknownChange(element),
    vendorObject: noun === '' ? eventKey : noun,
    resources: resources.filter(({ vendorObject }) => vendorObject === noun).map(({ name }) => name),
    objectId: id ?? '',
    eventType: VERBS.get(verb) ?? (EDITS.has(verb) ? 'UPDATED' : 'UNKNOWN'),
    occurredAt: timestamp === undefined ? null : readIso(timestamp),
    repeat:
      id === undefined || timestamp === undefined
        ? null
        : { key: JSON.stringify([eventKey, id, timestamp]), isSuspect: true },
  };
}
