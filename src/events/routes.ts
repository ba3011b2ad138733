import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Database } from '../database/pool.ts';
import { Fault } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import { findDepth, findEvent, listAttempts, listEvents } from './log-queries.ts';
import { presentEvent } from './present.ts';
import { readInstant } from './read-instant.ts';
import { EventQuerySchema, EventSchema, type Event, type EventQuery } from './schema.ts';

export interface EventRouteDependencies {
  db: Database;
  /** The instance of the request's Element token; undefined when none was sent. @throws Fault `unauthorized` */
  tokenInstanceId(request: FastifyRequest): Promise<number | undefined>;
  /** @throws Fault `not_found` when the caller has no such instance. */
  assertOwned(request: FastifyRequest, instanceId: number): Promise<void>;
}

const DEFAULT_PAGE_SIZE = 100;
/** How many events one request of a filtered list looks through, so that a rare value costs no walk through all. */
const MOST_SEARCHED = 50_000;

const LOG_DESCRIPTION =
  'Newest first; nothing found is an empty list. A page shorter than asked for may still go on: it does when the ' +
  'answer carries `Elements-Next-Page-Token`.';

const InstanceParams = Type.Object({ id: Type.Integer() });
const EventParams = Type.Object({ eventId: Type.String() });
const InstanceEventParams = Type.Object({ id: Type.Integer(), eventId: Type.String() });

/** `/instances[/{id}]/events[/{eventId}]`: the log, of one instance, of the token's, or of the whole account. */
export function createEventRoutes(deps: EventRouteDependencies): Routes {
  const { db } = deps;
  return (app) => {
    const tags = ['events'];
    const listed = {
      tags,
      description: LOG_DESCRIPTION,
      querystring: EventQuerySchema,
      response: { 200: Type.Array(EventSchema) },
    };
    const single = { tags, summary: 'One event with its tries', response: { 200: EventSchema } };
    const ofAccount = {
      ...listed,
      summary: 'The event log of the account, or of the instance whose token is sent',
    };
    app.get('/instances/events', { schema: ofAccount }, async (request, reply) => {
      const own = await deps.tokenInstanceId(request);
      return list(db, request, reply, request.query, own ?? request.query.instanceId);
    });
    app.get(
      '/instances/:id/events',
      { schema: { ...listed, summary: 'The event log of an instance', params: InstanceParams } },
      async (request, reply) => {
        await deps.assertOwned(request, request.params.id);
        return list(db, request, reply, request.query, request.params.id);
      },
    );
    app.get('/instances/events/:eventId', { schema: { ...single, params: EventParams } }, async (request) =>
      one(db, request, request.params.eventId, await deps.tokenInstanceId(request)),
    );
    app.get(
      '/instances/:id/events/:eventId',
      { schema: { ...single, params: InstanceEventParams } },
      async (request) => {
        await deps.assertOwned(request, request.params.id);
        return one(db, request, request.params.eventId, request.params.id);
      },
    );
  };
}

async function list(
  db: Database,
  request: FastifyRequest,
  reply: FastifyReply,
  query: EventQuery,
  instanceId: number | undefined,
): Promise<Event[]> {
  const pageSize = query.pageSize ?? DEFAULT_PAGE_SIZE;
  const range = {
    ...scopeOf(request.caller),
    instanceId,
    from: readInstant('from', query.from),
    to: readInstant('to', query.to),
    before: readToken(query.nextPage),
  };
  const { status, objectType, objectId, eventType } = query;
  const isFiltered = [status, objectType, objectId, eventType].some((value) => value !== undefined);
  const floor = isFiltered ? await findDepth(db, range, MOST_SEARCHED) : undefined;
  const offset = query.nextPage === undefined ? ((query.page ?? 1) - 1) * pageSize : 0;
  const filter = { ...range, status, objectType, objectId, eventType, floor, limit: pageSize + 1, offset };
  const rows = await listEvents(db, filter);
  const page = rows.slice(0, pageSize);
  reply.header('elements-returned-count', page.length);
  const last = page.at(-1);
  // Behind a page that is short because the search ended, it goes on.
  const token = rows.length > pageSize ? last?.id : floor;
  if (token !== undefined) reply.header('elements-next-page-token', token);
  return page.map((row) => presentEvent(row));
}

async function one(
  db: Database,
  request: FastifyRequest,
  id: string,
  instanceId: number | undefined,
): Promise<Event> {
  const key = { ...scopeOf(request.caller), id, instanceId };
  const row = isUuid(id) ? await findEvent(db, key) : undefined;
  if (row === undefined) throw new Fault('not_found', `There is no event ${id}.`);
  return presentEvent(row, await listAttempts(db, row.id));
}

function readToken(token: string | undefined): string | undefined {
  if (token === undefined || isUuid(token)) return token;
  throw new Fault(
    'bad_request',
    'nextPage must be the Elements-Next-Page-Token of an earlier answer, unchanged.',
  );
}
