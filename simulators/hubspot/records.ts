import type { Stored } from '../core/store.ts';

/** The kinds of record the simulator keeps, by the name in the vendor's paths. */
export const KINDS = ['contacts', 'companies', 'deals'] as const;
export type Kind = (typeof KINDS)[number];

/** The numbers of the vendor's own object types; paths take them too. */
export const TYPE_IDS: Record<Kind, string> = { contacts: '0-1', companies: '0-2', deals: '0-3' };

/** How messages and webhooks name one record. */
export const SINGULARS: Record<Kind, 'contact' | 'company' | 'deal'> = {
  contacts: 'contact',
  companies: 'company',
  deals: 'deal',
};

/** The property that carries the change stamp: contacts have their own. */
export const MODIFIED: Record<Kind, string> = {
  contacts: 'lastmodifieddate',
  companies: 'hs_lastmodifieddate',
  deals: 'hs_lastmodifieddate',
};

export interface ObjectFields {
  /** Property name → text; a property without a value is absent. */
  properties: Readonly<Record<string, string>>;
  associations: Readonly<Record<Kind, readonly number[]>>;
  /** Of a deletion: the person was erased by law, nothing is kept. */
  isErased?: boolean;
}

/** Ids are numbers here and texts on the wire. */
export type CrmObject = Stored<number, ObjectFields>;

/** The kind a path's segment names (`contacts`, `contact`, `0-1`), or undefined. */
export function kindOf(segment: string): Kind | undefined {
  return KINDS.find(
    (kind) => kind === segment || TYPE_IDS[kind] === segment || SINGULARS[kind] === segment.toLowerCase(),
  );
}
