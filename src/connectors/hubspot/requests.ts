import type { Json, JsonObject } from '../../kernel/json.ts';
import type { ConnectorContext } from '../define-connector.ts';
import type { VendorRequest } from '../vendor-http.ts';
import { SEARCH_BUDGET } from './budgets.ts';
import { apiPaths, LIMITS, MAX_QUERY_CHARS, type Kind } from './kinds.ts';
import { namesIn } from './properties.ts';
import { ID_PATTERN } from './records.ts';

/** A filter of a search. Values are texts; instants are epoch milliseconds. */
export type Filter = {
  propertyName: string;
  operator: 'EQ' | 'GT' | 'GTE' | 'LT' | 'LTE' | 'IN' | 'HAS_PROPERTY' | 'NOT_HAS_PROPERTY';
  value?: string;
  values?: string[];
};

/** A search: all filters hold, one order. */
export type Search = {
  filters: Filter[];
  sort: { propertyName: string; direction: 'ASCENDING' | 'DESCENDING' };
  limit: number;
  after: string | null;
};

/** The requests for records of one kind, for one instance. */
export interface Requests {
  kind: Kind;
  /** Whether the records of a search (or list) are whole, or have to be read once more by id. */
  searchIsWhole(search: Search): boolean;
  listIsWhole: boolean;
  search(search: Search): VendorRequest;
  list(page: { after: string | null; limit: number; archived: boolean }): VendorRequest;
  /** Up to 100 whole records by id. */
  readBatch(ids: readonly string[], archived: boolean): VendorRequest;
  readOne(id: string): VendorRequest;
}

/**
 * Every property is asked for by name. A search's body has at most 3,000 characters, an address some thousands; an
 * account with more properties than that takes is read twice: ids first, then whole records by `batch/read`, whose
 * body has no such bound (HubSpot "CRM search", read 2026-11).
 */
export function requestsOf(kind: Kind, context: ConnectorContext): Requests {
  const path = apiPaths(context.configuration).objects(kind);
  const names = namesIn(kind, context);
  const joined = names.join(',');
  const isShort = encodeURIComponent(joined).length <= MAX_QUERY_CHARS;
  const query = isShort ? { properties: joined } : {};
  const searchIsWhole = (search: Search): boolean =>
    JSON.stringify(searchBody(search, names)).length <= LIMITS.searchBodyChars;
  return {
    kind,
    searchIsWhole,
    listIsWhole: isShort,
    search: (search) => ({
      method: 'POST',
      path: `${path}/search`,
      json: searchBody(search, searchIsWhole(search) ? names : [search.sort.propertyName]),
      budgets: [SEARCH_BUDGET],
    }),
    list: ({ after, limit, archived }) => ({
      method: 'GET',
      path,
      query: { limit, after: after ?? undefined, archived, ...query },
    }),
    readBatch: (ids, archived) => ({
      method: 'POST',
      path: `${path}/batch/read`,
      query: { archived },
      json: { properties: names, inputs: inputsOf(ids) },
    }),
    readOne: (id) =>
      isShort
        ? { method: 'GET', path: `${path}/${encodeURIComponent(id)}`, query }
        : { method: 'POST', path: `${path}/batch/read`, json: { properties: names, inputs: [{ id }] } },
  };
}

/** What is no id would refuse the whole batch; an empty one is refused too, and 0 is nobody's id. */
function inputsOf(ids: readonly string[]): JsonObject[] {
  const known = ids.filter((id) => ID_PATTERN.test(id));
  return (known.length === 0 ? ['0'] : known).map((id) => ({ id }));
}

function searchBody({ filters, sort, limit, after }: Search, properties: readonly string[]): JsonObject {
  return {
    ...(filters.length > 0 && { filterGroups: [{ filters: filters as Json[] }] }),
    sorts: [sort],
    properties: [...properties],
    limit,
    ...(after !== null && { after }),
  };
}
