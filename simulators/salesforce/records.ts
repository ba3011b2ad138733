import type { Stored } from '../core/store.ts';
import { timeText } from './time-format.ts';
import type { Field } from './fields.ts';
import { findField } from './object-types.ts';
import type { ObjectType } from './object-types.ts';

/** What a client or the store writes; date-times are milliseconds, absent fields are null. */
export type Values = Record<string, unknown>;
export type SObject = Stored<string, Values>;

/** Where other records and types are found, for relationships and names. */
export interface Lookup {
  type(name: string): ObjectType | undefined;
  record(type: string, id: string): SObject | undefined;
}

/**
 * The value of a field as the store keeps it. `LastModifiedDate` moves with users' edits, `SystemModstamp` with every
 * write (vendor page, 2026-11).
 */
export function valueOf(field: Field, record: SObject): unknown {
  const { fields } = record;
  switch (field.name) {
    case 'Id':
      return record.id;
    case 'IsDeleted':
      return record.deletedAt !== null;
    case 'CreatedDate':
      return record.createdAt;
    case 'SystemModstamp':
      return record.updatedAt;
    case 'LastModifiedDate':
      return fields['LastModifiedDate'] ?? record.updatedAt;
    default:
      break;
  }
  if (field.type === 'address') return addressOf(field.name.replace(/Address$/, ''), fields);
  if (field.type === 'location') return locationOf(field.name.replace(/__c$/, ''), fields);
  if (field.type === 'boolean') return fields[field.name] === true;
  return fields[field.name] ?? null;
}

/** A field's value as JSON. */
export function presentValue(field: Field, record: SObject, url: string): unknown {
  const value = valueOf(field, record);
  if (field.type === 'datetime' && typeof value === 'number') return timeText(value);
  if (field.type === 'base64') return value === null ? null : `${url}/${field.name}`;
  return value;
}

function addressOf(prefix: string, fields: Values): unknown {
  const part = (name: string): unknown => fields[`${prefix}${name}`] ?? null;
  const parts = {
    city: part('City'),
    country: part('Country'),
    geocodeAccuracy: null,
    latitude: part('Latitude'),
    longitude: part('Longitude'),
    postalCode: part('PostalCode'),
    state: part('State'),
    street: part('Street'),
  };
  return Object.values(parts).every((one) => one === null) ? null : parts;
}

function locationOf(prefix: string, fields: Values): unknown {
  const latitude = fields[`${prefix}__Latitude__s`] ?? null;
  const longitude = fields[`${prefix}__Longitude__s`] ?? null;
  return latitude === null && longitude === null ? null : { latitude, longitude };
}

/** A path such as `Owner.Profile.Name`: the relationships walked and the field at its end. */
export interface FieldPath {
  steps: Field[];
  field: Field;
}

/** Finds the field of a dotted path; undefined when a step is unknown. */
export function resolvePath(lookup: Lookup, type: ObjectType, path: string): FieldPath | undefined {
  const steps: Field[] = [];
  let at = type;
  const parts = path.split('.');
  for (const part of parts.slice(0, -1)) {
    const step = at.fields.find((field) => field.relationshipName?.toLowerCase() === part.toLowerCase());
    const next = step && lookup.type(step.referenceTo[0] ?? '');
    if (!step || !next) return undefined;
    steps.push(step);
    at = next;
  }
  const field = findField(at, parts.at(-1) ?? '');
  return field && { steps, field };
}

/** The record at the end of a path's relationships; undefined when a link is empty. */
export function follow(lookup: Lookup, record: SObject, steps: readonly Field[]): SObject | undefined {
  let at: SObject | undefined = record;
  for (const step of steps) {
    const id: unknown = at && valueOf(step, at);
    at = typeof id === 'string' ? lookup.record(step.referenceTo[0] ?? '', id) : undefined;
  }
  return at;
}

/** A record as JSON, in the order asked for; relationships nest, each with its own `attributes`. */
export function presentRecord(
  lookup: Lookup,
  type: ObjectType,
  record: SObject,
  paths: readonly FieldPath[],
  version: string,
): Record<string, unknown> {
  const url = `/services/data/${version}/sobjects/${type.name}/${record.id}`;
  const result: Record<string, unknown> = { attributes: { type: type.name, url } };
  const nested = new Map<Field, FieldPath[]>();
  for (const path of paths) {
    const [step, ...steps] = path.steps;
    if (!step) {
      result[path.field.name] = presentValue(path.field, record, url);
      continue;
    }
    nested.set(step, [...(nested.get(step) ?? []), { steps, field: path.field }]);
    result[step.relationshipName ?? step.name] = null;
  }
  for (const [step, inner] of nested) {
    const target = follow(lookup, record, [step]);
    const targetType = lookup.type(step.referenceTo[0] ?? '');
    if (!target || !targetType) continue;
    result[step.relationshipName ?? step.name] = presentRecord(lookup, targetType, target, inner, version);
  }
  return result;
}
