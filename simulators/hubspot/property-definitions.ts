import { MODIFIED } from './records.ts';
import type { Kind } from './records.ts';

export const PROPERTY_TYPES = ['string', 'number', 'datetime', 'date', 'enumeration', 'bool'] as const;
export type PropertyType = (typeof PROPERTY_TYPES)[number];

/** What a portal knows of a property. */
export interface PropertyDefinition {
  name: string;
  label: string;
  type: PropertyType;
  groupName: string;
  options: readonly string[];
  /** Filled by the vendor; writing it is refused. */
  readOnly: boolean;
  calculated: boolean;
  /** False for those a portal made itself. */
  hubspotDefined: boolean;
}

export function defineProperty(
  name: string,
  type: PropertyType = 'string',
  more: Partial<PropertyDefinition> = {},
): PropertyDefinition {
  const words = name.replace(/^hs_/, '').split('_');
  return {
    name,
    label: words.map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join(' '),
    type,
    groupName: 'information',
    options: [],
    readOnly: false,
    calculated: false,
    hubspotDefined: true,
    ...more,
  };
}

const READ_ONLY = { readOnly: true } as const;

const OF_ALL: PropertyDefinition[] = [
  defineProperty('hs_object_id', 'number', READ_ONLY),
  defineProperty('hs_merged_object_ids', 'enumeration', READ_ONLY),
  defineProperty('hs_createdate', 'datetime', READ_ONLY),
  defineProperty('hubspot_owner_id', 'enumeration'),
];

const SAMPLE: Record<Kind, PropertyDefinition[]> = {
  contacts: [
    ...['firstname', 'lastname', 'email', 'phone', 'mobilephone', 'company', 'jobtitle', 'website'].map(
      (name) => defineProperty(name),
    ),
    ...['address', 'city', 'state', 'zip', 'country'].map((name) => defineProperty(name)),
    defineProperty('lifecyclestage', 'enumeration', {
      options: ['subscriber', 'lead', 'marketingqualifiedlead', 'opportunity', 'customer'],
    }),
    defineProperty('createdate', 'datetime', READ_ONLY),
    defineProperty('associatedcompanyid', 'number'),
    defineProperty('annualrevenue'),
    defineProperty('num_unique_conversion_events', 'number', READ_ONLY),
    defineProperty('hs_full_name_or_email', 'string', { readOnly: true, calculated: true }),
  ],
  companies: [
    ...['name', 'domain', 'phone', 'website', 'industry', 'description'].map((name) => defineProperty(name)),
    ...['address', 'city', 'state', 'zip', 'country'].map((name) => defineProperty(name)),
    defineProperty('annualrevenue', 'number'),
    defineProperty('numberofemployees', 'number'),
    defineProperty('createdate', 'datetime'),
  ],
  deals: [
    ...['dealname', 'description'].map((name) => defineProperty(name)),
    defineProperty('amount', 'number'),
    defineProperty('closedate', 'datetime'),
    defineProperty('createdate', 'datetime'),
    defineProperty('pipeline', 'enumeration', { options: ['default'] }),
    defineProperty('dealstage', 'enumeration', {
      options: [
        'appointmentscheduled',
        'qualifiedtobuy',
        'presentationscheduled',
        'contractsent',
        'closedwon',
        'closedlost',
      ],
    }),
    defineProperty('dealtype', 'enumeration', { options: ['newbusiness', 'existingbusiness'] }),
  ],
};

/** The vendor's properties of a kind (a sample: a portal has hundreds). */
export function standardProperties(kind: Kind): PropertyDefinition[] {
  return [...OF_ALL, defineProperty(MODIFIED[kind], 'datetime', READ_ONLY), ...SAMPLE[kind]];
}

/** What a read shows when no property is asked for (CRM objects guide). */
export const DEFAULT_PROPERTIES: Record<Kind, readonly string[]> = {
  contacts: ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'],
  companies: ['createdate', 'domain', 'hs_lastmodifieddate', 'hs_object_id', 'name'],
  deals: [
    'amount',
    'closedate',
    'createdate',
    'dealname',
    'dealstage',
    'hs_lastmodifieddate',
    'hs_object_id',
    'pipeline',
  ],
};
