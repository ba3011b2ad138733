import { isoSeconds, type EpochMs } from '../../kernel/clock.ts';
import { isJsonObject, type Json } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Feed, FeedPage, Position, Row } from '../feed.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import type { FeedObject } from './changes-feed.ts';
import { ID_PATTERN, toId18 } from './ids.ts';
import { stampOf } from './records.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** The deletion log's reach ("sObject Get Deleted", read 2026-11), less an hour for a clock that differs. */
const REACH_MS = 15 * 24 * HOUR_MS - HOUR_MS;

/**
 * `GET /sobjects/{object}/updated` or `deleted`. Seconds count for nothing there and a minute at least must lie
 * between start and end, which never is in the future (REST API Developer Guide, read 2026-11).
 */
export function replicationRequest(
  { root, object }: Pick<FeedObject, 'root' | 'object'>,
  resource: 'updated' | 'deleted',
  from: EpochMs,
  to: EpochMs,
): VendorRequest {
  const end = minute(to);
  const start = Math.min(minute(from), end - MINUTE_MS);
  const query = { start: replicationTime(start), end: replicationTime(end) };
  return { method: 'GET', path: `${root}/sobjects/${object}/${resource}`, query };
}

function minute(at: EpochMs): EpochMs {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS;
}

function replicationTime(at: EpochMs): string {
  return isoSeconds(at).replace('Z', '+00:00');
}

type DeletedPosition = {
  from: EpochMs;
  to: EpochMs;
  /** The pass asks from before what Salesforce remembers. */
  gap: boolean;
  /** Nothing tells whether a deleted record was one of those that are polled. */
  isFiltered: boolean;
};

/**
 * Deletions from the deletion log, hard ones and emptied bins included, which no query shows. There is no record with
 * them. When the log was cut since (`earliestDateAvailable`), some are lost and only a sweep finds them.
 */
export function deletedFeed(given: FeedObject): Feed {
  const { now } = given;
  return {
    name: 'deleted',
    kind: 'deletions',
    order: 'none',
    changeFields: [],
    stamp: { resolutionMs: 1000, late: 'commit', overlapS: 600 },
    start: ({ from, filter }) => {
      const earliest = now - REACH_MS;
      return {
        from: Math.max(from ?? earliest, earliest),
        to: now,
        gap: from !== undefined && from < earliest,
        isFiltered: filter !== null,
      } satisfies DeletedPosition;
    },
    request: (position) => {
      const { from, to } = position as DeletedPosition;
      return replicationRequest(given, 'deleted', from, to);
    },
    read: (response, position: Position) => readDeleted(response, position as DeletedPosition),
  };
}

function readDeleted({ body }: VendorResponse, position: DeletedPosition): FeedPage {
  const { deletedRecords, earliestDateAvailable, latestDateCovered } = isJsonObject(body) ? body : {};
  const covered = stampOf(latestDateCovered);
  if (!Array.isArray(deletedRecords) || covered === undefined) {
    throw new UnreadableAnswer('Salesforce answered a request for deletions without a list');
  }
  const deletions = deletedRecords.map(deletionOf);
  const rows = position.isFiltered ? [] : deletions;
  const earliest = stampOf(earliestDateAvailable);
  const isCut = earliest !== undefined && earliest > position.from;
  return { rows, next: null, covered, ...((position.gap || isCut) && { gap: true }) };
}

/** @throws UnreadableAnswer when it names no record. */
function deletionOf(entry: Json): Row {
  const { id, deletedDate } = isJsonObject(entry) ? entry : {};
  if (typeof id !== 'string' || !ID_PATTERN.test(id)) {
    throw new UnreadableAnswer('Salesforce answered with a deletion that has no id');
  }
  const changedAt = stampOf(deletedDate);
  return { id: toId18(id), deleted: true, record: null, ...(changedAt !== undefined && { changedAt }) };
}
