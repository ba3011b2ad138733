import type { EpochMs } from '../core/clock.ts';
import type { Stored } from '../core/store.ts';

/** Money is kept in the smallest unit (cents); v1 shows it in units, v2 as an object. */
export interface OrderItem {
  id: number;
  product_id: number;
  name: string;
  description: string | null;
  quantity: number;
  price: number;
  cost: number;
}

/** As the API takes it: `line1`, `locality`, `region`, `zip_code`, `country_code` … */
export type Address = Record<string, string | boolean | null>;

export interface OrderFields {
  title: string;
  status: 'DRAFT' | 'SENT' | 'VIEWED' | 'PAID';
  recurring: boolean;
  contact_id: number;
  /** Set by the user at will: no stamp of a change. */
  order_date: EpochMs;
  order_type: 'Online' | 'Offline';
  source_type: 'INVOICE' | 'API' | 'CHECKOUT_FORM' | 'MANUAL_PAYMENT' | 'UNKNOWN';
  lead_affiliate_id: number;
  sales_affiliate_id: number;
  notes: string | null;
  terms: string | null;
  promo_codes: string[];
  items: OrderItem[];
  paid: number;
  refunded: number;
  shipping_address: Address | null;
}

export interface ProductFields {
  product_name: string;
  sku: string | null;
  product_desc: string | null;
  product_short_desc: string | null;
  product_price: number;
  active: boolean;
  subscription_only: boolean;
}

export interface ContactFields {
  given_name: string | null;
  family_name: string | null;
  email: string | null;
  phone: string | null;
  company_name: string | null;
  job_title: string | null;
  owner_id: number | null;
}

export type Order = Stored<number, OrderFields>;
export type Product = Stored<number, ProductFields>;
export type Contact = Stored<number, ContactFields>;

/** Sum of an order's items in cents. */
export function totalOf({ items }: OrderFields): number {
  return items.reduce((sum, item) => sum + item.price * item.quantity, 0);
}
