import type { Connector, Resource } from '../connectors/define-connector.ts';

/** Case and number do not count: `Contact`, `contacts` and `CONTACTS` are one name. */
export function nameKey(name: string): string {
  const lower = name.trim().toLowerCase();
  if (lower.endsWith('ies')) return `${lower.slice(0, -3)}y`;
  return lower.endsWith('s') && !lower.endsWith('ss') ? lower.slice(0, -1) : lower;
}

/** The pollable resource of that name: ours, the vendor's, an alias, or any vendor object where the connector can. */
export function findPolledResource(connector: Connector, name: string): Resource | undefined {
  const key = nameKey(name);
  const named = (candidates: (resource: Resource) => readonly string[]) =>
    connector.resources.find((resource) =>
      candidates(resource).some((candidate) => nameKey(candidate) === key),
    );
  const found =
    named((resource) => [resource.name]) ??
    named((resource) => [resource.vendorObject]) ??
    named((resource) => resource.aliases) ??
    connector.resourceFor?.(name.trim());
  return found?.polling === undefined ? undefined : found;
}
