import type { Ceql } from '../ceql/tree.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { AuthMethod, Tenant } from './auth/method.ts';
import type { VendorFailure } from './failures.ts';
import type { Feed, Position, ReadMany } from './feed.ts';
import type { VendorRequest, VendorResponse } from './vendor-http.ts';
import type { Webhooks } from './webhooks.ts';

/** An entry of an element's configuration, as `GET /elements/{key}/configuration` lists it. */
export interface ConfigurationEntry {
  key: string;
  /** The label people see. */
  name: string;
  description: string;
  type: 'TEXTFIELD_32' | 'TEXTFIELD_1000' | 'TEXTAREA' | 'PASSWORD' | 'BOOLEAN' | 'NUMBER' | 'SELECT';
  /** Encrypted at rest and shown as `********`. */
  secret?: boolean;
  options?: readonly string[];
  defaultValue?: string;
  hideFromConsole?: boolean;
}

/** What the pure functions of a resource may know of the instance they work for. */
export interface ConnectorContext {
  configuration: JsonObject;
  /** What `identify` learned at sign-in. */
  facts: { [key: string]: Json };
  /** What the resource's `discover` learned (fields of a Salesforce object, HubSpot properties); null without one. */
  discovered: Json | null;
  now: EpochMs;
}

export interface ListQuery {
  /** The part of the `where` that `compileWhere` gave the vendor, in the connector's own form. */
  pushed: Json | null;
  fields: readonly string[];
  orderBy?: { field: string; direction: 'asc' | 'desc' };
  pageSize: number;
  includeDeleted: boolean;
}

/** A listing for clients of the hub API: any order and filter the vendor can give. */
export interface Listing {
  /** The vendor's largest page. */
  maxPageSize: number;
  /** What the vendor can order by; absent: anything. */
  orderFields?: readonly string[];
  start(query: ListQuery, context: ConnectorContext): Position;
  request(position: Position, context: ConnectorContext): VendorRequest;
  /** @throws UnreadableAnswer when the answer is not what the vendor documents. */
  read(
    response: VendorResponse,
    position: Position,
    context: ConnectorContext,
  ): { records: Json[]; next: Position | null; total?: number };
}

/** How a client's `where` is shared between the vendor and us. `problem`: refused, for the 400. */
export type CompiledWhere = { pushed: Json | null; rest: Ceql | null } | { problem: string };

/** The polling entry of a resource, in the wire's own keys (detection of `event.poller.configuration`). */
export interface PollingDefault {
  url: string;
  idField: string;
  datesConfiguration: {
    updatedDateField?: string;
    updatedDateFormat?: string;
    updatedDateTimezone?: string;
    createdDateField?: string;
    createdDateFormat?: string;
    createdDateTimezone?: string;
  };
}

export interface Resource {
  /** Our name (`contacts`). */
  name: string;
  /** The vendor's (`person`, `Contact`): what `event.objects` and raw object URLs may say as well. */
  vendorObject: string;
  /** Further names it answers to; matching ignores case and singular/plural. */
  aliases: readonly string[];
  idField: string;
  idAliases: readonly string[];
  /** What an id looks like; another text is an unknown id without asking the vendor. */
  idPattern?: RegExp;
  /** Raised when the record's shape changes in a release, so that an upgrade makes no storm of events. */
  shapeVersion: number;
  /** Looks up what the others need in `context.discovered`; kept for `ttlMs` (dropped after an INVALID_FIELD). */
  discover?: {
    request(context: ConnectorContext): VendorRequest;
    read(response: VendorResponse): Json;
    ttlMs: number;
  };
  list: Listing;
  compileWhere(where: Ceql, context: ConnectorContext): CompiledWhere;
  /** Single records. An absent one is an operation the vendor does not have: 405. */
  get: { request(id: string, fields: readonly string[], context: ConnectorContext): VendorRequest } & ReadOne;
  create?: { request(body: JsonObject, context: ConnectorContext): VendorRequest } & ReadOne;
  update?: { request(id: string, body: JsonObject, context: ConnectorContext): VendorRequest } & ReadOne;
  remove?: { request(id: string, context: ConnectorContext): VendorRequest };
  /** How its changes are found; absent: it cannot be polled. */
  polling?: {
    default: PollingDefault;
    /** In the order in which they are read: changes first, deletions last. */
    feeds(context: ConnectorContext): Feed[];
    readMany(context: ConnectorContext): ReadMany;
    /** A complete listing for sweeps when no feed is a scan. */
    sweep?(context: ConnectorContext): Feed;
    /** Share of deletions its feeds show: `all` means a weekly sweep is enough. */
    deletions: 'all' | 'none';
  };
}

