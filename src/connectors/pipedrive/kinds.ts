/** What of Pipedrive is connected: its three record types, by the name of their v2 list. */
export const KINDS = ['organizations', 'persons', 'deals'] as const;
export type Kind = (typeof KINDS)[number];

/** The name of a kind's records in `/v1/recents` and in webhooks. */
export const ITEM_NAMES = {
  organizations: 'organization',
  persons: 'person',
  deals: 'deal',
} as const satisfies Record<Kind, string>;

/** The lists of `/api/v2/`. Archived deals have their own since 2025-07-15 (Pipedrive, vendor facts of 2026-11). */
export type V2List = Kind | 'deals/archived';

/** Most records of a v2 page and most ids of an `ids` filter (Pipedrive API v2 reference, read 2026-11). */
export const MAX_PAGE_SIZE = 500;
export const MAX_IDS = 100;

/** Daily tokens per call (Pipedrive "Rate limiting", read 2026-11). */
export const COSTS = {
  getOne: 1,
  list: 10,
  listArchived: 20,
  write: 5,
  remove: 3,
  recents: 20,
  currentUser: 2,
} as const;

/** What one request for a page of a list takes of the daily tokens. */
export function costOfList(list: V2List): number {
  return list === 'deals/archived' ? COSTS.listArchived : COSTS.list;
}
