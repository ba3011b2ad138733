import type { SimulatorClock } from '../core/clock.ts';
import type { SObject } from './records.ts';
import type { Records, SalesforceStore } from './store.ts';

/** One Salesforce org: who it is and its records. */
export interface Org {
  clock: SimulatorClock;
  store: SalesforceStore;
  /** Classes, triggers and remote sites. */
  tooling: Records;
  /** The row of `Organization`. */
  organization: SObject;
  /** The user that consents and whose session the tokens are. */
  user: SObject;
  /** Production orgs take no Apex through the Tooling API. */
  isProduction: boolean;
}
