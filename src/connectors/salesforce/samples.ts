import type { JsonObject } from '../../kernel/json.ts';
import type { ConnectorSamples, ResourceSamples } from '../testing/answers.ts';

/** Answers in the shapes recorded from Salesforce in 2026 and documented in its REST API guide, for tests. */
export function sampleRecord(type: string, id: string, more: JsonObject = {}): JsonObject {
  return {
    attributes: { type, url: `/services/data/v66.0/sobjects/${type}/${id}` },
    Id: id,
    IsDeleted: false,
    CreatedDate: '2026-05-01T07:25:37.000+0000',
    LastModifiedDate: '2026-11-20T08:00:00.000+0000',
    SystemModstamp: '2026-11-20T08:00:05.000+0000',
    ...more,
  };
}

export function queryAnswer(records: JsonObject[], nextRecordsUrl?: string): JsonObject {
  const done = nextRecordsUrl === undefined;
  return { totalSize: records.length, done, ...(!done && { nextRecordsUrl }), records };
}

export function errorAnswer(errorCode: string, message = 'told so'): JsonObject[] {
  return [{ message, errorCode }];
}

function samplesOf(type: string, id: string): ResourceSamples {
  const record = sampleRecord(type, id, { Name: 'Ada' });
  const page = queryAnswer([record]);
  return { id, pages: { changes: page }, sweep: page, list: page, readMany: page, one: record };
}

export const contractSamples: ConnectorSamples = {
  accounts: samplesOf('Account', '0015f000004pQzAAAU'),
  contacts: samplesOf('Contact', '0035f000004pQzBAAU'),
  leads: samplesOf('Lead', '00Q5f000004pQzCEAU'),
  opportunities: samplesOf('Opportunity', '0065f000004pQzDAAU'),
};
