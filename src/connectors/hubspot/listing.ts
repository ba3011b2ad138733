import type { Listing, ListQuery } from '../define-connector.ts';
import { LIMITS, MODIFIED, OBJECT_ID, type Kind } from './kinds.ts';
import { fieldOf, propertyOf, type Pushed } from './query.ts';
import { compareIds, idOf, readPage } from './records.ts';
import { requestsOf, type Filter, type Requests, type Search } from './requests.ts';
import {
  listPages,
  wholeRecords,
  type ListPlace,
  type Pages,
  type WholePosition,
  type WholeRecords,
} from './whole-records.ts';

/** A place in a client's search. With `lastId` it goes on by id, else by HubSpot's offset. */
type SearchPlace = { search: Search; lastId: string | null };

type ListingPlace = { kind: 'list'; at: ListPlace } | { kind: 'search'; at: SearchPlace };

/**
 * The listing for clients of the hub API: HubSpot's list, or its search where there is a filter or an order. In the
 * order of ids a search has no end; in any other HubSpot shows the first 10,000 results and refuses the next page.
 */
export function listingOf(kind: Kind): Listing {
  return {
    // What one bulk read takes, so that a page of ours is two of HubSpot's at most.
    maxPageSize: LIMITS.batch,
    start: (query) => ({ place: placeFor(kind, query), ids: [] }) satisfies WholePosition<ListingPlace>,
    request: (position, context) =>
      readerOf(requestsOf(kind, context)).request(position as WholePosition<ListingPlace>),
    read: (response, position, context) => {
      const { records, next, total } = readerOf(requestsOf(kind, context)).read(
        response,
        position as WholePosition<ListingPlace>,
      );
      return { records, next, ...(total !== undefined && { total }) };
    },
  };
}

function placeFor(kind: Kind, { pushed, orderBy, pageSize }: ListQuery): ListingPlace {
  const limit = Math.min(pageSize, LIMITS.batch);
  if (pushed === null && orderBy === undefined) {
    return { kind: 'list', at: { after: null, limit, since: null } };
  }
  const { filters, byChange } = (pushed as Pushed | null) ?? { filters: [], byChange: false };
  const order = orderBy ?? (byChange ? { field: MODIFIED[kind], direction: 'desc' } : undefined);
  const sort: Search['sort'] = {
    propertyName: order === undefined ? OBJECT_ID : propertyOf(fieldOf(kind, order.field)),
    direction: order?.direction === 'desc' ? 'DESCENDING' : 'ASCENDING',
  };
  return {
    kind: 'search',
    at: { search: { filters, sort, limit, after: null }, lastId: order === undefined ? '0' : null },
  };
}

function readerOf(requests: Requests): WholeRecords<ListingPlace> {
  const list = listPages(requests, false);
  const search = searchPages(requests);
  const pages: Pages<ListingPlace> = {
    isWhole: (place) => (place.kind === 'list' ? list.isWhole(place.at) : search.isWhole(place.at)),
    request: (place) => (place.kind === 'list' ? list.request(place.at) : search.request(place.at)),
    read: (response, place) => {
      if (place.kind === 'list') {
        const { records, next } = list.read(response, place.at);
        return { records, next: next && { kind: 'list', at: next } };
      }
      const { next, ...found } = search.read(response, place.at);
      return { ...found, next: next && { kind: 'search', at: next } };
    },
  };
  return wholeRecords(pages, requests);
}

function searchPages(requests: Requests): Pages<SearchPlace> {
  const searchOf = ({ search, lastId }: SearchPlace): Search => {
    const { filters, after, limit } = search;
    const beyond: Filter[] = isBeyond(lastId)
      ? [{ propertyName: OBJECT_ID, operator: 'GT', value: lastId }]
      : [];
    // The last page before the bound is cut short; the one after it HubSpot refuses in its own words.
    const room = LIMITS.searchResults - Number(after ?? 0);
    return { ...search, filters: [...filters, ...beyond], limit: room > 0 ? Math.min(limit, room) : limit };
  };
  return {
    isWhole: (place) => requests.searchIsWhole(searchOf(place)),
    request: (place) => requests.search(searchOf(place)),
    read: (response, place) => {
      const { records, after, total } = readPage(response);
      const found = { records, ...(total !== undefined && { total }) };
      if (after === null) return { ...found, next: null };
      const { search, lastId } = place;
      const ids = records.map(idOf);
      const last = ids.at(-1);
      const isById =
        lastId !== null &&
        last !== undefined &&
        ids.every((id, index) => compareIds(id, ids[index - 1] ?? lastId) > 0);
      return {
        ...found,
        next: isById ? { search, lastId: last } : { search: { ...search, after }, lastId: null },
      };
    },
  };
}

function isBeyond(lastId: string | null): lastId is string {
  return lastId !== null && lastId !== '0';
}
