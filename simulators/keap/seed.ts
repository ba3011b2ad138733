import type { SimulatorClock } from '../core/clock.ts';
import { createRandom } from '../core/random.ts';
import type { Random } from '../core/random.ts';
import { newItem } from './store.ts';
import type { KeapStore } from './store.ts';

const NAMES = ['Ada Almeida', 'Bruno Berg', 'Chloé Castro', 'Dmitri Dahl', 'Elif Eriksen', 'Femi Fischer'];
const COMPANIES = ['Northwind Traders', 'Bluebird Logistics', 'Kestrel Robotics', null];
const PRODUCTS: ReadonlyArray<[name: string, sku: string, cents: number]> = [
  ['Starter course', 'COURSE-1', 9900],
  ['Coaching hour', 'COACH-60', 15000],
  ['Workbook', 'BOOK-01', 2450],
  ['Yearly membership', 'MEMBER-Y', 49900],
  ['Gift card', 'GIFT-25', 2500],
];
const DAY_MS = 86_400_000;

/** A small shop: 5 products, 12 contacts, 20 orders, made and changed over the last 90 days. */
export function seedShop({ clock }: { clock: SimulatorClock }, store: KeapStore): void {
  const random = createRandom(321);
  for (const [product_name, sku, product_price] of PRODUCTS) {
    const product_desc = `${product_name}, as sold in our shop`;
    store.products.create({ product_name, sku, product_price, product_desc }, past(clock, random));
  }
  for (let nth = 1; nth <= 12; nth += 1) {
    const [given_name = null, family_name = null] = random.pick(NAMES).split(' ');
    store.contacts.create(
      {
        given_name,
        family_name,
        email: `${given_name}.${nth}@customers.example`
          .normalize('NFKD')
          .replace(/[^\w.@]/g, '')
          .toLowerCase(),
        phone: `+1 602 555 ${String(random.int(0, 9999)).padStart(4, '0')}`,
        company_name: random.pick(COMPANIES),
      },
      past(clock, random),
    );
  }
  for (let nth = 1; nth <= 20; nth += 1) {
    const order = orderFields(random, 12);
    const paid = random.int(0, 2) === 0 ? 0 : order.items[0].price * order.items[0].quantity;
    store.orders.create({ ...order, paid, status: paid > 0 ? 'PAID' : 'SENT' }, past(clock, random));
  }
}

/**
 * `count` more orders, without telling hooks. `perSecond` of them share each second of their modification (default
 * 1); the last second is the clock's present one.
 */
export function seedManyOrders(
  { clock }: { clock: SimulatorClock },
  store: KeapStore,
  count: number,
  perSecond = 1,
): void {
  const random = createRandom(count);
  for (let nth = 0; nth < count; nth += 1) {
    const at = clock.now() - Math.floor((count - 1 - nth) / perSecond) * 1000;
    store.orders.create(orderFields(random, 1), { silent: true, createdAt: at, updatedAt: at });
  }
}

function orderFields(
  random: Random,
  contacts: number,
): { title: string; contact_id: number; items: [ReturnType<typeof newItem>] } {
  const index = random.int(0, PRODUCTS.length - 1);
  const [name, , price] = PRODUCTS[index]!;
  const item = newItem(1, { product_id: index + 1, name, price, quantity: random.int(1, 3) });
  return { title: `${name} for a customer`, contact_id: random.int(1, contacts), items: [item] };
}

/** Made at some time in the last 90 days and changed some time after, not within the last hour. */
function past(clock: SimulatorClock, random: Random): { silent: true; createdAt: number; updatedAt: number } {
  const latest = clock.now() - 3_600_000;
  const createdAt = latest - random.int(0, 90 * DAY_MS);
  return { silent: true, createdAt, updatedAt: createdAt + Math.floor(random.next() * (latest - createdAt)) };
}
