import { isJsonObject, type Json } from '../../kernel/json.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { ConnectorContext, Resource } from '../define-connector.ts';
import { isoSeconds } from '../../kernel/clock.ts';
import { readList } from './records.ts';

/** Both are served by api.infusionsoft.com; v1 is marked deprecated, v2 has no hooks (Keap, read 2026-11). */
export const V1 = '/crm/rest/v1';
export const V2 = '/crm/rest/v2';

/** Most records of a page: v1 `limit`, v2 `page_size` (Keap REST v1 and v2, read 2026-11). */
export const MAX_PAGE_SIZE = 1000;

/**
 * Which API orders are read by. v2 can be asked for what was modified since an instant (OpenAPI of 2026-08), but not
 * on every application: that of 2025-11 knew creation dates alone. v1 is read from its newest changes down.
 */
export type OrdersApi = 'v1' | 'v2';

/** What `discoverOrdersApi` found; v2 where nobody asked yet. */
export function ordersApiOf({ discovered }: Pick<ConnectorContext, 'discovered'>): OrdersApi {
  return isJsonObject(discovered) && discovered['ordersApi'] === 'v1' ? 'v1' : 'v2';
}

/** An application may get the newer filters any day, and lose them as well. */
const TTL_MS = 6 * 3_600_000;
const TEN_YEARS_MS = 10 * 365 * 86_400_000;

/**
 * Asks v2 for orders modified in ten years' time: a 400 (or 404) says that it cannot be asked, and a page that is
 * not empty that it does not listen.
 */
export const discoverOrdersApi: NonNullable<Resource['discover']> = {
  request: ({ now }) => ({
    method: 'GET',
    path: `${V2}/orders`,
    query: {
      filter: `modified_since_time==${isoSeconds(now + TEN_YEARS_MS)}`,
      order_by: 'modification_time asc',
      page_size: 1,
    },
    accept: [400, 404],
  }),
  read: (response): Json => {
    if (response.status < 300) {
      return { ordersApi: readList(response, 'orders').length === 0 ? 'v2' : 'v1' };
    }
    if (!isJsonObject(response.body)) {
      throw new UnreadableAnswer(`Keap answered with status ${response.status} and no JSON`);
    }
    return { ordersApi: 'v1' };
  },
  ttlMs: TTL_MS,
};
