import { totalOf } from './records.ts';
import type { Contact, Order, OrderItem, Product } from './records.ts';
import type { KeapStore } from './store.ts';
import { timeV2 } from './time-format.ts';

/** v2's money: the smallest unit as an integer. */
function money(cents: number): Record<string, unknown> {
  return { amount: cents, currency_code: 'USD', formatted_amount: `$${(cents / 100).toFixed(2)}` };
}

/** An order of v2: ids as texts, `…_time` instead of `…_date`, enums in upper case. */
export function orderV2(
  store: KeapStore,
  { id, fields, createdAt, updatedAt }: Order,
): Record<string, unknown> {
  const contact = store.contacts.get(fields.contact_id)?.fields;
  return {
    id: String(id),
    title: fields.title,
    status: fields.status,
    recurring: fields.recurring,
    total: money(totalOf(fields)),
    contact: {
      id: String(fields.contact_id),
      email: contact?.email ?? null,
      given_name: contact?.given_name ?? null,
      family_name: contact?.family_name ?? null,
      company_name: contact?.company_name ?? null,
      job_title: contact?.job_title ?? null,
    },
    notes: fields.notes,
    terms: fields.terms,
    order_type: fields.order_type.toUpperCase(),
    source_type: fields.source_type,
    creation_time: timeV2(createdAt),
    modification_time: timeV2(updatedAt),
    order_time: timeV2(fields.order_date),
    due_time: null,
    sent_time: null,
    lead_affiliate_id: String(fields.lead_affiliate_id),
    sales_affiliate_id: String(fields.sales_affiliate_id),
    total_paid: money(fields.paid),
    total_due: money(totalOf(fields) - fields.paid),
    refund_total: money(fields.refunded),
    refund_status: fields.refunded === 0 ? 'NOT_REFUNDED' : 'PARTIALLY_REFUNDED',
    allow_payment: null,
    allow_paypal: null,
    invoice_id: String(id + 1),
    invoice_number: String(id),
    shipping_information: fields.shipping_address,
    order_items: fields.items.map((item) => itemV2(store, item)),
    payment_plan: null,
    custom_fields: [],
  };
}

function itemV2(store: KeapStore, item: OrderItem): Record<string, unknown> {
  const product = store.products.get(item.product_id)?.fields;
  return {
    id: String(item.id),
    name: item.name,
    description: item.description,
    notes: null,
    item_type: 'PRODUCT',
    quantity: item.quantity,
    price_per_unit: money(item.price),
    cost_per_unit: money(item.cost),
    product: {
      id: String(item.product_id),
      name: product?.product_name ?? item.name,
      sku: product?.sku ?? null,
      description: product?.product_desc ?? null,
    },
  };
}

export function productV2({ id, fields }: Product): Record<string, unknown> {
  return {
    id: String(id),
    name: fields.product_name,
    sku: fields.sku,
    description: fields.product_desc,
    short_description: fields.product_short_desc,
    price: money(fields.product_price),
    active: fields.active,
    subscription_only: fields.subscription_only,
  };
}

export function contactV2({ id, fields, createdAt, updatedAt }: Contact): Record<string, unknown> {
  return {
    id: String(id),
    given_name: fields.given_name,
    family_name: fields.family_name,
    company: fields.company_name === null ? null : { company_name: fields.company_name },
    email_addresses: fields.email === null ? [] : [{ email: fields.email, field: 'EMAIL1' }],
    phone_numbers: fields.phone === null ? [] : [{ number: fields.phone, field: 'PHONE1' }],
    owner_id: fields.owner_id === null ? null : String(fields.owner_id),
    create_time: timeV2(createdAt),
    update_time: timeV2(updatedAt),
  };
}
