import type { PipedriveStore } from './store.ts';

/** A custom field's type name, as webhooks v2 show it. */
export interface CustomFieldDefinition {
  name: string;
  type: 'varchar' | 'double' | 'monetary' | 'enum' | 'set' | 'date';
}

/** One Pipedrive account: who it is, how to log in, and its records. */
export interface Company {
  id: number;
  name: string;
  /** `acme` of `acme.pipedrive.com`. */
  domain: string;
  store: PipedriveStore;
  /** 40-hex key → meaning. */
  customFields: Record<string, CustomFieldDefinition>;
  /** v1 shows null as the update time of a deal that was never changed; accounts differ in this. */
  newDealsLackUpdateTime: boolean;
}
