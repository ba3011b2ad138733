import type { SimulatorClock } from '../core/clock.ts';
import type { SimulatorRequest } from '../core/route.ts';
import type { Access, Caller } from './access.ts';
import type { Company } from './company.ts';
import type { Subscriptions } from './subscriptions.ts';

/** What every Pipedrive route needs. */
export interface Session {
  clock: SimulatorClock;
  companies: readonly Company[];
  access: Access;
  /** Who is asking; known for every route but login and OAuth. */
  callerOf(request: SimulatorRequest): Caller;
  subscriptionsOf(company: Company): Subscriptions;
}
