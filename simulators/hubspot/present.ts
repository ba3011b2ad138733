import { DEFAULT_PROPERTIES } from './property-definitions.ts';
import { KINDS, MODIFIED, SINGULARS } from './records.ts';
import type { CrmObject, Kind } from './records.ts';
import type { ObjectStore } from './store.ts';

/** A property's value as reads show it; undefined when the record has none. */
export function propertyOf(kind: Kind, record: CrmObject, name: string): string | undefined {
  const { properties } = record.fields;
  if (name === 'hs_object_id') return String(record.id);
  if (name === MODIFIED[kind]) return new Date(record.updatedAt).toISOString();
  if (name === 'hs_createdate')
    return kind === 'contacts' ? undefined : new Date(record.createdAt).toISOString();
  if (name === 'createdate') return properties['createdate'] ?? new Date(record.createdAt).toISOString();
  if (name === 'hs_full_name_or_email' && kind === 'contacts') {
    const full = [properties['firstname'], properties['lastname']].filter(Boolean).join(' ');
    return full || properties['email'];
  }
  return properties[name];
}

export interface Shown {
  /** None: the vendor's default ones. */
  properties: readonly string[];
  withHistory?: readonly string[];
  associations?: readonly Kind[];
}

/**
 * A record as v3 and the dated API show it. Names the portal does not know are left out; asked for and empty ones are
 * null. Creation, id and change stamp always come along.
 */
export function presentObject(store: ObjectStore, record: CrmObject, shown: Shown): Record<string, unknown> {
  const { kind } = store;
  const always = ['createdate', 'hs_object_id', MODIFIED[kind]];
  const wanted =
    shown.properties.length === 0 ? DEFAULT_PROPERTIES[kind] : [...new Set([...always, ...shown.properties])];
  const names = wanted.filter((name) => store.properties.has(name));
  const valueOf = (name: string): string | null => propertyOf(kind, record, name) ?? null;
  const associations = shown.associations ?? [];
  return {
    id: String(record.id),
    properties: Object.fromEntries(names.map((name) => [name, valueOf(name)])),
    ...(shown.withHistory && shown.withHistory.length > 0
      ? {
          propertiesWithHistory: Object.fromEntries(
            shown.withHistory.map((name) => [name, historyOf(store, record, name)]),
          ),
        }
      : {}),
    createdAt: new Date(record.createdAt).toISOString(),
    updatedAt: new Date(record.updatedAt).toISOString(),
    archived: record.deletedAt !== null,
    ...(record.deletedAt === null ? {} : { archivedAt: new Date(record.deletedAt).toISOString() }),
    ...(associations.length > 0 ? linksOf(record, kind, associations) : {}),
  };
}

/** Only the newest value is kept here; the vendor keeps up to 20 to 45. */
function historyOf(store: ObjectStore, record: CrmObject, name: string): unknown[] {
  const value = propertyOf(store.kind, record, name);
  if (value === undefined) return [];
  return [{ value, timestamp: new Date(record.updatedAt).toISOString(), sourceType: 'API' }];
}

function linksOf(record: CrmObject, kind: Kind, wanted: readonly Kind[]): { associations?: unknown } {
  const linked = KINDS.filter((to) => wanted.includes(to) && record.fields.associations[to].length > 0);
  if (linked.length === 0) return {};
  const entries = linked.map((to) => [
    to,
    {
      results: record.fields.associations[to].map((id) => ({
        id: String(id),
        type: `${SINGULARS[kind]}_to_${SINGULARS[to]}`,
      })),
    },
  ]);
  return { associations: Object.fromEntries(entries) as Record<string, unknown> };
}
