import type { JsonObject } from '../../kernel/json.ts';
import type { ConnectorSamples, ResourceSamples } from '../testing/answers.ts';
import { FACTS, type Kind } from './kinds.ts';
import { idOf } from './records.ts';

/**
 * Answers as Pardot documents them, for tests: v3's and v4's rows and envelope (vendor facts of 2026-11, section 3; the
 * shapes of prospects, opportunities, campaigns and lists are those of samples recorded 2016 to 2017), v5's of its
 * overview (section 4).
 */
export const prospect: JsonObject = {
  id: 331,
  campaign_id: 893,
  salutation: null,
  first_name: 'Else',
  last_name: 'Someone',
  email: 'else@customers.example',
  company: null,
  phone: '(321) 456-0987',
  score: 0,
  grade: 'A+',
  last_activity_at: null,
  recent_interaction: 'Never active',
  crm_lead_fid: null,
  is_do_not_email: false,
  is_starred: null,
  opted_out: true,
  created_at: '2016-01-17 04:49:51',
  updated_at: '2017-08-09 18:32:40',
};

/** The same as v3 and v4 may write it. */
export const prospectAsText: JsonObject = {
  ...prospect,
  id: '331',
  campaign_id: '893',
  is_do_not_email: 0,
  is_starred: '',
  opted_out: '1',
  campaign: { id: '893', name: 'Database Mining' },
  last_activity: null,
};

export const opportunity: JsonObject = {
  id: 1,
  name: 'Opportunity1',
  value: 5,
  probability: 50,
  type: 'ReallyGood',
  stage: 'Alpha',
  status: 'Open',
  created_at: '2017-12-18 19:29:56',
  updated_at: '2017-12-18 19:29:56',
  campaign: { id: 3, name: "Google Buyer's Guide Campaign" },
  prospects: {
    prospect: { id: 11, first_name: 'Angela', last_name: 'L', email: 'a@c.example', company: 'C' },
  },
};

export const campaign: JsonObject = { id: 2, name: 'Web Tracking', cost: 100 };

export const list: JsonObject = {
  id: 752,
  name: 'Monthly Newsletter',
  is_public: true,
  is_dynamic: false,
  title: 'Newsletter',
  description: null,
  is_crm_visible: false,
  created_at: '2014-02-11 15:42:36',
  updated_at: '2014-03-06 15:28:41',
};

export const activity: JsonObject = {
  id: 456,
  visitor_id: 654,
  prospect_id: 100,
  type: 2,
  type_name: 'Landing Page',
  details: 'Landing Page 1',
  landing_page_id: 12,
  campaign: { id: 1111, name: 'Website Tracking' },
  created_at: '2015-09-25 11:15:16',
};

/** A prospect of v5, in an account at −05:00. */
export const prospectV5: JsonObject = {
  id: 331,
  email: 'else@customers.example',
  firstName: 'Else',
  campaignId: 893,
  salesforceLeadId: null,
  isDoNotEmail: false,
  isDeleted: false,
  lastActivityAt: null,
  Region__c: 'North',
  createdAt: '2026-11-10T04:00:00-05:00',
  updatedAt: '2026-11-20T04:15:00-05:00',
};

/** Rows of v3 and v4: one is an object, none is null. */
export function legacyRows(kind: Kind, rows: JsonObject[], total?: number): JsonObject {
  const { key } = FACTS[kind];
  const shown = rows.length > 1 ? rows : (rows[0] ?? null);
  const result =
    rows.length === 0 ? null : { [key]: shown, ...(total !== undefined && { total_results: total }) };
  return { '@attributes': { stat: 'ok', version: 1 }, result };
}

export function legacyOne(kind: Kind, row: JsonObject): JsonObject {
  return { '@attributes': { stat: 'ok', version: 1 }, [FACTS[kind].key]: row };
}

export function legacyRefusal(code: number, message: string): JsonObject {
  return { '@attributes': { stat: 'fail', version: 1, err_code: code }, err: message };
}

export function v5Page(values: JsonObject[], nextPageUrl: string | null = null): JsonObject {
  return { nextPageToken: nextPageUrl === null ? null : 'token', nextPageUrl, values };
}

function samplesOf(kind: Kind, row: JsonObject, feeds: readonly string[]): ResourceSamples {
  const page = legacyRows(kind, [row]);
  return {
    id: idOf(row),
    pages: Object.fromEntries(feeds.map((feed) => [feed, page])),
    sweep: page,
    list: page,
    readMany: page,
    one: page,
  };
}

export const contractSamples: ConnectorSamples = {
  contacts: samplesOf('prospect', prospect, ['updated', 'bin']),
  leads: samplesOf('opportunity', opportunity, ['listing']),
  campaigns: samplesOf('campaign', campaign, ['listing']),
  lists: samplesOf('list', list, ['updated']),
  events: samplesOf('visitorActivity', activity, ['updated']),
};
