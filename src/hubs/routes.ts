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

const Resource = Type.Object({ resource: Type.String() });
const One = Type.Object({ resource: Type.String(), id: Type.String() });
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

/**
 * The resource API: `/hubs/{hub}/{resource}[/{id}]`, the hub segment unchecked, and `/{resource}[/{id}]`. Platform
 * routes have fixed first segments, which win over `/{resource}`.
 */
export function createHubRoutes(deps: HubRoutesDeps): Routes {
  return (app) => {
    smallRoutes(app, deps);
    resourceRoutes(app, deps, '/hubs/:hub', deps.instanceOf);
    resourceRoutes(app, deps, '', (request) => bareInstance(request, deps));
  };
}

function smallRoutes(app: App, { hubs, instanceOf }: HubRoutesDeps): void {
  app.get('/hubs/:hub/ping', { schema: { tags: ['Resources'] } }, async (request, reply) => {
    const instance = await instanceOf(request);
    name(reply, instance);
    return hubs.ping(instance);
  });
  for (const path of ['/objects', '/hubs/:hub/objects']) {
    app.get(path, { schema: { tags: ['Resources'] } }, async (request, reply) => {
      const instance = await instanceOf(request);
      name(reply, instance);
      return hubs.objects(instance);
    });
  }
}

function resourceRoutes(
  app: App,
  { hubs }: HubRoutesDeps,
  prefix: string,
  instanceOf: HubRoutesDeps['instanceOf'],
): void {
  const tags = ['Resources'];
  const list = { tags, params: Resource, querystring: Query };
  app.get(`${prefix}/:resource`, { schema: list }, async (request, reply) => {
    const instance = await instanceOf(request);
    return sendPage(reply, hubs, instance, request.params.resource, request.query);
  });

  const one = { tags, params: One, querystring: Fields };
  app.get(`${prefix}/:resource/:id`, { schema: one }, async (request, reply) => {
    const instance = await instanceOf(request);
    name(reply, instance);
    return hubs.get(instance, request.params.resource, request.params.id, request.query.fields);
  });

  app.post(`${prefix}/:resource`, { schema: { tags, params: Resource } }, async (request, reply) => {
    const instance = await instanceOf(request);
    name(reply, instance);
    return hubs.create(instance, request.params.resource, recordIn(request.body));
  });

  for (const method of ['PATCH', 'PUT'] as const) {
    app.route({
      method,
      url: `${prefix}/:resource/:id`,
      schema: { tags, params: One },
      handler: async (request, reply) => {
        const instance = await instanceOf(request);
        name(reply, instance);
        return hubs.update(instance, request.params.resource, request.params.id, recordIn(request.body));
      },
    });
  }

  app.delete(`${prefix}/:resource/:id`, { schema: { tags, params: One } }, async (request, reply) => {
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
