import type { Company } from './company.ts';
import type { AnyRecord, Deal, Kind, Labelled, Organization, Person, User } from './records.ts';
import { optionalTimeV1, timeV1 } from './time-format.ts';

type Json = Record<string, unknown>;

/**
 * A record as v1 shows it: zoneless times, custom fields flat. References are nested objects in REST
 * answers and plain ids beside `…_name` in webhook bodies.
 */
export function presentV1(company: Company, kind: Kind, record: AnyRecord, as: 'rest' | 'webhook'): Json {
  const refer = as === 'rest' ? nestedReference : plainReference;
  if (kind === 'person') return presentPerson(company, record as Person, refer);
  if (kind === 'deal') return presentDeal(company, record as Deal, refer);
  return presentOrganization(company, record as Organization, refer);
}

type Refer = (
  company: Company,
  key: string,
  kind: 'user' | 'person' | 'organization',
  id: number | null,
) => Json;

const plainReference: Refer = (company, key, kind, id) => {
  const name = id === null ? null : nameOf(company, kind, id);
  return { [key]: id, [key === 'user_id' ? 'owner_name' : key.replace('_id', '_name')]: name };
};

const nestedReference: Refer = (company, key, kind, id) => ({
  ...plainReference(company, key, kind, id),
  [key]: id === null ? null : nested(company, kind, id),
});

function presentPerson(company: Company, { id, fields, ...stamps }: Person, refer: Refer): Json {
  return {
    id,
    company_id: company.id,
    ...refer(company, 'owner_id', 'user', fields.owner_id),
    ...refer(company, 'org_id', 'organization', fields.org_id),
    name: fields.name,
    first_name: fields.first_name,
    last_name: fields.last_name,
    ...counts('open_deals_count', 'closed_deals_count', 'activities_count', 'notes_count', 'followers_count'),
    active_flag: stamps.deletedAt === null,
    phone: labelledV1(fields.phones),
    email: labelledV1(fields.emails),
    first_char: fields.name.slice(0, 1).toLowerCase(),
    add_time: timeV1(stamps.createdAt),
    update_time: timeV1(stamps.updatedAt),
    delete_time: optionalTimeV1(stamps.deletedAt),
    visible_to: String(fields.visible_to),
    picture_id: fields.picture_id,
    job_title: fields.job_title,
    notes: fields.notes,
    birthday: fields.birthday,
    label: fields.label_ids[0] ?? null,
    label_ids: fields.label_ids,
    cc_email: ccEmail(company),
    ...fields.custom_fields,
  };
}

function presentOrganization(company: Company, { id, fields, ...stamps }: Organization, refer: Refer): Json {
  return {
    id,
    company_id: company.id,
    ...refer(company, 'owner_id', 'user', fields.owner_id),
    name: fields.name,
    ...counts('open_deals_count', 'closed_deals_count', 'people_count', 'activities_count', 'notes_count'),
    active_flag: stamps.deletedAt === null,
    first_char: fields.name.slice(0, 1).toLowerCase(),
    add_time: timeV1(stamps.createdAt),
    update_time: timeV1(stamps.updatedAt),
    delete_time: optionalTimeV1(stamps.deletedAt),
    visible_to: String(fields.visible_to),
    address: fields.address?.value ?? null,
    address_country: fields.address?.country ?? null,
    address_locality: fields.address?.locality ?? null,
    address_route: fields.address?.route ?? null,
    address_street_number: fields.address?.street_number ?? null,
    address_postal_code: fields.address?.postal_code ?? null,
    label: fields.label_ids[0] ?? null,
    label_ids: fields.label_ids,
    website: fields.website,
    annual_revenue: fields.annual_revenue,
    employee_count: fields.employee_count,
    cc_email: ccEmail(company),
    ...fields.custom_fields,
  };
}

