import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import type { App, Routes } from '../accounts/app.ts';
import type { Caller } from '../accounts/caller.ts';
import { answerPage, PAGE_QUERY, readPage } from '../accounts/page.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Connector } from '../connectors/define-connector.ts';
import type { Database } from '../database/pool.ts';
import { findElement } from '../elements/catalogue.ts';
import { requireElement } from '../elements/routes.ts';
import { Fault } from '../kernel/errors.ts';
import type { Json } from '../kernel/json.ts';
import type { Vault } from '../vault/vault.ts';
import { registerEntryRoutes } from './entry-routes.ts';
import { readInstanceRequest, type InstanceRequest } from './instance-request.ts';
import type { Instances } from './instances.ts';
import { presentInstance } from './present.ts';
import { countInstances, listInstances, type InstanceFilter } from './queries.ts';
import { recordOf, type InstanceRecord } from './record.ts';
import { requireOwnRecord, requireRecord } from './require-record.ts';
import {
  CountView,
  ElementInstanceParams,
  ElementParams,
  InstanceBody,
  InstanceParams,
  InstanceView,
} from './schema.ts';

const tags = ['instances'];

export interface InstanceRoutesDeps {
  db: Database;
  vault: Vault;
  connectors: readonly Connector[];
  instances: Instances;
  /** How vendors reach this server. */
  publicUrl: string;
}

const ListQuery = Type.Object({
  ...PAGE_QUERY,
  tags: Type.Optional(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 100 })),
  searchText: Type.Optional(Type.String({ maxLength: 255, description: 'In the name, any case.' })),
  hydrate: Type.Optional(Type.Boolean({ description: 'false leaves the configuration out.' })),
});

/** `/instances` and `/elements/{keyOrId}/instances`. */
export function createInstanceRoutes(deps: InstanceRoutesDeps): Routes {
  return (app) => {
    registerCreation(app, deps);
    registerLists(app, deps);
    registerSingles(app, deps);
    registerChanges(app, deps);
    registerEntryRoutes(app, deps);
  };
}

function registerCreation(app: App, deps: InstanceRoutesDeps): void {
  const create = async (caller: Caller, connector: Connector, request: InstanceRequest) => {
    const owner = { accountId: caller.accountId, userId: caller.userId };
    return presentInstance(await deps.instances.create(connector, owner, request), deps);
  };
  app.post(
    '/instances',
    {
      schema: {
        tags,
        summary: 'Connect an account at a vendor',
        body: InstanceBody,
        response: { 200: InstanceView },
      },
    },
    async ({ caller, body }) => {
      const request = readInstanceRequest(body as Json);
      if (request.element === null) {
        throw new Fault('bad_request', 'The request is not valid: missing element.key.');
      }
      return create(caller, requireElement(deps.connectors, request.element), request);
    },
  );
  app.post(
    '/elements/:keyOrId/instances',
    {
      schema: {
        tags,
        summary: 'Connect an account at this vendor',
        params: ElementParams,
        body: InstanceBody,
        response: { 200: InstanceView },
      },
    },
    async ({ caller, params, body }) =>
      create(caller, requireElement(deps.connectors, params.keyOrId), readInstanceRequest(body as Json)),
  );
}

function registerLists(app: App, deps: InstanceRoutesDeps): void {
  const { db, connectors } = deps;
  app.get(
    '/instances',
    {
      schema: {
        tags,
        summary: "The caller's instances; 404 when none match",
        querystring: ListQuery,
        response: { 200: Type.Array(InstanceView) },
      },
    },
    async ({ caller, query }, reply) => list(deps, caller, { ...query, element: null }, reply),
  );
  app.get(
    '/instances/count',
    {
      schema: {
        tags,
        summary: 'How many instances the caller has, by element',
        response: { 200: CountView },
      },
    },
    async ({ caller }) => {
      const rows = await countInstances(db, scopeOf(caller));
      const elementInstances = rows.flatMap((row) => {
        const connector = findElement(connectors, row.element_key);
        if (connector === undefined) return [];
        const { id, key, name } = connector;
        return [{ elementId: id, elementKey: key, elementName: name, count: row.count }];
      });
      return { totalInstances: rows.reduce((total, row) => total + row.count, 0), elementInstances };
    },
  );
  app.get(
    '/elements/:keyOrId/instances',
    {
      schema: {
        tags,
        summary: "The caller's instances of an element; 404 when none match",
        params: ElementParams,
        querystring: ListQuery,
        response: { 200: Type.Array(InstanceView) },
      },
    },
    async ({ caller, params, query }, reply) => {
      const element = requireElement(connectors, params.keyOrId);
      return list(deps, caller, { ...query, element }, reply);
    },
  );
}

