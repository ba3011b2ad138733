import type { Connector } from '../connectors/define-connector.ts';
import { elementDefaults, elementEntries, findElement } from '../elements/catalogue.ts';
import { Fault } from '../kernel/errors.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { Vault } from '../vault/vault.ts';
import type { Instance } from './instance.ts';
import type { EntryRow, InstanceRow } from './queries.ts';
import { entryPlace, tokenPlace } from './sealed-places.ts';

/** An instance with what only its own routes need. */
export interface InstanceRecord {
  instance: Instance;
  connector: Connector;
  token: string;
  user: { id: number; email: string; firstName: string; lastName: string };
  /** What was sent and what the sign-in added, secrets in the clear; without defaults. */
  values: JsonObject;
  /** Every stored entry's id by key, those that stand for a default too. */
  entryIds: Map<string, number>;
}

export interface RecordDeps {
  vault: Vault;
  connectors: readonly Connector[];
}

/** @throws VaultError when a secret cannot be opened. */
export function recordOf({ vault, connectors }: RecordDeps, row: InstanceRow): InstanceRecord {
  const connector = findElement(connectors, row.element_key);
  if (connector === undefined) {
    throw new Fault('internal', `Instance ${row.id} is of ${row.element_key}, which this release lacks.`);
  }
  const values = valuesOf(vault, row.id, row.entries);
  const configuration = withDefaults(connector, values);
  const instance: Instance = {
    id: row.id,
    accountId: row.account_id,
    userId: row.user_id,
    name: row.name,
    elementKey: row.element_key,
    tags: row.tags,
    configuration,
    disabled: row.disabled,
    eventsEnabled: row.events_enabled,
    configVersion: row.config_version,
    tenantId: row.tenant_id,
    facts: row.facts,
    attention: row.attention,
    createdAt: row.created_at,
  };
  return {
    instance,
    connector,
    token: vault.openText(row.token_sealed, tokenPlace(row.id)),
    user: { id: row.user_id, email: row.email, firstName: row.first_name, lastName: row.last_name },
    values,
    entryIds: new Map(row.entries.map((entry) => [entry.key, entry.id])),
  };
}

function valuesOf(vault: Vault, instanceId: number, entries: readonly EntryRow[]): JsonObject {
  return Object.fromEntries(
    entries.flatMap(({ key, value, sealed }) => {
      if (sealed === null) return value === null ? [] : [[key, value] as const];
      const text = vault.openText(Buffer.from(sealed, 'base64'), entryPlace(instanceId, key));
      return [[key, JSON.parse(text) as Json] as const];
    }),
  );
}

/** What an instance's configuration is read as: the element's defaults, overlaid with what is set. */
export function withDefaults(connector: Connector, values: JsonObject): JsonObject {
  return { ...elementDefaults(connector), ...values };
}

/** Whether the connector's entry of that key is a secret; keys it does not know are none. */
export function secretKeys(connector: Connector): (key: string) => boolean {
  const secret = new Set(elementEntries(connector).flatMap((entry) => (entry.secret ? [entry.key] : [])));
  return (key) => secret.has(key);
}
