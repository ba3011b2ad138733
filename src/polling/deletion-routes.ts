import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import { answerPage, PAGE_QUERY, readPage } from '../accounts/page.ts';
import type { Database } from '../database/pool.ts';
import type { InstanceStore } from '../instances/instance-store.ts';
import { requireRecord } from '../instances/require-record.ts';
import { InstanceParams } from '../instances/schema.ts';
import type { Clock } from '../kernel/clock.ts';
import { noteHeld } from './held-attention.ts';
import { discardHeld, listHeld, releaseHeld } from './held-queries.ts';
import type { Poller } from './poller.ts';
import { presentHeldDeletion } from './present.ts';
import { CountView, HeldDeletionView } from './schema.ts';

const tags = ['polling'];

export interface DeletionRoutesDeps {
  db: Database;
  clock: Clock;
  poller: Pick<Poller, 'wake'>;
  instances: Pick<InstanceStore, 'recordFor'>;
}

/** Deletions on hold: so many went missing at once that a person has to say whether they are real. */
export function createDeletionRoutes({ db, clock, poller, instances }: DeletionRoutesDeps): Routes {
  const owned = async (request: Pick<FastifyRequest, 'caller'>, id: number): Promise<number> => {
    await requireRecord(instances, request, id);
    return id;
  };
  return (app) => {
    app.get(
      '/instances/:id/deletions',
      {
        schema: {
          tags,
          summary: 'Deletions on hold',
          description:
            'So many records were missing at once that a person has to say whether they were deleted.',
          params: InstanceParams,
          querystring: Type.Object(PAGE_QUERY),
          response: { 200: Type.Array(HeldDeletionView) },
        },
      },
      async (request, reply) => {
        const instanceId = await owned(request, request.params.id);
        const page = readPage(request.query);
        return answerPage(reply, await listHeld(db, { instanceId, ...page }), page).map(presentHeldDeletion);
      },
    );
    app.post(
      '/instances/:id/deletions/release',
      {
        schema: {
          tags,
          summary: 'Release the deletions on hold',
          description: 'The records were deleted: asked about once more at the vendor, then reported.',
          params: InstanceParams,
          response: { 200: CountView },
        },
      },
      async (request) => {
        const instanceId = await owned(request, request.params.id);
        const count = await db.transaction((tx) => releaseHeld(tx, instanceId));
        await noteHeld({ db, clock }, instanceId);
        await poller.wake(instanceId);
        return { count };
      },
    );
    app.post(
      '/instances/:id/deletions/discard',
      {
        schema: {
          tags,
          summary: 'Discard the deletions on hold',
          description:
            'The records exist: none is reported as deleted, or asked about before it was seen again.',
          params: InstanceParams,
          response: { 200: CountView },
        },
      },
      async (request) => {
        const instanceId = await owned(request, request.params.id);
        const count = await discardHeld(db, instanceId);
        await noteHeld({ db, clock }, instanceId);
        return { count };
      },
    );
  };
}
