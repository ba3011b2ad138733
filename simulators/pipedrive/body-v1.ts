import { readForm, readJson } from '../core/route.ts';
import type { SimulatorRequest } from '../core/route.ts';
import type { EpochMs } from '../core/clock.ts';
import { DEAL_STATUSES } from './records.ts';
import type { Kind, Labelled } from './records.ts';
import { parseTimeV1 } from './time-format.ts';

/** v1 takes JSON and forms, ignores what it does not know and reads numbers from texts. */
export function readBodyV1(request: SimulatorRequest): Record<string, unknown> {
  const isForm = (request.headers['content-type'] ?? '').includes('application/x-www-form-urlencoded');
  const body = isForm ? Object.fromEntries(readForm(request)) : readJson(request);
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? (body as Record<string, unknown>)
    : {};
}

const TEXTS: Record<Kind, string[]> = {
  person: ['name', 'first_name', 'last_name', 'job_title', 'notes', 'birthday'],
  organization: ['name', 'website'],
  deal: ['title', 'currency', 'lost_reason', 'expected_close_date'],
};
const NUMBERS: Record<Kind, string[]> = {
  person: ['owner_id', 'org_id', 'visible_to'],
  organization: ['owner_id', 'visible_to', 'annual_revenue', 'employee_count'],
  deal: ['value', 'person_id', 'org_id', 'stage_id', 'pipeline_id', 'visible_to', 'probability'],
};
const CUSTOM_FIELD = /^[0-9a-f]{40}$/;

/** A v1 body as record fields, custom fields gathered; `createdAt` from `add_time`. */
export function fieldsOfV1(
  kind: Kind,
  body: Record<string, unknown>,
): { fields: Record<string, unknown>; createdAt?: EpochMs } {
  const fields: Record<string, unknown> = {};
  for (const key of TEXTS[kind]) if (typeof body[key] === 'string') fields[key] = body[key];
  for (const key of NUMBERS[kind]) {
    const number = numberOf(body[key]);
    if (number !== undefined) fields[key] = number;
  }
  if (kind === 'deal') {
    const owner = numberOf(body['user_id']);
    if (owner !== undefined) fields['owner_id'] = owner;
    if (DEAL_STATUSES.some((one) => one === body['status'])) fields['status'] = body['status'];
  }
  if (kind === 'person' && body['email'] !== undefined) fields['emails'] = labelledOf(body['email']);
  if (kind === 'person' && body['phone'] !== undefined) fields['phones'] = labelledOf(body['phone']);
  if (kind === 'organization' && typeof body['address'] === 'string')
    fields['address'] = { value: body['address'] };
  const custom = Object.entries(body).filter(([key]) => CUSTOM_FIELD.test(key));
  if (custom.length > 0) fields['custom_fields'] = Object.fromEntries(custom);
  const addTime = body['add_time'];
  const createdAt = typeof addTime === 'string' ? parseTimeV1(addTime) : undefined;
  return createdAt === undefined ? { fields } : { fields, createdAt };
}

function numberOf(value: unknown): number | null | undefined {
  if (value === null) return null;
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value !== '' && Number.isFinite(Number(value))
    ? Number(value)
    : undefined;
}

/** `"a@b"`, `["a@b"]`, `{value}` and `[{value, primary, label}]` are all taken. */
function labelledOf(given: unknown): Labelled[] {
  const list: unknown[] = Array.isArray(given) ? given : [given];
  const values = list
    .map((one) => (typeof one === 'string' ? { value: one } : one))
    .filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null)
    .filter((one) => typeof one['value'] === 'string' && one['value'] !== '');
  const marked = values.findIndex((one) => one['primary'] === true || one['primary'] === 'true');
  return values.map((one, index) => ({
    value: one['value'] as string,
    primary: index === (marked < 0 ? 0 : marked),
    label: typeof one['label'] === 'string' ? one['label'] : 'work',
  }));
}
