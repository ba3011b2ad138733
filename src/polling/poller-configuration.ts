import type { Connector } from '../connectors/define-connector.ts';
import { findResource } from '../connectors/registry.ts';
import { checkPattern } from '../date-pattern/pattern.ts';
import { findElement } from '../elements/catalogue.ts';
import { isAbsent, readBoolean, readInteger, type Reading } from '../instances/entry-values.ts';
import { readEventSettings, type EventSettings } from '../instances/event-configuration.ts';
import type { InstanceCheck } from '../instances/plan.ts';
import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';
import type { DateField, PolledResource } from './polled-resource.ts';
import { readPollerUrl } from './poller-url.ts';
import { selectPollers, type Selected } from './select-pollers.ts';

/** Seconds within which a record's creation and change count as one. */
const DEFAULT_CREATED_CHECK_TOLERANCE_S = 10;

/** Keys of an entry in lower case, as people spelled them over the years. */
const KEYS = {
  url: ['url'],
  idField: ['idfield'],
  dates: ['datesconfiguration'],
  tolerance: ['createdchecktolerance'],
  filterByUpdatedDate: ['filterbyupdateddate'],
  filterByCurrentDate: ['filterbycurrentdate'],
  pageSize: ['pagesize'],
  pollDelay: ['polldelay'],
  updated: ['updateddatefield', 'updatedatfield', 'updatedatefield', 'updatedfield'],
  updatedFormat: ['updateddateformat', 'updatedatformat', 'updatedateformat', 'updatedformat'],
  updatedTimezone: ['updateddatetimezone', 'updatedattimezone', 'updatedatetimezone', 'updatedtimezone'],
  created: ['createddatefield', 'createdatfield', 'createdatefield', 'createdfield'],
  createdFormat: ['createddateformat', 'createdatformat', 'createdateformat', 'createdformat'],
  createdTimezone: ['createddatetimezone', 'createdattimezone', 'createdatetimezone', 'createdtimezone'],
} as const;

/** What an instance polls, and what keeps it from polling the rest. */
export interface PollerConfiguration {
  polled: PolledResource[];
  /** Each names its key and the remedy. */
  problems: string[];
}

/** Reads all that an instance's configuration says of polling. */
export function readPollerConfiguration(connector: Connector, settings: EventSettings): PollerConfiguration {
  const read: PollerConfiguration = { polled: [], problems: [] };
  for (const selected of selectPollers(connector, settings)) {
    const entry = createEntry(selected);
    const polled = readEntry(connector, selected, entry);
    if (polled !== undefined && entry.problems.length === 0) read.polled.push(polled);
    read.problems.push(...entry.problems.map((problem) => `${selected.from}: ${selected.name} ${problem}`));
  }
  return read;
}

/**
 * What is wrong with the polling part of what an instance is to be, one text a mistake; nothing for one that does not
 * poll. `instances/` asks it before it creates or changes one.
 */
export function createPollingCheck(connectors: readonly Connector[]): InstanceCheck {
  return (draft) => {
    const connector = findElement(connectors, draft.elementKey);
    const settings = readEventSettings(draft);
    if (connector === undefined || !settings.enabled || settings.vendorType === 'webhook') {
      return { problems: [], warnings: [] };
    }
    const { polled, problems } = readPollerConfiguration(connector, settings);
    return {
      problems,
      warnings: polled.flatMap((one) => one.warnings.map((text) => `${one.name}: ${text}`)),
    };
  };
}

