import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Database } from '../database/pool.ts';
import { readIso } from '../date-pattern/read-date.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { findEvent, listAttempts, listEvents } from './log-queries.ts';
import { presentEvent } from './present.ts';
import { EventQuerySchema, EventSchema, type Event, type EventQuery } from './schema.ts';

export interface EventRouteDependencies {
  db: Database;
  /** The instance of the request's Element token; undefined when none was sent. @throws Fault `unauthorized` */
  tokenInstanceId(request: FastifyRequest): Promise<number | undefined>;
  /** @throws Fault `not_found` when the caller has no such instance. */
  assertOwned(request: FastifyRequest, instanceId: number): Promise<void>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DEFAULT_PAGE_SIZE = 100;

const InstanceParams = Type.Object({ id: Type.Integer() });
const EventParams = Type.Object({ eventId: Type.String() });
const InstanceEventParams = Type.Object({ id: Type.Integer(), eventId: Type.String() });

/** `/instances[/{id}]/events[/{eventId}]`: the log, of one instance, of the token's, or of the whole account. */
export function createEventRoutes(deps: EventRouteDependencies): Routes {
  const { db } = deps;

  const list = async (
    request: FastifyRequest,
    reply: FastifyReply,
    query: EventQuery,
    instanceId: number | undefined,
  ): Promise<Event[]> => {
    const pageSize = query.pageSize ?? DEFAULT_PAGE_SIZE;
    const rows = await listEvents(db, {
      ...scopeOf(request.caller),
      instanceId,
      from: readInstant('from', query.from),
      to: readInstant('to', query.to),
      status: query.status,
      objectType: query.objectType,
      objectId: query.objectId,
      eventType: query.eventType,
      before: readToken(query.nextPage),
      limit: pageSize + 1,
      offset: query.nextPage === undefined ? ((query.page ?? 1) - 1) * pageSize : 0,
    });
    const page = rows.slice(0, pageSize);
    reply.header('elements-returned-count', page.length);
    const last = page.at(-1);
    if (rows.length > pageSize && last !== undefined) reply.header('elements-next-page-token', last.id);
    return page.map((row) => presentEvent(row));
  };

  const one = async (request: FastifyRequest, id: string, instanceId: number | undefined): Promise<Event> => {
    const key = { ...scopeOf(request.caller), id, instanceId };
    const row = UUID.test(id) ? await findEvent(db, key) : undefined;
    if (row === undefined) throw new Fault('not_found', `There is no event ${id}.`);
    return presentEvent(row, await listAttempts(db, row.id));
  };

  return (app) => {
    const tags = ['events'];
    const listed = { tags, querystring: EventQuerySchema, response: { 200: Type.Array(EventSchema) } };
    const single = { tags, response: { 200: EventSchema } };
    app.get('/instances/events', { schema: listed }, async (request, reply) => {
      const own = await deps.tokenInstanceId(request);
      return list(request, reply, request.query, own ?? request.query.instanceId);
    });
    app.get(
      '/instances/:id/events',
      { schema: { ...listed, params: InstanceParams } },
      async (request, reply) => {
        await deps.assertOwned(request, request.params.id);
        return list(request, reply, request.query, request.params.id);
      },
    );
    app.get('/instances/events/:eventId', { schema: { ...single, params: EventParams } }, async (request) =>
      one(request, request.params.eventId, await deps.tokenInstanceId(request)),
    );
    app.get(
      '/instances/:id/events/:eventId',
      { schema: { ...single, params: InstanceEventParams } },
      async (request) => {
        await deps.assertOwned(request, request.params.id);
        return one(request, request.params.eventId, request.params.id);
      },
    );
  };
}

function readInstant(name: string, text: string | undefined): EpochMs | undefined {
  if (text === undefined) return undefined;
  const at = readIso(text);
  if (at === null)
    throw new Fault('bad_request', `${name} must be an ISO-8601 date or date-time, not "${text}".`);
  return at;
}

function readToken(token: string | undefined): string | undefined {
  if (token === undefined || UUID.test(token)) return token;
  throw new Fault(
    'bad_request',
    'nextPage must be the Elements-Next-Page-Token of an earlier answer, unchanged.',
  );
}
