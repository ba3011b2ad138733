import { isJsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { ReadMany, ReadState } from '../feed.ts';
import { costOfList, COSTS, MAX_IDS, type Kind } from './kinds.ts';
import { ID_PATTERN, readV2Page, readV2Record, rowOf } from './records.ts';

/**
 * Records by id: first by the list's `ids`, a hundred at a time, which shows what is there. What it does not show
 * may be deleted, archived (deals) or hidden from the token's user; only reading it alone tells (API v2 reference,
 * read 2026-11: a deleted record is readable for 30 days with `is_deleted`; 404 unknown, 410 gone, 403 hidden).
 */
export function readManyOf(kind: Kind): ReadMany {
  return {
    batchSize: MAX_IDS,
    request: (ids) => ({
      method: 'GET',
      path: `/api/v2/${kind}`,
      // An empty `ids` would list everything; 0 is nobody's id.
      query: { ids: ids.filter((id) => ID_PATTERN.test(id)).join(',') || '0', limit: MAX_IDS },
      cost: costOfList(kind),
    }),
    read: (response, ids) => {
      const rows = readV2Page(response).records.map(rowOf);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return new Map(ids.map((id) => [id, stateOf(byId.get(id))]));
    },
    otherwise: readAlone(kind),
    atOnce: readAlone(kind),
  };
}

function readAlone(kind: Kind): ReadMany {
  return {
    batchSize: 1,
    request: ([id = '0']) => ({
      method: 'GET',
      path: `/api/v2/${kind}/${ID_PATTERN.test(id) ? id : '0'}`,
      // 400: what is no id of Pipedrive's.
      accept: [400, 403, 404, 410],
      cost: COSTS.getOne,
    }),
    read: (response, ids) => {
      const state = readAloneState(response, ids[0]);
      return new Map(ids.map((id) => [id, state]));
    },
  };
}

function readAloneState(response: Parameters<ReadMany['read']>[0], id: string | undefined): ReadState {
  const { status, body } = response;
  if (status >= 200 && status < 300) {
    const row = rowOf(readV2Record(response));
    return stateOf(row.id === id ? row : undefined);
  }
  // A proxy's page says nothing of the record.
  if (!isJsonObject(body)) throw new UnreadableAnswer(`Pipedrive answered with status ${status} and no JSON`);
  if (status === 410) return { state: 'gone' };
  if (status === 403) return { state: 'forbidden' };
  return { state: 'absent' };
}

function stateOf(row: ReturnType<typeof rowOf> | undefined): ReadState {
  if (row === undefined) return { state: 'absent' };
  return row.deleted === true ? { state: 'gone' } : { state: 'present', row };
}
