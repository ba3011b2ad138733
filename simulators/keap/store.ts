import type { SimulatorClock } from '../core/clock.ts';
import { createStore } from '../core/store.ts';
import type { Change, EntityStore, Lag, Stored, WriteOptions } from '../core/store.ts';
import { totalOf } from './records.ts';
import type { ContactFields, Order, OrderFields, OrderItem, ProductFields } from './records.ts';

export interface RecordStore<Fields extends object> extends Omit<
  EntityStore<number, Fields>,
  'create' | 'remove' | 'restore'
> {
  /** Missing fields get defaults. */
  create(fields: Partial<Fields>, options?: WriteOptions & { id?: number }): Stored<number, Fields>;
}

export interface PaymentOptions extends WriteOptions {
  /** Whether the payment moves the order's modification date; not documented, so both can be had. Default true. */
  touches?: boolean;
}

export interface OrderStore extends RecordStore<OrderFields> {
  /** Records a payment of `cents`; an order paid in full is PAID. */
  pay(id: number, cents: number, options?: PaymentOptions): Order;
}

/** One application (tenant). A deleted record leaves nothing behind: nothing lists deletions. */
export interface KeapStore {
  orders: OrderStore;
  products: RecordStore<ProductFields>;
  contacts: RecordStore<ContactFields>;
  /** Late visibility for all kinds at once; null ends it. */
  setLag(lag: Lag | null): void;
  /** Payments, for their own event key. */
  onPayment(listener: (order: Order) => void): () => void;
}

/** Stamps have whole seconds, as in every documented example (vendor page, 2026-11). */
const RESOLUTION_MS = 1000;

export function createKeapStore({ clock }: { clock: SimulatorClock }): KeapStore {
  const settings = { clock, resolutionMs: RESOLUTION_MS };
  const orders = createStore<number, OrderFields>({ ...settings, makeId: (nth) => nth });
  const products = createStore<number, ProductFields>({ ...settings, makeId: (nth) => nth });
  const contacts = createStore<number, ContactFields>({ ...settings, makeId: (nth) => nth });
  const payments = new Set<(order: Order) => void>();
  return {
    orders: {
      ...orders,
      create: (fields, options) => orders.create(newOrder(fields, clock.now()), options),
      pay(id, cents, { touches = true, ...options } = {}) {
        const order = orders.truth(id);
        if (!order) throw new Error(`there is no order ${id}`);
        const paid = order.fields.paid + cents;
        const status = paid >= totalOf(order.fields) ? 'PAID' : order.fields.status;
        const stamp = touches ? {} : { updatedAt: order.updatedAt };
        const after = orders.update(id, { paid, status }, { ...stamp, ...options });
        for (const listener of payments) listener(after);
        return after;
      },
    },
    products: { ...products, create: (fields, options) => products.create(newProduct(fields), options) },
    contacts: { ...contacts, create: (fields, options) => contacts.create(newContact(fields), options) },
    setLag: (lag) => [orders, products, contacts].forEach((one) => one.setLag(lag)),
    onPayment(listener) {
      payments.add(listener);
      return () => payments.delete(listener);
    },
  };
}

/** What a hook may tell of a change. */
export type Verb = 'add' | 'edit' | 'delete';

export function verbOf(kind: Change<number, OrderFields>['kind']): Verb {
  if (kind === 'created') return 'add';
  return kind === 'erased' ? 'delete' : 'edit';
}

function newOrder(given: Partial<OrderFields>, now: number): OrderFields {
  return {
    title: 'Untitled order',
    status: 'DRAFT',
    recurring: false,
    contact_id: 1,
    order_date: Math.floor(now / 1000) * 1000,
    order_type: 'Offline',
    source_type: 'UNKNOWN',
    lead_affiliate_id: 0,
    sales_affiliate_id: 0,
    notes: null,
    terms: null,
    promo_codes: [],
    items: [newItem(1, {})],
    paid: 0,
    refunded: 0,
    shipping_address: null,
    ...given,
  };
}

export function newItem(id: number, given: Partial<OrderItem>): OrderItem {
  return {
    id,
    product_id: 1,
    name: 'Item',
    description: null,
    quantity: 1,
    price: 3500,
    cost: 0,
    ...given,
  };
}

function newProduct(given: Partial<ProductFields>): ProductFields {
  return {
    product_name: 'Untitled product',
    sku: null,
    product_desc: null,
    product_short_desc: null,
    product_price: 0,
    active: true,
    subscription_only: false,
    ...given,
  };
}

function newContact(given: Partial<ContactFields>): ContactFields {
  return {
    given_name: null,
    family_name: null,
    email: null,
    phone: null,
    company_name: null,
    job_title: null,
    owner_id: null,
    ...given,
  };
}
