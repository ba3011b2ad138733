import { isJsonObject } from '../../kernel/json.ts';
import type { Resource } from '../define-connector.ts';
import { discoveryOf } from './discover.ts';
import { dialectOf, versionOf } from './dialect.ts';
import { feedsOf, sweepOf } from './feeds.ts';
import { FACTS, ID_PATTERN, type Kind } from './kinds.ts';

import { listingOf } from './listing.ts';
import { compileWhere } from './query.ts';
import { legacySpan, readManyOf } from './read-many.ts';
import { readRecord, readRecords } from './records.ts';
import { legacyQuery, v5FieldsOf, v5Path } from './requests.ts';

import { writesOf } from './writes.ts';

/** Raised when the shape of the records changes in a release. */
const SHAPE_VERSION = 1;

function resource(name: string, kind: Kind, aliases: readonly string[]): Resource {
  return {
    name,
    vendorObject: kind,
    aliases,
    idField: 'id',
    idAliases: [],
    idPattern: ID_PATTERN,
    shapeVersion: SHAPE_VERSION,
    discover: discoveryOf(kind),
    list: listingOf(kind),
    compileWhere: (where, context) => compileWhere(kind, where, context),
    get: getOf(kind),
    ...writesOf(kind),
    polling: {
      default: {
        url: `/hubs/marketing/${name}?where=updated_at>'\${gmtDate:yyyy-MM-dd HH:mm:ss}'`,
        idField: 'id',
        // The feeds read the stamps, in the zone they are in; a date configured here would be read as GMT.
        datesConfiguration: {},
      },
      feeds: (context) => feedsOf(kind, context),
      readMany: (context) => readManyOf(kind, context),
      sweep: (context) => sweepOf(kind, context),
      deletions: FACTS[kind].hasLegacyBin ? 'all' : 'none',
    },
  };
}

/**
 * One record. v3 and v4's own `read` answers more than their query, and would make another record of the same: so the
 * query is asked for the one id.
 */
function getOf(kind: Kind): Resource['get'] {
  return {
    request: (id, _fields, context) => {
      if (dialectOf(context.configuration) === 'v5') {
        return { method: 'GET', path: v5Path(kind, id), query: { fields: v5FieldsOf(kind, context) } };
      }
      const number = ID_PATTERN.test(id) ? Number(id) : 0;
      return legacyQuery(kind, versionOf(context), { ...legacySpan(number, number), limit: 1 });
    },
    read: (response) => {
      if (isJsonObject(response.body) && '@attributes' in response.body) {
        const [record] = readRecords(kind, response).records;
        return record === undefined ? { absent: true } : { record };
      }
      const record = readRecord(kind, response);
      return record['is_deleted'] === true ? { absent: true } : { record };
    },
  };
}

export const resources: readonly Resource[] = [
  resource('contacts', 'prospect', ['prospects']),
  resource('leads', 'opportunity', ['opportunities']),
  resource('campaigns', 'campaign', []),
  resource('lists', 'list', []),
  resource('events', 'visitorActivity', ['visitor-activities', 'activities']),
];
