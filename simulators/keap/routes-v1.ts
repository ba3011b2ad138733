import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { failureV1 } from './errors.ts';
import { findContacts, findOrders, findProducts, pageV1 } from './list-v1.ts';
import { contactV1, orderV1, productV1 } from './present-v1.ts';
import type { Contact } from './records.ts';
import type { KeapStore } from './store.ts';
import { readBody, readContact, readNewOrder, readProduct } from './write-body.ts';

const V1 = '/crm/rest/v1';

const idOf = ({ params }: SimulatorRequest): number => Number(params['id']);
const optionalOf = ({ query }: SimulatorRequest): string[] =>
  (query.get('optional_properties') ?? '').split(',');
const gone = (kind: string): SimulatorReply => failureV1(404, `${kind} not found`);

/** `/v1/orders`. There is no update: v2 has it. */
export function ordersV1(store: KeapStore): Route[] {
  const { orders } = store;
  return [
    {
      method: 'GET',
      path: `${V1}/orders`,
      handle: (request) => {
        const found = findOrders(store, request.query);
        if ('refusal' in found) return found.refusal;
        return pageV1(request, 'orders', found.records, (one) => orderV1(store, one));
      },
    },
    {
      method: 'GET',
      path: `${V1}/orders/:id`,
      handle: (request) => {
        const order = orders.get(idOf(request));
        return order ? { status: 200, body: orderV1(store, order) } : gone('Order');
      },
    },
    {
      method: 'POST',
      path: `${V1}/orders`,
      handle: (request) => {
        const fields = readNewOrder(store, readBody(request));
        if (typeof fields === 'string') return failureV1(400, fields);
        return { status: 201, body: orderV1(store, orders.create(fields)) };
      },
    },
    {
      method: 'DELETE',
      path: `${V1}/orders/:id`,
      handle: (request) => deleteOrder(store, request, failureV1),
    },
  ];
}

/** Only orders without payments can be deleted (vendor page, 2026-11). */
export function deleteOrder(
  { orders }: KeapStore,
  request: SimulatorRequest,
  refuse: (status: number, message: string) => SimulatorReply,
): SimulatorReply {
  const order = orders.get(idOf(request));
  if (!order) return refuse(404, 'Order not found');
  if (order.fields.paid > 0) return refuse(400, 'Order has payments or transactions and cannot be deleted');
  orders.erase(order.id);
  return { status: 204 };
}

/** `/v1/products`: no dates, no filter but `active`. */
export function productsV1(store: KeapStore): Route[] {
  const { products } = store;
  const withProduct = (request: SimulatorRequest, answer: (id: number) => SimulatorReply): SimulatorReply =>
    products.get(idOf(request)) ? answer(idOf(request)) : gone('Product');
  return [
    {
      method: 'GET',
      path: `${V1}/products`,
      handle: (request) =>
        pageV1(request, 'products', findProducts(store, request.query), productV1, { sync_token: 'sync-1' }),
    },
    {
      method: 'GET',
      path: `${V1}/products/:id`,
      handle: (request) =>
        withProduct(request, (id) => ({ status: 200, body: productV1(products.get(id)!) })),
    },
    {
      method: 'POST',
      path: `${V1}/products`,
      handle: (request) => {
        const fields = readProduct(readBody(request));
        if (!fields.product_name) return failureV1(400, 'product_name must not be blank');
        return { status: 201, body: productV1(products.create(fields)) };
      },
    },
    {
      method: 'PATCH',
      path: `${V1}/products/:id`,
      handle: (request) =>
        withProduct(request, (id) => ({
          status: 200,
          body: productV1(products.update(id, readProduct(readBody(request)))),
        })),
    },
    {
      method: 'DELETE',
      path: `${V1}/products/:id`,
      handle: (request) =>
        withProduct(request, (id) => {
          products.erase(id);
          return { status: 204 };
        }),
    },
  ];
}

/** `/v1/contacts`. */
export function contactsV1(store: KeapStore): Route[] {
  const { contacts } = store;
  return [
    {
      method: 'GET',
      path: `${V1}/contacts`,
      handle: (request) => {
        const found = findContacts(store, request.query);
        if ('refusal' in found) return found.refusal;
        return pageV1(request, 'contacts', found.records, (one) => contactV1(one, optionalOf(request)));
      },
    },
    {
      method: 'GET',
      path: `${V1}/contacts/:id`,
      handle: (request) => {
        const contact = contacts.get(idOf(request));
        return contact ? { status: 200, body: contactV1(contact, optionalOf(request)) } : gone('Contact');
      },
    },
    { method: 'POST', path: `${V1}/contacts`, handle: (request) => createContact(store, request) },
    {
      method: 'PUT',
      path: `${V1}/contacts`,
      handle: (request) => {
        const option = readBody(request)['duplicate_option'];
        if (option !== 'Email' && option !== 'EmailAndName')
          return failureV1(400, 'duplicate_option is required');
        const known = findDuplicate(store, request, option);
        return known ? changeContact(store, known.id, request) : createContact(store, request, 200);
      },
    },
    {
      method: 'PATCH',
      path: `${V1}/contacts/:id`,
      handle: (request) =>
        contacts.get(idOf(request)) ? changeContact(store, idOf(request), request) : gone('Contact'),
    },
    {
      method: 'DELETE',
      path: `${V1}/contacts/:id`,
      handle: (request) => {
        if (!contacts.get(idOf(request))) return gone('Contact');
        contacts.erase(idOf(request));
        return { status: 204 };
      },
    },
  ];
}

function createContact({ contacts }: KeapStore, request: SimulatorRequest, status = 201): SimulatorReply {
  const fields = readContact(readBody(request), true);
  if (typeof fields === 'string') return failureV1(400, fields);
  return { status, body: contactV1(contacts.create(fields)) };
}

function changeContact({ contacts }: KeapStore, id: number, request: SimulatorRequest): SimulatorReply {
  const fields = readContact(readBody(request), false);
  if (typeof fields === 'string') return failureV1(400, fields);
  return { status: 200, body: contactV1(contacts.update(id, fields)) };
}

function findDuplicate(
  { contacts }: KeapStore,
  request: SimulatorRequest,
  option: string,
): Contact | undefined {
  const fields = readContact(readBody(request), false);
  if (typeof fields === 'string' || !fields.email) return undefined;
  return contacts
    .sorted()
    .find(
      (one) =>
        one.fields.email === fields.email &&
        (option === 'Email' ||
          (one.fields.given_name === fields.given_name && one.fields.family_name === fields.family_name)),
    );
}