function registerSingles(app: App, deps: InstanceRoutesDeps): void {
  const { connectors, instances } = deps;
  app.get(
    '/instances/:id',
    { schema: { tags, summary: 'One instance', params: InstanceParams, response: { 200: InstanceView } } },
    async (request) => presentInstance(await requireRecord(instances, request, request.params.id), deps),
  );
  app.get(
    '/elements/:keyOrId/instances/:id',
    {
      schema: {
        tags,
        summary: 'One instance of an element',
        params: ElementInstanceParams,
        response: { 200: InstanceView },
      },
    },
    async (request) => {
      const { params } = request;
      const connector = requireElement(connectors, params.keyOrId);
      const record = await requireRecord(instances, request, params.id);
      if (record.connector !== connector) {
        throw new Fault('not_found', `There is no instance ${params.id} of ${connector.key}.`);
      }
      return presentInstance(record, deps);
    },
  );
}

const MODES = { PUT: 'replace', PATCH: 'patch' } as const;
const SUMMARIES = {
  PUT: { one: 'Replace an instance', own: "Replace the token's instance" },
  PATCH: { one: 'Change parts of an instance', own: "Change parts of the token's instance" },
} as const;

function registerChanges(app: App, deps: InstanceRoutesDeps): void {
  const { instances } = deps;
  for (const method of ['PUT', 'PATCH'] as const) {
    const change = async (record: InstanceRecord, body: unknown) => {
      const request = readInstanceRequest(body as Json);
      return presentInstance(await instances.change(record, { request, mode: MODES[method] }), deps);
    };
    app.route({
      method,
      url: '/instances/:id',
      schema: {
        tags,
        summary: SUMMARIES[method].one,
        params: InstanceParams,
        body: InstanceBody,
        response: { 200: InstanceView },
      },
      handler: async (request) =>
        change(await requireRecord(instances, request, request.params.id), request.body),
    });
    app.route({
      method,
      url: '/instances',
      schema: { tags, summary: SUMMARIES[method].own, body: InstanceBody, response: { 200: InstanceView } },
      handler: async (request) => change(await requireOwnRecord(instances, request), request.body),
    });
  }

  for (const [method, disabled] of [
    ['PUT', false],
    ['DELETE', true],
  ] as const) {
    const summary = disabled ? 'Disable an instance; its data stays' : 'Enable an instance';
    app.route({
      method,
      url: '/instances/:id/enabled',
      schema: { tags, summary, params: InstanceParams, response: { 200: InstanceView } },
      handler: async (request) => {
        const record = await requireRecord(instances, request, request.params.id);
        return presentInstance(await instances.switchTo(record, { disabled }), deps);
      },
    });
  }

  app.delete(
    '/instances/:id',
    {
      schema: {
        tags,
        summary: 'Delete an instance: polling stops, vendor webhooks and tokens go',
        params: InstanceParams,
      },
    },
    async (request) => {
      await instances.remove(await requireRecord(instances, request, request.params.id));
    },
  );
}

async function list(
  deps: InstanceRoutesDeps,
  caller: Caller,
  query: Type.Static<typeof ListQuery> & { element: Connector | null },
  reply: FastifyReply,
) {
  const filter: InstanceFilter = {
    elementKey: query.element?.key ?? null,
    tags: query.tags ?? null,
    searchText: query.searchText ?? null,
  };
  const page = readPage(query);
  const rows = await listInstances(deps.db, scopeOf(caller), filter, page);
  if (rows.length === 0) throw new Fault('not_found', 'There is no such instance.');
  return answerPage(reply, rows, page).map((row) =>
    presentInstance(recordOf(deps, row), { publicUrl: deps.publicUrl, hydrate: query.hydrate ?? true }),
  );
}