function readEntry(connector: Connector, selected: Selected, entry: Entry): PolledResource | undefined {
  const url = entry.url(connector);
  if (url === undefined) return undefined;
  const resource = findResource(connector, url.resource);
  if (resource?.polling === undefined) {
    entry.problems.push(`polls "${url.resource}", which is not one of ${pollable(connector)}`);
    return undefined;
  }
  const idField = entry.text('idField');
  if (idField === undefined) entry.warnings.push(`idField is not set, "${resource.idField}" is used`);
  const updated = entry.date('updated', null);
  const created = entry.date('created', updated);
  const pageSize = entry.integer('pageSize', 1) ?? (url.pageSize === null ? undefined : Number(url.pageSize));
  const polled: PolledResource = {
    name: selected.name,
    resource,
    filter: url.filter,
    boundFields: url.boundFields,
    fields: url.fields,
    idField: idField ?? resource.idField,
    updated,
    created,
    createdCheckToleranceMs: (entry.integer('tolerance', 0) ?? DEFAULT_CREATED_CHECK_TOLERANCE_S) * 1000,
    filterByUpdatedDate: entry.boolean('filterByUpdatedDate') ?? true,
    filterByCurrentDate: entry.boolean('filterByCurrentDate') ?? false,
    pageSize: pageSize !== undefined && pageSize >= 1 ? Math.floor(pageSize) : null,
    pollDelayMs: (entry.integer('pollDelay', 0) ?? 0) * 1000,
    warnings: [],
  };
  entry.warnUnknown();
  polled.warnings.push(...url.warnings, ...entry.warnings);
  return polled;
}

function pollable(connector: Connector): string {
  return connector.resources
    .filter((resource) => resource.polling !== undefined)
    .map((resource) => resource.name)
    .join(', ');
}

type Entry = ReturnType<typeof createEntry>;

/** Reads the values of one entry whatever their case and place: dates may stand inside `datesConfiguration` or beside it. */
function createEntry({ entry }: Selected) {
  const problems: string[] = [];
  const warnings: string[] = [];
  const values = isJsonObject(entry) ? valuesOf(entry) : new Map<string, { key: string; value: Json }>();
  const used = new Set<string>();
  const find = (name: keyof typeof KEYS): { key: string; value: Json } | undefined => {
    for (const key of KEYS[name]) {
      used.add(key);
      const found = values.get(key);
      if (found !== undefined && !isAbsent(found.value)) return found;
    }
    return undefined;
  };
  const read = <T>(name: keyof typeof KEYS, reader: (value: Json) => Reading<T>): T | undefined => {
    const found = find(name);
    if (found === undefined) return undefined;
    const reading = reader(found.value);
    if ('value' in reading) return reading.value;
    problems.push(`has ${found.key}, which ${reading.problem}`);
    return undefined;
  };
  const text = (name: keyof typeof KEYS): string | undefined =>
    read(name, (value) =>
      typeof value === 'string' ? { value: value.trim() } : { problem: 'must be text' },
    );
  const date = (name: 'updated' | 'created', other: DateField | null): DateField | null => {
    const path = text(name);
    const pattern = text(`${name}Format`) ?? other?.pattern;
    const timezone = text(`${name}Timezone`) ?? other?.timezone;
    if (path === undefined) return null;
    for (const wrong of pattern === undefined ? [] : checkPattern(pattern)) {
      warnings.push(`the format "${pattern}" of ${path} is not sound: ${wrong}`);
    }
    return {
      path,
      ...(pattern === undefined ? {} : { pattern }),
      ...(timezone === undefined ? {} : { timezone }),
    };
  };
  return {
    problems,
    warnings,
    text,
    date,
    boolean: (name: keyof typeof KEYS) => read(name, readBoolean),
    integer: (name: keyof typeof KEYS, min: number) => read(name, (value) => readInteger(value, min)),
    url: (connector: Connector) => {
      if (!isJsonObject(entry)) {
        problems.push(
          entry === null
            ? `is not known; it can be one of ${pollable(connector)}, or be defined in event.poller.configuration`
            : 'must be an object with url and idField',
        );
        return undefined;
      }
      const url = text('url');
      const parsed =
        url === undefined ? 'has no url; use /hubs/<hub>/<resource>?where=…' : readPollerUrl(url);
      if (typeof parsed !== 'string') return parsed;
      problems.push(parsed);
      return undefined;
    },
    warnUnknown: () => {
      for (const [lower, { key }] of values) {
        if (!used.has(lower)) warnings.push(`the key ${key} is not known and has no effect`);
      }
    },
  };
}

function valuesOf(entry: JsonObject): Map<string, { key: string; value: Json }> {
  const values = new Map<string, { key: string; value: Json }>();
  for (const [key, value] of Object.entries(entry)) {
    const lower = key.toLowerCase();
    if (lower !== KEYS.dates[0]) values.set(lower, { key, value });
    else if (isJsonObject(value)) for (const [inner, date] of valuesOf(value)) values.set(inner, date);
  }
  return values;
}
