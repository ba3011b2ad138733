import type { ElementDetail, ElementEntryView } from '../../../src/elements/schema.ts';
import type { InstanceView } from '../../../src/instances/schema.ts';
import { BASE } from '../api/client.ts';
import type { InstanceRequest } from './queries.ts';

/** Everything the form holds; a value is the text of an entry, `true`/`false` for switches. */
export interface FormValues {
  name: string;
  tags: string[];
  entries: Record<string, string>;
}

export const METHOD_KEY = 'authentication.type';
export const EVENTS_KEY = 'event.notification.enabled';
export const TYPE_KEY = 'event.vendor.type';
export const CALLBACK_KEY = 'event.notification.callback.url';
export const SIGNATURE_KEY = 'event.notification.signature.key';
export const OBJECTS_KEY = 'event.objects';
export const INTERVAL_KEY = 'event.poller.refresh_interval';
export const POLLING_KEY = 'event.poller.configuration';
export const SETUP_KEY = 'event.vendor.setup';
export const OAUTH_CALLBACK_KEY = 'oauth.callback.url';

/** Entries with a place of their own in the form. */
const PLACED = new Set([
  METHOD_KEY,
  EVENTS_KEY,
  TYPE_KEY,
  CALLBACK_KEY,
  SIGNATURE_KEY,
  OBJECTS_KEY,
  INTERVAL_KEY,
  POLLING_KEY,
  SETUP_KEY,
  'event.metadata',
]);

export function entryOf(element: ElementDetail, key: string): ElementEntryView | undefined {
  return element.configuration.find((entry) => entry.key === key);
}

export function defaultOf(element: ElementDetail, key: string): string {
  return entryOf(element, key)?.defaultValue ?? '';
}

/** The form of a new instance, or of one there is. */
export function initialValues(element: ElementDetail, instance?: InstanceView): FormValues {
  const stored = instance?.configuration ?? {};
  const entries = Object.fromEntries(
    element.configuration.map(({ key, defaultValue }) => {
      const value = stored[key];
      return [key, value === undefined || value === null ? (defaultValue ?? '') : asText(value)];
    }),
  );
  if (instance === undefined) {
    entries[EVENTS_KEY] = 'true';
    if (entryOf(element, OAUTH_CALLBACK_KEY) !== undefined) {
      entries[OAUTH_CALLBACK_KEY] = `${location.origin}${BASE}/oauth/callback`;
    }
  } else if (stored[METHOD_KEY] === undefined) {
    entries[METHOD_KEY] = instance.element.authentication.type;
  }
  return { name: instance?.name ?? '', tags: instance?.tags ?? [], entries };
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function methodOf(element: ElementDetail, { entries }: FormValues): string {
  return entries[METHOD_KEY] || element.authentication.type;
}

export function isOAuth(element: ElementDetail, values: FormValues): boolean {
  return methodOf(element, values) === 'oauth2';
}

/** The credentials of the chosen way to sign in: those that are required, and what else may be said. */
export function credentialEntries(element: ElementDetail, values: FormValues) {
  const method = methodOf(element, values);
  const own = element.configuration.filter(({ key }) => !PLACED.has(key) && !key.startsWith('event.'));
  const required = own.filter(({ requiredFor }) => requiredFor.includes(method));
  const optional = own.filter(
    (entry) => entry.requiredFor.length === 0 && (method === 'oauth2' || !entry.key.startsWith('oauth.')),
  );
  return { required, optional: byPlace(optional) };
}

/** Event entries without a place of their own. */
export function furtherEventEntries(element: ElementDetail): ElementEntryView[] {
  return byPlace(element.configuration.filter(({ key }) => !PLACED.has(key) && key.startsWith('event.')));
}

function byPlace(entries: ElementEntryView[]): ElementEntryView[] {
  return [...entries].sort(
    (a, b) => Number(a.hideFromConsole) - Number(b.hideFromConsole) || a.displayOrder - b.displayOrder,
  );
}

/** What is missing before the request makes sense, by entry key (`name` for the name). */
export function problemsOf(element: ElementDetail, values: FormValues): Record<string, string> {
  const problems: Record<string, string> = {};
  if (values.name.trim() === '') problems['name'] = 'Give it a name.';
  for (const { key, name } of credentialEntries(element, values).required) {
    if ((values.entries[key] ?? '').trim() === '') problems[key] = `${name} is required.`;
  }
  const callback = values.entries[CALLBACK_KEY] ?? '';
  if (callback !== '' && !/^https?:\/\/\S+$/.test(callback)) {
    problems[CALLBACK_KEY] = 'An address that begins with http:// or https://.';
  }
  if (values.entries[EVENTS_KEY] === 'true' && usesPolling(values)) {
    const polling = values.entries[POLLING_KEY] ?? '';
    if (polling !== '' && !isJsonObject(polling)) problems[POLLING_KEY] = 'This is not a JSON object.';
  }
  return problems;
}

export function usesPolling({ entries }: FormValues): boolean {
  return entries[TYPE_KEY] !== 'webhook';
}

export function usesWebhooks({ entries }: FormValues): boolean {
  return entries[TYPE_KEY] === 'webhook' || entries[TYPE_KEY] === 'both';
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The body of `POST /instances`: what differs from the defaults, and what events need. */
export function createRequest(element: ElementDetail, values: FormValues): InstanceRequest {
  const areEventsOn = values.entries[EVENTS_KEY] === 'true';
  const method = methodOf(element, values);
  const hasChoice = entryOf(element, METHOD_KEY)?.hideFromConsole === false;
  const configuration: Record<string, unknown> = {};
  for (const { key, requiredFor } of element.configuration) {
    const value = (values.entries[key] ?? '').trim();
    if (value === '' || (requiredFor.length > 0 && !requiredFor.includes(method))) continue;
    if (key === METHOD_KEY) {
      if (hasChoice) configuration[key] = value;
      continue;
    }
    const isAlwaysSent = key === EVENTS_KEY || (areEventsOn && key === TYPE_KEY);
    if (!isAlwaysSent && value === (defaultOf(element, key) || undefined)) continue;
    configuration[key] = key === POLLING_KEY && isJsonObject(value) ? JSON.parse(value) : value;
  }
  return {
    element: { key: element.key },
    name: values.name.trim(),
    ...(values.tags.length > 0 && { tags: values.tags }),
    configuration,
  };
}

/** The body of `PATCH /instances/{id}`: only what was changed. */
export function changeRequest(before: FormValues, after: FormValues): Partial<InstanceRequest> {
  const configuration = Object.fromEntries(
    Object.entries(after.entries)
      .filter(([key, value]) => value !== before.entries[key])
      .map(([key, value]) => [
        key,
        key === POLLING_KEY && isJsonObject(value) ? (JSON.parse(value) as unknown) : value,
      ]),
  );
  return {
    ...(after.name !== before.name && { name: after.name.trim() }),
    ...(after.tags.join('\n') !== before.tags.join('\n') && { tags: after.tags }),
    ...(Object.keys(configuration).length > 0 && { configuration }),
  };
}
