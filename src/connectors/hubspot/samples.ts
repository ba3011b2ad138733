import type { JsonObject } from '../../kernel/json.ts';
import { idOf } from './records.ts';
import type { ConnectorSamples, ResourceSamples } from '../testing/answers.ts';

/**
 * Answers as HubSpot documents them ("Using object APIs", "CRM search", "Properties", "Error handling", read 2026-11;
 * account details and limit headers as recorded in the facts of that time), for tests.
 */
export const contact: JsonObject = {
  id: '81000000041',
  properties: {
    createdate: '2026-11-19T08:00:00.000Z',
    email: 'ada@customers.example',
    firstname: 'Ada',
    hs_object_id: '81000000041',
    lastmodifieddate: '2026-11-20T09:00:00.123Z',
    lastname: 'Almeida',
    phone: null,
  },
  createdAt: '2026-11-19T08:00:00.000Z',
  updatedAt: '2026-11-20T09:00:00.123Z',
  archived: false,
};

export const company: JsonObject = {
  id: '9400000007',
  properties: {
    createdate: '2026-11-19T08:00:00.000Z',
    domain: 'northwind.example',
    hs_lastmodifieddate: '2026-11-20T09:00:00.456Z',
    hs_object_id: '9400000007',
    name: 'Northwind Traders',
  },
  createdAt: '2026-11-19T08:00:00.000Z',
  updatedAt: '2026-11-20T09:00:00.456Z',
  archived: false,
};

export const deal: JsonObject = {
  id: '27500000120',
  properties: {
    amount: '9000',
    closedate: null,
    createdate: '2026-11-19T08:00:00.000Z',
    dealname: 'Annual licence',
    dealstage: 'contractsent',
    hs_lastmodifieddate: '2026-11-20T09:00:00.789Z',
    hs_object_id: '27500000120',
    pipeline: 'default',
  },
  createdAt: '2026-11-19T08:00:00.000Z',
  updatedAt: '2026-11-20T09:00:00.789Z',
  archived: false,
};

export const account: JsonObject = {
  portalId: 62515,
  accountType: 'STANDARD',
  timeZone: 'America/New_York',
  companyCurrency: 'USD',
  additionalCurrencies: [],
  utcOffset: '-05:00',
  utcOffsetMilliseconds: -18000000,
  uiDomain: 'app.hubspot.com',
  dataHostingLocation: 'na1',
};

/** Of a private app; an OAuth app is told nothing of the day, and searches send none of these. */
export const limitHeaders = {
  'x-hubspot-ratelimit-max': '190',
  'x-hubspot-ratelimit-remaining': '189',
  'x-hubspot-ratelimit-interval-milliseconds': '10000',
  'x-hubspot-ratelimit-secondly': '11',
  'x-hubspot-ratelimit-secondly-remaining': '10',
  'x-hubspot-ratelimit-daily': '650000',
  'x-hubspot-ratelimit-daily-remaining': '649000',
};

export function refusal(message: string, category: string, more: JsonObject = {}): JsonObject {
  return {
    status: 'error',
    message,
    correlationId: '7ac09a39-31f7-4a30-a8c1-9a3e2ad6a7f3',
    category,
    ...more,
  };
}

export function limitMet(policyName: string): JsonObject {
  return { status: 'error', message: 'You have reached a limit.', errorType: 'RATE_LIMIT', policyName };
}

/** A page of a list, or of a search when `total` is given. */
export function pageOf(records: JsonObject[], after?: string, total?: number): JsonObject {
  return {
    results: records,
    ...(after !== undefined && { paging: { next: { after } } }),
    ...(total !== undefined && { total }),
  };
}

/** A property as the account lists it. */
export function property(name: string, more: JsonObject = {}): JsonObject {
  return {
    name,
    label: name,
    type: 'string',
    fieldType: 'text',
    groupName: 'information',
    options: [],
    calculated: false,
    hidden: false,
    hubspotDefined: true,
    modificationMetadata: { archivable: true, readOnlyDefinition: true, readOnlyValue: false },
    formField: true,
    ...more,
  };
}

function samplesOf(record: JsonObject): ResourceSamples {
  const archived = { ...record, archived: true, archivedAt: '2026-11-20T09:05:00.000Z' };
  return {
    id: idOf(record),
    pages: { changes: pageOf([record], undefined, 1), archived: pageOf([archived]) },
    sweep: pageOf([{ ...record, url: 'https://app.hubspot.com/contacts/62515/record' }]),
    list: pageOf([record]),
    readMany: { status: 'COMPLETE', ...pageOf([record]) },
    one: record,
  };
}

export const contractSamples: ConnectorSamples = {
  accounts: samplesOf(company),
  contacts: samplesOf(contact),
  opportunities: samplesOf(deal),
  leads: samplesOf(contact),
};
