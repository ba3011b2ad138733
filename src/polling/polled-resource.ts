import type { Ceql } from '../ceql/tree.ts';
import type { Resource } from '../connectors/define-connector.ts';
import { readDate } from '../date-pattern/read-date.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { atPath, canonicalJson, type Json } from '../kernel/json.ts';
import type { RecordReader } from './seen-row.ts';

/** A configured date of a record: where it is and how it is written. */
export interface DateField {
  path: string;
  /** A Java pattern, `milliseconds` or `seconds`; absent: whatever reads. */
  pattern?: string;
  /** Of texts that name no zone; UTC when absent. */
  timezone?: string;
}

/** One entry of what an instance polls, read from its configuration. */
export interface PolledResource {
  /** The `objectType` of its events. */
  name: string;
  resource: Resource;
  /** What remains of the URL's `where` beside the bound; the feeds apply it. */
  filter: Ceql | null;
  /** Fields whose condition held a date template: the feed's own bound stands in their place. */
  boundFields: string[];
  fields: string[];
  idField: string;
  updated: DateField | null;
  created: DateField | null;
  createdCheckToleranceMs: number;
  filterByUpdatedDate: boolean;
  filterByCurrentDate: boolean;
  pageSize: number | null;
  pollDelayMs: number;
  warnings: string[];
}

/** What a stored position depends on: with another one the pass starts over. */
export function definitionOf(polled: PolledResource): string {
  const { resource, filter, fields, pageSize } = polled;
  return canonicalJson([resource.vendorObject, resource.shapeVersion, filter, fields, pageSize]);
}

/** Whose ids these are: with another one all that is known of a resource is void. */
export function identityOf(polled: PolledResource): string {
  return polled.resource.vendorObject;
}

/**
 * Reads ids and dates as configured. `warn` hears, once each, of a date that did not fit its pattern; the date is
 * then read as ISO-8601 or epoch.
 */
export function createRecordReader(polled: PolledResource, warn: (text: string) => void): RecordReader {
  const idPaths = [polled.idField, ...polled.resource.idAliases];
  const warned = new Set<DateField>();
  const read = (record: Json, field: DateField | null): EpochMs | undefined => {
    const value = field === null ? undefined : atPath(record, field.path);
    if (field === null || (typeof value !== 'string' && typeof value !== 'number') || value === '')
      return undefined;
    const date = readDate(value, field);
    if (date?.fitted !== true && !warned.has(field)) {
      warned.add(field);
      warn(
        `${field.path} ${JSON.stringify(value).slice(0, 60)} does not fit ${JSON.stringify(field.pattern)}`,
      );
    }
    return date?.at;
  };
  return {
    objectId: (record) => {
      for (const path of idPaths) {
        const id = atPath(record, path);
        if (typeof id === 'number' || (typeof id === 'string' && id !== '')) return String(id);
      }
      return undefined;
    },
    updatedDate: (record) => read(record, polled.updated),
    createdDate: (record) => read(record, polled.created),
  };
}
