import type { EpochMs } from '../core/clock.ts';
import type { SimulatorReply } from '../core/route.ts';
import { invalid, notAllowed } from './errors.ts';
import { DEAL_STATUSES } from './records.ts';
import type { Kind } from './records.ts';
import { parseTimeV2 } from './time-format.ts';

/** A v2 write body that was understood: record fields, and the two stamps a client may write. */
export interface WriteBody {
  fields: Record<string, unknown>;
  createdAt?: EpochMs;
  updatedAt?: EpochMs;
  /** Deals are deleted and restored by a PATCH too. */
  isDeleted?: boolean;
}

type Type =
  | 'text'
  | 'id'
  | 'optional-id'
  | 'number'
  | 'boolean'
  | 'time'
  | 'object'
  | 'labelled'
  | 'ids'
  | 'status';

// Keys and types of the official client's request models (pipedrive 33.7.0) and the vendor page, 2026-11.
const CONTACT = {
  name: 'text',
  owner_id: 'id',
  visible_to: 'number',
  label_ids: 'ids',
  add_time: 'time',
  update_time: 'time',
  custom_fields: 'object',
} as const;
const KEYS: Record<Kind, Record<string, Type>> = {
  person: {
    ...CONTACT,
    org_id: 'optional-id',
    emails: 'labelled',
    phones: 'labelled',
    job_title: 'text',
    notes: 'text',
    birthday: 'text',
    marketing_status: 'text',
  },
  organization: {
    ...CONTACT,
    address: 'object',
    website: 'text',
    annual_revenue: 'number',
    employee_count: 'number',
  },
  deal: {
    title: 'text',
    value: 'number',
    currency: 'text',
    owner_id: 'id',
    person_id: 'optional-id',
    org_id: 'optional-id',
    pipeline_id: 'id',
    stage_id: 'id',
    status: 'status',
    probability: 'number',
    lost_reason: 'text',
    visible_to: 'number',
    is_deleted: 'boolean',
    is_archived: 'boolean',
    archive_time: 'time',
    close_time: 'time',
    won_time: 'time',
    lost_time: 'time',
    expected_close_date: 'text',
    label_ids: 'ids',
    custom_fields: 'object',
  },
};

const isId = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 0;
const CHECKS: Record<Type, [holds: (value: unknown) => boolean, problem: string]> = {
  text: [(value) => typeof value === 'string' || value === null, 'must be a string'],
  id: [isId, 'must be an integer'],
  'optional-id': [(value) => value === null || isId(value), 'must be an integer or null'],
  number: [(value) => value === null || typeof value === 'number', 'must be a number'],
  boolean: [(value) => typeof value === 'boolean', 'must be a boolean'],
  time: [
    (value) => value === null || (typeof value === 'string' && parseTimeV2(value) !== undefined),
    'must be in RFC3339 format',
  ],
  object: [(value) => typeof value === 'object' && !Array.isArray(value), 'must be an object'],
  labelled: [
    (value) =>
      Array.isArray(value) && value.every((one) => typeof (one as { value?: unknown })?.value === 'string'),
    'must be an array of objects with a value',
  ],
  ids: [(value) => Array.isArray(value) && value.every(isId), 'must be an array of integers'],
  status: [
    (value) => DEAL_STATUSES.some((one) => one === value),
    `must be one of ${DEAL_STATUSES.join(', ')}`,
  ],
};

/** Checks a v2 body strictly; a reply is the refusal. `creating` demands the name or title. */
export function readBodyV2(
  kind: Kind,
  body: unknown,
  creating: boolean,
): WriteBody | { refusal: SimulatorReply } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { refusal: invalid('body', 'must be an object') };
  }
  const given = body as Record<string, unknown>;
  for (const [key, value] of Object.entries(given)) {
    const type = Object.hasOwn(KEYS[kind], key) ? KEYS[kind][key] : undefined;
    if (!type) return { refusal: notAllowed(key) };
    const [holds, problem] = CHECKS[type];
    if (!holds(value)) return { refusal: invalid(key, `Parameter '${key}' ${problem}`) };
  }
  const required = kind === 'deal' ? 'title' : 'name';
  if (given[required] === '' || given[required] === null || (creating && given[required] === undefined)) {
    return { refusal: invalid(required, `Parameter '${required}' is required`) };
  }
  return toWrite(kind, given);
}

function toWrite(kind: Kind, given: Record<string, unknown>): WriteBody {
  const { add_time, update_time, marketing_status: _ignored, is_deleted, ...rest } = given;
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) {
    if (KEYS[kind][key] === 'time') fields[key] = value === null ? null : parseTimeV2(value as string);
    else if (KEYS[kind][key] === 'labelled') fields[key] = labelled(value as Array<Record<string, unknown>>);
    else fields[key] = value;
  }
  const createdAt = typeof add_time === 'string' ? parseTimeV2(add_time) : undefined;
  const updatedAt = typeof update_time === 'string' ? parseTimeV2(update_time) : undefined;
  return {
    fields,
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(updatedAt === undefined ? {} : { updatedAt }),
    ...(typeof is_deleted === 'boolean' ? { isDeleted: is_deleted } : {}),
  };
}

/** Exactly one is primary: the marked one, else the first. */
function labelled(values: Array<Record<string, unknown>>): unknown[] {
  const marked = values.findIndex((one) => one['primary'] === true);
  return values.map((one, index) => ({
    value: one['value'] as string,
    primary: index === (marked < 0 ? 0 : marked),
    label: typeof one['label'] === 'string' ? one['label'] : 'work',
  }));
}
