import type { Connector } from '../connectors/define-connector.ts';
import { findResource } from '../connectors/registry.ts';
import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';
import type { EventSettings } from '../instances/event-configuration.ts';

/** A name that is polled, and the entry that defines it (in the keys of `event.poller.configuration`). */
export interface Selected {
  name: string;
  entry: Json;
  /** The configuration key it was read from, for messages. */
  from: string;
}

type PollerSettings = Pick<
  EventSettings,
  'pollerConfiguration' | 'pollerMetadata' | 'pollerUrls' | 'objects'
>;

/**
 * What an instance polls: the first that is not empty of `event.poller.urls`, `event.objects`, the keys of
 * `event.poller.configuration` and the connector's default. Each name is defined by the configuration, else by the
 * metadata, else by the connector; an undefined name has the entry null.
 */
export function selectPollers(connector: Connector, settings: PollerSettings): Selected[] {
  const define = (name: string, from: string): Selected => ({
    name,
    entry: definitionFor(connector, settings, name),
    from,
  });
  const lines = (settings.pollerUrls ?? '').split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length > 0) {
    const selected = lines.flatMap((line) => {
      const columns = line.split('|').map((column) => column.trim());
      return columns[1]?.startsWith('/') === true
        ? [{ name: columns[0]!, entry: entryOfColumns(columns), from: 'event.poller.urls' }]
        : columns.filter((column) => column !== '').map((name) => define(name, 'event.poller.urls'));
    });
    return unique(selected);
  }
  if (settings.objects.length > 0)
    return unique(settings.objects.map((name) => define(name, 'event.objects')));
  const configured = Object.entries(settings.pollerConfiguration);
  if (configured.length > 0) {
    return configured.map(([name, entry]) => ({ name, entry, from: 'event.poller.configuration' }));
  }
  return connector.events.defaultPolled.map((name) => define(name, 'the default'));
}

/** `resource|url|filter|updatedField|updatedFormat|updatedZone|createdField|createdFormat|createdZone`. */
function entryOfColumns(columns: readonly string[]): JsonObject {
  const [, url = '', filter = '', updatedDateField = '', updatedDateFormat = '', updatedDateTimezone = ''] =
    columns;
  const [createdDateField = '', createdDateFormat = '', createdDateTimezone = ''] = columns.slice(6);
  return {
    url,
    ...(/^(?:true|false)?$/i.test(filter) ? { filterByUpdatedDate: filter } : { filter }),
    datesConfiguration: {
      updatedDateField,
      updatedDateFormat,
      updatedDateTimezone,
      createdDateField,
      createdDateFormat,
      createdDateTimezone,
    },
  };
}

function definitionFor(connector: Connector, settings: PollerSettings, name: string): Json {
  const resource = findResource(connector, name);
  const names = resource === undefined ? [name] : [name, resource.name, resource.vendorObject];
  for (const entries of [settings.pollerConfiguration, settings.pollerMetadata]) {
    for (const one of names) {
      const entry = entryNamed(entries, one);
      if (entry !== undefined) return entry;
    }
  }
  const pattern = settings.pollerMetadata['{objectName}'];
  if (isJsonObject(pattern)) return fillName(pattern, resource?.vendorObject ?? name);
  return resource?.polling === undefined ? null : (resource.polling.default as unknown as Json);
}

function entryNamed(entries: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(entries, name)) return entries[name];
  const wanted = singular(name);
  return Object.entries(entries).find(([candidate]) => singular(candidate) === wanted)?.[1];
}

/** Case and number do not count: `Contact`, `contacts` and `CONTACTS` are one name. */
function singular(name: string): string {
  return name.trim().toLowerCase().replace(/ies$/, 'y').replace(/s$/, '');
}

function fillName(entry: JsonObject, name: string): JsonObject {
  return JSON.parse(
    JSON.stringify(entry).replaceAll('{objectName}', JSON.stringify(name).slice(1, -1)),
  ) as JsonObject;
}

function unique(selected: readonly Selected[]): Selected[] {
  return [...new Map(selected.map((one) => [one.name, one])).values()];
}
