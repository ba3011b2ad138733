import type { Ceql } from '../../ceql/tree.ts';
import type { CompiledWhere, Resource } from '../define-connector.ts';
import { discoverOrdersApi, ordersApiOf, V1, V2 } from './api.ts';
import { ordersFeed, productsFeed } from './feeds.ts';
import { ordersListing, productsListing } from './listing.ts';
import { shareWhere } from './orders-query.ts';
import { ordersByIds, productsByIds } from './read-many.ts';
import { ID_PATTERN, idOf, presentOrder, readRecord } from './records.ts';
import { toNewOrder, toOrderPatch } from './write-body.ts';

/** Raised when the shape of the records changes in a release; which API orders come from is no matter of it. */
const SHAPE_VERSION = 1;

const one = (path: string, id: string): string => `${path}/${encodeURIComponent(id)}`;

/**
 * Orders. They are read by v2 where the application has its newer filters, else by v1, in every place alike. They are
 * created by v1 and changed by v2, which alone can; both take the other's ids.
 */
const orders: Resource = {
  name: 'orders',
  vendorObject: 'order',
  aliases: [],
  idField: 'id',
  idAliases: [],
  idPattern: ID_PATTERN,
  shapeVersion: SHAPE_VERSION,
  discover: discoverOrdersApi,
  list: ordersListing,
  compileWhere: (where, context) => shareWhere(ordersApiOf(context), where),
  get: {
    request: (id, _fields, context) => ({
      method: 'GET',
      path: one(`${ordersApiOf(context) === 'v1' ? V1 : V2}/orders`, id),
    }),
    read: (response) => ({ record: presentOrder(readRecord(response)) }),
  },
  create: {
    request: (body) => ({ method: 'POST', path: `${V1}/orders`, json: toNewOrder(body) }),
    // v1 answers in its own shape: the record is read again in the one that is shown everywhere.
    read: (response) => ({ id: idOf(response.body) }),
  },
  update: {
    request: (id, body) => {
      const { mask, changes } = toOrderPatch(body);
      // What a PATCH without a mask leaves alone is not documented: no change is a look at the order.
      if (mask === '') return { method: 'GET', path: one(`${V2}/orders`, id) };
      return { method: 'PATCH', path: one(`${V2}/orders`, id), query: { update_mask: mask }, json: changes };
    },
    read: (response) => {
      idOf(response.body);
      return { sameId: true };
    },
  },
  remove: { request: (id) => ({ method: 'DELETE', path: one(`${V1}/orders`, id) }) },
  polling: {
    default: {
      url: "/hubs/ecommerce/orders?where=since='${date:yyyy-MM-dd'T'HH:mm:ssXXX}'",
      idField: 'id',
      datesConfiguration: {
        updatedDateField: 'modification_date',
        updatedDateFormat: "yyyy-MM-dd'T'HH:mm:ssXXX",
        createdDateField: 'creation_date',
        createdDateFormat: "yyyy-MM-dd'T'HH:mm:ssXXX",
      },
    },
    feeds: (context) => [ordersFeed(ordersApiOf(context))],
    readMany: (context) => ordersByIds(ordersApiOf(context)),
    // No sweep: Keap's policy forbids regular full exports (read 2026-11), and deletions are listed nowhere.
    deletions: 'none',
  },
};

/** Products, by v1: its records are those that old configurations know. */
const products: Resource = {
  name: 'products',
  vendorObject: 'product',
  aliases: [],
  idField: 'id',
  idAliases: [],
  idPattern: ID_PATTERN,
  shapeVersion: SHAPE_VERSION,
  list: productsListing,
  compileWhere: compileProductsWhere,
  get: {
    request: (id) => ({ method: 'GET', path: one(`${V1}/products`, id) }),
    read: (response) => ({ record: readRecord(response) }),
  },
  create: {
    request: (body) => ({ method: 'POST', path: `${V1}/products`, json: body }),
    read: (response) => ({ record: readRecord(response) }),
  },
  update: {
    request: (id, body) => ({ method: 'PATCH', path: one(`${V1}/products`, id), json: body }),
    read: (response) => ({ record: readRecord(response) }),
  },
  remove: { request: (id) => ({ method: 'DELETE', path: one(`${V1}/products`, id) }) },
  polling: {
    default: { url: '/hubs/ecommerce/products', idField: 'id', datesConfiguration: {} },
    feeds: () => [productsFeed()],
    readMany: () => productsByIds(),
    deletions: 'none',
  },
};

/** Keap filters products by `active` alone, which they do not show (they have `status`); the rest is evaluated here. */
function compileProductsWhere(where: Ceql): CompiledWhere {
  const terms = where.type === 'and' ? where.terms : [where];
  const active = terms.filter((term) => term.type === 'compare' && term.field === 'active');
  const rest = terms.filter((term) => !active.includes(term));
  const values = active.map((term) =>
    term.type === 'compare' && term.operator === '=' ? String(term.value.value).toLowerCase() : '',
  );
  if (values.some((value) => value !== 'true' && value !== 'false') || new Set(values).size > 1) {
    return { problem: 'Keap filters products by active only with = true or = false' };
  }
  const [only] = rest;
  return {
    pushed: values[0] === undefined ? null : { active: values[0] },
    rest: rest.length > 1 ? { type: 'and', terms: rest } : (only ?? null),
  };
}

export const resources: readonly Resource[] = [orders, products];
