import { ApiFailure } from './errors.ts';
import type { Field } from './fields.ts';
import { isId, toId18 } from './ids.ts';
import { findField } from './object-types.ts';
import type { ObjectType } from './object-types.ts';
import type { Values } from './records.ts';
import { isDay, parseDateTime } from './time-format.ts';

/**
 * Checks what a client writes and turns it into values. Throws ApiFailure with the vendor's code. A null clears a
 * field; `attributes` are ignored.
 */
export function readValues(type: ObjectType, body: unknown, purpose: 'create' | 'update'): Values {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ApiFailure(400, 'JSON_PARSER_ERROR', 'Unexpected content: an object is expected');
  }
  const values: Values = {};
  for (const [name, value] of Object.entries(body)) {
    if (name === 'attributes') continue;
    const field = findField(type, name);
    if (!field) {
      throw new ApiFailure(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${type.name}`);
    }
    if (field.name === 'Id') {
      throw new ApiFailure(400, 'INVALID_FIELD', 'The Id field should not be specified in the sobject data.');
    }
    if (purpose === 'create' ? !field.createable : !field.updateable) {
      const message = `Unable to create/update fields: ${field.name}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`;
      throw new ApiFailure(400, 'INVALID_FIELD_FOR_INSERT_UPDATE', message, [field.name]);
    }
    values[field.name] = value === null ? null : readValue(field, value);
  }
  needRequired(type, values, purpose);
  return values;
}

function needRequired(type: ObjectType, values: Values, purpose: 'create' | 'update'): void {
  const missing = type.fields
    .filter((field) => field.createable && !field.nillable && !field.defaultedOnCreate)
    .filter(({ name }) => (purpose === 'create' || name in values) && isBlank(values[name]))
    .map(({ name }) => name);
  if (missing.length === 0) return;
  const message = `Required fields are missing: [${missing.join(', ')}]`;
  throw new ApiFailure(400, 'REQUIRED_FIELD_MISSING', message, missing);
}

const isBlank = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '');

const NUMBERS: ReadonlySet<string> = new Set(['int', 'double', 'currency', 'percent']);

function readValue(field: Field, value: unknown): unknown {
  const { type } = field;
  if (type === 'boolean') return need(field, value, typeof value === 'boolean' ? value : undefined);
  if (NUMBERS.has(type)) {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return need(field, value, typeof number === 'number' && Number.isFinite(number) ? number : undefined);
  }
  const text = typeof value === 'string' ? value : '';
  if (type === 'date') return need(field, value, isDay(text.slice(0, 10)) ? text.slice(0, 10) : undefined);
  if (type === 'datetime') return Math.floor(need(field, value, parseDateTime(text)) / 1000) * 1000;
  if (type === 'reference') {
    if (isId(text)) return toId18(text);
    throw new ApiFailure(400, 'MALFORMED_ID', `${field.label}: id value of incorrect type: ${text}`, [
      field.name,
    ]);
  }
  return readText(field, value);
}

function need<T>(field: Field, given: unknown, read: T | undefined): T {
  if (read !== undefined) return read;
  throw unreadable(field, given);
}

function readText(field: Field, value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') throw unreadable(field, value);
  const text = String(value);
  if (field.length > 0 && text.length > field.length) {
    const message = `${field.label}: data value too large: ${text.slice(0, 50)} (max length=${field.length})`;
    throw new ApiFailure(400, 'STRING_TOO_LONG', message, [field.name]);
  }
  return text;
}

function unreadable(field: Field, value: unknown): ApiFailure {
  const message = `Cannot deserialize instance of ${field.type} from ${JSON.stringify(value)}`;
  return new ApiFailure(400, 'JSON_PARSER_ERROR', message);
}
