import { DEFAULT_REFRESH_MINUTES } from '../elements/event-entries.ts';
import { headerProblem } from '../egress/request-headers.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import {
  isAbsent,
  readBoolean,
  readChoice,
  readHttpUrl,
  readInteger,
  readJsonObject,
  readNameList,
  readSecret,
  readText,
  type Reading,
} from './entry-values.ts';
import type { Instance } from './instance.ts';

/** Everything the event keys of an instance say, typed; `null` is "not set". */
export interface EventSettings {
  enabled: boolean;
  vendorType: (typeof VENDOR_TYPES)[number];
  vendorSetup: (typeof VENDOR_SETUPS)[number];
  callbackUrl: string | null;
  /** Null: notifications are unsigned. */
  signatureKey: string | null;
  callbackHeaders: Record<string, string>;
  /** HTTP Basic of the callback. */
  basic: BasicCredentials | null;
  inbound: {
    /** The vendor's signing secret: `event.inbound.signature.key`, else `oauth.api.secret`. */
    signatureKey: string | null;
    token: string | null;
    basic: BasicCredentials | null;
  };
  /** Null: the connector's. */
  instanceFinder: InstanceFinder | null;
  /** As sent; empty: all. */
  objects: string[];
  refreshIntervalMinutes: number;
  /** The entries as sent (or the element's default), unchecked; empty without any. */
  pollerConfiguration: JsonObject;
  /** The `polling` part of `event.metadata`, by vendor object; empty where the element has none. */
  pollerMetadata: JsonObject;
  pollerUrls: string | null;
  baseline: (typeof BASELINES)[number] | null;
  /** 0: never. Null: the resource's own default. */
  reconcileIntervalMinutes: number | null;
  snapshot: boolean;
  ordered: boolean;
  format: NotificationFormat;
  filterResponseNulls: boolean;
}

const VENDOR_TYPES = ['polling', 'webhook', 'both'] as const;
/** The old product's plural. */
const VENDOR_TYPE_ALIASES = { webhooks: 'webhook' } as const;
const VENDOR_SETUPS = ['auto', 'manual'] as const;
const BASELINES = ['full'] as const;

interface BasicCredentials {
  username: string;
  password: string;
}

/** Which configuration entry (or `id` of the vendor account) is found where in an inbound payload. */
interface InstanceFinder {
  configKey: string;
  payloadPath: string;
}

const NOTIFICATION_FORMATS = ['elements', 'standard-webhooks', 'cloudevents'] as const;
type NotificationFormat = (typeof NOTIFICATION_FORMATS)[number];

/** Beyond this every interval is "never": 1,900 years, still a date both JavaScript and PostgreSQL can hold. */
const MAX_MINUTES = 1_000_000_000;

/** How each key is read. A problem names what is wrong with what was sent. */
const READERS = {
  'event.notification.enabled': readBoolean,
  'event.vendor.type': (value: Json) => readChoice(value, VENDOR_TYPES, VENDOR_TYPE_ALIASES),
  'event.vendor.setup': (value: Json) => readChoice(value, VENDOR_SETUPS),
  'event.notification.callback.url': readHttpUrl,
  'event.notification.signature.key': readSecret,
  'event.notification.callback.headers': readHeaders,
  'event.notification.basic.username': readSecret,
  'event.notification.basic.password': readSecret,
  'event.inbound.signature.key': readSecret,
  'event.inbound.token': readSecret,
  'event.inbound.basic.username': readSecret,
  'event.inbound.basic.password': readSecret,
  'event.notification.instance.finder': readFinder,
  'event.objects': readNameList,
  'event.poller.refresh_interval': (value: Json) => readMinutes(value, 1),
  'event.poller.configuration': readJsonObject,
  'event.metadata': readJsonObject,
  'event.poller.urls': readText,
  'event.poller.baseline': (value: Json) => readChoice(value, BASELINES),
  'event.poller.reconcile_interval': (value: Json) => readMinutes(value, 0),
  'event.objects.snapshot': readBoolean,
  'event.notification.ordered': readBoolean,
  'event.notification.format': (value: Json) => readChoice(value, NOTIFICATION_FORMATS),
  'filter.response.nulls': readBoolean,
} satisfies Record<string, (value: Json) => Reading<unknown>>;

type EventKey = keyof typeof READERS;
type ValueOf<K extends EventKey> = Extract<ReturnType<(typeof READERS)[K]>, { value: unknown }>['value'];

