import type { Filter, Grammar } from './query-v2.ts';
import type { Contact, Order, Product } from './records.ts';
import { readTime } from './time-format.ts';

const EQUALS = ['=='];
const ORDERED = ['==', '!=', '<', '<=', '>', '>='];

function equals<T>(read: (one: T) => string | number | boolean | null): Filter<T> {
  return {
    operators: EQUALS,
    compile: (_operator, value) => (one) => String(read(one)) === value,
  };
}

/** A trailing `*` is any ending; case does not matter. */
function text<T>(read: (one: T) => string | null): Filter<T> {
  return {
    operators: EQUALS,
    compile: (_operator, value) => {
      const wanted = value.toLowerCase();
      return (one) => {
        const own = (read(one) ?? '').toLowerCase();
        return wanted.endsWith('*') ? own.startsWith(wanted.slice(0, -1)) : own === wanted;
      };
    },
  };
}

function time<T>(holds: (one: T, at: number) => boolean): Filter<T> {
  return {
    operators: EQUALS,
    compile: (_operator, value) => {
      const at = readTime(value);
      return at === undefined ? undefined : (one) => holds(one, at);
    },
  };
}

function compare(operator: string, a: number, b: number): boolean {
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

const ids: Filter<{ id: number }> = {
  operators: EQUALS,
  compile: (_operator, value) => {
    const wanted = new Set(value.split(',').map(Number));
    return (one) => wanted.has(one.id);
  },
};

const id: Filter<{ id: number }> = {
  operators: ORDERED,
  compile: (operator, value) =>
    /^\d+$/.test(value) ? (one) => compare(operator, one.id, Number(value)) : undefined,
};

export interface OrderGrammarOptions {
  /** Whether `modified_…_time` and ordering by `modification_time` are there: not in the spec of 2025-11. */
  modified: boolean;
  /** Whether `modified_since_time` includes its own second; not documented. */
  sinceIncludes: boolean;
}

export function orderGrammar({ modified, sinceIncludes }: OrderGrammarOptions): Grammar<Order> {
  const shipping = (name: string): Filter<Order> =>
    equals((one) => String(one.fields.shipping_address?.[name] ?? ''));
  return {
    name: 'orders',
    usual: 'id asc',
    orders: {
      id: (one) => one.id,
      order_time: (one) => one.fields.order_date,
      ...(modified && { modification_time: (one: Order) => one.updatedAt }),
    },
    filters: {
      id,
      ids,
      product_id: {
        operators: EQUALS,
        compile: (_operator, value) => (one) =>
          one.fields.items.some((item) => String(item.product_id) === value),
      },
      contact_id: equals((one) => one.fields.contact_id),
      invoice_id: equals((one) => one.id + 1),
      paid: equals((one) => one.fields.status === 'PAID'),
      title: text((one) => one.fields.title),
      order_type: equals((one) => one.fields.order_type.toUpperCase()),
      shipping_locality: shipping('locality'),
      shipping_region_code: shipping('region'),
      shipping_postal_code: shipping('zip_code'),
      shipping_country_code: shipping('country_code'),
      created_since_time: time((one, at) => one.createdAt >= at),
      created_until_time: time((one, at) => one.createdAt <= at),
      ...(modified && {
        modified_since_time: time<Order>(
          (one, at) => one.updatedAt > at || (sinceIncludes && one.updatedAt === at),
        ),
        modified_until_time: time<Order>((one, at) => one.updatedAt <= at),
      }),
    },
  };
}

export const CONTACT_GRAMMAR: Grammar<Contact> = {
  name: 'contacts',
  usual: 'id asc',
  orders: {
    id: (one) => one.id,
    email: (one) => one.fields.email ?? '',
    create_time: (one) => one.createdAt,
    update_time: (one) => one.updatedAt,
  },
  filters: {
    email: text((one) => one.fields.email),
    given_name: text((one) => one.fields.given_name),
    family_name: text((one) => one.fields.family_name),
    start_update_time: time((one, at) => one.updatedAt >= at),
    end_update_time: time((one, at) => one.updatedAt <= at),
  },
};

/** No date can be filtered; the stamp it can be ordered by is not shown in the records. */
export const PRODUCT_GRAMMAR: Grammar<Product> = {
  name: 'products',
  usual: 'id asc',
  orders: {
    id: (one) => one.id,
    name: (one) => one.fields.product_name,
    last_updated_time: (one) => one.updatedAt,
  },
  filters: { active: equals((one) => one.fields.active), name: text((one) => one.fields.product_name) },
};
