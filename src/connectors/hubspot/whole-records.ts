import type { EpochMs } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { LIMITS } from './kinds.ts';
import { archivedAtOf, idOf, readPage } from './records.ts';
import type { Requests } from './requests.ts';

/** A way of listing that may show records by halves. A place is plain JSON. */
export interface Pages<Place> {
  isWhole(place: Place): boolean;
  request(place: Place): VendorRequest;
  read(response: VendorResponse, place: Place): { records: JsonObject[]; next: Place | null; total?: number };
}

/** Where a reading of whole records stands: ids that still have to be read by bulk, then the next page. */
export type WholePosition<Place> = { place: Place | null; ids: string[] };

/** Reads whole records from pages that may show them by halves. */
export interface WholeRecords<Place> {
  start(place: Place): WholePosition<Place>;
  request(position: WholePosition<Place>): VendorRequest;
  read(
    response: VendorResponse,
    position: WholePosition<Place>,
  ): { records: JsonObject[]; next: WholePosition<Place> | null; total?: number };
}

/** `archived`: the records are in the bin, where bulk reads must look for them. */
export function wholeRecords<Place>(
  pages: Pages<Place>,
  requests: Requests,
  archived = false,
): WholeRecords<Place> {
  const placeOf = ({ place }: WholePosition<Place>): Place => {
    if (place === null) throw new UnreadableAnswer('the stored page position leads nowhere');
    return place;
  };
  return {
    start: (place) => ({ place, ids: [] }),
    request: (position) =>
      position.ids.length > 0
        ? requests.readBatch(position.ids.slice(0, LIMITS.batch), archived)
        : pages.request(placeOf(position)),
    read: (response, position) => {
      const { ids, place } = position;
      if (ids.length > 0) {
        // One that was archived, merged or erased since its page was read is no longer among them.
        const { records } = readPage(response);
        const later = ids.slice(LIMITS.batch);
        return { records, next: later.length === 0 && place === null ? null : { place, ids: later } };
      }
      const { records, next, ...more } = pages.read(response, placeOf(position));
      if (records.length === 0 || pages.isWhole(placeOf(position))) {
        return { ...more, records, next: next && { place: next, ids: [] } };
      }
      return { ...more, records: [], next: { place: next, ids: [...new Set(records.map(idOf))] } };
    },
  };
}

/** A place in HubSpot's own list, in the order of ids. `since`: only what was archived since then. */
export type ListPlace = { after: string | null; limit: number; since: EpochMs | null };

/** The list of records, live or archived, without filter or order ("Using object APIs", read 2026-11). */
export function listPages(requests: Requests, archived: boolean): Pages<ListPlace> {
  return {
    isWhole: () => requests.listIsWhole,
    request: ({ after, limit }) => requests.list({ after, limit, archived }),
    read: (response, place) => {
      const { records, after } = readPage(response);
      if (after !== null && after === place.after) {
        throw new UnreadableAnswer('HubSpot answered with the page position it was asked with');
      }
      const { since } = place;
      const wanted =
        since === null ? records : records.filter((one) => (archivedAtOf(one) ?? since) >= since);
      return { records: wanted, next: after === null ? null : { ...place, after } };
    },
  };
}
