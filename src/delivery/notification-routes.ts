import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import type { Caller } from '../accounts/caller.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Database } from '../database/pool.ts';
import { findEvent } from '../events/log-queries.ts';
import type { WakeUps } from '../events/wake-ups.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { isUuid, uuidv7 } from '../kernel/ids.ts';
import {
  acknowledgeNotification,
  deleteNotification,
  findNotification,
  insertNotification,
  listNotifications,
  type NotificationRow,
} from './notification-queries.ts';
import { presentEventNotification, presentNotification } from './present.ts';
import { NewNotification, NotificationQuery, NotificationView } from './schema.ts';

const tags = ['notifications'];
const DEFAULT_PAGE_SIZE = 100;
const Params = Type.Object({ id: Type.String({ maxLength: 100 }) });

export interface NotificationRouteDependencies {
  db: Database;
  clock: Clock;
  wakeUps: Pick<WakeUps, 'tell'>;
}

/** `/notifications`: messages of people and programs to the subscriptions of their account. */
export function createNotificationRoutes(deps: NotificationRouteDependencies): Routes {
  const { db, clock } = deps;
  return (app) => {
    const one = { tags, response: { 200: NotificationView } };
    const made = { ...one, summary: 'Tell the subscriptions of a topic something', body: NewNotification };
    app.post('/notifications', { schema: made }, async ({ caller, body }) => create(deps, caller, body));
    app.get(
      '/notifications',
      {
        schema: {
          tags,
          summary: 'Notifications, newest first',
          querystring: NotificationQuery,
          response: { 200: Type.Array(NotificationView) },
        },
      },
      async ({ caller, query }, reply) => list(db, caller, query, reply),
    );
    app.get(
      '/notifications/:id',
      { schema: { ...one, summary: 'One notification; events are notifications as well', params: Params } },
      async ({ caller, params: { id } }) => {
        // Deliveries of events name these as their notifications.
        const event = isUuid(id) ? await findEvent(db, { ...scopeOf(caller), id }) : undefined;
        return event === undefined
          ? presentNotification(await require(db, caller, id))
          : presentEventNotification(event);
      },
    );
    app.put(
      '/notifications/:id/acknowledge',
      { schema: { ...one, summary: 'Mark a notification as read', params: Params } },
      async ({ caller, params }) => {
        const { id } = await require(db, caller, params.id);
        await acknowledgeNotification(db, id, clock.now());
        return presentNotification(await require(db, caller, id));
      },
    );
    const removed = { ...one, summary: 'Delete a notification with what still waits for it', params: Params };
    app.delete('/notifications/:id', { schema: removed }, async ({ caller, params }) => {
      const row = await require(db, caller, params.id);
      await deleteNotification(db, row.id);
      return presentNotification(row);
    });
  };
}

async function require(db: Database, caller: Caller, id: string): Promise<NotificationRow> {
  const row = isUuid(id) ? await findNotification(db, scopeOf(caller), id) : undefined;
  if (row === undefined) throw new Fault('not_found', `There is no notification ${id}.`);
  return row;
}

async function create(
  { db, clock, wakeUps }: NotificationRouteDependencies,
  caller: Caller,
  body: NewNotification,
): Promise<NotificationView> {
  const now = clock.now();
  const { topic, message, severity = 'low', from = `account-${caller.accountId}` } = body;
  const id = uuidv7(now);
  await insertNotification(db, {
    id,
    account_id: caller.accountId,
    severity,
    topic,
    message: message.replaceAll('\0', '\uFFFD'),
    sender: from,
    created_at: now,
  });
  wakeUps.tell('due');
  return presentNotification(await require(db, caller, id));
}

async function list(
  db: Database,
  caller: Caller,
  query: NotificationQuery,
  reply: FastifyReply,
): Promise<NotificationView[]> {
  const { topics = null, pageSize = DEFAULT_PAGE_SIZE, page = 1, nextPage } = query;
  if (nextPage !== undefined && !isUuid(nextPage)) {
    throw new Fault(
      'bad_request',
      'nextPage must be the Elements-Next-Page-Token of an earlier answer, unchanged.',
    );
  }
  const before = nextPage ?? null;
  const offset = before === null ? (page - 1) * pageSize : 0;
  const rows = await listNotifications(db, scopeOf(caller), {
    topics,
    before,
    limit: pageSize + 1,
    offset,
  });
  const shown = rows.slice(0, pageSize);
  reply.header('elements-returned-count', shown.length);
  const last = shown.at(-1);
  if (rows.length > pageSize && last !== undefined) reply.header('elements-next-page-token', last.id);
  return shown.map(presentNotification);
}
