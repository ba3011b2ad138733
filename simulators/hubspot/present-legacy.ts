import type { Portal } from './portal.ts';
import { propertyOf } from './present.ts';
import { MODIFIED } from './records.ts';
import type { CrmObject, Kind } from './records.ts';

type Json = Record<string, unknown>;

/** Values of the old generations are texts, instants among them in epoch milliseconds. */
function legacyValue(portal: Portal, kind: Kind, record: CrmObject, name: string): string | undefined {
  const value = propertyOf(kind, record, name);
  const type = portal.store.of(kind).properties.get(name)?.type;
  if (value === undefined || (type !== 'datetime' && type !== 'date')) return value;
  return /^\d+$/.test(value) ? value : String(Date.parse(value));
}

function namesOf(portal: Portal, kind: Kind, record: CrmObject): string[] {
  return [...portal.store.of(kind).properties.keys()].filter(
    (name) => propertyOf(kind, record, name) !== undefined,
  );
}

/** A contact of `/contacts/v1` (vendor page, section 3a). `names` undefined: every property, as the profile has them. */
export function presentContactV1(
  portal: Portal,
  record: CrmObject,
  names?: readonly string[],
  withHistory = false,
): Json {
  const shown = names ?? namesOf(portal, 'contacts', record);
  const properties = shown.flatMap((name): Array<[string, Json]> => {
    const value = legacyValue(portal, 'contacts', record, name);
    if (value === undefined) return [];
    return [[name, withHistory ? { value, versions: versionsOf(record, value) } : { value }]];
  });
  const email = record.fields.properties['email'];
  const timestamp = record.createdAt;
  return {
    // Some milliseconds off the change stamp, as recorded.
    addedAt: record.updatedAt + 7,
    vid: record.id,
    'canonical-vid': record.id,
    'merged-vids': mergedIds(record),
    'portal-id': portal.portalId,
    'is-contact': true,
    'profile-url': `https://app.hubspot.com/contacts/${portal.portalId}/contact/${record.id}`,
    properties: Object.fromEntries(properties),
    'form-submissions': [],
    'identity-profiles': [
      {
        vid: record.id,
        'saved-at-timestamp': timestamp,
        'deleted-changed-timestamp': 0,
        identities: [
          ...(email === undefined ? [] : [{ type: 'EMAIL', value: email, timestamp, 'is-primary': true }]),
          {
            type: 'LEAD_GUID',
            value: `00000000-0000-4000-8000-${String(record.id).padStart(12, '0')}`,
            timestamp,
          },
        ],
      },
    ],
    'merge-audits': [],
  };
}

/** A company of `/companies/v2`. */
export function presentCompanyV2(portal: Portal, record: CrmObject, names?: readonly string[]): Json {
  return {
    portalId: portal.portalId,
    companyId: record.id,
    isDeleted: record.deletedAt !== null,
    properties: versioned(portal, 'companies', record, names),
    additionalDomains: [],
    stateChanges: [],
    mergeAudits: [],
  };
}

/** A deal of `/deals/v1`. */
export function presentDealV1(portal: Portal, record: CrmObject, names?: readonly string[]): Json {
  return {
    portalId: portal.portalId,
    dealId: record.id,
    isDeleted: record.deletedAt !== null,
    associations: {
      associatedVids: record.fields.associations.contacts,
      associatedCompanyIds: record.fields.associations.companies,
      associatedDealIds: record.fields.associations.deals,
    },
    properties: versioned(portal, 'deals', record, names),
    imports: [],
    stateChanges: [],
  };
}

function versioned(portal: Portal, kind: Kind, record: CrmObject, names?: readonly string[]): Json {
  const always = ['createdate', MODIFIED[kind]];
  const shown = names ? [...new Set([...names, ...always])] : namesOf(portal, kind, record);
  const entries = shown.flatMap((name): Array<[string, Json]> => {
    const value = legacyValue(portal, kind, record, name);
    if (value === undefined) return [];
    const [version] = versionsOf(record, value);
    return [[name, { ...version, versions: [{ name, ...version, sourceVid: [] }] }]];
  });
  return Object.fromEntries(entries);
}

function versionsOf(record: CrmObject, value: string): Json[] {
  return [{ value, timestamp: record.updatedAt, source: 'API', sourceId: null }];
}

function mergedIds(record: CrmObject): number[] {
  const ids = record.fields.properties['hs_merged_object_ids'];
  return ids === undefined ? [] : ids.split(';').map(Number);
}
