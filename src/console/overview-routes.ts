import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Queryable } from '../database/pool.ts';
import { isoMillis, isoSeconds, type Clock } from '../kernel/clock.ts';
import type { InstanceStore } from '../instances/instance-store.ts';
import { requireRecord } from '../instances/require-record.ts';
import { InstanceParams } from '../instances/schema.ts';
import { LATENESS_BUCKETS_S } from '../polling/overlap.ts';
import {
  countOpenWork,
  countTries,
  listActivity,
  listEndpoints,
  listFeeds,
  type EndpointRow,
  type FeedRow,
} from './queries.ts';
import { ActivityView, FeedView, OverviewView } from './schema.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MAX_ENDPOINTS = 200;
const MAX_INSTANCES = 2000;
/** Counting further would read too much for a figure that only says "many". */
const MAX_KNOWN = 100_000;
const tags = ['console'];

export interface OverviewRoutesDeps {
  db: Queryable;
  clock: Clock;
  instances: Pick<InstanceStore, 'recordFor'>;
}

/** What only the console asks: the figures of its overview, and how far polling has read. */
export function createOverviewRoutes({ db, clock, instances }: OverviewRoutesDeps): Routes {
  return (app) => {
    app.get(
      '/console/overview',
      { schema: { tags, response: { 200: OverviewView } } },
      async ({ caller }) => {
        const scope = scopeOf(caller);
        const since = clock.now() - HOUR_MS;
        const [open, tries, endpoints] = await Promise.all([
          countOpenWork(db, scope),
          countTries(db, { ...scope, since }),
          listEndpoints(db, { ...scope, since, limit: MAX_ENDPOINTS }),
        ]);
        const { waiting, retrying, queued, oldest_id: oldest } = open;
        return {
          waiting,
          retrying,
          queued,
          oldestUndelivered: oldest === null ? null : isoMillis(timeOfId(oldest)),
          ...tries,
          endpoints: endpoints.map(presentEndpoint),
        };
      },
    );

    app.get(
      '/console/activity',
      { schema: { tags, response: { 200: Type.Array(ActivityView) } } },
      async ({ caller }) => {
        const rows = await listActivity(db, { ...scopeOf(caller), limit: MAX_INSTANCES });
        return rows.map((row) => ({
          instanceId: row.instance_id,
          lastEvent: row.last_event_id === null ? null : isoMillis(timeOfId(row.last_event_id)),
          lastPoll: row.last_poll_at === null ? null : isoMillis(row.last_poll_at),
          heldDeletions: row.held_deletions,
        }));
      },
    );

    app.get(
      '/console/instances/:id/feeds',
      { schema: { tags, params: InstanceParams, response: { 200: Type.Array(FeedView) } } },
      async (request) => {
        const { instance } = await requireRecord(instances, request, request.params.id);
        return (await listFeeds(db, { instanceId: instance.id, maxKnown: MAX_KNOWN })).map(presentFeed);
      },
    );
  };
}

/** The milliseconds since 1970 in the first 48 bits of a UUIDv7 (RFC 9562, 5.7). */
function timeOfId(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

function presentEndpoint(row: EndpointRow): OverviewView['endpoints'][number] {
  const { subscription_id: subscriptionId, instance_id: instanceId, p50_ms: p50Ms, p95_ms: p95Ms } = row;
  const { url, active, reason, waiting, tries, failures } = row;
  return { subscriptionId, instanceId, url, active, reason, waiting, tries, failures, p50Ms, p95Ms };
}

function presentFeed(row: FeedRow): FeedView {
  return {
    objectType: row.object_type,
    feed: row.feed,
    cursor: row.cursor_at === null ? null : isoSeconds(row.cursor_at),
    passStarted: row.pass_started_at === null ? null : isoSeconds(row.pass_started_at),
    baselineDone: row.is_baseline_done,
    idListComplete: row.id_list_complete,
    knownRecords: row.known,
    latenessBucketsS: [...LATENESS_BUCKETS_S],
    lateness: row.lateness.map(({ day, maxMs, counts }) => ({
      day: isoSeconds(day * DAY_MS).slice(0, 10),
      maxMs,
      counts,
    })),
  };
}
