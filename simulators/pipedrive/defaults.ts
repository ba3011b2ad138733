import type { EpochMs } from '../core/clock.ts';
import type { DealFields, OrganizationFields, PersonFields, UserFields } from './records.ts';

/** What a new record has when its maker does not say otherwise. `ownerId` is the acting user. */
export function newPerson(given: Partial<PersonFields>, ownerId: number): PersonFields {
  const name =
    given.name ?? ([given.first_name, given.last_name].filter(Boolean).join(' ') || 'Unnamed person');
  return {
    name,
    ...splitName(name),
    owner_id: ownerId,
    org_id: null,
    emails: [],
    phones: [],
    visible_to: 3,
    label_ids: [],
    picture_id: null,
    job_title: null,
    notes: null,
    birthday: null,
    custom_fields: {},
    ...given,
  };
}

export function newOrganization(given: Partial<OrganizationFields>, ownerId: number): OrganizationFields {
  return {
    name: 'Unnamed organization',
    owner_id: ownerId,
    address: null,
    visible_to: 3,
    label_ids: [],
    website: null,
    annual_revenue: null,
    employee_count: null,
    custom_fields: {},
    ...given,
  };
}

export function newDeal(given: Partial<DealFields>, ownerId: number, at: EpochMs): DealFields {
  const fields: DealFields = {
    title: 'Untitled deal',
    value: 0,
    currency: 'EUR',
    creator_user_id: ownerId,
    owner_id: ownerId,
    person_id: null,
    org_id: null,
    pipeline_id: 1,
    stage_id: 1,
    status: 'open',
    probability: null,
    stage_change_time: null,
    close_time: null,
    won_time: null,
    lost_time: null,
    expected_close_date: null,
    lost_reason: null,
    is_archived: false,
    archive_time: null,
    label_ids: [],
    visible_to: 3,
    origin: 'ManuallyCreated',
    custom_fields: {},
  };
  return { ...fields, ...given, ...dealConsequences(fields, given, at) };
}

export function newUser(given: Partial<UserFields>): UserFields {
  return {
    name: 'Unnamed user',
    email: 'user@example.com',
    active_flag: true,
    is_admin: false,
    role_id: 1,
    timezone_name: 'Europe/Tallinn',
    timezone_offset: '+02:00',
    phone: null,
    ...given,
  };
}

/** The first word is the first name, the rest the last name. */
export function splitName(name: string): { first_name: string | null; last_name: string | null } {
  const [first = '', ...rest] = name.trim().split(/\s+/);
  return { first_name: first || null, last_name: rest.join(' ') || null };
}

/** The times that follow from a change of status, stage or archiving, unless the change sets them itself. */
export function dealConsequences(
  before: DealFields,
  patch: Partial<DealFields>,
  at: EpochMs,
): Partial<DealFields> {
  const second = Math.floor(at / 1000) * 1000;
  const follows: Partial<DealFields> = {};
  if (patch.status !== undefined && patch.status !== before.status) {
    follows.won_time = patch.status === 'won' ? second : null;
    follows.lost_time = patch.status === 'lost' ? second : null;
    follows.close_time = patch.status === 'open' ? null : second;
    if (patch.status !== 'lost') follows.lost_reason = null;
  }
  if (patch.stage_id !== undefined && patch.stage_id !== before.stage_id) follows.stage_change_time = second;
  if (patch.is_archived !== undefined && patch.is_archived !== before.is_archived) {
    follows.archive_time = patch.is_archived ? second : null;
  }
  return { ...follows, ...onlyGiven(patch, Object.keys(follows)) };
}

function onlyGiven(patch: Partial<DealFields>, keys: string[]): Partial<DealFields> {
  return Object.fromEntries(
    Object.entries(patch).filter(([key, value]) => keys.includes(key) && value !== undefined),
  );
}
