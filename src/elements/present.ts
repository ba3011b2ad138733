import type { AuthMethod } from '../connectors/auth/method.ts';
import type { Connector } from '../connectors/define-connector.ts';
import { elementEntries, type ElementEntry } from './catalogue.ts';
import { defaultEventMetadata, defaultPollerConfiguration } from './polling-defaults.ts';
import type {
  ElementConfiguration,
  ElementDetail,
  ElementEntryView,
  ElementMetadata,
  ElementSummary,
} from './schema.ts';

/** An element as part of an instance or of the catalogue. `method` is how the instance signs in. */
export function presentElement(
  connector: Connector,
  method: AuthMethod = connector.authentication[0],
): ElementSummary {
  return {
    id: connector.id,
    key: connector.key,
    name: connector.name,
    hub: connector.hub,
    description: connector.description,
    active: true,
    deleted: false,
    typeOauth: method.consentUrl !== undefined,
    trialAccount: false,
    authentication: { type: method.type },
  };
}

export function presentElementDetail(connector: Connector): ElementDetail {
  return { ...presentElement(connector), ...presentConfiguration(connector) };
}

export function presentConfiguration(connector: Connector): ElementConfiguration {
  return { configuration: elementEntries(connector).map(presentEntry) };
}

function presentEntry(entry: ElementEntry, index: number): ElementEntryView {
  const { key, name, description, type, required, requiredFor, options, defaultValue } = entry;
  return {
    key,
    name,
    description,
    type,
    required,
    requiredFor: [...requiredFor],
    secret: entry.secret ?? false,
    ...(options !== undefined && { options: [...options] }),
    ...(defaultValue !== undefined && { defaultValue }),
    displayOrder: index,
    hideFromConsole: entry.hideFromConsole ?? false,
    active: true,
  };
}

export function presentMetadata(connector: Connector): ElementMetadata {
  const { id, key, name, description, hub, authentication, events } = connector;
  return {
    id,
    key,
    name,
    description,
    hub,
    authentication: {
      type: authentication[0].type,
      types: authentication.map((method) => method.type),
    },
    resources: connector.resources.map((resource) => ({
      name: resource.name,
      vendorObject: resource.vendorObject,
    })),
    events: {
      supported: events.methods.length > 0,
      methods: [...events.methods],
      defaultMethod: events.defaultMethod,
      polling:
        events.metadata === true
          ? defaultEventMetadata(connector).polling
          : defaultPollerConfiguration(connector),
    },
  };
}
