import { totalOf } from './records.ts';
import type { Address, Contact, Order, OrderItem, Product } from './records.ts';
import type { KeapStore } from './store.ts';
import { timeV1 } from './time-format.ts';

const units = (cents: number): number => cents / 100;

/** An order of v1: mixed snake and camel case, money in currency units, ids as numbers. */
export function orderV1(
  store: KeapStore,
  { id, fields, createdAt, updatedAt }: Order,
): Record<string, unknown> {
  const contact = store.contacts.get(fields.contact_id)?.fields;
  return {
    id,
    title: fields.title,
    status: fields.status,
    recurring: fields.recurring,
    total: units(totalOf(fields)),
    contact: {
      id: fields.contact_id,
      email: contact?.email ?? null,
      first_name: contact?.given_name ?? null,
      last_name: contact?.family_name ?? null,
      company_name: contact?.company_name ?? null,
      job_title: contact?.job_title ?? null,
    },
    notes: fields.notes,
    terms: fields.terms,
    order_type: fields.order_type,
    source_type: fields.source_type,
    creation_date: timeV1(createdAt, id),
    modification_date: timeV1(updatedAt, id),
    order_date: timeV1(fields.order_date, id),
    lead_affiliate_id: fields.lead_affiliate_id,
    sales_affiliate_id: fields.sales_affiliate_id,
    total_paid: units(fields.paid),
    total_due: units(totalOf(fields) - fields.paid),
    refund_total: units(fields.refunded),
    allow_payment: null,
    allow_paypal: null,
    invoice_number: id,
    shipping_information: fields.shipping_address === null ? null : shippingV1(id, fields.shipping_address),
    order_items: fields.items.map((item) => itemV1(store, item)),
    payment_plan: null,
  };
}

function itemV1(store: KeapStore, item: OrderItem): Record<string, unknown> {
  const product = store.products.get(item.product_id)?.fields;
  return {
    id: item.id,
    jobRecurringId: 0,
    name: item.name,
    description: item.description,
    type: 'Product',
    notes: null,
    quantity: item.quantity,
    cost: units(item.cost),
    price: units(item.price),
    discount: null,
    specialId: 0,
    specialAmount: 0,
    specialPctOrAmt: null,
    product: {
      id: item.product_id,
      name: product?.product_name ?? item.name,
      sku: product?.sku ?? null,
      description: product?.product_desc ?? null,
      taxable: true,
      shippable: true,
    },
    subscriptionPlan: null,
  };
}

function shippingV1(id: number, address: Address): Record<string, unknown> {
  const text = (name: string): unknown => address[name] ?? null;
  return {
    id,
    first_name: text('first_name'),
    middle_name: text('middle_name'),
    last_name: text('last_name'),
    company: text('company'),
    phone: text('phone'),
    street1: text('line1'),
    street2: text('line2'),
    city: text('locality'),
    state: text('region'),
    zip: text('zip_code'),
    country: text('country_code'),
    invoiceToCompany: false,
  };
}

/** No dates at all. */
export function productV1({ id, fields }: Product): Record<string, unknown> {
  return {
    id,
    url: `https://ab123.infusionsoft.com/app/storeFront/showProductDetail?productId=${id}`,
    status: fields.active ? 1 : 0,
    product_options: [],
    subscription_plans: [],
    sku: fields.sku,
    subscription_only: fields.subscription_only,
    product_name: fields.product_name,
    product_desc: fields.product_desc,
    product_price: units(fields.product_price),
    product_short_desc: fields.product_short_desc,
    sub_category_id: 0,
  };
}

/** `optional`: the names of `optional_properties`; the rest of them is left out. */
export function contactV1(contact: Contact, optional: readonly string[] = []): Record<string, unknown> {
  const { id, fields, createdAt, updatedAt } = contact;
  const more: Record<string, unknown> = {
    job_title: fields.job_title,
    custom_fields: [],
    lead_source_id: 0,
  };
  return {
    id,
    given_name: fields.given_name,
    family_name: fields.family_name,
    middle_name: null,
    company: fields.company_name === null ? null : { id: 0, company_name: fields.company_name },
    email_addresses: fields.email === null ? [] : [{ email: fields.email, field: 'EMAIL1' }],
    phone_numbers:
      fields.phone === null
        ? []
        : [
            {
              number: fields.phone,
              number_e164: fields.phone.replace(/[^+\d]/g, ''),
              extension: null,
              field: 'PHONE1',
              type: null,
            },
          ],
    addresses: [],
    tag_ids: [],
    owner_id: fields.owner_id,
    email_opted_in: false,
    email_status: 'UnengagedNonMarketable',
    ScoreValue: null,
    date_created: timeV1(createdAt, id),
    last_updated: timeV1(updatedAt, id),
    last_updated_utc_millis: updatedAt,
    ...Object.fromEntries(optional.filter((name) => name in more).map((name) => [name, more[name]])),
  };
}
