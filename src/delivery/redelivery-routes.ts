import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import type { Caller } from '../accounts/caller.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Database } from '../database/pool.ts';
import { findEvent } from '../events/log-queries.ts';
import { readInstant } from '../events/read-instant.ts';
import { EVENT_STATUSES } from '../events/schema.ts';
import type { WakeUps } from '../events/wake-ups.ts';
import { isoMillis, type Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { isUuid, uuidv7Floor } from '../kernel/ids.ts';
import { enqueueAgain } from './delivery-queries.ts';
import {
  countReplay,
  insertReplay,
  listReplays,
  type ReplayRange,
  type ReplayRow,
} from './replay-queries.ts';
import { ReplayRequest, ReplayView } from './schema.ts';
import { findInstanceSubscription, type SubscriptionRow } from './subscription-queries.ts';

export interface RedeliveryRouteDependencies {
  db: Database;
  clock: Clock;
  wakeUps: Pick<WakeUps, 'tell'>;
  /** @throws Fault `not_found` when the caller has no such instance. */
  assertOwned(request: FastifyRequest, instanceId: number): Promise<void>;
}

const tags = ['events'];
const MOST_REPLAYS = 100;
const InstanceParams = Type.Object({ id: Type.Integer() });

/** Sending events again: one, or those of a time range. */
export function createRedeliveryRoutes(deps: RedeliveryRouteDependencies): Routes {
  const { db } = deps;
  return (app) => {
    app.post(
      '/instances/:id/events/:eventId/redeliver',
      {
        schema: {
          tags,
          summary: 'Send an event again',
          description:
            'With the same id and the same bytes, to the callback the instance has now. `count` is 0 while it is being ' +
            'sent anyway.',
          params: Type.Object({ id: Type.Integer(), eventId: Type.String() }),
          response: { 200: Type.Object({ id: Type.String(), count: Type.Integer() }) },
        },
      },
      async (request) => {
        const { id: instanceId, eventId } = request.params;
        await deps.assertOwned(request, instanceId);
        return redeliver(deps, request.caller, instanceId, eventId);
      },
    );
    app.post(
      '/instances/:id/events/replay',
      {
        schema: {
          tags,
          summary: 'Send the events of a time again',
          description:
            'At most 200 a second, oldest first, so that they do not crowd out new ones; `dryRun` only counts them.',
          params: InstanceParams,
          body: ReplayRequest,
          response: { 200: ReplayView },
        },
      },
      async (request) => {
        const { id } = request.params;
        await deps.assertOwned(request, id);
        return replay(deps, id, request.body);
      },
    );
    app.get(
      '/instances/:id/events/replays',
      {
        schema: {
          tags,
          summary: 'Replays of an instance and how far they are',
          params: InstanceParams,
          response: { 200: Type.Array(ReplayView) },
        },
      },
      async (request) => {
        await deps.assertOwned(request, request.params.id);
        return (await listReplays(db, request.params.id, MOST_REPLAYS)).map(presentReplay);
      },
    );
  };
}

async function redeliver(
  { db, clock, wakeUps }: RedeliveryRouteDependencies,
  caller: Caller,
  instanceId: number,
  eventId: string,
): Promise<{ id: string; count: number }> {
  const key = { ...scopeOf(caller), id: eventId, instanceId };
  const event = isUuid(eventId) ? await findEvent(db, key) : undefined;
  if (event === undefined) throw new Fault('not_found', `There is no event ${eventId}.`);
  if (event.status === 'NEW' || event.status === 'CONSUMED') {
    throw new Fault(
      'conflict',
      `Event ${eventId} only told the poller where to look; it is not sent itself.`,
    );
  }
  const { id: laneId } = await requireCallback(db, instanceId);
  const count = (await enqueueAgain(db, { laneId, id: event.id, instanceId, now: clock.now() })) ? 1 : 0;
  wakeUps.tell('due');
  return { id: event.id, count };
}

async function replay(
  { db, clock }: RedeliveryRouteDependencies,
  instanceId: number,
  body: ReplayRequest,
): Promise<ReplayView> {
  const now = clock.now();
  const range = readRange(instanceId, body, now);
  const total = await countReplay(db, range);
  if (body.dryRun === true) return { count: total, done: 0 };
  await requireCallback(db, instanceId);
  return presentReplay(await insertReplay(db, { ...range, total, now }));
}

async function requireCallback(db: Database, instanceId: number): Promise<SubscriptionRow> {
  const subscription = await findInstanceSubscription(db, instanceId);
  if (subscription === undefined || subscription.url === '') {
    throw new Fault(
      'conflict',
      `Instance ${instanceId} has no callback URL: set event.notification.callback.url.`,
    );
  }
  return subscription;
}

function readRange(instanceId: number, body: ReplayRequest, now: number): ReplayRange {
  const from = readInstant('from', body.from)!;
  const to = readInstant('to', body.to) ?? now;
  if (from > to) throw new Fault('bad_request', 'from must not be later than to.');
  const status = body.status?.toUpperCase() ?? null;
  if (status !== null && !(EVENT_STATUSES as readonly string[]).includes(status)) {
    throw new Fault(
      'bad_request',
      `status must be one of ${EVENT_STATUSES.join(', ')}, not "${body.status}".`,
    );
  }
  return { instanceId, fromId: uuidv7Floor(from), toId: uuidv7Floor(to + 1), status };
}

function presentReplay(row: ReplayRow): ReplayView {
  return {
    id: row.id,
    count: row.total,
    done: row.done,
    createdDate: isoMillis(row.created_at),
    ...(row.finished_at !== null && { finishedDate: isoMillis(row.finished_at) }),
  };
}
