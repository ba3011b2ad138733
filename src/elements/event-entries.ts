import type { ConfigurationEntry, Connector } from '../connectors/define-connector.ts';

/** Polls every fifteen minutes unless told. */
export const DEFAULT_REFRESH_MINUTES = 15;

/**
 * The entries every element has beside its own: what notifications go where, what is watched and how. Labels are
 * those of the product whose clients we serve; an element may carry others (`OVERRIDES`).
 */
const EVENT_ENTRIES: readonly ConfigurationEntry[] = [
  {
    key: 'event.notification.enabled',
    name: 'Events Enabled',
    description: 'Whether changes are detected and delivered at all.',
    type: 'BOOLEAN',
    defaultValue: 'false',
  },
  {
    key: 'event.vendor.type',
    name: 'Event Type',
    description:
      'How changes are found: polling, webhook, or both (a webhook then only hints at what to read).',
    type: 'SELECT',
    options: ['polling', 'webhook', 'both'],
  },
  {
    key: 'event.vendor.setup',
    name: 'Webhook Setup',
    description:
      'auto: the webhook is created at the vendor for you. manual: you paste the webhook URL there.',
    type: 'SELECT',
    options: ['auto', 'manual'],
    defaultValue: 'manual',
  },
  {
    key: 'event.notification.callback.url',
    name: 'Event Notification Callback URL',
    description: 'Where notifications are POSTed; http or https.',
    type: 'TEXTFIELD_1000',
  },
  {
    key: 'event.notification.signature.key',
    name: 'Callback Notification Signature Key',
    description: 'Signs every notification (HMAC-SHA256). Empty: unsigned.',
    type: 'PASSWORD',
    secret: true,
  },
  {
    key: 'event.notification.callback.headers',
    name: 'Callback Headers',
    description: 'A JSON object of further headers sent with every notification.',
    type: 'TEXTAREA',
    secret: true,
  },
  {
    key: 'event.notification.basic.username',
    name: 'Callback User Name',
    description: 'HTTP Basic for the callback.',
    type: 'TEXTFIELD_1000',
  },
  {
    key: 'event.notification.basic.password',
    name: 'Callback Password',
    description: 'HTTP Basic for the callback.',
    type: 'PASSWORD',
    secret: true,
  },
  {
    key: 'event.inbound.signature.key',
    name: 'Vendor Signing Secret',
    description: 'The secret the vendor signs its webhooks with, where it is not the OAuth secret.',
    type: 'PASSWORD',
    secret: true,
  },
  {
    key: 'event.inbound.token',
    name: 'Inbound Token',
    description: 'When set, inbound webhooks must carry it: ?token= or the header X-Tidings-Token.',
    type: 'PASSWORD',
    secret: true,
  },
  {
    key: 'event.inbound.basic.username',
    name: 'Inbound User Name',
    description: 'When set, inbound webhooks must carry HTTP Basic with it.',
    type: 'TEXTFIELD_1000',
  },
  {
    key: 'event.inbound.basic.password',
    name: 'Inbound Password',
    description: 'When set, inbound webhooks must carry HTTP Basic with it.',
    type: 'PASSWORD',
    secret: true,
  },
  {
    key: 'event.notification.instance.finder',
    name: 'Instance Finder',
    description: 'How inbound webhooks of many accounts find their instance: configKey|payload.path.',
    type: 'TEXTFIELD_1000',
    hideFromConsole: true,
  },
  {
    key: 'event.objects',
    name: 'Objects to Monitor for Changes',
    description: 'A comma list such as Contact,Account. Empty: all.',
    type: 'TEXTFIELD_1000',
  },
  {
    key: 'event.poller.refresh_interval',
    name: 'Event poller refresh interval (mins)',
    description: 'Minutes between two polls, at least 1.',
    type: 'NUMBER',
    defaultValue: String(DEFAULT_REFRESH_MINUTES),
  },
  {
    key: 'event.poller.configuration',
    name: 'Configure Polling',
    description: 'What is polled: one entry per resource, as JSON.',
    type: 'TEXTAREA',
  },
  {
    key: 'event.poller.urls',
    name: 'Poller URLs',
    description: 'The older form of the polling configuration: one resource a line.',
    type: 'TEXTAREA',
    hideFromConsole: true,
  },
  {
    key: 'event.poller.baseline',
    name: 'Baseline',
    description: 'full: everything is read once, silently, when polling starts.',
    type: 'SELECT',
    options: ['full'],
    hideFromConsole: true,
  },
  {
    key: 'event.poller.reconcile_interval',
    name: 'Reconcile interval (mins)',
    description: 'Minutes between two complete comparisons that find deletions; 0: never.',
    type: 'NUMBER',
    hideFromConsole: true,
  },
  {
    key: 'event.objects.snapshot',
    name: 'Before and After',
    description: 'Keeps the last record and adds what changed to every event.',
    type: 'BOOLEAN',
    defaultValue: 'false',
    hideFromConsole: true,
  },
  {
    key: 'event.notification.ordered',
    name: 'Ordered Delivery',
    description: 'Delivers the changes of one object strictly in order, one a notification.',
    type: 'BOOLEAN',
    defaultValue: 'false',
    hideFromConsole: true,
  },
  {
    key: 'event.notification.format',
    name: 'Notification Format',
    description: 'How notifications are written and signed.',
    type: 'SELECT',
    options: ['elements', 'standard-webhooks', 'cloudevents'],
    defaultValue: 'elements',
    hideFromConsole: true,
  },
  {
    key: 'filter.response.nulls',
    name: 'Filter null values from the response',
    description: 'Leaves keys without a value out of resource responses.',
    type: 'BOOLEAN',
    defaultValue: 'true',
  },
];

/** Where an element differs from the rest. */
const OVERRIDES: Record<string, Record<string, Partial<ConfigurationEntry>>> = {
  hubspotcrm: {
    'event.vendor.type': { name: 'Vendor Event Type' },
    'event.notification.signature.key': { name: 'Event Notification Signature Key' },
  },
  sfdc: { 'event.vendor.setup': { defaultValue: 'auto' } },
  infusionsoftecommerce: { 'event.vendor.setup': { defaultValue: 'auto' } },
};

/** The event entries of one element, with its labels and its defaults. */
export function eventEntries(connector: Connector): ConfigurationEntry[] {
  const { methods, defaultMethod } = connector.events;
  const computed: Record<string, Partial<ConfigurationEntry>> = {
    'event.vendor.type': {
      defaultValue: defaultMethod,
      options: methods.length > 1 ? [...methods, 'both'] : methods,
    },
  };
  return EVENT_ENTRIES.map((entry) =>
    Object.assign({}, entry, computed[entry.key], OVERRIDES[connector.key]?.[entry.key]),
  );
}
