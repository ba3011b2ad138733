import type { SimulatorClock } from '../core/clock.ts';
import { createRandom } from '../core/random.ts';
import type { Random } from '../core/random.ts';
import type { Fields } from './objects.ts';
import type { PardotStore } from './store.ts';

/** Field ids of the seeded prospects' custom fields. */
export const SEEDED_CUSTOM_FIELDS = ['Favourite_Product', 'Region'] as const;

const FIRST_NAMES = ['Ada', 'Bruno', 'Chloé', 'Dmitri', 'Elif', 'Femi', 'Greta', 'Hiro', 'Inés', 'Jonas'];
const LAST_NAMES = ['Almeida', 'Berg', 'Castro', 'Dąbrowski', 'Eriksen', 'Fischer', 'Gupta', 'Hansen'];
const COMPANIES = ['Northwind Traders', 'Bluebird Logistics', 'Tallinn Timber', 'Kestrel Robotics'];
const CAMPAIGNS = ['Website Tracking', 'Spring trade fair', 'Newsletter'];
const LISTS = ['Customers', 'Newsletter subscribers', 'Webinar of May', 'Press'];
const ACTIVITIES = ['Visit', 'Form', 'File', 'Landing Page'];
const DAY_MS = 86_400_000;

/** 3 campaigns, 4 lists, 20 prospects, 6 opportunities, 30 activities, of the last 90 days. */
export function seedBusinessUnit({ clock }: { clock: SimulatorClock }, store: PardotStore): void {
  const random = createRandom(2026);
  const quiet = (): ReturnType<typeof past> => past(clock, random);
  const campaigns = CAMPAIGNS.map((name) =>
    store.campaigns.create({ name, cost: random.int(0, 50) * 100 }, quiet()),
  );
  for (const name of LISTS)
    store.lists.create({ name, title: name, is_public: random.int(0, 1) === 1 }, quiet());
  const prospects = Array.from({ length: 20 }, (_, index) =>
    store.prospects.create(prospectFields(random, index, random.pick(campaigns).id), quiet()),
  );
  for (let nth = 1; nth <= 6; nth += 1) {
    store.opportunities.create(
      {
        name: `${random.pick(['Licence', 'Pilot', 'Renewal'])} for ${random.pick(COMPANIES)}`,
        value: random.int(5, 400) * 100,
        probability: random.int(1, 9) * 10,
        stage: random.pick(['Qualification', 'Proposal', 'Negotiation']),
        campaign_id: random.pick(campaigns).id,
        prospect_ids: [random.pick(prospects).id],
      },
      quiet(),
    );
  }
  for (let nth = 1; nth <= 30; nth += 1) {
    const { createdAt } = quiet();
    store.visitorActivities.create(
      {
        visitor_id: random.int(9000, 9050),
        prospect_id: random.pick(prospects).id,
        type_name: random.pick(ACTIVITIES),
        details: `https://www.acme.example/page-${random.int(1, 9)}`,
        campaign_id: campaigns[0]!.id,
      },
      { silent: true, createdAt, updatedAt: createdAt },
    );
  }
}

/** `count` prospects more, `perSecond` of them sharing each second of change; the last second is the present one. */
export function seedManyProspects(
  { clock }: { clock: SimulatorClock },
  store: PardotStore,
  count: number,
  perSecond = 1,
): void {
  const random = createRandom(count);
  for (let nth = 0; nth < count; nth += 1) {
    const at = clock.now() - Math.floor((count - 1 - nth) / perSecond) * 1000;
    const stamps = { silent: true, createdAt: at, updatedAt: at };
    store.prospects.create(prospectFields(random, nth, null), stamps);
  }
}

function prospectFields(random: Random, nth: number, campaignId: number | null): Fields {
  const first = random.pick(FIRST_NAMES);
  const last = random.pick(LAST_NAMES);
  return {
    first_name: first,
    last_name: last,
    email: `${first}.${last}.${nth}@customers.example`
      .normalize('NFKD')
      .replace(/[^\w.@]/g, '')
      .toLowerCase(),
    company: random.pick(COMPANIES),
    country: 'Estonia',
    score: random.int(0, 200),
    campaign_id: campaignId,
    Region: random.pick(['North', 'South', 'West']),
  };
}

/** Made at some time in the last 90 days and changed some time after, not within the last hour. */
function past(clock: SimulatorClock, random: Random): { silent: true; createdAt: number; updatedAt: number } {
  const latest = clock.now() - 3_600_000;
  const createdAt = latest - random.int(0, 90 * DAY_MS);
  return { silent: true, createdAt, updatedAt: createdAt + Math.floor(random.next() * (latest - createdAt)) };
}
