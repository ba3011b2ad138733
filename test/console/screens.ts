/** What a screen's address is made of. */
export interface ScreenIds {
  instance: number;
  event: string;
  /** An instance that hears of changes by webhook. */
  told?: number;
}

export interface Screen {
  name: string;
  path: (ids: ScreenIds) => string;
  /** Shown once the screen has what it asked for. */
  ready: string | RegExp;
}

/** Every screen behind the sign-in. */
export const SCREENS: readonly Screen[] = [
  { name: 'overview', path: () => '/', ready: 'Slowest callbacks' },
  { name: 'connectors', path: () => '/connectors', ready: 'Pipedrive' },
  { name: 'connect', path: () => '/connectors/pipedrive', ready: 'Configure Polling' },
  { name: 'edit', path: ({ instance }) => `/instances/${instance}/edit`, ready: 'Configure Polling' },
  { name: 'instances', path: () => '/instances', ready: 'Healthy' },
  { name: 'instance', path: ({ instance }) => `/instances/${instance}`, ready: /contacts \d/ },
  {
    name: 'instance-deliveries',
    path: ({ instance }) => `/instances/${instance}/deliveries`,
    ready: /within an hour/,
  },
  { name: 'polling', path: ({ instance }) => `/instances/${instance}/polling`, ready: 'Known records' },
  {
    name: 'read-again',
    path: ({ instance }) => `/instances/${instance}/polling?again=contacts`,
    ready: 'Count first',
  },
  {
    name: 'webhooks',
    path: ({ instance, told = instance }) => `/instances/${told}/webhooks`,
    ready: 'Webhook URL',
  },
  {
    name: 'configuration',
    path: ({ instance }) => `/instances/${instance}/configuration`,
    ready: 'pipedrive.email',
  },
  {
    name: 'deletions',
    path: ({ instance }) => `/instances/${instance}/deletions`,
    ready: /No deletion is on hold|Not available/,
  },
  { name: 'events', path: () => '/events', ready: /contacts \d/ },
  { name: 'event', path: ({ event }) => `/events/${event}`, ready: 'Received' },
  { name: 'deliveries', path: () => '/deliveries', ready: /within an hour|Nothing waits/ },
  { name: 'settings', path: () => '/settings', ready: 'Your secrets' },
  { name: 'users', path: () => '/settings/users', ready: 'Organization administrator' },
  { name: 'settings-delivery', path: () => '/settings/delivery', ready: 'Retry' },
];
