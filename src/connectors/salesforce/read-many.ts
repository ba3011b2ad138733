import type { ReadMany, ReadState } from '../feed.ts';
import type { FeedObject } from './changes-feed.ts';
import { stampField } from './described.ts';
import { selectRecords } from './filter.ts';
import { ID_PATTERN, toId18 } from './ids.ts';
import { queryRequest, readQueryPage } from './query-page.ts';
import { rowOf } from './records.ts';
import { quote } from './soql-literals.ts';

/** Ids of one query; as many rows as the smallest page has ("Query Options Header", read 2026-11). */
const BATCH_SIZE = 200;

/** Nobody's id, for a query that must ask about something. */
const NO_ID = '000000000000000AAA';

/**
 * Records by id, the recycle bin's too: one query says of each whether it is there, deleted or unknown (purged, or
 * hidden from the user). `composite/sobjects` would say null for all three.
 */
export function readManyOf({ root, object, described }: FeedObject): ReadMany {
  const stamp = stampField(described);
  return {
    batchSize: BATCH_SIZE,
    request: (ids) => {
      const valid = [...new Set(ids.filter((id) => ID_PATTERN.test(id)).map(toId18))];
      const asked = valid.length === 0 ? [NO_ID] : valid;
      const soql = selectRecords(object, described, [`Id IN (${asked.map(quote).join(',')})`]);
      return queryRequest({ root, soql, all: true });
    },
    read: (response, ids) => {
      const { records, next } = readQueryPage(response);
      const rows = new Map(records.map((record) => rowOf(record, stamp)).map((row) => [row.id, row]));
      // Rows so wide that even these did not fit into a page: of the others nothing is known.
      const unseen: ReadState = { state: next === null ? 'absent' : 'forbidden' };
      const stateOf = (id: string): ReadState => {
        const row = rows.get(toId18(id));
        if (row === undefined) return ID_PATTERN.test(id) ? unseen : { state: 'absent' };
        return row.deleted === true ? { state: 'gone' } : { state: 'present', row };
      };
      return new Map(ids.map((id) => [id, stateOf(id)]));
    },
  };
}
