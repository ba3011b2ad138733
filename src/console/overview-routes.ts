import Type from 'typebox';
import type { App, Routes } from '../accounts/app.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Queryable } from '../database/pool.ts';
import { isoMillis, type Clock, type EpochMs } from '../kernel/clock.ts';
import { timeOfId } from '../events/event-ids.ts';
import { listEndpoints, type EndpointRow } from './endpoint-queries.ts';

import {
  countOpenWork,
  countTries,
  findOldestOpen,
  listSlowest,
  listStopped,
  type Scope,
  type SlowRow,
  type TriesRange,
  type TriesRow,
} from './overview-queries.ts';
import { EndpointQuery, EndpointView, OverviewView } from './schema.ts';

/** Where more tries than `MOST_TRIES` fit into one of these, the next says more of now. The last holds 1,000 a second. */
const WINDOWS_S = [3600, 300, 30] as const;
const HOUR_MS = 3_600_000;
/** Counted within 30 ms among 10^6 events of 10,000 instances, on two busy cores (2026-11-22); the same for what is open. */
const MOST_TRIES = 30_000;
const MOST_OPEN = 50_000;
const SLOWEST = 6;
const MAX_STOPPED = 20;
const MAX_ENDPOINTS = 100;
const TRIES_OF_ONE = 200;
const OPEN_OF_ONE = 5_000;
const tags = ['console'];

export interface OverviewRoutesDeps {
  db: Queryable;
  clock: Clock;
}

/** What only the console asks: the figures of its overview, and how callbacks do. */
export function createOverviewRoutes(deps: OverviewRoutesDeps): Routes {
  return (app) => {
    registerOverview(app, deps);
    registerEndpoints(app, deps);
  };
}

function registerOverview(app: App, { db, clock }: OverviewRoutesDeps): void {
  app.get(
    '/console/overview',
    {
      schema: {
        tags,
        summary: 'How deliveries do, for the overview of the console',
        response: { 200: OverviewView },
      },
    },
    async ({ caller }) => {
      const scope = scopeOf(caller);
      const [open, oldest, stopped, { range, tries }] = await Promise.all([
        countOpenWork(db, { ...scope, most: MOST_OPEN }),
        findOldestOpen(db, scope),
        listStopped(db, { ...scope, limit: MAX_STOPPED }),
        readTries(db, scope, clock.now()),
      ]);
      const slowest = await listSlowest(db, { ...range, limit: SLOWEST });
      return {
        ...open,
        isMore: open.waiting + open.retrying + open.queued >= MOST_OPEN,
        oldestUndelivered: oldest === null ? null : isoMillis(timeOfId(oldest)),
        windowSeconds: (range.to - range.from) / 1000,
        ...tries,
        slowest: slowest.map(presentSlow),
        stopped: stopped.map(({ subscription_id: subscriptionId, instance_id: instanceId, url, reason }) => ({
          subscriptionId,
          instanceId,
          url,
          reason,
        })),
      };
    },
  );
}

function registerEndpoints(app: App, { db, clock }: OverviewRoutesDeps): void {
  app.get(
    '/console/endpoints',
    {
      schema: {
        tags,
        summary: 'Callback URLs and what waits for them, those that wait longest first',
        querystring: EndpointQuery,
        response: { 200: Type.Array(EndpointView) },
      },
    },
    async ({ caller, query }) => {
      const rows = await listEndpoints(db, {
        ...scopeOf(caller),
        hasWork: query.show === 'waiting',
        instanceId: query.instanceId,
        text: query.search,
        since: clock.now() - HOUR_MS,
        mostTries: TRIES_OF_ONE,
        mostWaiting: OPEN_OF_ONE,
        limit: MAX_ENDPOINTS,
      });
      return rows.map(presentEndpoint);
    },
  );
}

/** The tries of the longest window whose tries can all be counted. */
async function readTries(
  db: Queryable,
  scope: Scope,
  now: EpochMs,
): Promise<{ range: TriesRange; tries: TriesRow }> {
  for (const [at, seconds] of WINDOWS_S.entries()) {
    const range = { ...scope, from: now - seconds * 1000, to: now, most: MOST_TRIES };
    const tries = await countTries(db, range);
    const isLast = at === WINDOWS_S.length - 1;
    if (isLast || tries.delivered + tries.failed < MOST_TRIES) return { range, tries };
  }
  throw new Error('there is no window');
}

function presentSlow(row: SlowRow): OverviewView['slowest'][number] {
  const { subscription_id: subscriptionId, instance_id: instanceId, p95_ms: p95Ms } = row;
  const { url, tries, failures } = row;
  return { subscriptionId, instanceId, url, tries, failures, p95Ms };
}

function presentEndpoint(row: EndpointRow): EndpointView {
  const { subscription_id: subscriptionId, instance_id: instanceId, p95_ms: p95Ms } = row;
  const { url, active, reason, waiting, tries, failures } = row;
  const isMore = waiting >= OPEN_OF_ONE;
  return { subscriptionId, instanceId, url, active, reason, waiting, isMore, tries, failures, p95Ms };
}