/** What is wrong with the event keys of a configuration, each as `<key> <problem>`. */
export function eventProblems(configuration: JsonObject): string[] {
  return Object.entries(READERS).flatMap(([key, read]) => {
    const value = configuration[key];
    if (value === undefined || isAbsent(value)) return [];
    const reading = read(value);
    return 'problem' in reading ? [`${key} ${reading.problem}`] : [];
  });
}

/** Whether the key is one whose value `eventProblems` judges. */
export function isEventKey(key: string): boolean {
  return Object.hasOwn(READERS, key);
}

/** The typed reading of an instance's event keys. What was refused when it was sent cannot be here: it is not set. */
export function readEventSettings({ configuration }: Pick<Instance, 'configuration'>): EventSettings {
  const get = <K extends EventKey>(key: K): ValueOf<K> | null => {
    const value = configuration[key];
    if (value === undefined || isAbsent(value)) return null;
    const reading = READERS[key](value);
    return 'value' in reading ? reading.value : null;
  };
  const metadata = get('event.metadata')?.['polling'];
  return {
    enabled: get('event.notification.enabled') ?? false,
    vendorType: get('event.vendor.type') ?? 'polling',
    vendorSetup: get('event.vendor.setup') ?? 'manual',
    callbackUrl: get('event.notification.callback.url'),
    signatureKey: get('event.notification.signature.key'),
    callbackHeaders: get('event.notification.callback.headers') ?? {},
    basic: basic(get('event.notification.basic.username'), get('event.notification.basic.password')),
    inbound: {
      signatureKey: get('event.inbound.signature.key') ?? textOrNull(configuration['oauth.api.secret']),
      token: get('event.inbound.token'),
      basic: basic(get('event.inbound.basic.username'), get('event.inbound.basic.password')),
    },
    instanceFinder: get('event.notification.instance.finder'),
    objects: get('event.objects') ?? [],
    refreshIntervalMinutes: get('event.poller.refresh_interval') ?? DEFAULT_REFRESH_MINUTES,
    pollerConfiguration: get('event.poller.configuration') ?? {},
    pollerMetadata: typeof metadata === 'object' && !Array.isArray(metadata) ? (metadata ?? {}) : {},
    pollerUrls: get('event.poller.urls'),
    baseline: get('event.poller.baseline'),
    reconcileIntervalMinutes: get('event.poller.reconcile_interval'),
    snapshot: get('event.objects.snapshot') ?? false,
    ordered: get('event.notification.ordered') ?? false,
    format: get('event.notification.format') ?? 'elements',
    filterResponseNulls: get('filter.response.nulls') ?? true,
  };
}

function basic(username: string | null, password: string | null): BasicCredentials | null {
  return username === null && password === null
    ? null
    : { username: username ?? '', password: password ?? '' };
}

function textOrNull(value: Json | undefined): string | null {
  return value === undefined || isAbsent(value) || typeof value !== 'string' ? null : value;
}

function readMinutes(value: Json, min: number): Reading<number> {
  const reading = readInteger(value, min);
  return 'value' in reading ? { value: Math.min(reading.value, MAX_MINUTES) } : reading;
}

/** Headers that every notification carries already. */
const OUR_HEADERS = /^(?:content-type|user-agent|elements-webhook-.*|webhook-.*)$/i;

function readHeaders(value: Json): Reading<Record<string, string>> {
  const object = readJsonObject(value);
  if ('problem' in object) return object;
  const headers: Record<string, string> = {};
  for (const [name, raw] of Object.entries(object.value)) {
    const text = readSecret(raw);
    if ('problem' in text) return { problem: `must give header ${JSON.stringify(name)} a text` };
    const problem = headerProblem(name, text.value);
    if (problem !== undefined) return { problem: `is unusable: ${problem}` };
    if (OUR_HEADERS.test(name)) {
      return { problem: `must not hold "${name}", which every notification carries already` };
    }
    headers[name] = text.value;
  }
  return { value: headers };
}

function readFinder(value: Json): Reading<InstanceFinder> {
  const parts = typeof value === 'string' ? value.split('|').map((part) => part.trim()) : [];
  const [configKey, payloadPath] = parts;
  if (parts.length !== 2 || !configKey || !payloadPath) {
    return { problem: 'must be configKey|payload.path' };
  }
  return { value: { configKey, payloadPath } };
}
