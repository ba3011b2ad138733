import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { ConnectorContext, PollingDefault, ReadOne, Resource } from '../define-connector.ts';
import type { VendorRequest } from '../vendor-http.ts';
import { archivedFeed, changesFeed, sweepFeed } from './feeds.ts';
import { apiPaths, MODIFIED, type Kind } from './kinds.ts';
import { listingOf } from './listing.ts';
import { discoverProperties, propertiesIn } from './properties.ts';
import { compileWhere } from './query.ts';
import { readManyOf } from './read-many.ts';
import { ID_PATTERN, idOf, readPage, readRecord } from './records.ts';
import { requestsOf } from './requests.ts';
import { toObjectBody } from './write-body.ts';

/** Raised when the shape of the records changes in a release. */
const SHAPE_VERSION = 1;

/** What older generations called the id. */
const LEGACY_IDS: Record<Kind, string> = { contacts: 'vid', companies: 'companyId', deals: 'dealId' };

interface Naming {
  name: string;
  kind: Kind;
  vendorObject: string;
  aliases: readonly string[];
}

function resource({ name, kind, vendorObject, aliases }: Naming): Resource {
  const path = (id: string, { configuration }: ConnectorContext): string =>
    `${apiPaths(configuration).objects(kind)}/${encodeURIComponent(id)}`;
  const write = (
    method: 'POST' | 'PATCH',
    path: string,
    body: JsonObject,
    { discovered }: ConnectorContext,
  ): VendorRequest => {
    const purpose = method === 'POST' ? 'create' : 'update';
    return { method, path, json: toObjectBody(kind, body, propertiesIn(kind, discovered), purpose) };
  };
  return {
    name,
    vendorObject,
    aliases,
    idField: 'id',
    idAliases: ['id', LEGACY_IDS[kind]],
    idPattern: ID_PATTERN,
    shapeVersion: SHAPE_VERSION,
    discover: discoverProperties(kind),
    list: listingOf(kind),
    compileWhere: (where, context) => compileWhere(kind, where, context),
    get: {
      request: (id, _fields, context) => requestsOf(kind, context).readOne(id),
      read: readOne,
    },
    create: {
      request: (body, context) => write('POST', apiPaths(context.configuration).objects(kind), body, context),
      read: readWritten,
    },
    update: {
      request: (id, body, context) => write('PATCH', path(id, context), body, context),
      read: readWritten,
    },
    remove: { request: (id, context) => ({ method: 'DELETE', path: path(id, context) }) },
    polling: {
      default: pollingDefault(name, kind),
      feeds: (context) => {
        const requests = requestsOf(kind, context);
        return [changesFeed(requests), archivedFeed(requests, context.now)];
      },
      readMany: (context) => readManyOf(requestsOf(kind, context)),
      sweep: (context) => sweepFeed(requestsOf(kind, context)),
      deletions: 'all',
    },
  };
}

/** One record, or the bulk read of one, which an account with very many properties needs. */
const readOne: ReadOne['read'] = (response) => {
  const { body } = response;
  if (!isJsonObject(body) || body['results'] === undefined) return { record: readRecord(body) };
  const [record] = readPage(response).records;
  return record === undefined ? { absent: true } : { record };
};

/** The answer to a write shows a few properties only: the record is read again. */
const readWritten: ReadOne['read'] = ({ body }) => ({ id: idOf(body) });

/** `=` is how this vendor's configurations say "since". */
function pollingDefault(name: string, kind: Kind): PollingDefault {
  return {
    url: `/hubs/crm/${name}?where=${MODIFIED[kind]}='\${date}'`,
    idField: 'id',
    datesConfiguration: {
      updatedDateField: `properties.${MODIFIED[kind]}`,
      updatedDateFormat: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
      createdDateField: 'properties.createdate',
      createdDateFormat: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    },
  };
}

/** Leads are contacts here, as ever; HubSpot's own lead objects are another thing. Numbers are HubSpot's types. */
export const resources: readonly Resource[] = [
  resource({ name: 'accounts', kind: 'companies', vendorObject: 'companies', aliases: ['0-2'] }),
  resource({ name: 'contacts', kind: 'contacts', vendorObject: 'contacts', aliases: ['0-1'] }),
  resource({ name: 'opportunities', kind: 'deals', vendorObject: 'deals', aliases: ['0-3'] }),
  resource({ name: 'leads', kind: 'contacts', vendorObject: 'leads', aliases: [] }),
];
