import Type from 'typebox';
import type { App, Routes } from '../accounts/app.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Connector } from '../connectors/define-connector.ts';
import type { Queryable } from '../database/pool.ts';
import { findElement } from '../elements/catalogue.ts';
import type { NormalisedEvent } from '../events/event.ts';
import { timeOfId } from '../events/event-ids.ts';
import { selectEvents, type EventRow } from '../events/log-queries.ts';
import { readEventSettings } from '../instances/event-configuration.ts';
import type { InstanceStore } from '../instances/instance-store.ts';
import { requireRecord } from '../instances/require-record.ts';
import { InstanceParams } from '../instances/schema.ts';
import { isoMillis, isoSeconds } from '../kernel/clock.ts';
import { LATENESS_BUCKETS_S } from '../polling/overlap.ts';
import {
  listActivity,
  listFeeds,
  listInstanceRows,
  listWebhookIds,
  type FeedRow,
  type InstanceListRow,
} from './instance-queries.ts';
import {
  ActivityQuery,
  ActivityView,
  FeedView,
  InboundView,
  InstanceRowQuery,
  InstanceRowView,
} from './schema.ts';

const DAY_MS = 86_400_000;
const PAGE_OF_INSTANCES = 2000;
/** Counting further would read too much for a figure that only says "many". */
const MAX_KNOWN = 100_000;
const MAX_INBOUND = 20;
/** With `both`, polls may record many events between two webhooks. */
const INBOUND_DEPTH = 2000;
const tags = ['console'];

export interface InstanceRoutesDeps {
  db: Queryable;
  connectors: readonly Connector[];
  instances: Pick<InstanceStore, 'recordFor'>;
}

/** What only the console asks about instances: its list of them, what they did last, how far polling has read. */
export function createConsoleInstanceRoutes(deps: InstanceRoutesDeps): Routes {
  return (app) => {
    registerLists(app, deps);
    registerOfOne(app, deps);
  };
}

function registerLists(app: App, { db, connectors }: InstanceRoutesDeps): void {
  app.get(
    '/console/instances',
    {
      schema: {
        tags,
        summary: 'Instances with the little that lists show of them, 2,000 at most; those after an id',
        querystring: InstanceRowQuery,
        response: { 200: Type.Array(InstanceRowView) },
      },
    },
    async ({ caller, query }) => {
      const page = { after: query.after ?? 0, limit: PAGE_OF_INSTANCES };
      const rows = await listInstanceRows(db, { ...scopeOf(caller), ...page });
      return rows.map((row) => presentRow(row, findElement(connectors, row.element_key)));
    },
  );

  app.get(
    '/console/activity',
    {
      schema: {
        tags,
        summary: 'The last event and the last poll of instances',
        querystring: ActivityQuery,
        response: { 200: Type.Array(ActivityView) },
      },
    },
    async ({ caller, query }) => {
      const ids = query.ids.split(',').map(Number);
      const rows = await listActivity(db, { ...scopeOf(caller), ids });
      return rows.map((row) => ({
        instanceId: row.instance_id,
        lastEvent: row.last_event_id === null ? null : isoMillis(timeOfId(row.last_event_id)),
        lastPoll: row.last_poll_at === null ? null : isoMillis(row.last_poll_at),
      }));
    },
  );
}

function registerOfOne(app: App, { db, instances }: InstanceRoutesDeps): void {
  app.get(
    '/console/instances/:id/feeds',
    {
      schema: {
        tags,
        summary: 'How far each feed of an instance has read',
        params: InstanceParams,
        response: { 200: Type.Array(FeedView) },
      },
    },
    async (request) => {
      const { instance } = await requireRecord(instances, request, request.params.id);
      return (await listFeeds(db, { instanceId: instance.id, maxKnown: MAX_KNOWN })).map(presentFeed);
    },
  );

  app.get(
    '/console/instances/:id/inbound',
    {
      schema: {
        tags,
        summary: 'The last webhooks of an instance, the newest first',
        params: InstanceParams,
        response: { 200: Type.Array(InboundView) },
      },
    },
    async (request) => {
      const { instance } = await requireRecord(instances, request, request.params.id);
      const search = { instanceId: instance.id, depth: INBOUND_DEPTH, limit: MAX_INBOUND };
      const rows = await selectEvents(db, scopeOf(request.caller), await listWebhookIds(db, search));
      return rows.toSorted((a, b) => (a.id < b.id ? 1 : -1)).map(presentInbound);
    },
  );
}

function presentRow(row: InstanceListRow, connector: Connector | undefined): InstanceRowView {
  const { vendor_type: type, attention } = row;
  const signsWithApp = connector?.webhooks?.signatures?.secret === 'configured';
  return {
    id: row.id,
    name: row.name,
    elementKey: row.element_key,
    elementName: connector?.name ?? row.element_key,
    tags: row.tags,
    disabled: row.disabled,
    eventsEnabled: row.events_enabled,
    eventType: readEventSettings({ configuration: { 'event.vendor.type': type } }).vendorType,
    signed: row.has_proof || (signsWithApp && row.has_app_secret),
    ...(attention !== null && {
      attention: { kind: attention.kind, reason: attention.reason, since: isoMillis(attention.at) },
    }),
  };
}

function presentInbound(row: EventRow): InboundView {
  const events = JSON.parse(row.events) as NormalisedEvent[];
  return {
    eventId: row.id,
    date: isoMillis(row.received_at),
    status: row.status,
    isHint: row.status === 'NEW' || row.status === 'CONSUMED',
    changes: events.map(({ eventType, objectType, objectId }) => ({ eventType, objectType, objectId })),
  };
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
