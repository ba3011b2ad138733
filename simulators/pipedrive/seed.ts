import type { SimulatorClock } from '../core/clock.ts';
import { createRandom } from '../core/random.ts';
import type { Random } from '../core/random.ts';
import type { Company, CustomFieldDefinition } from './company.ts';
import type { PipedriveStore } from './store.ts';

/** Keys of the seeded company's custom fields. */
const INDUSTRY_FIELD = '5cc799445f8401d92d2f40030900228916b0921d';
export const SCORE_FIELD = 'f699f454bfc8aaa65063207da2a4ddd89bd4c640';
export const SEEDED_FIELDS: Record<string, CustomFieldDefinition> = {
  [INDUSTRY_FIELD]: { name: 'Industry', type: 'varchar' },
  [SCORE_FIELD]: { name: 'Lead score', type: 'double' },
};

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
const CITIES = ['Tallinn', 'Porto', 'Lyon', 'Gdańsk', 'Bergen'];
const DEALS = ['Annual licence', 'Pilot project', 'Support renewal', 'Warehouse scanners', 'Training days'];
const DAY_MS = 86_400_000;

/** Two users besides the first. Ids go on from the company's first user. */
export function seedUsers({ store }: Company, first: { name: string; email: string }): void {
  const quiet = { silent: true };
  store.users.create({ ...first, is_admin: true }, quiet);
  store.users.create({ name: 'Bea Berg', email: 'bea@acme.example' }, quiet);
  store.users.create({ name: 'Carlos Castro', email: 'carlos@acme.example', role_id: 2 }, quiet);
}

/** A small company: 5 organizations, 20 persons, 12 deals, made and changed over the last 90 days. */
export function seedCompany({ clock }: { clock: SimulatorClock }, { store }: Company): void {
  const random = createRandom(2026);
  const quiet = (): { silent: true; createdAt: number; updatedAt: number } => past(clock, random);
  for (const [index, name] of COMPANIES.entries()) {
    const city = CITIES[index] ?? null;
    const address = { value: `${random.int(1, 99)} Harbour Street, ${city}`, locality: city };
    const custom_fields = { [INDUSTRY_FIELD]: random.pick(['Retail', 'Logistics', 'Manufacturing']) };
    store.organizations.create({ name, address, custom_fields }, quiet());
  }
  for (let nth = 1; nth <= 20; nth += 1) store.persons.create(personFields(random, nth, 5), quiet());
  for (let nth = 1; nth <= 12; nth += 1) {
    const status = random.pick(['open', 'open', 'open', 'won', 'lost'] as const);
    store.deals.create(
      {
        title: `${random.pick(DEALS)} for ${random.pick(COMPANIES)}`,
        value: random.int(5, 400) * 100,
        person_id: random.int(1, 20),
        org_id: random.int(1, 5),
        stage_id: random.int(1, 4),
        status,
      },
      quiet(),
    );
  }
}

/**
 * `count` more persons, without telling webhooks. `perSecond` of them share each second of update time
 * (default 1); the last second is the clock's present one.
 */
export function seedManyPersons(
  { clock }: { clock: SimulatorClock },
  store: PipedriveStore,
  count: number,
  perSecond = 1,
): void {
  const random = createRandom(count);
  const now = clock.now();
  for (let nth = 0; nth < count; nth += 1) {
    const at = now - Math.floor((count - 1 - nth) / perSecond) * 1000;
    store.persons.create(personFields(random, nth, 0), { silent: true, createdAt: at, updatedAt: at });
  }
}

function personFields(
  random: Random,
  nth: number,
  organizations: number,
): Parameters<PipedriveStore['persons']['create']>[0] {
  const first = random.pick(FIRST_NAMES);
  const last = random.pick(LAST_NAMES);
  const value = `${first}.${last}.${nth}@customers.example`
    .normalize('NFKD')
    .replace(/[^\w.@]/g, '')
    .toLowerCase();
  return {
    name: `${first} ${last}`,
    emails: [{ value, primary: true, label: 'work' }],
    phones: [{ value: `+372 5${random.int(100_0000, 999_9999)}`, primary: true, label: 'mobile' }],
    org_id: organizations > 0 ? random.int(1, organizations) : null,
    custom_fields: { [SCORE_FIELD]: random.int(0, 100) },
  };
}

/** Made at some time in the last 90 days and changed some time after, not within the last hour. */
function past(clock: SimulatorClock, random: Random): { silent: true; createdAt: number; updatedAt: number } {
  const latest = clock.now() - 3_600_000;
  const createdAt = latest - random.int(0, 90 * DAY_MS);
  return { silent: true, createdAt, updatedAt: createdAt + Math.floor(random.next() * (latest - createdAt)) };
}
