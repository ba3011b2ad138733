import type { SimulatorClock } from '../core/clock.ts';
import { createRandom } from '../core/random.ts';
import type { Random } from '../core/random.ts';
import type { SalesforceStore } from './store.ts';

const DAY_MS = 86_400_000;
const FIRST_NAMES = ['Ada', 'Bruno', 'Chloé', 'Dmitri', 'Elif', 'Femi', 'Greta', 'Hiro', 'Inés', 'Jonas'];
const LAST_NAMES = ['Almeida', 'Berg', 'Castro', 'Dąbrowski', 'Eriksen', "O'Hara", 'Gupta', 'Hansen', 'Ito'];
const COMPANIES = [
  'Northwind Traders',
  'Bluebird Logistics',
  'Tallinn Timber',
  'Café Orléans',
  'Kestrel Robotics',
];
const CITIES = ['Tallinn', 'Porto', 'Lyon', 'Gdańsk', 'Bergen'];
const INDUSTRIES = ['Retail', 'Transportation', 'Manufacturing', 'Hospitality', 'Technology'];
const STAGES = ['Prospecting', 'Qualification', 'Negotiation/Review', 'Closed Won', 'Closed Lost'];

/** The users an org has before anything else; the first is an administrator. Returns their ids. */
export function seedUsers(store: SalesforceStore, username: string): string[] {
  const users = [
    { Username: username, FirstName: 'Ada', LastName: 'Almeida', Email: username },
    { Username: 'bea@acme.example', FirstName: 'Bea', LastName: 'Berg', Email: 'bea@acme.example' },
  ];
  return users.map((user) => store.of('User').create({ ...user, IsActive: true }, { silent: true }).id);
}

/** A small company: 5 accounts, 20 contacts, 8 leads, 12 opportunities, made and changed over the last 90 days. */
export function seedCompany({ clock }: { clock: SimulatorClock }, store: SalesforceStore): void {
  const random = createRandom(2026);
  const quiet = (): ReturnType<typeof past> => past(clock, random);
  const accountIds = COMPANIES.map((name, index) => {
    const address = { BillingStreet: `${random.int(1, 99)} Harbour Street`, BillingCity: CITIES[index] };
    const more = {
      Industry: INDUSTRIES[index],
      NumberOfEmployees: random.int(5, 500),
      Score__c: random.int(0, 100),
    };
    return store.accounts.create({ Name: name, Type: 'Customer', ...address, ...more }, quiet()).id;
  });
  for (let nth = 0; nth < 20; nth += 1) {
    store.contacts.create({ ...person(random, nth), AccountId: random.pick(accountIds) }, quiet());
  }
  for (let nth = 0; nth < 8; nth += 1) {
    store.leads.create({ ...person(random, 100 + nth), Company: `${random.pick(LAST_NAMES)} & Co` }, quiet());
  }
  for (let nth = 0; nth < 12; nth += 1) {
    const account = random.int(0, accountIds.length - 1);
    store.opportunities.create(
      {
        Name: `${COMPANIES[account]} ${random.pick(['renewal', 'pilot', 'expansion'])}`,
        AccountId: accountIds[account],
        StageName: random.pick(STAGES),
        CloseDate: new Date(clock.now() + random.int(-60, 90) * DAY_MS).toISOString().slice(0, 10),
        Amount: random.int(5, 400) * 100,
        Probability: 10,
      },
      quiet(),
    );
  }
}

/**
 * `count` more accounts, without telling triggers. `perSecond` of them share each second of their stamps (default 1,
 * a bulk load has thousands); the last second is the clock's present one.
 */
export function seedManyAccounts(
  { clock }: { clock: SimulatorClock },
  store: SalesforceStore,
  count: number,
  perSecond = 1,
): void {
  const random = createRandom(count);
  const now = clock.now();
  for (let nth = 0; nth < count; nth += 1) {
    const at = now - Math.floor((count - 1 - nth) / perSecond) * 1000;
    const values = { Name: `${random.pick(COMPANIES)} ${nth}`, Industry: random.pick(INDUSTRIES) };
    store.accounts.create(values, { silent: true, createdAt: at, updatedAt: at });
  }
}

function person(random: Random, nth: number): Record<string, unknown> {
  const FirstName = random.pick(FIRST_NAMES);
  const LastName = random.pick(LAST_NAMES);
  const Email = `${FirstName}.${LastName}.${nth}@customers.example`
    .normalize('NFKD')
    .replace(/[^\w.@]/g, '')
    .toLowerCase();
  return { FirstName, LastName, Email, Phone: `+372 5${random.int(100_0000, 999_9999)}` };
}

/** Made at some time in the last 90 days and changed some time after, not within the last hour. */
function past(clock: SimulatorClock, random: Random): { silent: true; createdAt: number; updatedAt: number } {
  const latest = clock.now() - 3_600_000;
  const createdAt = latest - random.int(0, 90 * DAY_MS);
  return { silent: true, createdAt, updatedAt: createdAt + Math.floor(random.next() * (latest - createdAt)) };
}