function presentDeal(company: Company, { id, fields, ...stamps }: Deal, refer: Refer): Json {
  const isNew = stamps.revision === 1;
  return {
    id,
    ...refer(company, 'user_id', 'user', fields.owner_id),
    creator_user_id: fields.creator_user_id,
    ...refer(company, 'person_id', 'person', fields.person_id),
    ...refer(company, 'org_id', 'organization', fields.org_id),
    stage_id: fields.stage_id,
    pipeline_id: fields.pipeline_id,
    title: fields.title,
    value: fields.value,
    currency: fields.currency,
    formatted_value: `${fields.value} ${fields.currency}`,
    add_time: timeV1(stamps.createdAt),
    update_time: isNew && company.newDealsLackUpdateTime ? null : timeV1(stamps.updatedAt),
    stage_change_time: optionalTimeV1(fields.stage_change_time),
    active: stamps.deletedAt === null && fields.status === 'open',
    deleted: stamps.deletedAt !== null,
    is_archived: fields.is_archived,
    archive_time: optionalTimeV1(fields.archive_time),
    status: stamps.deletedAt === null ? fields.status : 'deleted',
    probability: fields.probability,
    lost_reason: fields.lost_reason,
    visible_to: String(fields.visible_to),
    close_time: optionalTimeV1(fields.close_time),
    won_time: optionalTimeV1(fields.won_time),
    lost_time: optionalTimeV1(fields.lost_time),
    expected_close_date: fields.expected_close_date,
    label: fields.label_ids[0] ?? null,
    ...counts('products_count', 'files_count', 'notes_count', 'activities_count', 'participants_count'),
    cc_email: ccEmail(company, `+deal${id}`),
    ...fields.custom_fields,
  };
}

/** A user as `/v1/users` shows it. `asking` decides `is_you`. */
export function presentUser(user: User, asking?: number): Json {
  const { active_flag, is_admin, ...fields } = user.fields;
  return {
    id: user.id,
    ...fields,
    active_flag,
    is_admin: is_admin ? 1 : 0,
    activated: true,
    is_deleted: user.deletedAt !== null,
    is_you: user.id === asking,
    created: timeV1(user.createdAt),
    modified: timeV1(user.updatedAt),
  };
}

/** `related_objects` of a v1 answer: each user, person and organization the records refer to, once. */
export function relatedObjects(company: Company, kind: Kind, records: readonly AnyRecord[]): Json {
  const related: Record<string, Record<string, unknown>> = {};
  const add = (what: 'user' | 'person' | 'organization', id: number | null | undefined): void => {
    if (id !== null && id !== undefined) (related[what] ??= {})[id] ??= { ...nested(company, what, id), id };
  };
  for (const { fields } of records) {
    add('user', fields.owner_id);
    if ('org_id' in fields) add('organization', fields.org_id);
    if (kind === 'deal') add('person', (fields as Deal['fields']).person_id);
  }
  return related;
}

function nested(company: Company, kind: 'user' | 'person' | 'organization', id: number): Json {
  const { store } = company;
  if (kind === 'user') {
    const user = store.users.get(id)?.fields;
    const { name = null, email = null, active_flag = false } = user ?? {};
    return { id, name, email, has_pic: 0, pic_hash: null, active_flag, value: id };
  }
  if (kind === 'person') {
    const person = store.persons.get(id);
    return {
      active_flag: person?.deletedAt === null,
      name: person?.fields.name ?? null,
      email: labelledV1(person?.fields.emails ?? []),
      phone: labelledV1(person?.fields.phones ?? []),
      owner_id: person?.fields.owner_id ?? null,
      value: id,
    };
  }
  const organization = store.organizations.get(id);
  return {
    name: organization?.fields.name ?? null,
    people_count: 0,
    owner_id: organization?.fields.owner_id ?? null,
    address: organization?.fields.address?.value ?? null,
    active_flag: organization?.deletedAt === null,
    cc_email: ccEmail(company),
    value: id,
  };
}

function nameOf({ store }: Company, kind: 'user' | 'person' | 'organization', id: number): string | null {
  const from = { user: store.users, person: store.persons, organization: store.organizations }[kind];
  return from.get(id)?.fields.name ?? null;
}

/** An empty list is one empty primary value in v1 (recorded traffic, vendor page 2026-11). */
function labelledV1(values: Labelled[]): unknown[] {
  return values.length > 0 ? values : [{ value: '', primary: true }];
}

const ccEmail = (company: Company, suffix = ''): string => `${company.domain}${suffix}@pipedrivemail.com`;

/** Counters are not simulated: always 0. */
const counts = (...names: string[]): Json => Object.fromEntries(names.map((name) => [name, 0]));
