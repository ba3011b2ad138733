import type { ConfigurationEntry, Connector } from '../connectors/define-connector.ts';
import { eventEntries } from './event-entries.ts';
import { defaultEventMetadata, defaultPollerConfiguration } from './polling-defaults.ts';

/** How a client says which way of signing in it means. */
export const AUTHENTICATION_TYPE = 'authentication.type';
/** Where the vendor's API is; an origin or the API's documented root. */
export const BASE_URL = 'base.url';

/** An entry as the catalogue lists it. */
export interface ElementEntry extends ConfigurationEntry {
  /** With the default way of signing in. */
  required: boolean;
  /** The values of `authentication.type` with which it is required. */
  requiredFor: readonly string[];
}

const entriesByConnector = new WeakMap<Connector, readonly ElementEntry[]>();

/**
 * Every configuration entry an instance of the connector knows, in display order: the connector's own first, then
 * where the vendor is, then events. A connector's own entry takes the place of a general one of the same key.
 */
export function elementEntries(connector: Connector): readonly ElementEntry[] {
  let entries = entriesByConnector.get(connector);
  if (entries === undefined) {
    entries = buildEntries(connector);
    entriesByConnector.set(connector, entries);
  }
  return entries;
}

function buildEntries(connector: Connector): ElementEntry[] {
  const byKey = new Map<string, ConfigurationEntry>();
  for (const entry of [
    ...connector.configuration,
    ...signInEntries(connector),
    ...withPollingDefault(connector, eventEntries(connector)),
  ]) {
    if (!byKey.has(entry.key)) byKey.set(entry.key, entry);
  }
  const [defaultMethod] = connector.authentication;
  return [...byKey.values()].map((entry) => {
    const requiredFor = connector.authentication
      .filter((method) => method.required.includes(entry.key))
      .map((method) => method.type);
    return Object.assign({}, entry, { required: defaultMethod.required.includes(entry.key), requiredFor });
  });
}

function signInEntries(connector: Connector): ConfigurationEntry[] {
  const { authentication } = connector;
  const entries: ConfigurationEntry[] = [
    {
      key: AUTHENTICATION_TYPE,
      name: 'Authentication Type',
      description: 'How to sign in at the vendor.',
      type: 'SELECT',
      options: authentication.map((method) => method.type),
      // One way needs no choice; of several, what is sent chooses, and the default only when nothing does.
      hideFromConsole: authentication.length === 1,
    },
    {
      key: BASE_URL,
      name: 'Base URL',
      description: "Where the vendor's API is; only for private clouds and tests.",
      type: 'TEXTFIELD_1000',
      defaultValue: connector.apiOrigin,
      hideFromConsole: true,
    },
  ];
  if (connector.configuration.some((entry) => entry.key === 'oauth.user.refresh_token')) {
    entries.push(EXTERNAL_TOKEN);
  }
  return entries;
}

/** Comes along with `oauth.user.refresh_token` in `externalAuthentication: "initial"`. */
const EXTERNAL_TOKEN: ConfigurationEntry = {
  key: 'oauth.user.token',
  name: 'OAuth User Token',
  description: 'An access token got elsewhere; it is not used, a fresh one is asked for at once.',
  type: 'PASSWORD',
  secret: true,
  hideFromConsole: true,
};

function withPollingDefault(
  connector: Connector,
  entries: readonly ConfigurationEntry[],
): ConfigurationEntry[] {
  if (!connector.events.methods.includes('polling')) return [...entries];
  const metadata: ConfigurationEntry = {
    key: 'event.metadata',
    name: 'Event Metadata',
    description: 'How each vendor object is polled; {objectName} stands for any other.',
    type: 'TEXTAREA',
    defaultValue: JSON.stringify(defaultEventMetadata(connector)),
    hideFromConsole: true,
  };
  return entries.flatMap((entry) => {
    if (entry.key !== 'event.poller.configuration') return [entry];
    if (connector.events.metadata === true) return [entry, metadata];
    return [{ ...entry, defaultValue: JSON.stringify(defaultPollerConfiguration(connector)) }];
  });
}

/** The entries' defaults, as strings, by key. */
export function elementDefaults(connector: Connector): Record<string, string> {
  return Object.fromEntries(
    elementEntries(connector).flatMap(({ key, defaultValue }) =>
      defaultValue === undefined ? [] : [[key, defaultValue]],
    ),
  );
}

/** The connector of that key or number; undefined when there is none. */
export function findElement(connectors: readonly Connector[], keyOrId: string): Connector | undefined {
  const wanted = keyOrId.trim().toLowerCase();
  return connectors.find(({ key, id }) => key === wanted || String(id) === wanted);
}
