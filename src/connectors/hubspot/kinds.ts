import type { JsonObject } from '../../kernel/json.ts';
import { configurationText } from '../configuration-text.ts';

/** What of HubSpot is connected: its three main record types, by the name in its paths. */
export const KINDS = ['contacts', 'companies', 'deals'] as const;
export type Kind = (typeof KINDS)[number];

/**
 * The property that carries the change stamp. Contacts have one of their own; searching for the other gives no rows
 * and no error (HubSpot CRM search, facts of 2026-11).
 */
export const MODIFIED = {
  contacts: 'lastmodifieddate',
  companies: 'hs_lastmodifieddate',
  deals: 'hs_lastmodifieddate',
} as const satisfies Record<Kind, string>;

/** The property that holds the id, for filters and orders. */
export const OBJECT_ID = 'hs_object_id';

/** Limits of the CRM API (HubSpot "CRM search" and "Using object APIs", read 2026-11). */
export const LIMITS = {
  searchPage: 200,
  listPage: 100,
  batch: 100,
  searchResults: 10_000,
  searchBodyChars: 3000,
  filtersInGroup: 6,
} as const;

/**
 * Longest list of properties put into an address. HubSpot documents no bound but answers 414 beyond one; 8,000
 * characters pass the usual proxies as well.
 */
export const MAX_QUERY_CHARS = 8000;

/** The generation of the API: `v3`, or the date of a later one, whose bodies are the same (read 2026-11). */
export const VERSION_KEY = 'hubspot.api.version';

/** Paths of the API generation that an instance uses. */
export function apiPaths(configuration: JsonObject): {
  objects(kind: Kind): string;
  properties(kind: Kind): string;
  account: string;
} {
  const version = configurationText(configuration, VERSION_KEY) ?? 'v3';
  if (!/^\d{4}-\d{2}$/.test(version)) {
    return {
      objects: (kind) => `/crm/v3/objects/${kind}`,
      properties: (kind) => `/crm/v3/properties/${kind}`,
      account: '/account-info/v3/details',
    };
  }
  return {
    objects: (kind) => `/crm/objects/${version}/${kind}`,
    properties: (kind) => `/crm/properties/${version}/${kind}`,
    account: `/account-info/${version}/details`,
  };
}
