import { isJsonObject } from '../../kernel/json.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { ReadMany, ReadState, Row } from '../feed.ts';
import type { VendorResponse } from '../vendor-http.ts';
import { V1, V2, type OrdersApi } from './api.ts';
import { MAX_IDS } from './orders-query.ts';
import { isFault } from './read-failure.ts';
import { ID_PATTERN, orderRow, productRow, readList, readRecord } from './records.ts';

/** Orders by id: v2 has a filter for it, v1 reads them one by one. What v2 does not show is asked for alone. */
export function ordersByIds(api: OrdersApi): ReadMany {
  if (api === 'v1') return readAlone(`${V1}/orders`, orderRow);
  return {
    batchSize: MAX_IDS,
    request: (ids) => ({
      method: 'GET',
      path: `${V2}/orders`,
      // Without an id everything would be listed; 0 is nobody's.
      query: {
        filter: `ids==${ids.filter((id) => ID_PATTERN.test(id)).join(',') || '0'}`,
        page_size: MAX_IDS,
      },
    }),
    read: (response, ids) => {
      const rows = new Map(
        readList(response, 'orders')
          .map(orderRow)
          .map((row) => [row.id, row]),
      );
      return new Map(
        ids.map((id): [string, ReadState] => {
          const row = rows.get(id);
          return [id, row === undefined ? { state: 'absent' } : { state: 'present', row }];
        }),
      );
    },
    otherwise: readAlone(`${V2}/orders`, orderRow),
    atOnce: readAlone(`${V2}/orders`, orderRow),
  };
}

export function productsByIds(): ReadMany {
  return readAlone(`${V1}/products`, productRow);
}

/** One by one: 404 is what a deleted record, and one that never was, have in common. */
function readAlone(path: string, toRow: (record: JsonObject) => Row): ReadMany {
  return {
    batchSize: 1,
    request: ([id = '0']) => ({
      method: 'GET',
      path: `${path}/${ID_PATTERN.test(id) ? id : '0'}`,
      accept: [403, 404, 410],
    }),
    read: (response, ids) => {
      const state = readState(response, toRow, ids[0]);
      return new Map(ids.map((id) => [id, state]));
    },
  };
}

function readState(
  response: VendorResponse,
  toRow: (record: JsonObject) => Row,
  id: string | undefined,
): ReadState {
  const { status, body } = response;
  if (status >= 200 && status < 300) {
    const row = toRow(readRecord(response));
    return row.id === id ? { state: 'present', row } : { state: 'absent' };
  }
  // Neither a proxy's page nor the gateway's fault says anything of the record.
  if (!isJsonObject(body) || isFault(body)) {
    throw new UnreadableAnswer(`Keap answered with status ${status} and nothing of the record`);
  }
  if (status === 410) return { state: 'gone' };
  return { state: status === 403 ? 'forbidden' : 'absent' };
}
