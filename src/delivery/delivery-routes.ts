import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Database } from '../database/pool.ts';
import { findEvent, selectEvents } from '../events/log-queries.ts';
import type { WakeUps } from '../events/wake-ups.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import {
  listDelivered,
  listOpenDeliveries,
  releaseQueued,
  selectSubscriptions,
  type DeliveryFilter,
  type DeliveryRow,
} from './delivery-queries.ts';
import { readDeliveryWhere } from './delivery-where.ts';
import { findNotification, selectNotifications } from './notification-queries.ts';
import {
  presentDelivery,
  presentEventNotification,
  presentNotification,
  presentSubscription,
} from './present.ts';
import { DeliveryQuery, DeliveryView } from './schema.ts';
import { reactivateSubscriptions, type Scope, type SubscriptionRow } from './subscription-queries.ts';

export interface DeliveryRouteDependencies {
  db: Database;
  clock: Clock;
  wakeUps: Pick<WakeUps, 'tell'>;
}

const tags = ['deliveries'];
const DEFAULT_PAGE_SIZE = 100;
/** What one statement makes due: a lane may hold millions. */
const RELEASE_ROWS = 10_000;
const MOST_SUBSCRIPTIONS = 100_000;
const TOKEN = /^(\d{1,15}):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** What waits for callbacks, and how it is sent on request. */
export function createDeliveryRoutes(deps: DeliveryRouteDependencies): Routes {
  const { db } = deps;
  return (app) => {
    const schema = { tags, querystring: DeliveryQuery, response: { 200: Type.Array(DeliveryView) } };
    const listed = { ...schema, summary: 'Deliveries, by default those still open' };
    const released = {
      ...schema,
      summary: 'Deliver what is queued',
      description:
        'Activates the subscriptions again and delivers in order of arrival. Answers with the first page of what it releases.',
    };
    const url = '/notifications/subscriptions/deliveries';
    app.get(url, { schema: listed }, async ({ caller, query }, reply) =>
      list(db, scopeOf(caller), query, reply),
    );
    app.put(url, { schema: released }, async ({ caller, query }, reply) =>
      release(deps, scopeOf(caller), query, reply),
    );
    app.get(
      '/notifications/:id/subscriptions/deliveries',
      {
        schema: {
          ...schema,
          summary: 'Deliveries of a notification or an event, those that arrived too',
          params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
        },
      },
      async ({ caller, query, params }, reply) => {
        await assertKnown(db, scopeOf(caller), params.id);
        const where = `notificationId='${params.id}' and status in ('created','retry','queued','delivered')`;
        return list(db, scopeOf(caller), { ...query, where }, reply);
      },
    );
  };
}

async function find(db: Database, scope: Scope, where: string | undefined) {
  const wanted = readDeliveryWhere(where);
  const all = await selectSubscriptions(db, scope, MOST_SUBSCRIPTIONS);
  return { ...wanted, subscriptions: all.filter((row) => wanted.fits(row)) };
}

async function list(
  db: Database,
  scope: Scope,
  query: DeliveryQuery,
  reply: FastifyReply,
): Promise<DeliveryView[]> {
  const { subscriptions, statuses, notificationId } = await find(db, scope, query.where);
  const pageSize = query.pageSize ?? DEFAULT_PAGE_SIZE;
  const filter: DeliveryFilter = {
    subscriptionIds: subscriptions.map((row) => row.id),
    notificationId,
    statuses,
    after: readToken(query.nextPage),
    limit: pageSize + 1,
  };
  const rows = await listOpenDeliveries(db, filter);
  const isAtEnd = rows.length <= pageSize;
  if (isAtEnd && statuses.includes('delivered')) {
    rows.push(...(await listDelivered(db, { ...filter, limit: pageSize - Math.min(rows.length, pageSize) })));
  }
  const page = rows.slice(0, pageSize);
  reply.header('elements-returned-count', page.length);
  const last = page.at(-1);
  if (!isAtEnd && last !== undefined) {
    const token = `${last.subscription_id}:${last.notification_id}`;
    reply.header('elements-next-page-token', Buffer.from(token).toString('base64url'));
  }
  return hydrate(db, scope, page, query.hydrate === true ? subscriptions : null);
}

/** Answers with what is released, the first page of it, as it stood before. */
async function release(
  { db, clock, wakeUps }: DeliveryRouteDependencies,
  scope: Scope,
  query: DeliveryQuery,
  reply: FastifyReply,
): Promise<DeliveryView[]> {
  const answer = await list(db, scope, query, reply);
  const { subscriptions, notificationId } = await find(db, scope, query.where);
  const subscriptionIds = subscriptions.filter((row) => row.url !== '').map((row) => row.id);
  const now = clock.now();
  // The subscriptions start last, so that nothing is claimed before what arrived earlier has its place.
  for (let released = RELEASE_ROWS; released === RELEASE_ROWS;) {
    released = await releaseQueued(db, { subscriptionIds, notificationId, now, limit: RELEASE_ROWS });
  }
  await reactivateSubscriptions(db, subscriptionIds, now);
  wakeUps.tell('due');
  return answer;
}

/** @throws Fault `not_found` unless the id is a notification's, or an event's: those are notifications as well. */
async function assertKnown(db: Database, scope: Scope, id: string): Promise<void> {
  const isKnown =
    isUuid(id) &&
    ((await findEvent(db, { ...scope, id })) ?? (await findNotification(db, scope, id))) !== undefined;
  if (!isKnown) throw new Fault('not_found', `There is no notification ${id}.`);
}

async function hydrate(
  db: Database,
  scope: Scope,
  rows: readonly DeliveryRow[],
  subscriptions: readonly SubscriptionRow[] | null,
): Promise<DeliveryView[]> {
  if (subscriptions === null) return rows.map((row) => presentDelivery(row, {}));
  const ids = [...new Set(rows.map((row) => row.notification_id))];
  const [events, notifications] = await Promise.all([
    selectEvents(db, scope, ids),
    selectNotifications(db, scope, ids),
  ]);
  const views = new Map([
    ...events.map((row) => [row.id, presentEventNotification(row)] as const),
    ...notifications.map((row) => [row.id, presentNotification(row)] as const),
  ]);
  const lanes = new Map(subscriptions.map((row) => [row.id, presentSubscription(row)]));
  return rows.map((row) =>
    presentDelivery(row, {
      notification: views.get(row.notification_id),
      subscription: lanes.get(row.subscription_id),
    }),
  );
}

function readToken(token: string | undefined): DeliveryFilter['after'] {
  if (token === undefined) return null;
  const match = TOKEN.exec(Buffer.from(token, 'base64url').toString('latin1'));
  if (match === null) {
    throw new Fault(
      'bad_request',
      'nextPage must be the Elements-Next-Page-Token of an earlier answer, unchanged.',
    );
  }
  return { subscriptionId: Number(match[1]), notificationId: match[2]! };
}
