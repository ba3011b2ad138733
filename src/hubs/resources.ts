import type { Connector, Resource } from '../connectors/define-connector.ts';
import { findResource } from '../connectors/registry.ts';
import { Fault } from '../kernel/errors.ts';

/** @throws Fault `not_found` that names the resources there are. */
export function resourceOf(connector: Connector, name: string): Resource {
  const resource = findResource(connector, name);
  if (resource !== undefined) return resource;
  const shown = JSON.stringify(name.slice(0, 100));
  const more = connector.resourceFor === undefined ? '' : `, and any ${connector.name} object by its name`;
  throw new Fault(
    'not_found',
    `${connector.name} has no resource ${shown}; it has ${namesOf(connector).join(', ')}${more}.`,
  );
}

export function namesOf(connector: Connector): string[] {
  return connector.resources.map(({ name }) => name);
}

type Operation = 'create' | 'update' | 'remove';
const VERBS = { create: 'created', update: 'changed', remove: 'deleted' } as const;

/** @throws Fault `method_not_allowed` when the vendor does not have the operation. */
export function operationOf<Name extends Operation>(
  connector: Connector,
  resource: Resource,
  name: Name,
): NonNullable<Resource[Name]> {
  const operation = resource[name];
  if (operation !== undefined) return operation;
  throw new Fault('method_not_allowed', `${connector.name}: ${resource.name} cannot be ${VERBS[name]}.`);
}

/**
 * What an id may be before the vendor is asked.
 * @throws Fault `not_found`: a text that is no id names no record (and must not become another path).
 */
export function checkId(resource: Resource, id: string): void {
  const isPath = id === '' || id === '.' || id === '..' || id.length > 255;
  if (isPath || resource.idPattern?.test(id) === false) throw notFound(resource, id);
}

export function notFound(resource: Resource, id: string): Fault {
  return new Fault(
    'not_found',
    `There is no record ${JSON.stringify(id.slice(0, 100))} in ${resource.name}.`,
  );
}
