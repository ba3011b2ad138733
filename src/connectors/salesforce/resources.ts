import { isJsonObject } from '../../kernel/json.ts';
import type { ConnectorContext, PollingDefault, ReadOne, Resource } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Feed } from '../feed.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { apiRoot } from './api-version.ts';
import { changesFeed, type FeedObject } from './changes-feed.ts';
import { compileToSoql } from './compile-where.ts';
import { describedIn, readDescribe, recordFields, stampField, writableBody } from './described.ts';
import { selectRecords } from './filter.ts';
import { ID_PATTERN, idOf, toId18 } from './ids.ts';
import { listingOf } from './listing.ts';
import { queryRequest, readQueryPage } from './query-page.ts';
import { readManyOf } from './read-many.ts';
import { deletedFeed } from './replication.ts';
import { quote } from './soql-literals.ts';
import { objectName } from './standard-objects.ts';
import { sweepFeed } from './sweep-feed.ts';

/** Raised when the shape of the records changes in a release. */
const SHAPE_VERSION = 1;

/** The description of an object changes when an administrator changes it. */
const DESCRIBED_FOR_MS = 24 * 3_600_000;

const MAX_FIELDS_LENGTH = 10_000;

/** An sObject as a resource. Its records have the fields of its description, whichever way they are read. */
function resource(name: string, object: string): Resource {
  const url = ({ configuration }: ConnectorContext, id?: string): string =>
    `${apiRoot(configuration)}/sobjects/${object}${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;
  return {
    name,
    vendorObject: object,
    aliases: [],
    idField: 'Id',
    idAliases: [],
    idPattern: ID_PATTERN,
    shapeVersion: SHAPE_VERSION,
    discover: {
      request: (context) => ({ method: 'GET', path: `${url(context)}/describe` }),
      read: readDescribe,
      ttlMs: DESCRIBED_FOR_MS,
    },
    list: listingOf(object),
    compileWhere: (where, context) => {
      const shared = compileToSoql(where, describedIn(context));
      return 'problem' in shared ? shared : { pushed: shared.soql, rest: shared.rest };
    },
    get: {
      request: (id, fields, context) => getRequest(object, url(context, id), { id, fields, context }),
      read: readRecord,
    },
    create: {
      request: (body, context) => ({
        method: 'POST',
        path: url(context),
        json: writableBody(body, describedIn(context), 'createable'),
      }),
      read: readCreated,
    },
    update: {
      request: (id, body, context) => ({
        method: 'PATCH',
        path: url(context, id),
        json: writableBody(body, describedIn(context), 'updateable'),
      }),
      // 204 and no body.
      read: () => ({ sameId: true }),
    },
    remove: { request: (id, context) => ({ method: 'DELETE', path: url(context, id) }) },
    polling: {
      default: pollingDefault(name),
      feeds: (context) => feedsOf(feedObject(object, context)),
      readMany: (context) => readManyOf(feedObject(object, context)),
      sweep: (context) => sweepFeed('sweep', feedObject(object, context)),
      deletions: 'all',
    },
  };
}

function feedObject(object: string, context: ConnectorContext): FeedObject {
  return {
    root: apiRoot(context.configuration),
    object,
    described: describedIn(context),
    now: context.now,
  };
}

/** An object without any stamp can only be read whole; the deletion log is that of replicated objects. */
function feedsOf(given: FeedObject): Feed[] {
  const stamp = stampField(given.described);
  const changes = stamp === null ? sweepFeed('scan', given) : changesFeed(given, stamp);
  return given.described?.replicateable === true ? [changes, deletedFeed(given)] : [changes];
}

/** Fields too long for an address are asked for by a query, which has a longer way. */
function getRequest(
  object: string,
  path: string,
  wanted: { id: string; fields: readonly string[]; context: ConnectorContext },
): VendorRequest {
  const { id, context } = wanted;
  const described = describedIn(context);
  const named = wanted.fields.filter((field) => field !== 'attributes');
  const fields = (named.length === 0 ? recordFields(described) : named).join(',');
  if (fields.length <= MAX_FIELDS_LENGTH) return { method: 'GET', path, query: { fields } };
  const soql = selectRecords(object, described, [`Id = ${quote(toId18(id))}`]);
  return queryRequest({ root: apiRoot(context.configuration), soql, all: false });
}

/** A record, or the page of a query for one. */
function readRecord(response: VendorResponse): ReturnType<ReadOne['read']> {
  const { body } = response;
  if (isJsonObject(body) && 'Id' in body) {
    idOf(body);
    return { record: body };
  }
  const [record] = readQueryPage(response).records;
  if (record === undefined) return { absent: true };
  idOf(record);
  return { record };
}

/** 201 `{id, success, errors}` (recorded traffic, 2026). */
function readCreated({ body }: VendorResponse): { id: string } {
  const { id, success } = isJsonObject(body) ? body : {};
  if (typeof id !== 'string' || !ID_PATTERN.test(id) || success !== true) {
    throw new UnreadableAnswer('Salesforce did not say which record it created');
  }
  return { id };
}

function pollingDefault(name: string): PollingDefault {
  return {
    url: `/hubs/crm/${name}?where=LastModifiedDate>\${gmtDate:yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}`,
    idField: 'Id',
    datesConfiguration: {
      updatedDateField: 'LastModifiedDate',
      updatedDateFormat: "yyyy-MM-dd'T'HH:mm:ss.SSSZ",
      updatedDateTimezone: 'GMT',
      createdDateField: 'CreatedDate',
      createdDateFormat: "yyyy-MM-dd'T'HH:mm:ss.SSSZ",
      createdDateTimezone: 'GMT',
    },
  };
}

export const resources: readonly Resource[] = [
  resource('accounts', 'Account'),
  resource('contacts', 'Contact'),
  resource('leads', 'Lead'),
  resource('opportunities', 'Opportunity'),
];

/** A resource for any other sObject, custom ones included. */
export function resourceFor(name: string): Resource | undefined {
  const object = objectName(name);
  return object === undefined ? undefined : resource(object, object);
}
