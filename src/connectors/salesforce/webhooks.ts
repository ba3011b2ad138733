import { isJsonObject, type Json } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import { unknownChange, type InboundChange, type SignatureScheme, type Webhooks } from '../webhooks.ts';
import { toId18 } from './ids.ts';
import { stampOf } from './records.ts';
import { hookPackage } from './webhooks-package.ts';
import { salesforceSetup } from './webhooks-setup.ts';

/** The verbs of our trigger and of the old product's, with their synonyms. */
const ACTIONS = new Map<string, InboundChange['eventType']>(
  Object.entries({
    insert: 'CREATED',
    create: 'CREATED',
    created: 'CREATED',
    undelete: 'CREATED',
    update: 'UPDATED',
    updated: 'UPDATED',
    delete: 'DELETED',
    deleted: 'DELETED',
  }),
);

/** Id prefixes of standard objects (Salesforce, Standard Field Record ID Prefix Decoder, read 2026-11). */
const PREFIXES = new Map<string, string>(
  Object.entries({
    '001': 'Account',
    '003': 'Contact',
    '005': 'User',
    '006': 'Opportunity',
    '00Q': 'Lead',
    '00T': 'Task',
    '00U': 'Event',
    '00k': 'OpportunityLineItem',
    '00v': 'CampaignMember',
    '01t': 'Product2',
    '02i': 'Asset',
    '500': 'Case',
    '701': 'Campaign',
    '800': 'Contract',
    '801': 'Order',
    '802': 'OrderItem',
    '0Q0': 'Quote',
  }),
);

/** Our own scheme. The time stands in the body, which is signed: a copy is refused once it is old. */
const APEX_SIGNATURE: SignatureScheme = {
  header: 'x-tidings-signature',
  algorithm: 'hmac-sha256',
  encoding: 'base64',
  prefix: 'sha256=',
  signed: ['body'],
  bodyTime: { key: 'sentAt', toleranceMs: 300_000 },
};

/** What triggers send: `{objects: [records], action}`, up to 200 records of one object. */
export const webhooks: Webhooks = {
  list: { key: 'objects' },
  parse: (body) => {
    if (!isJsonObject(body)) return [unknownChange()];
    const { objects } = body;
    if (!Array.isArray(objects) || objects.length === 0) return [unknownChange()];
    const eventType = ACTIONS.get((textOf(body['action']) ?? '').toLowerCase()) ?? 'UNKNOWN';
    return objects.map((object, element) => parseObject(object, element, eventType));
  },
  signatures: { schemes: [APEX_SIGNATURE], secret: 'set up' },
  setup: salesforceSetup,
  package: hookPackage,
  manual: ({ objects }) => ({
    steps: [
      ...(objects.length === 0
        ? ['Name the objects to watch in event.objects (Account,Contact): each gets a trigger.']
        : []),
      'Sandbox, scratch and Developer Edition orgs: set event.vendor.setup to auto and save the instance.',
      'Production orgs: download the package of this instance, deploy it as described there, and set ' +
        'event.vendor.setup to manual.',
    ],
  }),
};

function parseObject(object: Json, element: number, eventType: InboundChange['eventType']): InboundChange {
  if (!isJsonObject(object)) return unknownChange(element);
  const id = textOf(object['Id']) ?? textOf(object['id']) ?? '';
  const { attributes } = object;
  const type = isJsonObject(attributes) ? textOf(attributes['type']) : undefined;
  const vendorObject = type ?? PREFIXES.get(id.slice(0, 3));
  return {
    ...unknownChange(element),
    // Events carry Salesforce's own name of the object (its clients expect `Account`).
    ...(vendorObject !== undefined && { vendorObject }),
    objectId: toId18(id),
    eventType,
    occurredAt: stampOf(object['SystemModstamp']) ?? stampOf(object['LastModifiedDate']) ?? null,
  };
}
