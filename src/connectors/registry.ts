import type { Connector, Resource } from './define-connector.ts';
import { hubspot } from './hubspot/connector.ts';
import { keap } from './keap/connector.ts';
import { pardot } from './pardot/connector.ts';
import { pipedrive } from './pipedrive/connector.ts';
import { salesforce } from './salesforce/connector.ts';

/** Every vendor there is. */
export const connectors: readonly Connector[] = [pipedrive, hubspot, keap, salesforce, pardot];

/** A connector by its key (any case) or its number on the wire, which may come as text. */
export function findConnector(keyOrId: string | number): Connector | undefined {
  const wanted = String(keyOrId).trim().toLowerCase();
  return connectors.find(({ key, id }) => key === wanted || String(id) === wanted);
}

/**
 * A resource by our name, the vendor's object or an alias, singular or plural, any case; else what the connector
 * makes of another vendor object.
 */
export function findResource(connector: Connector, name: string): Resource | undefined {
  const known = findNamedResource(connector, name);
  return known ?? (nameKey(name) === '' ? undefined : connector.resourceFor?.(name.trim()));
}

/** A resource the connector declares, by any of its names. Of other vendor objects only the vendor knows the names. */
export function findNamedResource({ resources }: Connector, name: string): Resource | undefined {
  const wanted = nameKey(name);
  if (wanted === '') return undefined;
  return resources.find((resource) =>
    [resource.name, resource.vendorObject, ...resource.aliases].some((known) => nameKey(known) === wanted),
  );
}

/** Equal for the spellings of one name: `Opportunity`, `opportunities`, `visitor-activity`, `visitorActivities`. */
function nameKey(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/ies$/, 'y')
    .replace(/s$/, '');
}
