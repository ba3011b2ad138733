import type { EpochMs } from '../kernel/clock.ts';
import type { Json, JsonObject } from '../kernel/json.ts';

/** A connected vendor account, as the rooms downstream see it. Never leaves the process: secrets are in the clear. */
export interface Instance {
  id: number;
  accountId: number;
  userId: number;
  name: string;
  elementKey: string;
  tags: string[];
  /** Everything sent, the connector's defaults, and the decrypted secrets, by dotted key. */
  configuration: JsonObject;
  disabled: boolean;
  /** `event.notification.enabled` as a boolean. */
  eventsEnabled: boolean;
  configVersion: number;
  /** The vendor account's id (company, portal, organization); null before the first sign-in. */
  tenantId: string | null;
  facts: { [key: string]: Json };
  attention: Attention | null;
  createdAt: EpochMs;
}

/** Why a person must act. */
export interface Attention {
  kind: 'reauthorize' | 'polling_disabled' | 'webhook_setup' | 'deletions_held';
  reason: string;
  at: EpochMs;
}

/**
 * What must happen elsewhere when an instance comes, changes or goes; `main` passes in those of polling,
 * webhooks and delivery. `started` and `changed` are awaited before the request is answered (the baseline of
 * polling is read there) and must not throw for a vendor's failure: they record it on their own rows.
 */
export interface Lifecycle {
  started(instance: Instance): Promise<void>;
  /** Also for enabling, disabling and new credentials. */
  changed(before: Instance, after: Instance): Promise<void>;
  /** Runs before the rows are deleted. */
  removed(instance: Instance): Promise<void>;
}
