import { readJson } from '../core/route.ts';
import type { SimulatorRequest } from '../core/route.ts';
import type { Address, ContactFields, OrderFields, OrderItem, ProductFields } from './records.ts';
import { newItem } from './store.ts';
import type { KeapStore } from './store.ts';
import { readTime } from './time-format.ts';

export type Body = Record<string, unknown>;

export function readBody(request: SimulatorRequest): Body {
  const body = readJson(request);
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Body) : {};
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const cents = (value: unknown): number => Math.round(Number(value) * 100);

/** `POST /v1/orders`; a text is what is wrong. */
export function readNewOrder(store: KeapStore, body: Body): Partial<OrderFields> | string {
  const missing = ['contact_id', 'order_date', 'order_title', 'order_type', 'order_items'].filter(
    (name) => body[name] === undefined || body[name] === null,
  );
  if (missing.length > 0) return `${missing.join(', ')} must not be null`;
  const contactId = Number(body['contact_id']);
  if (!store.contacts.get(contactId)) return `contact ${String(body['contact_id'])} does not exist`;
  const orderDate = readTime(textOf(body['order_date']));
  if (orderDate === undefined) return 'order_date is no date';
  const type = body['order_type'];
  if (type !== 'Offline' && type !== 'Online') return 'order_type must be one of Offline, Online';
  const items = readItems(store, body['order_items']);
  if (typeof items === 'string') return items;
  return {
    title: textOf(body['order_title']) ?? '',
    contact_id: contactId,
    order_date: orderDate,
    order_type: type,
    items,
    source_type: 'API',
    promo_codes: Array.isArray(body['promo_codes']) ? body['promo_codes'].map(String) : [],
    lead_affiliate_id: Number(body['lead_affiliate_id'] ?? 0),
    sales_affiliate_id: Number(body['sales_affiliate_id'] ?? 0),
    shipping_address: (body['shipping_address'] as Address | undefined) ?? null,
  };
}

function readItems(store: KeapStore, given: unknown): OrderItem[] | string {
  if (!Array.isArray(given) || given.length === 0) return 'order_items must not be empty';
  const items: OrderItem[] = [];
  for (const [index, one] of (given as Body[]).entries()) {
    const product = store.products.get(Number(one['product_id']));
    if (!product) return `product ${String(one['product_id'])} does not exist`;
    const quantity = Number(one['quantity']);
    if (!Number.isInteger(quantity) || quantity < 1) return 'quantity must be at least 1';
    items.push(
      newItem(index + 1, {
        product_id: product.id,
        name: product.fields.product_name,
        description: textOf(one['description']),
        quantity,
        price: one['price'] === undefined ? product.fields.product_price : cents(one['price']),
      }),
    );
  }
  return items;
}

/** `PATCH /v2/orders/{id}`, only what `mask` names when it names anything; a text is what is wrong. */
export function readOrderPatch(body: Body, mask: readonly string[]): Partial<OrderFields> | string {
  const patch: Partial<OrderFields> = {};
  const unknown = mask.find((name) => !PATCHABLE.has(name));
  if (unknown !== undefined) return `update_mask: ${unknown}`;
  const wanted = (name: string): boolean => name in body && (mask.length === 0 || mask.includes(name));
  if (wanted('order_title')) patch.title = textOf(body['order_title']) ?? '';
  if (wanted('notes')) patch.notes = textOf(body['notes']);
  if (wanted('terms')) patch.terms = textOf(body['terms']);
  if (wanted('contact_id')) patch.contact_id = Number(body['contact_id']);
  if (wanted('order_time')) {
    const at = readTime(textOf(body['order_time']));
    if (at === undefined) return 'order_time';
    patch.order_date = at;
  }
  if (wanted('order_type')) {
    if (body['order_type'] !== 'OFFLINE' && body['order_type'] !== 'ONLINE') return 'order_type';
    patch.order_type = body['order_type'] === 'ONLINE' ? 'Online' : 'Offline';
  }
  if (wanted('shipping_address')) patch.shipping_address = body['shipping_address'] as Address;
  return patch;
}

const PATCHABLE: ReadonlySet<string> = new Set(
  `order_title notes terms contact_id order_time order_type shipping_address promo_codes lead_affiliate_id
  sales_affiliate_id custom_fields`.split(/\s+/),
);

/** `POST` and `PATCH /v1/products`. */
export function readProduct(body: Body): Partial<ProductFields> {
  const fields: Partial<ProductFields> = {};
  if ('product_name' in body) fields.product_name = textOf(body['product_name']) ?? '';
  if ('sku' in body) fields.sku = textOf(body['sku']);
  if ('product_desc' in body) fields.product_desc = textOf(body['product_desc']);
  if ('product_short_desc' in body) fields.product_short_desc = textOf(body['product_short_desc']);
  if ('product_price' in body) fields.product_price = cents(body['product_price']);
  if ('active' in body) fields.active = body['active'] === true;
  if ('subscription_only' in body) fields.subscription_only = body['subscription_only'] === true;
  return fields;
}

/** `POST`, `PUT` and `PATCH /v1/contacts`; a text is what is wrong. */
export function readContact(body: Body, isNew: boolean): Partial<ContactFields> | string {
  const fields: Partial<ContactFields> = {};
  const email = firstOf(body['email_addresses'], 'email');
  const phone = firstOf(body['phone_numbers'], 'number');
  if (isNew && email === null && phone === null)
    return 'Contact must have at least one email or phone number';
  if ('email_addresses' in body) fields.email = email;
  if ('phone_numbers' in body) fields.phone = phone;
  if ('given_name' in body) fields.given_name = textOf(body['given_name']);
  if ('family_name' in body) fields.family_name = textOf(body['family_name']);
  if ('job_title' in body) fields.job_title = textOf(body['job_title']);
  if ('owner_id' in body) fields.owner_id = Number(body['owner_id']);
  return fields;
}

function firstOf(list: unknown, name: string): string | null {
  const [first] = Array.isArray(list) ? (list as Body[]) : [];
  return textOf(first?.[name]);
}
