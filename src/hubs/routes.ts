import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import type { App, Routes } from '../accounts/app.ts';
import type { Connector } from '../connectors/define-connector.ts';
import { findNamedResource } from '../connectors/registry.ts';
import type { Instance } from '../instances/instance.ts';
import { Fault } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../kernel/json.ts';
import type { Hubs } from './hubs.ts';
import { namesOf } from './resources.ts';

export interface HubRoutesDeps {
  hubs: Hubs;
  connectors: readonly Connector[];
  /**
   * The instance of the request's Element token.
   * @throws Fault `unauthorized` without one, or with that of a deleted or foreign instance.
   */
  instanceOf: (request: FastifyRequest) => Promise<Instance>;
}

const Hub = { hub: Type.String({ description: 'crm, marketing or ecommerce; not checked' }) };
const Resource = { resource: Type.String({ description: "Our name (contacts) or the vendor's" }) };
const Id = { id: Type.String() };
const Fields = Type.Object({ fields: Type.Optional(Type.String()) });
const Query = Type.Object({
  where: Type.Optional(Type.String({ description: "CEQL, such as status = 'open' AND value > 100" })),
  fields: Type.Optional(Type.String({ description: 'Names of the fields to answer, separated by commas' })),
  orderBy: Type.Optional(Type.String({ description: 'A field, and asc or desc' })),
  page: Type.Optional(Type.String({ description: 'From 1; nextPage wins' })),
  pageSize: Type.Optional(Type.String({ description: 'At most 2000; 100 when absent' })),
  nextPage: Type.Optional(Type.String({ description: 'What Elements-Next-Page-Token said' })),
  includeDeleted: Type.Optional(Type.String({ description: 'true or false; Salesforce' })),
});

const tags = ['resources'];

/** Where a set of resource routes is, and how they find their instance. */
interface Place {
  prefix: string;
  inPath: Partial<typeof Hub>;
  instanceOf: HubRoutesDeps['instanceOf'];
}

/**
 * The resource API: `/hubs/{hub}/{resource}[/{id}]`, the hub segment unchecked, and `/{resource}[/{id}]`. Platform
 * routes have fixed first segments, which win over `/{resource}`.
 */
export function createHubRoutes(deps: HubRoutesDeps): Routes {
  return (app) => {
    smallRoutes(app, deps);
    const { instanceOf } = deps;
    resourceRoutes(app, deps, { prefix: '/hubs/:hub', inPath: Hub, instanceOf });
    resourceRoutes(app, deps, {
      prefix: '',
      inPath: {},
      instanceOf: (request) => bareInstance(request, deps),
    });
  };
}

function smallRoutes(app: App, { hubs, instanceOf }: HubRoutesDeps): void {
  const ping = { tags, summary: 'Whether the vendor takes the credentials', params: Type.Object(Hub) };
  app.get('/hubs/:hub/ping', { schema: ping }, async (request, reply) => {
    const instance = await instanceOf(request);
    name(reply, instance);
    return hubs.ping(instance);
  });
  const objects = { tags, summary: 'The names of the resources there are' };
  for (const [path, schema] of [
    ['/objects', objects],
    ['/hubs/:hub/objects', { ...objects, params: Type.Object(Hub) }],
  ] as const) {
    app.get(path, { schema }, async (request, reply) => {
      const instance = await instanceOf(request);
      name(reply, instance);
      return hubs.objects(instance);
    });
  }
}

function resourceRoutes(app: App, { hubs }: HubRoutesDeps, { prefix, inPath, instanceOf }: Place): void {
  const many = Type.Object({ ...inPath, ...Resource });
  const single = Type.Object({ ...inPath, ...Resource, ...Id });
  const list = { tags, summary: 'The records of a resource', params: many, querystring: Query };
  app.get(`${prefix}/:resource`, { schema: list }, async (request, reply) => {
    const instance = await instanceOf(request);
    return sendPage(reply, hubs, instance, request.params.resource, request.query);
  });

  const one = { tags, summary: 'One record', params: single, querystring: Fields };
  app.get(`${prefix}/:resource/:id`, { schema: one }, async (request, reply) => {
    const instance = await instanceOf(request);
    name(reply, instance);
    return hubs.get(instance, request.params.resource, request.params.id, request.query.fields);
  });

  const created = { tags, summary: 'Create a record', params: many };
  app.post(`${prefix}/:resource`, { schema: created }, async (request, reply) => {
    const instance = await instanceOf(request);
    name(reply, instance);
    return hubs.create(instance, request.params.resource, recordIn(request.body));
  });

  for (const method of ['PATCH', 'PUT'] as const) {
    app.route({
      method,
      url: `${prefix}/:resource/:id`,
      schema: { tags, summary: 'Change fields of a record', params: single },
      handler: async (request, reply) => {
        const instance = await instanceOf(request);
        name(reply, instance);
        return hubs.update(instance, request.params.resource, request.params.id, recordIn(request.body));
      },
    });
  }

  const removed = { tags, summary: 'Delete a record', params: single };
  app.delete(`${prefix}/:resource/:id`, { schema: removed }, async (request, reply) => {
    const instance = await instanceOf(request);
    name(reply, instance);
    await hubs.remove(instance, request.params.resource, request.params.id);
    return {};
  });
}

async function sendPage(
  reply: FastifyReply,
  hubs: Hubs,
  instance: Instance,
  resource: string,
  query: Static<typeof Query>,
): Promise<unknown> {
  name(reply, instance);
  const { records, nextPageToken, total } = await hubs.list(instance, resource, query);
  reply.header('elements-returned-count', records.length);
  if (total !== undefined) reply.header('elements-total-count', total);
  if (nextPageToken !== undefined) reply.header('elements-next-page-token', nextPageToken);
  return records;
}

function name(reply: FastifyReply, { id }: Instance): void {
  reply.header('elements-element-instance-id', id);
}

function recordIn(body: unknown): JsonObject {
  if (isJsonObject(body)) return body;
  throw new Fault('bad_request', 'The body must be a JSON object: the record.');
}

/** Without an Element token an unknown first segment is an unknown path, and a resource's name lacks the token. */
async function bareInstance(
  request: FastifyRequest,
  { connectors, instanceOf }: HubRoutesDeps,
): Promise<Instance> {
  const { resource = '' } = request.params as { resource?: string };
  const isResource = connectors.some((connector) => findNamedResource(connector, resource) !== undefined);
  if (request.elementToken === null && !isResource) {
    const names = [...new Set(connectors.flatMap(namesOf))].join(', ');
    throw new Fault(
      'not_found',
      `There is nothing at ${request.method} /${resource.slice(0, 100)}; resources, read with an Element token, are ${names}.`,
    );
  }
  return instanceOf(request);
}
