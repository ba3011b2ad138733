import type { Kind } from './kinds.ts';

/**
 * The fields asked for in v5, which answers no others (Pardot v5 object reference and the connectors in use, vendor
 * facts of 2026-11, section 4). Custom fields of prospects come on top.
 */
const V5_FIELDS: Record<Kind, readonly string[]> = {
  prospect:
    list(`id email optedOut isDeleted isDoNotCall isDoNotEmail isEmailHardBounced isReviewed isStarred doNotSell
    prospectAccountId campaignId profileId lifecycleStageId userId lastActivityAt recentInteraction firstName lastName
    salutation jobTitle emailBouncedAt emailBouncedReason source sourceParameter campaignParameter mediumParameter
    contentParameter termParameter firstActivityAt firstAssignedAt firstReferrerQuery firstReferrerType
    firstReferrerUrl salesforceId salesforceContactId salesforceLeadId salesforceAccountId salesforceCampaignId
    salesforceOwnerId salesforceUrl salesforceLastSync assignedToId convertedAt convertedFromObjectName
    convertedFromObjectType grade phone fax addressOne addressTwo city state zip country company annualRevenue website
    industry department yearsInBusiness employees score territory comments notes createdAt updatedAt createdById
    updatedById`),
  opportunity:
    list(`id name campaignId value probability type stage status closedAt salesforceId isDeleted createdAt
    updatedAt createdById updatedById`),
  campaign:
    list(`id name isDeleted folderId cost parentCampaignId salesforceId createdAt updatedAt createdById
    updatedById`),
  list: list(`id name title description isPublic folderId campaignId isDeleted isDynamic createdAt updatedAt
    createdById updatedById`),
  visitorActivity:
    list(`id visitId prospectId visitorId emailId type typeName details campaignId customRedirectId
    emailTemplateId fileId formHandlerId formId landingPageId listEmailId multivariateTestVariationId opportunityId
    paidSearchAdId siteSearchQueryId visitorPageViewId createdAt updatedAt`),
};

/** What v5 calls otherwise than by the camel case of v3's and v4's name (sections 3 and 4). */
const RENAMED: { [kind: string]: { [v5: string]: string } } = {
  prospect: {
    salesforceId: 'salesforce_fid',
    salesforceLeadId: 'crm_lead_fid',
    salesforceContactId: 'crm_contact_fid',
    salesforceOwnerId: 'crm_owner_fid',
    salesforceAccountId: 'crm_account_fid',
    salesforceLastSync: 'crm_last_sync',
    salesforceUrl: 'crm_url',
  },
};

/** The value of v5's `fields`. */
export function fieldsParameter(kind: Kind, customFields: readonly string[]): string {
  return [...V5_FIELDS[kind], ...customFields].join(',');
}

/**
 * Our name of a v5 field: the one of v3 and v4, which clients of the old product know. Names that v3 and v4 do not
 * have are put in the same style; those of custom fields (`Region__c`) stay.
 */
export function ourName(kind: Kind, v5: string): string {
  if (v5.endsWith('__c')) return v5;
  return RENAMED[kind]?.[v5] ?? v5.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** v5's name of one of ours; a name that is neither's stays as it is. */
export function v5Name(kind: Kind, ours: string): string {
  const renamed = Object.entries(RENAMED[kind] ?? {}).find(([, name]) => name === ours);
  if (renamed !== undefined) return renamed[0];
  if (!/^[a-z][a-z\d]*(_[a-z\d]+)*$/.test(ours)) return ours;
  return ours.replace(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
}

/** Our name of a field that a client may spell either way. */
export function fieldName(kind: Kind, name: string): string {
  return V5_FIELDS[kind].includes(name) ? ourName(kind, name) : name;
}

function list(names: string): string[] {
  return names.split(/\s+/).filter((name) => name !== '');
}
