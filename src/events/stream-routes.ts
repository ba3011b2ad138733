import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { EventRouteDependencies } from './routes.ts';
import { writeStream } from './stream.ts';
import type { WakeUps } from './wake-ups.ts';

const tags = ['events'];
const MOST_STREAMS = 500;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface StreamRouteDependencies extends Pick<
  EventRouteDependencies,
  'tokenInstanceId' | 'assertOwned'
> {
  db: Database;
  clock: Clock;
  wakeUps: WakeUps;
}

/** `/instances[/{id}]/events/stream`: server-sent events, each an entry of the log; `Last-Event-ID` goes on behind it. */
export function createStreamRoutes(deps: StreamRouteDependencies): Routes {
  const open = new Set<AbortController>();

  const stream = async (
    request: FastifyRequest,
    reply: FastifyReply,
    instanceId: number | undefined,
    asked: string | undefined,
  ): Promise<void> => {
    if (open.size >= MOST_STREAMS) {
      throw new Fault('too_many_requests', `${MOST_STREAMS} streams are open already.`, { retryAfterS: 10 });
    }
    const lastEventId = asked?.toLowerCase();
    if (lastEventId !== undefined && !UUID.test(lastEventId)) {
      throw new Fault('bad_request', 'Last-Event-ID must be the id of an event.');
    }
    const ending = new AbortController();
    open.add(ending);
    reply.hijack();
    const { raw } = reply;
    raw.once('close', () => ending.abort());
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Nginx would hold the events back.
      'x-accel-buffering': 'no',
    });
    raw.write('retry: 1000\n\n');
    try {
      const scope = { ...scopeOf(request.caller), instanceId };
      await writeStream(deps, raw, { scope, lastEventId, signal: ending.signal });
    } catch (error) {
      if (!ending.signal.aborted) request.log.warn({ err: error }, 'a stream of events broke off');
    } finally {
      open.delete(ending);
      raw.end();
    }
  };

  return (app) => {
    const connected = deps.wakeUps.connect();
    app.addHook('preClose', (done) => {
      for (const ending of open) ending.abort();
      done();
    });
    app.addHook('onClose', async () => connected.stop());
    const querystring = Type.Object({
      lastEventId: Type.Optional(
        Type.String({ description: 'For clients that cannot send the header Last-Event-ID.' }),
      ),
    });
    const lastOf = ({ headers }: FastifyRequest, query: { lastEventId?: string }): string | undefined =>
      (headers['last-event-id'] as string | undefined) ?? query.lastEventId;
    const description =
      'Server-sent events, each an entry of the log, about in the order of their ids and once on a connection. The ' +
      'header `Last-Event-ID`, which browsers send by themselves, goes on where the last `id` line was: the seconds ' +
      'before it are shown again, because an event may be stored a little later than others that were made after it. ' +
      'While such an event is known to be on its way no `id` is told. Know repeats by the `id` in the data.';
    const listed = { tags, description, querystring };
    const ofAccount = {
      ...listed,
      summary: 'The event log of the account, or of the instance whose token is sent, as it grows',
    };
    app.get('/instances/events/stream', { schema: ofAccount }, async (request, reply) => {
      await stream(request, reply, await deps.tokenInstanceId(request), lastOf(request, request.query));
    });
    app.get(
      '/instances/:id/events/stream',
      {
        schema: {
          ...listed,
          summary: 'The event log of an instance, as it grows',
          params: Type.Object({ id: Type.Integer() }),
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        await deps.assertOwned(request, id);
        await stream(request, reply, id, lastOf(request, request.query));
      },
    );
  };
}
