import type { Route, SimulatorReply } from '../core/route.ts';
import { failureV2 } from './errors.ts';
import { CONTACT_GRAMMAR, orderGrammar, PRODUCT_GRAMMAR } from './grammar-v2.ts';
import type { OrderGrammarOptions } from './grammar-v2.ts';
import { contactV2, orderV2, productV2 } from './present-v2.ts';
import { listV2 } from './query-v2.ts';
import { deleteOrder } from './routes-v1.ts';
import type { KeapStore } from './store.ts';
import { readBody, readOrderPatch } from './write-body.ts';

const V2 = '/crm/rest/v2';

/** `/v2/orders`, and the lists and reads of products and contacts. */
export function routesV2(store: KeapStore, options: OrderGrammarOptions): Route[] {
  const { orders, products, contacts } = store;
  const refuse = (status: number, message: string): SimulatorReply =>
    failureV2(status, message, 'order', 'orders');
  return [
    {
      method: 'GET',
      path: `${V2}/orders`,
      handle: (request) =>
        listV2(request, [...orders.sorted()], orderGrammar(options), (one) => orderV2(store, one)),
    },
    readOne('orders', (id) => {
      const order = orders.get(id);
      return order && orderV2(store, order);
    }),
    {
      method: 'PATCH',
      path: `${V2}/orders/:id`,
      handle: (request) => {
        const id = Number(request.params['id']);
        if (!orders.get(id)) return refuse(404, 'Order not found');
        const mask = request.query.getAll('update_mask').flatMap((one) => one.split(','));
        const patch = readOrderPatch(readBody(request), mask);
        if (typeof patch === 'string') return failureV2(400, `Invalid value: ${patch}`, patch, 'orders');
        return { status: 200, body: orderV2(store, orders.update(id, patch)) };
      },
    },
    {
      method: 'DELETE',
      path: `${V2}/orders/:id`,
      handle: (request) => deleteOrder(store, request, refuse),
    },
    {
      method: 'GET',
      path: `${V2}/products`,
      handle: (request) => listV2(request, [...products.sorted()], PRODUCT_GRAMMAR, productV2),
    },
    readOne('products', (id) => {
      const product = products.get(id);
      return product && productV2(product);
    }),
    {
      method: 'GET',
      path: `${V2}/contacts`,
      handle: (request) => listV2(request, [...contacts.sorted()], CONTACT_GRAMMAR, contactV2),
    },
    readOne('contacts', (id) => {
      const contact = contacts.get(id);
      return contact && contactV2(contact);
    }),
  ];
}

function readOne(kind: string, read: (id: number) => Record<string, unknown> | undefined): Route {
  return {
    method: 'GET',
    path: `${V2}/${kind}/:id`,
    handle: ({ params }) => {
      const body = read(Number(params['id']));
      return body ? { status: 200, body } : failureV2(404, 'Not found', kind.slice(0, -1), kind);
    },
  };
}
