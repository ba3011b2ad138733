import type { ReadMany, ReadState } from '../feed.ts';
import { LIMITS } from './kinds.ts';
import { readPage, rowOf } from './records.ts';
import type { Requests } from './requests.ts';

/**
 * Records by id, a hundred a call. What is not among the live ones is looked for in the bin; what is in neither
 * (merged into another, erased, never there) is absent ("Using object APIs", read 2026-11: missing ids are left out
 * of the results and named in a 207). A merged record's id that gives the record it went into is absent too.
 */
export function readManyOf(requests: Requests): ReadMany {
  const bulk = (archived: boolean, found: (row: ReturnType<typeof rowOf>) => ReadState): ReadMany => ({
    batchSize: LIMITS.batch,
    request: (ids) => requests.readBatch(ids, archived),
    read: (response, ids) => {
      const rows = readPage(response).records.map((record) => rowOf(requests.kind, record));
      const byId = new Map(rows.map((row) => [row.id, row]));
      return new Map(
        ids.map((id) => {
          const row = byId.get(id);
          return [id, row === undefined ? { state: 'absent' } : found(row)];
        }),
      );
    },
  });
  return {
    ...bulk(false, (row) => ({ state: 'present', row })),
    otherwise: bulk(true, () => ({ state: 'gone' })),
  };
}
