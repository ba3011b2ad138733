import type { JsonObject } from '../../kernel/json.ts';
import { idOf } from './records.ts';
import type { ConnectorSamples, ResourceSamples } from '../testing/answers.ts';

/**
 * Answers as Pipedrive documents them (API v2 and v1 reference, read 2026-11; the shapes marked as recorded in the
 * facts of that time come from traffic of 2026-05), for tests.
 */
export const person: JsonObject = {
  id: 41,
  name: 'Ada Almeida',
  first_name: 'Ada',
  last_name: 'Almeida',
  owner_id: 12256380,
  org_id: 7,
  emails: [{ value: 'ada@customers.example', primary: true, label: 'work' }],
  phones: [],
  add_time: '2026-05-10T08:00:00Z',
  update_time: '2026-05-15T10:16:44Z',
  is_deleted: false,
  visible_to: 3,
  label_ids: [],
  picture_id: null,
  custom_fields: { f699f454bfc8aaa65063207da2a4ddd89bd4c640: 12 },
};

export const organization: JsonObject = {
  id: 7,
  name: 'Northwind Traders',
  owner_id: 12256380,
  add_time: '2026-05-10T08:00:00Z',
  update_time: null,
  is_deleted: false,
  visible_to: 3,
  address: { value: '9 Harbour Street, Porto', country: 'Portugal' },
  label_ids: [],
  custom_fields: {},
};

export const deal: JsonObject = {
  id: 120,
  title: 'Annual licence',
  value: 9000,
  currency: 'EUR',
  creator_user_id: 12256380,
  owner_id: 12256380,
  person_id: 41,
  org_id: 7,
  pipeline_id: 1,
  stage_id: 2,
  status: 'open',
  probability: null,
  add_time: '2026-05-10T08:00:00Z',
  update_time: '2026-05-15T10:16:44Z',
  stage_change_time: '2026-05-15T10:16:44Z',
  close_time: null,
  won_time: null,
  lost_time: null,
  expected_close_date: '2026-12-01',
  lost_reason: null,
  is_deleted: false,
  is_archived: false,
  archive_time: null,
  label_ids: [],
  visible_to: 3,
  origin: 'API',
  custom_fields: null,
};

/** The v1 record of a person that was deleted, as `/v1/recents` shows it. */
export const deletedPersonV1: JsonObject = {
  id: 42,
  name: 'Bruno Berg',
  active_flag: false,
  email: [{ label: 'work', value: 'bruno@customers.example', primary: true }],
  org_id: { name: 'Northwind Traders', people_count: 2, owner_id: 12256380, value: 7 },
  owner_id: { id: 12256380, name: 'Ada', value: 12256380 },
  add_time: '2026-05-10 08:00:00',
  update_time: '2026-05-16 09:00:00',
  delete_time: '2026-05-16 09:00:00',
};

export const currentUser: JsonObject = {
  success: true,
  data: {
    id: 12256380,
    name: 'Ada',
    email: 'ada@acme.example',
    company_id: 8087566,
    company_name: 'Acme Trading',
    company_domain: 'acme',
    timezone_name: 'Europe/Tallinn',
    is_admin: 1,
  },
};

/** Headers recorded 2026-05. */
export const limitHeaders = {
  'x-ratelimit-limit': '80',
  'x-ratelimit-remaining': '79',
  'x-ratelimit-reset': '2',
  'x-daily-ratelimit-token-limit': '150000',
  'x-daily-ratelimit-token-remaining': '147650',
};

export function v2List(records: JsonObject[], nextCursor: string | null = null): JsonObject {
  return { success: true, data: records, additional_data: { next_cursor: nextCursor } };
}

/** An empty v1 list is null. */
export function recentsList(
  entries: JsonObject[],
  pagination: JsonObject = { start: 0, limit: 500, more_items_in_collection: false },
): JsonObject {
  return {
    success: true,
    data: entries.length === 0 ? null : entries,
    additional_data: { pagination },
  };
}

export function refusal(error: string, more: JsonObject = {}): JsonObject {
  return { success: false, error, data: null, additional_data: null, ...more };
}

function samplesOf(record: JsonObject, deletions: { [feed: string]: JsonObject }): ResourceSamples {
  const page = v2List([record]);
  return {
    id: idOf(record),
    pages: { changes: page, ...deletions },
    sweep: page,
    list: page,
    readMany: page,
    one: { success: true, data: record },
  };
}

function recentDeletion(item: string, id: number): JsonObject {
  return recentsList([{ item, id, data: { ...deletedPersonV1, id } }]);
}

export const contractSamples: ConnectorSamples = {
  accounts: samplesOf(organization, { recents: recentDeletion('organization', 7) }),
  contacts: samplesOf(person, { recents: recentDeletion('person', 41) }),
  opportunities: samplesOf(deal, {
    archived: v2List([deal]),
    deleted: v2List([{ ...deal, is_deleted: true }]),
  }),
};
