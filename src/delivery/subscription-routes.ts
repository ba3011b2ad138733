import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import type { Caller } from '../accounts/caller.ts';
import { answerPage, PAGE_QUERY, readPage } from '../accounts/page.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { presentSubscription } from './present.ts';
import { NewSubscription, SubscriptionView } from './schema.ts';
import {
  deleteSubscription,
  findSubscription,
  insertSubscription,
  listSubscriptions,
  type SubscriptionRow,
} from './subscription-queries.ts';

const tags = ['deliveries'];
const Params = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) });

/** `/notifications/subscriptions`: callback URLs of instances, and an account's own to topics of notifications. */
export function createSubscriptionRoutes({ db, clock }: { db: Database; clock: Clock }): Routes {
  return (app) => {
    const one = { tags, response: { 200: SubscriptionView } };
    app.get(
      '/notifications/subscriptions',
      {
        schema: {
          tags,
          summary: 'Subscriptions: callbacks of instances, and those of topics',
          description: 'One that was stopped is not `active` and carries the reason.',
          querystring: Type.Object(PAGE_QUERY),
          response: { 200: Type.Array(SubscriptionView) },
        },
      },
      async ({ caller, query }, reply) => {
        const page = readPage(query);
        const rows = await listSubscriptions(db, scopeOf(caller), page);
        return answerPage(reply, rows, page).map(presentSubscription);
      },
    );
    app.get(
      '/notifications/subscriptions/:id',
      { schema: { ...one, summary: 'One subscription', params: Params } },
      async ({ caller, params }) => presentSubscription(await require(db, caller, params.id)),
    );
    app.post(
      '/notifications/subscriptions',
      { schema: { ...one, summary: 'Subscribe a URL to topics of notifications', body: NewSubscription } },
      async ({ caller, body }) => {
        assertUsable(body.channel, body.config.url);
        const id = await insertSubscription(db, {
          accountId: caller.accountId,
          topics: [...new Set(body.topics)],
          url: body.config.url,
          now: clock.now(),
        });
        return presentSubscription(await require(db, caller, id));
      },
    );
    app.delete(
      '/notifications/subscriptions/:id',
      {
        schema: {
          ...one,
          summary: 'Remove a subscription with what still waits for it',
          description: "An instance's is removed by clearing `event.notification.callback.url` there.",
          params: Params,
        },
      },
      async ({ caller, params }) => remove(db, caller, params.id),
    );
  };
}

async function require(db: Database, caller: Caller, id: number): Promise<SubscriptionRow> {
  const row = await findSubscription(db, scopeOf(caller), id);
  if (row === undefined) throw new Fault('not_found', `There is no subscription ${id}.`);
  return row;
}

async function remove(db: Database, caller: Caller, id: number): Promise<SubscriptionView> {
  const row = await require(db, caller, id);
  if (row.instance_id !== null) {
    throw new Fault(
      'conflict',
      `Subscription ${row.id} is the callback URL of instance ${row.instance_id}: clear event.notification.callback.url there.`,
    );
  }
  await deleteSubscription(db, row.id);
  return presentSubscription(row);
}

function assertUsable(channel: string | undefined, url: string): void {
  if (channel !== undefined && channel.toLowerCase() !== 'webhook') {
    throw new Fault('bad_request', `channel must be webhook, not "${channel}".`);
  }
  const parsed = URL.parse(url);
  if (
    parsed === null ||
    !/^https?:$/.test(parsed.protocol) ||
    parsed.username !== '' ||
    parsed.password !== ''
  ) {
    throw new Fault('bad_request', 'config.url must be an http or https URL without user name and password.');
  }
}
