import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import type { Instance } from '../instances/instance.ts';
import { isoSeconds, type Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { Ingest } from './ingest.ts';

export interface TestEventRouteDependencies {
  clock: Clock;
  ingest: Pick<Ingest, 'ingest'>;
  /** @throws Fault `not_found` when the caller has no such instance. */
  instanceOf: (request: FastifyRequest, instanceId: number) => Promise<Instance>;
  hubOf: (elementKey: string) => string;
}

const TestEventSchema = Type.Object({
  objectType: Type.Optional(Type.String({ maxLength: 200 })),
  objectId: Type.Optional(Type.String({ maxLength: 200 })),
});

/** `POST /instances/{id}/events/test` (ours): an event made up here, on the way every event goes. */
export function createTestEventRoutes({
  clock,
  ingest,
  instanceOf,
  hubOf,
}: TestEventRouteDependencies): Routes {
  return (app) => {
    app.post(
      '/instances/:id/events/test',
      {
        schema: {
          tags: ['events'],
          summary: 'Make a test event, which goes the way of all events',
          params: Type.Object({ id: Type.Integer() }),
          body: TestEventSchema,
          response: { 200: Type.Object({ id: Type.String() }) },
        },
      },
      async (request) => {
        const { objectType = 'test', objectId = 'test' } = request.body;
        const instance = await instanceOf(request, request.params.id);
        const now = clock.now();
        const { elementKey } = instance;
        const event = {
          objectId,
          objectType,
          eventType: 'UPDATED' as const,
          date: isoSeconds(now),
          elementKey,
          hubKey: hubOf(elementKey),
        };
        const [outcome] = await ingest.ingest([
          {
            instanceId: instance.id,
            configVersion: instance.configVersion,
            source: 'test',
            receivedAt: now,
            payload: Buffer.from(JSON.stringify({ test: true, objectType, objectId })),
            payloadType: 'json',
            events: [event],
          },
        ]);
        if (outcome?.outcome === 'recorded') return { id: outcome.id };
        const reason = instance.disabled
          ? 'is disabled'
          : instance.eventsEnabled
            ? 'was changed just now'
            : 'has its events off';
        throw new Fault('conflict', `Instance ${instance.id} ${reason}, so no event was made.`);
      },
    );
  };
}
