import type { JsonObject } from '../../kernel/json.ts';
import type { ConnectorSamples } from '../testing/answers.ts';
import { presentOrder } from './records.ts';

/** Answers as Keap's REST v1 and v2 document them (OpenAPI of 2026-08, read 2026-11), for tests. */
export const orderV1: JsonObject = {
  id: 26,
  title: 'Starter course',
  status: 'PAID',
  recurring: false,
  total: 99,
  contact: { id: 7, email: 'ada@customers.example', first_name: 'Ada', last_name: 'Almeida' },
  order_date: '2026-11-20T09:00:00.000+0000',
  creation_date: '2026-11-20T09:00:05.000+0000',
  modification_date: '2026-11-20T09:16:40.000+0000',
  order_type: 'Online',
  source_type: 'CHECKOUT_FORM',
  total_paid: 99,
  total_due: 0,
  refund_total: 0,
  order_items: [
    { id: 1, jobRecurringId: 0, name: 'Starter course', quantity: 1, price: 99, product: { id: 1 } },
  ],
};

const money = (cents: number): JsonObject => ({
  amount: cents,
  currency_code: 'USD',
  formatted_amount: `$${cents / 100}`,
});

export const orderV2: JsonObject = {
  id: '26',
  title: 'Starter course',
  status: 'PAID',
  recurring: false,
  total: money(9900),
  contact: { id: '7', email: 'ada@customers.example', given_name: 'Ada', family_name: 'Almeida' },
  order_time: '2026-11-20T09:00:00Z',
  creation_time: '2026-11-20T09:00:05Z',
  modification_time: '2026-11-20T09:16:40Z',
  order_type: 'ONLINE',
  source_type: 'CHECKOUT_FORM',
  total_paid: money(9900),
  total_due: money(0),
  refund_total: money(0),
  refund_status: 'NOT_REFUNDED',
  invoice_id: '27',
  order_items: [
    { id: '1', name: 'Starter course', quantity: 1, price_per_unit: money(9900), product: { id: '1' } },
  ],
  custom_fields: [],
};

export const product: JsonObject = {
  id: 3,
  product_name: 'Workbook',
  sku: 'BOOK-01',
  product_price: 24.5,
  product_desc: 'A workbook',
  product_short_desc: null,
  status: 1,
  subscription_only: false,
  subscription_plans: [],
  product_options: [],
};

export const userInfo: JsonObject = {
  email: 'ada@acme.example',
  sub: '4236128',
  id: '1',
  keap_id: 'ada@acme.example',
  given_name: 'Ada',
  family_name: 'Almeida',
  is_admin: true,
  tenant_id: 'ab123.infusionsoft.com',
};

/** Headers of every answer to a signed-in client; those of the account hold two windows. */
export const limitHeaders = {
  'x-keap-product-quota-limit': '150000',
  'x-keap-product-quota-time-unit': 'day',
  'x-keap-product-quota-interval': '1',
  'x-keap-product-quota-available': '149000',
  'x-keap-product-quota-used': '1000',
  'x-keap-product-throttle-limit': '1500',
  'x-keap-product-throttle-time-unit': 'minute',
  'x-keap-product-throttle-interval': '1',
  'x-keap-product-throttle-available': '1400',
  'x-keap-product-throttle-used': '100',
  'x-keap-tenant-id': 'ab123.infusionsoft.com',
  'x-keap-tenant-throttle-limit': '10000|250000',
  'x-keap-tenant-throttle-time-unit': 'minute|day',
  'x-keap-tenant-throttle-interval': '1|1',
  'x-keap-tenant-throttle-available': '9000|240000',
  'x-keap-tenant-throttle-used': '1000|10000',
  'x-keap-product-spike-limit': '25ps',
};

export function listV2(orders: JsonObject[], token: string | null = null): JsonObject {
  return { orders, ...(token !== null && { next_page_token: token }) };
}

export function listV1(name: string, records: JsonObject[], count = records.length): JsonObject {
  return {
    [name]: records,
    count,
    next: 'https://api.infusionsoft.com/…',
    previous: 'https://api.infusionsoft.com/…',
  };
}

export const contractSamples: ConnectorSamples = {
  orders: {
    id: '26',
    pages: { changes: listV2([orderV2]) },
    list: listV2([orderV2]),
    readMany: listV2([orderV2]),
    one: orderV2,
  },
  products: {
    id: '3',
    pages: { all: listV1('products', [product]) },
    list: listV1('products', [product]),
    readMany: product,
    one: product,
  },
};

/** The same order as v2 shows it, under the names of both. */
export const shownOrderV2: JsonObject = presentOrder(orderV2);
