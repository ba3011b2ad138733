import type { PardotStore } from './store.ts';

/** One business unit and the rules its edition and settings give it. */
export interface Account {
  id: number;
  company: string;
  /** `Pardot-Business-Unit-Id`: 18 characters, 0Uv…. */
  businessUnitId: string;
  /** Several prospects with one e-mail: such accounts must use version 4, others version 3. */
  ampsea: boolean;
  /** Where its day ends, and the offset of v5's times. */
  timezone: string;
  /** The API user's own, in which v3 and v4 read and write times. */
  userTimezone: string;
  /** With one, opportunities cannot be written. */
  hasCrmConnector: boolean;
  /** Field ids of the prospects' custom fields. */
  customFields: readonly string[];
  store: PardotStore;
}
