import { isJsonObject, type Json } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import type { Resource } from '../define-connector.ts';
import type { VendorResponse } from '../vendor-http.ts';
import { assumedVersion, demandedVersion, dialectOf } from './dialect.ts';
import { V5_PAGE, type Kind } from './kinds.ts';
import { legacyQuery } from './requests.ts';

const HOUR_MS = 3_600_000;
/** Whatever Pardot answers, it is not this question's failure: the real one that follows meets it as well. */
const ANY_ANSWER = [200, 400, 401, 403, 404, 405, 410, 429, 500, 502, 503, 504] as const;

/**
 * What must be known of an account: for v5's prospects their custom fields, which are answered only by name; for all
 * else which of v3 and v4 it takes, found out by asking with the one assumed (codes 88 and 89; Pardot, vendor
 * facts of 2026-11, sections 1 and 4). v5's other objects need it where they are written.
 */
export function discoveryOf(kind: Kind): NonNullable<Resource['discover']> {
  return {
    request: (context) =>
      kind === 'prospect' && dialectOf(context.configuration) === 'v5'
        ? {
            method: 'GET',
            path: '/api/v5/objects/custom-fields',
            query: { fields: 'id,fieldId', limit: V5_PAGE },
            accept: [400, 403, 404],
          }
        : {
            ...legacyQuery(kind, assumedVersion(context), { fields: 'id', limit: 1 }),
            accept: ANY_ANSWER,
          },
    read: (response) => readCustomFields(response) ?? readVersion(response),
    ttlMs: HOUR_MS,
  };
}

/** In v5 a custom field goes by its id with `__c` behind it. */
function readCustomFields({ body }: VendorResponse): Json | undefined {
  const values = isJsonObject(body) ? body['values'] : undefined;
  if (!Array.isArray(values)) return undefined;
  const names = values.flatMap((value) => {
    const id = isJsonObject(value) ? textOf(value['fieldId']) : undefined;
    if (id === undefined || !/^\w+$/.test(id)) return [];
    return [id.endsWith('__c') ? id : `${id}__c`];
  });
  return { customFields: [...new Set(names)].sort() };
}

/** Nothing where the assumed version is the right one, or nobody can tell. */
function readVersion(response: VendorResponse): Json {
  const version = demandedVersion(response);
  return version === undefined ? {} : { version };
}
