import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { presentBuckets, presentOwners, readBuckets } from './analytics.ts';
import { countByBucket, countByOwner, selectVisibleAccounts, type Buckets } from './analytics-queries.ts';
import { readInstant } from './read-instant.ts';
import {
  AnalyticsQuerySchema,
  BucketSchema,
  InstanceBucketSchema,
  AccountBucketSchema,
  type AnalyticsQuery,
} from './schema.ts';

const tags = ['events'];

export interface AnalyticsRouteDependencies {
  db: Database;
  clock: Clock;
}

/** `/instances/events/analytics…`: how many events there were. */
export function createAnalyticsRoutes(deps: AnalyticsRouteDependencies): Routes {
  const { db } = deps;
  return (app) => {
    const description =
      'Every bucket from the one of `from` to the one of `to`, the empty ones too: one hour by minute has 61.';
    const schema = { tags, description, querystring: AnalyticsQuerySchema };
    app.get(
      '/instances/events/analytics',
      { schema: { ...schema, summary: 'Events by time', response: { 200: Type.Array(BucketSchema) } } },
      async (request) => {
        const { range, buckets } = await read(deps, request, request.query);
        return presentBuckets(range, await countByBucket(db, buckets));
      },
    );
    app.get(
      '/instances/events/analytics/instances',
      {
        schema: {
          ...schema,
          summary: 'Events by time and instance',
          response: { 200: Type.Array(InstanceBucketSchema) },
        },
      },
      async (request) => {
        const { range, buckets } = await read(deps, request, request.query);
        return presentOwners(
          range,
          await countByOwner(db, { ...buckets, owner: 'instance_id' }),
          'instanceId',
        );
      },
    );
    app.get(
      '/instances/events/analytics/accounts',
      {
        schema: {
          ...schema,
          summary: 'Events by time and account',
          response: { 200: Type.Array(AccountBucketSchema) },
        },
      },
      async (request) => {
        const { range, buckets } = await read(deps, request, request.query);
        return presentOwners(range, await countByOwner(db, { ...buckets, owner: 'account_id' }), 'accountId');
      },
    );
  };
}

/** What is counted, and over which buckets. @throws Fault `bad_request`, or `forbidden` for another's account */
async function read(
  { db, clock }: AnalyticsRouteDependencies,
  { caller }: FastifyRequest,
  query: AnalyticsQuery,
) {
  const scope = scopeOf(caller);
  const range = readBuckets(
    { from: readInstant('from', query.from), to: readInstant('to', query.to), interval: query.interval },
    clock.now(),
  );
  const asked = query.accountIds;
  if (asked !== undefined) {
    const visible = new Set(await selectVisibleAccounts(db, scope, asked));
    const foreign = asked.filter((id) => !visible.has(id));
    if (foreign.length > 0)
      throw new Fault('forbidden', `There is no account ${foreign.join(', ')} for you.`);
  }
  const buckets: Buckets = {
    organizationId: scope.organizationId,
    accountIds: asked ?? (scope.accountId === null ? null : [scope.accountId]),
    instanceIds: query.instanceIds ?? null,
    ...range,
  };
  return { range, buckets };
}
