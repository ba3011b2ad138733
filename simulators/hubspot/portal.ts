import type { EntityStore } from '../core/store.ts';
import type { HubSpotStore } from './store.ts';

export interface OwnerFields {
  email: string;
  firstName: string;
  lastName: string;
  type: 'PERSON' | 'QUEUE';
  userId: number;
}

/** One HubSpot account: who it is, and its records. */
export interface Portal {
  portalId: number;
  name: string;
  /** `acme.example`, the hub domain. */
  domain: string;
  timeZone: string;
  store: HubSpotStore;
  owners: EntityStore<number, OwnerFields>;
}
