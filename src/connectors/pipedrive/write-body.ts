import { readIso } from '../../date-pattern/read-date.ts';
import { isoSeconds } from '../../kernel/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import type { Kind } from './kinds.ts';

/** v1 names of what v2 calls otherwise (migration guide v1 to v2, read 2026-11). */
const RENAMED: Record<Kind, { [name: string]: string }> = {
  organizations: {},
  persons: {},
  deals: { user_id: 'owner_id' },
};

/**
 * What v2 answers but refuses to be sent (strict validation, API v2 reference, read 2026-11); and `update_time`, which
 * persons and organizations would take: a record sent back with the stamp it was read with would hide its change
 * from everybody who polls.
 */
const READ_ONLY: ReadonlySet<string> = new Set(
  `id company_id creator_user_id active active_flag deleted delete_time picture_id cc_email owner_name org_name
  person_name next_activity_id last_activity_id origin stage_change_time weighted_value weighted_value_currency
  formatted_value first_char update_time`.split(/\s+/),
);

const NUMBERS: ReadonlySet<string> = new Set(
  'owner_id org_id person_id pipeline_id stage_id visible_to value probability'.split(' '),
);

const TIMES: ReadonlySet<string> = new Set([
  'add_time',
  'close_time',
  'won_time',
  'lost_time',
  'archive_time',
]);

/** Custom fields go by the hash of their name. */
const CUSTOM_FIELD = /^[0-9a-f]{40}(_[a-z_]+)?$/;

const CHANNELS = { emails: /^emails?(\d*)$/, phones: /^phones?(\d*)$/ } as const;

/**
 * A client's body as v2 takes it, which validates strictly: unknown keys are a 400. Bodies as old clients write
 * them are turned (`email1: {value, label}`, `phone`, `first_name`, references `{value: 12}`, numbers as text, v1
 * times, custom fields at top level), and what only v2 itself can write is left out, so that a record that was
 * read can be sent back. Anything else passes, for Pipedrive to judge.
 */
export function toV2Body(kind: Kind, body: JsonObject, purpose: 'create' | 'update'): JsonObject {
  const result: JsonObject = {};
  const custom: JsonObject = {};
  for (const [name, value] of Object.entries(kind === 'persons' ? withName(body, purpose) : body)) {
    const field = RENAMED[kind][name] ?? name;
    if (isReadOnly(kind, field, purpose)) continue;
    if (kind === 'persons' && channelOf(field) !== undefined) continue;
    if (CUSTOM_FIELD.test(field)) custom[field] = value;
    else if (field === 'custom_fields' && value === null) continue;
    else if (field === 'label') result['label_ids'] = labelsOf(value);
    else result[field] = valueOf(kind, field, value);
  }
  if (Object.keys(custom).length > 0) {
    const given = result['custom_fields'];
    result['custom_fields'] = { ...(isJsonObject(given) && given), ...custom };
  }
  return kind === 'persons' ? { ...result, ...channelsOf(body) } : withoutDeletion(kind, result);
}

/** `add_time` is taken where a person or organization is created, by imports. */
function isReadOnly(kind: Kind, field: string, purpose: 'create' | 'update'): boolean {
  if (field === 'add_time') return kind === 'deals' || purpose === 'update';
  return READ_ONLY.has(field) || field.endsWith('_count');
}

function valueOf(kind: Kind, field: string, value: Json): Json {
  if (kind === 'organizations' && field === 'address' && typeof value === 'string') return { value };
  const plain =
    field.endsWith('_id') && isJsonObject(value) ? (value['value'] ?? value['id'] ?? null) : value;
  if (NUMBERS.has(field) && typeof plain === 'string' && /^-?\d+(\.\d+)?$/.test(plain)) return Number(plain);
  if (TIMES.has(field) && typeof plain === 'string') {
    const at = readIso(plain);
    return at === null ? plain : isoSeconds(at);
  }
  return plain;
}

/** Of the three, deals alone may be deleted and restored by writing `is_deleted`. */
function withoutDeletion(kind: Kind, body: JsonObject): JsonObject {
  if (kind === 'deals') return body;
  const { is_deleted: _, ...rest } = body;
  return rest;
}

function labelsOf(label: Json): Json {
  return label === null ? [] : [label];
}

/** v2 has `name` alone. An update with half a name is left as it is: Pipedrive's refusal says why. */
function withName(body: JsonObject, purpose: 'create' | 'update'): JsonObject {
  const { first_name: first, last_name: last, is_deleted: _, ...rest } = body;
  const parts = [textOf(first), textOf(last)].filter((part) => part !== undefined);
  if (rest['name'] !== undefined) return rest;
  if (parts.length === 2 || (parts.length === 1 && purpose === 'create')) {
    return { ...rest, name: parts.join(' ') };
  }
  return parts.length === 0 ? rest : body;
}

function channelOf(field: string): 'emails' | 'phones' | undefined {
  if (CHANNELS.emails.test(field)) return 'emails';
  return CHANNELS.phones.test(field) ? 'phones' : undefined;
}

/** `email1`, `email2`, `email`, `emails` become one list whose first entry is the primary one. */
function channelsOf(body: JsonObject): JsonObject {
  const result: { emails?: JsonObject[]; phones?: JsonObject[] } = {};
  const fields = Object.keys(body).filter((field) => channelOf(field) !== undefined);
  for (const field of fields.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))) {
    const channel = channelOf(field)!;
    const value = body[field] ?? null;
    const entries = (Array.isArray(value) ? value : [value]).map(channelEntry);
    result[channel] = [...(result[channel] ?? []), ...entries.filter((entry) => entry !== undefined)];
  }
  for (const entries of [result.emails, result.phones]) {
    if (entries === undefined || entries.length === 0) continue;
    const primary = Math.max(
      0,
      entries.findIndex((entry) => entry['primary'] === true),
    );
    entries.forEach((entry, index) => {
      entry['primary'] = index === primary;
    });
  }
  return result;
}

function channelEntry(entry: Json): JsonObject | undefined {
  const given = isJsonObject(entry) ? entry : { value: entry };
  const value = textOf(given['value']);
  if (value === undefined) return undefined;
  const label = textOf(given['label']);
  return { value, ...(label !== undefined && { label }), primary: given['primary'] === true };
}
