import type { SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { failureV1 } from './errors.ts';
import type { Contact, Order, Product } from './records.ts';
import type { KeapStore } from './store.ts';
import { readTime } from './time-format.ts';

const MOST = 1000;

/** What a list request asks for; a text is what is wrong with it. */
interface Paging {
  limit: number;
  offset: number;
}

function readPaging(query: URLSearchParams): Paging | string {
  const limit = Number(query.get('limit') ?? MOST);
  const offset = Number(query.get('offset') ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) return `limit must be between 1 and ${MOST}`;
  if (!Number.isInteger(offset) || offset < 0) return 'offset must not be negative';
  return { limit, offset };
}

/** `{<name>, count, next, previous}`. `next` is there whether or not a page follows (vendor page, 2026-11). */
export function pageV1<T>(
  request: SimulatorRequest,
  name: string,
  matching: readonly T[],
  present: (one: T) => unknown,
  more: Record<string, unknown> = {},
): SimulatorReply {
  const paging = readPaging(request.query);
  if (typeof paging === 'string') return failureV1(400, paging);
  const { limit, offset } = paging;
  const at = (start: number): string => {
    const query = new URLSearchParams(request.query);
    query.set('limit', String(limit));
    query.set('offset', String(Math.max(0, start)));
    return `${request.origin}${request.path}/?${query.toString()}`;
  };
  return {
    status: 200,
    body: {
      [name]: matching.slice(offset, offset + limit).map(present),
      count: matching.length,
      next: at(offset + limit),
      previous: at(offset - limit),
      ...more,
    },
  };
}

type Matching<T> = { records: readonly T[] } | { refusal: SimulatorReply };

/** `since` and `until`; undefined is no bound. */
function readBounds(query: URLSearchParams): { since?: number; until?: number } | string {
  const bounds: { since?: number; until?: number } = {};
  for (const name of ['since', 'until'] as const) {
    if (!query.has(name)) continue;
    const at = readTime(query.get(name));
    if (at === undefined) return `${name} is no date`;
    bounds[name] = at;
  }
  return bounds;
}

/**
 * Orders as `GET /v1/orders` lists them: newest first, by `order_date`, `update_date` or (default) creation.
 * Which date `since` and `until` compare is not documented; here it is the creation, the worst case for a poller.
 */
export function findOrders(store: KeapStore, query: URLSearchParams): Matching<Order> {
  const bounds = readBounds(query);
  if (typeof bounds === 'string') return { refusal: failureV1(400, bounds) };
  const order = query.get('order');
  if (order !== null && order !== 'order_date' && order !== 'update_date') {
    return { refusal: failureV1(400, `order must be one of order_date, update_date`) };
  }
  const { since = -Infinity, until = Infinity } = bounds;
  const contactId = query.get('contact_id');
  const productId = query.get('product_id');
  const paid = query.get('paid');
  const records = store.orders
    .sorted(order === 'update_date' ? 'updatedAt' : 'createdAt')
    .filter(({ fields, createdAt }) => {
      if (createdAt < since || createdAt > until) return false;
      if (contactId !== null && fields.contact_id !== Number(contactId)) return false;
      if (productId !== null && !fields.items.some((item) => item.product_id === Number(productId)))
        return false;
      return paid === null || (fields.status === 'PAID') === (paid === 'true');
    })
    .reverse();
  if (order === 'order_date')
    records.sort((a, b) => b.fields.order_date - a.fields.order_date || b.id - a.id);
  return { records };
}

const CONTACT_ORDERS: Record<string, (one: Contact) => string | number> = {
  id: (one) => one.id,
  date_created: (one) => one.createdAt,
  last_updated: (one) => one.updatedAt,
  name: (one) => `${one.fields.family_name ?? ''} ${one.fields.given_name ?? ''}`,
  firstName: (one) => one.fields.given_name ?? '',
  email: (one) => one.fields.email ?? '',
};

/** Contacts: `since` and `until` compare `last_updated`, which is documented here. */
export function findContacts(store: KeapStore, query: URLSearchParams): Matching<Contact> {
  const bounds = readBounds(query);
  if (typeof bounds === 'string') return { refusal: failureV1(400, bounds) };
  const key = CONTACT_ORDERS[query.get('order') ?? 'id'];
  if (!key) return { refusal: failureV1(400, 'order is not one of the allowed attributes') };
  const { since = -Infinity, until = Infinity } = bounds;
  const wanted = (name: string, value: string | null): boolean =>
    !query.has(name) || query.get(name)?.toLowerCase() === value?.toLowerCase();
  const records = store.contacts
    .sorted()
    .filter(({ updatedAt, fields }) => {
      if (updatedAt < since || updatedAt > until) return false;
      return (
        wanted('email', fields.email) &&
        wanted('given_name', fields.given_name) &&
        wanted('family_name', fields.family_name)
      );
    })
    .sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.id - b.id));
  return { records: query.get('order_direction') === 'DESCENDING' ? records.reverse() : records };
}

export function findProducts(store: KeapStore, query: URLSearchParams): readonly Product[] {
  const active = query.get('active');
  return store.products
    .sorted()
    .filter(({ fields }) => active === null || fields.active === (active === 'true'));
}
