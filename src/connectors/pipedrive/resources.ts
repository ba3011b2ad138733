import type { JsonObject } from '../../kernel/json.ts';
import type { PollingDefault, Resource } from '../define-connector.ts';
import { deletedDealsFeed, sweepFeed, windowFeed } from './feeds.ts';
import { COSTS, ITEM_NAMES, type Kind } from './kinds.ts';
import { listingOf } from './listing.ts';
import { compileWhere } from './query.ts';
import { readManyOf } from './read-many.ts';
import { recentsFeed } from './recents.ts';
import { ID_PATTERN, readV2Record } from './records.ts';
import { toV2Body } from './write-body.ts';

/** Raised when the shape of the records changes in a release. */
const SHAPE_VERSION = 1;

function resource(name: string, kind: Kind, aliases: readonly string[]): Resource {
  const path = (id: string): string => `/api/v2/${kind}/${encodeURIComponent(id)}`;
  return {
    name,
    vendorObject: ITEM_NAMES[kind],
    aliases,
    idField: 'id',
    idAliases: [],
    idPattern: ID_PATTERN,
    shapeVersion: SHAPE_VERSION,
    list: listingOf(kind),
    compileWhere: (where) => compileWhere(kind, where),
    get: {
      request: (id) => ({ method: 'GET', path: path(id), cost: COSTS.getOne }),
      // A deleted record stays readable for 30 days; to a client it is not there.
      read: (response) => {
        const record = readV2Record(response);
        return record['is_deleted'] === true ? { absent: true } : { record };
      },
    },
    create: {
      request: (body: JsonObject) => ({
        method: 'POST',
        path: `/api/v2/${kind}`,
        json: toV2Body(kind, body, 'create'),
        cost: COSTS.write,
      }),
      read: (response) => ({ record: readV2Record(response) }),
    },
    update: {
      request: (id, body) => ({
        method: 'PATCH',
        path: path(id),
        json: toV2Body(kind, body, 'update'),
        cost: COSTS.write,
      }),
      read: (response) => ({ record: readV2Record(response) }),
    },
    remove: { request: (id) => ({ method: 'DELETE', path: path(id), cost: COSTS.remove }) },
    polling: {
      default: pollingDefault(name),
      feeds: ({ now }) =>
        kind === 'deals'
          ? [
              windowFeed('changes', kind, kind),
              windowFeed('archived', kind, 'deals/archived'),
              deletedDealsFeed(),
            ]
          : [windowFeed('changes', kind, kind), recentsFeed(kind, now)],
      readMany: () => readManyOf(kind),
      sweep: () => sweepFeed(kind),
      deletions: 'all',
    },
  };
}

/** Stamps are read in v2's form; a configuration that declares v1's works too, ISO-8601 is always understood. */
function pollingDefault(name: string): PollingDefault {
  return {
    url: `/hubs/crm/${name}?where=update_time>'\${date:yyyy-MM-dd HH:mm:ss}'`,
    idField: 'id',
    datesConfiguration: {
      updatedDateField: 'update_time',
      updatedDateFormat: "yyyy-MM-dd'T'HH:mm:ssXXX",
      createdDateField: 'add_time',
      createdDateFormat: "yyyy-MM-dd'T'HH:mm:ssXXX",
    },
  };
}

export const resources: readonly Resource[] = [
  resource('accounts', 'organizations', ['organizations']),
  resource('contacts', 'persons', ['persons', 'people']),
  resource('opportunities', 'deals', ['deals']),
];
