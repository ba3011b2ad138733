import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Database } from '../database/pool.ts';
import type { InstanceStore } from '../instances/instance-store.ts';
import { presentInstance } from '../instances/present.ts';
import { requireInstance } from '../instances/require-instance.ts';
import { requireRecord } from '../instances/require-record.ts';
import { InstanceParams, InstanceView } from '../instances/schema.ts';
import type { Clock } from '../kernel/clock.ts';
import { budgetsLeft } from './budgets-left.ts';
import { createDeletionRoutes } from './deletion-routes.ts';
import type { Poller } from './poller.ts';
import { createResetRoutes } from './reset-routes.ts';
import { presentBudget, presentPollerRecord } from './present.ts';
import { listPollerRecords } from './resource-queries.ts';
import { listPollingDisabled } from './schedule-queries.ts';
import { BudgetView, PollBody, PolledView, PollerRecordView } from './schema.ts';

const tags = ['polling'];
const MAX_DISABLED = 2000;

export interface PollingRoutesDeps {
  db: Database;
  clock: Clock;
  poller: Pick<Poller, 'pollNow' | 'readAgain' | 'wake'>;
  instances: Pick<InstanceStore, 'byToken' | 'recordFor'>;
  /** How vendors reach this server. */
  site: { readonly publicUrl: string };
}

/** Polling by hand, and what there is to know of polls. */
export function createPollingRoutes({ db, clock, poller, instances, site }: PollingRoutesDeps): Routes {
  const deletions = createDeletionRoutes({ db, clock, poller, instances });
  const resets = createResetRoutes({ poller, instances });
  return async (app) => {
    await deletions(app);
    await resets(app);
    app.post(
      '/instances/:id/poll',
      {
        schema: {
          tags,
          summary: 'Poll now',
          description:
            'Whatever the schedule; answers when the events of everything that the vendor shows by then are recorded.',
          params: InstanceParams,
          body: PollBody,
          response: { 200: PolledView },
        },
      },
      async (request) => {
        const { instance } = await requireRecord(instances, request, request.params.id);
        const reconcile = request.body?.reconcile === true;
        return { polled: await poller.pollNow(instance, { reconcile }) };
      },
    );
    app.get(
      '/instances/event-poller-records',
      {
        schema: {
          tags,
          summary: 'How each resource of an instance is polled',
          description: 'Of the instance whose Element token is sent.',
          response: { 200: Type.Array(PollerRecordView) },
        },
      },
      async (request, reply) => {
        const { id } = await requireInstance(instances, request, { acceptDisabled: true });
        const rows = await listPollerRecords(db, id);
        reply.header('elements-element-instance-id', id);
        reply.header('elements-returned-count', rows.length);
        return rows.map(presentPollerRecord);
      },
    );
    app.get(
      '/instances/:id/polling/budgets',
      {
        schema: {
          tags,
          summary: "What polling has left of the vendor's allowances",
          description: 'Those that last a minute or longer; shorter ones only space the calls.',
          params: InstanceParams,
          response: { 200: Type.Array(BudgetView) },
        },
      },
      async (request) => {
        const { instance, connector } = await requireRecord(instances, request, request.params.id);
        return (await budgetsLeft({ db, clock }, instance, connector)).map(presentBudget);
      },
    );
    app.get(
      '/instances/polling-disabled',
      {
        schema: {
          tags,
          summary: 'Instances whose polling was stopped after failures',
          response: { 200: Type.Array(InstanceView) },
        },
      },
      async ({ caller }, reply) => {
        const scope = scopeOf(caller);
        const ids = await listPollingDisabled(db, { ...scope, limit: MAX_DISABLED });
        const records = await Promise.all(ids.map((id) => instances.recordFor(scope, id)));
        const found = records.filter((record) => record !== undefined);
        reply.header('elements-returned-count', found.length);
        return found.map((record) => presentInstance(record, { publicUrl: site.publicUrl, hydrate: false }));
      },
    );
  };
}
