import { elementEntries } from '../elements/catalogue.ts';
import { presentElement } from '../elements/present.ts';
import { isoMillis } from '../kernel/clock.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { chooseMethod } from './choose-method.ts';
import { maskSecret } from './configuration-merge.ts';
import { secretKeys, type InstanceRecord } from './record.ts';
import type { EntryView, InstanceView } from './schema.ts';

/** An instance as clients see it. `hydrate` false leaves the configuration out. */
export function presentInstance(
  record: InstanceRecord,
  { publicUrl, hydrate = true }: { publicUrl: string; hydrate?: boolean },
): InstanceView {
  const { instance, connector, user } = record;
  const method = chooseMethod(connector, { configuration: instance.configuration, hasCode: false });
  const { attention } = instance;
  return {
    id: instance.id,
    name: instance.name,
    createdDate: isoMillis(instance.createdAt),
    token: record.token,
    element: presentElement(connector, method),
    elementId: connector.id,
    tags: instance.tags,
    provisionInteractions: [],
    valid: true,
    disabled: instance.disabled,
    maxCacheSize: 0,
    cacheTimeToLive: 0,
    ...(hydrate && { configuration: maskedConfiguration(record) }),
    eventsEnabled: instance.eventsEnabled,
    traceLoggingEnabled: false,
    cachingEnabled: false,
    externalAuthentication: 'none',
    user: { id: user.id, emailAddress: user.email, firstName: user.firstName, lastName: user.lastName },
    webhookUrl: webhookUrl(publicUrl, instance.elementKey, instance.id),
    ...(attention !== null && {
      attention: { kind: attention.kind, reason: attention.reason, since: isoMillis(attention.at) },
    }),
  };
}

/** The address of inbound webhooks of one instance; its id in base64, without padding. */
export function webhookUrl(publicUrl: string, elementKey: string, instanceId: number): string {
  const id = Buffer.from(String(instanceId)).toString('base64url');
  return `${publicUrl.replace(/\/+$/, '')}/elements/api-v2/events/${elementKey}/${id}`;
}

function maskedConfiguration({ instance, connector }: InstanceRecord): JsonObject {
  const isSecret = secretKeys(connector);
  return Object.fromEntries(
    Object.entries(instance.configuration).map(([key, value]) => [
      key,
      isSecret(key) ? maskSecret(key, value) : value,
    ]),
  );
}

/** The entries that are stored, in the element's order, then those it does not know. */
export function presentEntries(record: InstanceRecord): EntryView[] {
  const known = elementEntries(record.connector).map((entry) => entry.key);
  const unknown = [...record.entryIds.keys()].filter((key) => !known.includes(key));
  return [...known, ...unknown].flatMap((key) => presentEntry(record, key) ?? []);
}

/** One entry; undefined when the instance has none of that key. */
export function presentEntry(record: InstanceRecord, key: string): EntryView | undefined {
  const id = record.entryIds.get(key);
  if (id === undefined) return undefined;
  const entry = elementEntries(record.connector).find((candidate) => candidate.key === key);
  const value = record.instance.configuration[key];
  const shown = value !== undefined && entry?.secret === true ? maskSecret(key, value) : value;
  return {
    id,
    key,
    name: entry?.name ?? key,
    propertyValue: asText(shown),
    description: entry?.description ?? '',
    type: entry?.type ?? 'TEXTFIELD_1000',
    required: entry?.required ?? false,
    hideFromConsole: entry?.hideFromConsole ?? false,
    active: true,
  };
}

function asText(value: Json | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