/**
 * What the answer about one record holds: the record, or the id under which `get` reads it again (Salesforce's 201;
 * `sameId` after its 204), or that it is deleted (`absent`).
 * @throws UnreadableAnswer when it is none of them.
 */
export interface ReadOne {
  read(response: VendorResponse): { record: Json } | { id: string } | { sameId: true } | { absent: true };
}

/** One allowance of the vendor's: calls (or tokens) over a time. */
export interface Budget {
  name: string;
  /** Who shares it: the OAuth app, the vendor account, or one token. */
  scope: 'app' | 'account' | 'token';
  /** What is counted: calls (when absent), or each call's `cost`. */
  counts?: 'calls' | 'units';
  /** Assumed until a header tells. */
  limit: number;
  windowMs: number;
  /** Only calls that name it draw on it (`search`); absent: every call. */
  optIn?: boolean;
  /** What the vendor's headers say is left. */
  read?(
    headers: Record<string, string>,
    now: EpochMs,
  ): { limit?: number; remaining: number; resetsAt?: EpochMs } | undefined;
}

/** How many calls the vendor takes at the same time, and who shares that. */
export interface Concurrency {
  scope: Budget['scope'];
  limit: number;
}

/** A vendor, as a value: data, and pure functions where vendors truly differ. */
export interface Connector {
  /** The element's number on the wire, never changed. */
  id: number;
  key: string;
  name: string;
  hub: 'crm' | 'marketing' | 'ecommerce';
  description: string;
  /** The first is the default. */
  authentication: readonly [AuthMethod, ...AuthMethod[]];
  /** The vendor's own entries; those of events and `base.url` are added for every connector. */
  configuration: readonly ConfigurationEntry[];
  /** Where the vendor's API is when `base.url` is not set: an origin. */
  apiOrigin: string;
  /**
   * Path endings of a `base.url` that are dropped, so that `https://api.pipedrive.com/v1` is the origin. The first
   * that fits is taken: longer ones come first.
   */
  apiRootPaths: readonly string[];
  /** Host suffixes the vendor may point us to with our credentials. */
  trustedHostSuffixes: readonly string[];
  /** Headers of every request. */
  headers?: Record<string, string>;
  /** Asks who we are: proves the credentials, names the account. */
  identify: {
    request(configuration: JsonObject): VendorRequest;
    read(response: VendorResponse): Tenant;
    /**
     * What to ask instead, once, when the answer says that another way of asking is the account's, and the fact thereby
     * learnt; undefined when the answer is the one that counts.
     */
    otherwise?(
      response: VendorResponse,
      configuration: JsonObject,
    ): { request: VendorRequest; facts: Tenant['facts'] } | undefined;
  };
  /** Undefined when the answer is no failure. `accept` of the request was already applied. */
  readFailure(response: VendorResponse, now: EpochMs): VendorFailure | undefined;
  budgets: readonly Budget[];
  /** Absent: as many as one likes. */
  concurrency?: Concurrency;
  resources: readonly Resource[];
  /** A resource for any other vendor object (Salesforce sObjects); undefined when there is none of that name. */
  resourceFor?(vendorObject: string): Resource | undefined;
  events: {
    methods: readonly ('polling' | 'webhook')[];
    defaultMethod: 'polling' | 'webhook';
    /** Resource names polled when the configuration names none. */
    defaultPolled: readonly string[];
    /** Salesforce: `event.metadata` takes the place of `event.poller.configuration`. */
    metadata?: boolean;
  };
  /** The vendor's webhooks; absent where it has none. */
  webhooks?: Webhooks;
}

/** Checks what types cannot say, when the module is loaded: a wrong connector never starts. */
export function defineConnector(connector: Connector): Connector {
  const names = new Set<string>();
  for (const resource of connector.resources) {
    if (names.has(resource.name))
      throw new Error(`${connector.key}: resource ${resource.name} is declared twice`);
    names.add(resource.name);
  }
  for (const name of connector.events.defaultPolled) {
    if (!names.has(name)) throw new Error(`${connector.key}: polls ${name} by default, which is no resource`);
  }
  if (connector.events.methods.includes('webhook') !== (connector.webhooks !== undefined)) {
    throw new Error(`${connector.key}: offers webhooks without having them, or the other way round`);
  }
  const keys = new Set(connector.configuration.map((entry) => entry.key));
  for (const method of connector.authentication) {
    for (const key of method.required) {
      if (key !== 'providerData.code' && !keys.has(key)) {
        throw new Error(`${connector.key}: ${method.type} requires ${key}, which is no configuration entry`);
      }
    }
    if (method.acquire === undefined && method.fromConfiguration === undefined) {
      throw new Error(`${connector.key}: ${method.type} has no way to get credentials`);
    }
  }
  return connector;
}
