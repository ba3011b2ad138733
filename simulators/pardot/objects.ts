import type { Stored } from '../core/store.ts';

/** What of Pardot is imitated. */
export const KINDS = ['prospect', 'opportunity', 'campaign', 'list', 'visitorActivity'] as const;
export type Kind = (typeof KINDS)[number];

export type Value = string | number | boolean | null | readonly number[];
/** A record's fields by the names of v3 and v4; custom fields by their field id. */
export type Fields = { [name: string]: Value };
export type PardotRecord = Stored<number, Fields>;

/** How an object shows in the API (vendor page sections 1, 3 and 4, read 2026-11-21). */
export interface ObjectRules {
  /** The key of its rows in v3 and v4; the path has the kind's own name. */
  key: string;
  plural: string;
  /** Its fields by their v3/v4 names, in order, with what a new record has. */
  defaults: Fields;
  /** v3/v4: whether `updated_after` and `updated_before` are taken. */
  hasUpdatedFilter: boolean;
  sorts: readonly string[];
  /** v3/v4: `deleted=true` shows the recycle bin. */
  hasLegacyBin: boolean;
  /** v3/v4 rows without `created_at` and `updated_at`. */
  lacksStamps?: boolean;
  /** v5: `isDeleted` and the `deleted` parameter. */
  hasBin: boolean;
  /** v5 names that are not the camel case of the v3/v4 name. */
  renamed?: { [v5: string]: string };
  legacyWrites: readonly ('create' | 'update' | 'delete')[];
  writes: readonly ('create' | 'update' | 'delete')[];
}

const nulls = (names: string): Fields =>
  Object.fromEntries(
    names
      .split(/\s+/)
      .filter(Boolean)
      .map((name) => [name, null]),
  );

export const OBJECTS: Record<Kind, ObjectRules> = {
  prospect: {
    key: 'prospect',
    plural: 'prospects',
    defaults: {
      ...nulls(`campaign_id salutation first_name last_name email company prospect_account_id website job_title
        department country address_one address_two city state territory zip phone fax source annual_revenue
        employees industry years_in_business comments notes`),
      score: 0,
      ...nulls(`grade last_activity_at recent_interaction crm_lead_fid crm_contact_fid crm_owner_fid
        crm_account_fid salesforce_fid crm_last_sync crm_url is_do_not_email is_do_not_call opted_out is_reviewed
        is_starred`),
    },
    hasUpdatedFilter: true,
    sorts: ['created_at', 'id', 'last_activity_at', 'updated_at'],
    hasLegacyBin: true,
    hasBin: true,
    renamed: {
      salesforceId: 'salesforce_fid',
      salesforceLeadId: 'crm_lead_fid',
      salesforceContactId: 'crm_contact_fid',
      salesforceOwnerId: 'crm_owner_fid',
      salesforceAccountId: 'crm_account_fid',
      salesforceLastSync: 'crm_last_sync',
      salesforceUrl: 'crm_url',
    },
    legacyWrites: ['create', 'update', 'delete'],
    writes: ['create', 'update', 'delete'],
  },
  opportunity: {
    key: 'opportunity',
    plural: 'opportunities',
    defaults: {
      ...nulls('campaign_id name'),
      value: 0,
      probability: 0,
      ...nulls('type stage'),
      status: 'Open',
      closed_at: null,
      salesforce_id: null,
      prospect_ids: [],
    },
    hasUpdatedFilter: false,
    sorts: ['created_at', 'id', 'probability', 'value'],
    hasLegacyBin: false,
    hasBin: true,
    legacyWrites: ['create', 'update', 'delete'],
    writes: [],
  },
  campaign: {
    key: 'campaign',
    plural: 'campaigns',
    defaults: nulls('name cost folder_id parent_campaign_id salesforce_id'),
    hasUpdatedFilter: true,
    sorts: ['created_at', 'id', 'name', 'updated_at', 'cost'],
    hasLegacyBin: false,
    lacksStamps: true,
    hasBin: true,
    legacyWrites: ['create', 'update'],
    writes: [],
  },
  list: {
    key: 'list',
    plural: 'lists',
    defaults: {
      name: null,
      is_public: false,
      is_dynamic: false,
      ...nulls('title description'),
      is_crm_visible: false,
      ...nulls('campaign_id folder_id'),
    },
    hasUpdatedFilter: true,
    sorts: ['created_at', 'id', 'name', 'updated_at'],
    hasLegacyBin: false,
    hasBin: true,
    legacyWrites: ['create', 'update', 'delete'],
    writes: ['create', 'update', 'delete'],
  },
  visitorActivity: {
    key: 'visitor_activity',
    plural: 'visitor-activities',
    defaults: {
      ...nulls('visitor_id prospect_id'),
      type: 2,
      type_name: 'Visit',
      ...nulls(`details campaign_id email_id email_template_id list_email_id file_id form_id form_handler_id
        landing_page_id custom_redirect_id multivariate_test_variation_id opportunity_id paid_search_ad_id
        site_search_query_id visitor_page_view_id visit_id`),
    },
    hasUpdatedFilter: true,
    sorts: ['created_at', 'id', 'prospect_id', 'visitor_id', 'updated_at'],
    hasLegacyBin: false,
    hasBin: false,
    legacyWrites: [],
    writes: [],
  },
};

export const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** v5 has more fields of a prospect than v3 and v4; these are always null here. */
const ONLY_V5 =
  `isEmailHardBounced doNotSell profileId lifecycleStageId userId emailBouncedAt emailBouncedReason
  sourceParameter campaignParameter mediumParameter contentParameter termParameter firstActivityAt firstAssignedAt
  firstReferrerQuery firstReferrerType firstReferrerUrl salesforceCampaignId assignedToId convertedAt
  convertedFromObjectName convertedFromObjectType`.split(/\s+/);

/** Every field `fields=` may name in v5, with the v3/v4 name it is kept under ('' for one that is always null). */
export function v5Fields(kind: Kind): Map<string, string> {
  const { defaults, renamed = {}, hasBin } = OBJECTS[kind];
  const own = new Map(Object.entries(renamed));
  const taken = new Set(own.values());
  for (const name of Object.keys(defaults)) {
    if (!taken.has(name) && name !== 'prospect_ids') own.set(camelCase(name), name);
  }
  for (const name of kind === 'prospect' ? ONLY_V5 : []) own.set(name, '');
  for (const name of ['id', 'createdAt', 'updatedAt', ...(hasBin ? ['isDeleted'] : [])]) own.set(name, name);
  if (kind !== 'visitorActivity') for (const name of ['createdById', 'updatedById']) own.set(name, '');
  return own;
}
