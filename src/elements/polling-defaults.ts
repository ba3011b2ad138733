import type { Connector, PollingDefault } from '../connectors/define-connector.ts';

/** What the connector polls when the configuration names nothing: `event.poller.configuration` in the wire's form. */
export function defaultPollerConfiguration(connector: Connector): Record<string, PollingDefault> {
  const polled = connector.events.defaultPolled.flatMap((name) => {
    const polling = connector.resources.find((resource) => resource.name === name)?.polling;
    return polling === undefined ? [] : [[name, polling.default] as const];
  });
  return Object.fromEntries(polled);
}

/**
 * `event.metadata`: one polling entry per vendor object, and `{objectName}` for any other object, the form of
 * connectors that can watch whatever object `event.objects` names (Salesforce).
 */
export function defaultEventMetadata(connector: Connector): { polling: Record<string, PollingDefault> } {
  const polled = connector.resources.flatMap((resource) =>
    resource.polling === undefined ? [] : [{ resource, entry: resource.polling.default }],
  );
  const [pattern] = polled;
  const polling = Object.fromEntries(polled.map(({ resource, entry }) => [resource.vendorObject, entry]));
  if (pattern === undefined) return { polling };
  const url = pattern.entry.url.replace(`/${pattern.resource.name}?`, '/{objectName}?');
  return { polling: { ...polling, '{objectName}': { ...pattern.entry, url } } };
}
