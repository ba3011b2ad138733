import type { EpochMs } from '../../kernel/clock.ts';
import { isJsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Feed, FeedPage, FeedStamp, Position } from '../feed.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import type { Described } from './described.ts';
import { fieldsDigest, ownFilter, selectRecords, shareFilter, type Filter } from './filter.ts';
import { nextPageRequest, queryRequest, readQueryPage } from './query-page.ts';
import { rowOf, stampOf } from './records.ts';
import { replicationRequest } from './replication.ts';
import { dateTimeLiteral } from './soql-literals.ts';

/** What a feed works on. */
export interface FeedObject {
  /** `/services/data/v66.0`. */
  root: string;
  /** The sObject's API name. */
  object: string;
  described: Described | null;
  now: EpochMs;
}

/** Stamps have whole seconds and are set before the commit; connectors in use read 10 minutes again (2026-11). */
export const STAMP: FeedStamp = { resolutionMs: 1000, late: 'commit', overlapS: 600 };

/** The change fields in our spelling and in those of old configurations. */
const CHANGE_FIELDS = ['SystemModstamp', 'LastModifiedDate', 'since', 'updated_since', 'updated_after'];

/** How far back open transactions are looked for: Apex runs for ten minutes at most (governor limits, read 2026-11). */
const COVERED_REACH_MS = 15 * 60_000;

type ChangesPosition = Filter & {
  /** Before anything is read: up to when everything is committed. */
  asksCovered: boolean;
  covered: EpochMs | null;
  from: EpochMs | null;
  pageSize: number | null;
  next: string | null;
  fields: string;
};

/**
 * Records changed since an instant, the recycle bin's among them, in the order of their stamps. `Id` in the order
 * makes it one order: bulk loads put thousands on one second.
 *
 * A stamp is set when a write runs and seen when its transaction commits, minutes later. `updated` tells when the
 * oldest open transaction began (SOAP API Developer Guide, "GetUpdatedResult", read 2026-11), so it is asked first:
 * what committed until then is in the pages read afterwards.
 */
export function changesFeed(given: FeedObject, stamp: string): Feed {
  const { described } = given;
  return {
    name: 'changes',
    kind: 'window',
    order: 'asc',
    changeFields: CHANGE_FIELDS.includes(stamp) ? CHANGE_FIELDS : [...CHANGE_FIELDS, stamp],
    stamp: STAMP,
    start: ({ from, filter, pageSize }) =>
      ({
        ...shareFilter(filter, described),
        asksCovered: described?.replicateable === true,
        covered: null,
        from: from ?? null,
        pageSize: pageSize ?? null,
        next: null,
        fields: fieldsDigest(described),
      }) satisfies ChangesPosition,
    request: (position) => changesRequest(given, stamp, position as ChangesPosition),
    read: (response, position) => {
      const at = position as ChangesPosition;
      if (at.fields !== fieldsDigest(described)) return 'restart';
      return at.asksCovered ? readCovered(response, at) : readChanges(response, stamp, at);
    },
  };
}

function changesRequest(given: FeedObject, stamp: string, position: ChangesPosition): VendorRequest {
  const { root, object, described, now } = given;
  const { asksCovered, from, soql, pageSize, next } = position;
  if (asksCovered) {
    // An object without replication, a clock that is wrong: then the overlap alone must do.
    return {
      ...replicationRequest(given, 'updated', now - COVERED_REACH_MS, now),
      accept: [400, 403, 404, 405],
    };
  }
  if (next !== null) return nextPageRequest(next, pageSize);
  const since = from === null ? null : `${stamp} >= ${dateTimeLiteral(Math.floor(from / 1000) * 1000)}`;
  const query = `${selectRecords(object, described, [since, soql])} ORDER BY ${stamp} ASC, Id ASC`;
  return queryRequest({ root, soql: query, all: true, pageSize });
}

function readCovered({ status, body }: VendorResponse, position: ChangesPosition): FeedPage {
  const next = { ...position, asksCovered: false };
  if (status < 200 || status > 299) return { rows: [], next };
  const covered = stampOf(isJsonObject(body) ? body['latestDateCovered'] : undefined);
  if (covered === undefined) {
    throw new UnreadableAnswer('Salesforce answered a request for updates without latestDateCovered');
  }
  return { rows: [], next: { ...next, covered } };
}

function readChanges(response: VendorResponse, stamp: string, position: ChangesPosition): FeedPage {
  const { records, next } = readQueryPage(response);
  const rows = records.filter(ownFilter(position)).map((record) => rowOf(record, stamp));
  if (next === null) return { rows, next, ...(position.covered !== null && { covered: position.covered }) };
  if (next === position.next) {
    throw new UnreadableAnswer('Salesforce answered with the page it was asked for as the next');
  }
  return { rows, next: { ...position, next } satisfies Position };
}
