import { isJsonObject, type Json } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import type { ConnectorContext, Resource } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { VendorResponse } from '../vendor-http.ts';
import { apiPaths, MODIFIED, OBJECT_ID, type Kind } from './kinds.ts';

/** New properties show in records after this long at the latest. */
const TTL_MS = 3_600_000;

/** What an account says of the properties of one record type; all sorted, so that equal accounts give equal text. */
export type Properties = {
  /** Those that are read: without a list HubSpot shows half a dozen. */
  names: string[];
  /** Filled by HubSpot; writing one is refused. */
  readOnly: string[];
  numbers: string[];
  /** Of type `datetime` and `date`. */
  dates: string[];
};

/**
 * The properties of a record type, which HubSpot lists whole, without paging ("Properties", read 2026-11). An app
 * whose scopes allow the records but not this list (403) reads the usual properties.
 */
export function discoverProperties(kind: Kind): NonNullable<Resource['discover']> {
  return {
    request: ({ configuration }) => ({
      method: 'GET',
      path: apiPaths(configuration).properties(kind),
      accept: [403],
    }),
    read: (response) => (isRefused(response) ? null : readProperties(response)),
    ttlMs: TTL_MS,
  };
}

/** A proxy's 403 is no word of HubSpot's. */
function isRefused({ status, body }: VendorResponse): boolean {
  return status === 403 && isJsonObject(body) && body['category'] === 'MISSING_SCOPES';
}

/** @throws UnreadableAnswer when the answer is no list of properties. */
export function readProperties({ body }: VendorResponse): Properties {
  const results = isJsonObject(body) ? body['results'] : undefined;
  if (!Array.isArray(results)) throw new UnreadableAnswer('HubSpot answered without a list of properties');
  const found = results.map(readProperty).filter(({ runsWithTheClock }) => !runsWithTheClock);
  const namesOf = (wanted: typeof found): string[] => wanted.map(({ name }) => name).sort();
  return {
    names: namesOf(found),
    readOnly: namesOf(found.filter(({ isReadOnly }) => isReadOnly)),
    numbers: namesOf(found.filter(({ type }) => type === 'number')),
    dates: namesOf(found.filter(({ type }) => type === 'datetime' || type === 'date')),
  };
}

interface Property {
  name: string;
  type: string | undefined;
  isReadOnly: boolean;
  runsWithTheClock: boolean;
}

/**
 * `hs_v2_time_in_current_stage` and its like are computed when they are read: each reading of an unchanged record
 * would look like another version of it. They are left out of records.
 */
function readProperty(property: Json): Property {
  const name = isJsonObject(property) ? textOf(property['name']) : undefined;
  if (!isJsonObject(property) || name === undefined) {
    throw new UnreadableAnswer('HubSpot listed a property that has no name');
  }
  const metadata = property['modificationMetadata'];
  return {
    name,
    type: textOf(property['type']),
    isReadOnly: isJsonObject(metadata) && metadata['readOnlyValue'] === true,
    runsWithTheClock: property['calculated'] === true && /(^|_)time_in_/.test(name),
  };
}

const USUAL: Record<Kind, readonly string[]> = {
  contacts: ['createdate', 'email', 'firstname', 'lastname'],
  companies: ['createdate', 'domain', 'name'],
  deals: ['amount', 'closedate', 'createdate', 'dealname', 'dealstage', 'pipeline'],
};

/** What was discovered; HubSpot's own default list before anything was. Never without id and change stamp. */
export function propertiesIn(kind: Kind, discovered: Json): Properties {
  const found = (discovered as Properties | null) ?? {
    names: USUAL[kind],
    readOnly: [],
    numbers: [],
    dates: ['createdate'],
  };
  return {
    ...found,
    names: [...new Set([...found.names, 'createdate', MODIFIED[kind], OBJECT_ID])].sort(),
    readOnly: [...new Set([...found.readOnly, MODIFIED[kind], OBJECT_ID])],
    numbers: [...new Set([...found.numbers, OBJECT_ID])],
    dates: [...new Set([...found.dates, MODIFIED[kind]])],
  };
}

/** The properties that a resource's functions ask for. */
export function namesIn(kind: Kind, { discovered }: ConnectorContext): string[] {
  return propertiesIn(kind, discovered).names;
}
