import type { SimulatorClock } from '../core/clock.ts';
import { createRandom } from '../core/random.ts';
import type { Random } from '../core/random.ts';
import { createStore } from '../core/store.ts';
import type { OwnerFields, Portal } from './portal.ts';
import { createHubSpotStore } from './store.ts';

const FIRST_NAMES = [
  'Ada',
  'Bruno',
  'Chloé',
  'Dmitri',
  'Elif',
  'Femi',
  'Greta',
  'Hiro',
  'Inés',
  'Jonas',
  'Kadri',
  'Luis',
];
const LAST_NAMES = [
  'Almeida',
  'Berg',
  'Castro',
  'Dąbrowski',
  'Eriksen',
  'Fischer',
  'Gupta',
  'Hansen',
  'Ito',
  'Jansen',
];
const COMPANIES = [
  'Northwind Traders',
  'Bluebird Logistics',
  'Tallinn Timber',
  'Café Orléans',
  'Kestrel Robotics',
];
const CITIES = ['Boston', 'Porto', 'Lyon', 'Gdańsk', 'Bergen'];
const DEALS = ['Annual licence', 'Pilot project', 'Support renewal', 'Warehouse scanners', 'Training days'];
const STAGES = [
  'appointmentscheduled',
  'qualifiedtobuy',
  'presentationscheduled',
  'contractsent',
  'closedwon',
];
const DAY_MS = 86_400_000;

type Past = { silent: true; createdAt: number; updatedAt: number };

/** An account with two owners and no other records. */
export function createPortal(
  { clock }: { clock: SimulatorClock },
  who: Pick<Portal, 'portalId' | 'name' | 'domain'>,
): Portal {
  const owners = createStore<number, OwnerFields>({
    clock,
    resolutionMs: 1,
    makeId: (nth) => 41_629_700 + nth,
  });
  const owner = (firstName: string, lastName: string, userId: number): void => {
    const email = `${firstName.toLowerCase()}@${who.domain}`;
    owners.create({ email, firstName, lastName, type: 'PERSON', userId }, { silent: true });
  };
  owner('Ada', 'Almeida', 501);
  owner('Bea', 'Berg', 502);
  return { ...who, timeZone: 'America/New_York', store: createHubSpotStore({ clock }), owners };
}

/** A small company: 5 companies, 20 contacts, 12 deals, made and changed over the last 90 days. */
export function seedPortal({ clock }: { clock: SimulatorClock }, { store }: Portal): void {
  const random = createRandom(2026);
  const past = (): Past => {
    const createdAt = clock.now() - random.int(10 * DAY_MS, 90 * DAY_MS);
    return { silent: true, createdAt, updatedAt: createdAt + random.int(0, 9 * DAY_MS) };
  };
  const companies = COMPANIES.map((name, index) => {
    const domain = `${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.example`;
    return store.companies.create({ name, domain, city: CITIES[index]! }, past());
  });
  const contacts = Array.from({ length: 20 }, (_, nth) => {
    const contact = store.contacts.create(contactProperties(random, nth + 1), past());
    store.contacts.associate(contact.id, 'companies', random.pick(companies).id, { silent: true });
    return contact;
  });
  for (let nth = 1; nth <= 12; nth += 1) {
    const deal = store.deals.create(
      {
        dealname: `${random.pick(DEALS)} for ${random.pick(COMPANIES)}`,
        amount: String(random.int(5, 400) * 100),
        pipeline: 'default',
        dealstage: random.pick(STAGES),
      },
      past(),
    );
    store.deals.associate(deal.id, 'contacts', random.pick(contacts).id, { silent: true });
    store.deals.associate(deal.id, 'companies', random.pick(companies).id, { silent: true });
  }
}

/**
 * `count` more contacts, without telling webhooks. `perStamp` of them share each millisecond of change (default 1);
 * the last millisecond is the clock's present one.
 */
export function seedManyContacts(
  { clock }: { clock: SimulatorClock },
  { store }: Portal,
  count: number,
  perStamp = 1,
): void {
  const random = createRandom(count);
  const stamps = Math.ceil(count / perStamp);
  for (let nth = 0; nth < count; nth += 1) {
    const at = clock.now() - (stamps - 1 - Math.floor(nth / perStamp));
    const properties = contactProperties(random, store.contacts.size() + 1);
    store.contacts.create(properties, { silent: true, createdAt: at, updatedAt: at });
  }
}

function contactProperties(random: Random, nth: number): Record<string, string> {
  const firstname = random.pick(FIRST_NAMES);
  const lastname = random.pick(LAST_NAMES);
  return {
    firstname,
    lastname,
    email: `${firstname}.${lastname}.${nth}@customers.example`.toLowerCase(),
    phone: `+1 617 555 ${String(random.int(0, 9999)).padStart(4, '0')}`,
    lifecyclestage: random.pick(['lead', 'opportunity', 'customer']),
  };
}
