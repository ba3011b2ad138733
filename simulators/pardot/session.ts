import type { SimulatorClock } from '../core/clock.ts';
import type { Access } from './access.ts';
import type { Account } from './account.ts';

/** What every Pardot route needs. */
export interface Session {
  clock: SimulatorClock;
  account: Account;
  access: Access;
}
