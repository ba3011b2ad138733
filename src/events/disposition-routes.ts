import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import { PAGE_QUERY } from '../accounts/page.ts';
import { scopeOf } from '../accounts/permissions.ts';
import type { Database } from '../database/pool.ts';
import { isoMillis, type Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { listDispositions, type DispositionRow } from './analytics-queries.ts';
import { readInstant } from './read-instant.ts';
import { DispositionSchema, type Disposition } from './schema.ts';

const tags = ['events'];
const DEFAULT_PAGE_SIZE = 100;
const DEFAULT_RANGE_MS = 24 * 3_600_000;

/** `/instances/events/dispositions`. */
export function createDispositionRoutes({ db, clock }: { db: Database; clock: Clock }): Routes {
  return (app) => {
    const query = Type.Object({
      from: Type.Optional(Type.String()),
      to: Type.Optional(Type.String()),
      pageSize: PAGE_QUERY.pageSize,
      page: PAGE_QUERY.page,
    });
    app.get(
      '/instances/events/dispositions',
      {
        schema: {
          tags,
          summary: 'What became of the tries of a time',
          description: 'By event. The message of a failed try begins with `Error delivering event`.',
          querystring: query,
          response: { 200: Type.Array(DispositionSchema) },
        },
      },
      async ({ caller, query: { from, to, pageSize = DEFAULT_PAGE_SIZE, page = 1 } }, reply) => {
        const until = readInstant('to', to) ?? clock.now();
        const since = readInstant('from', from) ?? until - DEFAULT_RANGE_MS;
        if (since > until) throw new Fault('bad_request', 'from must not be later than to.');
        const bounds = { from: since, to: until, limit: pageSize, offset: (page - 1) * pageSize };
        const rows = await listDispositions(db, { ...scopeOf(caller), ...bounds });
        reply.header('elements-returned-count', rows.length);
        return presentDispositions(rows);
      },
    );
  };
}

/** The tries of each event together, in the order given. */
function presentDispositions(rows: readonly DispositionRow[]): Disposition[] {
  return [...Map.groupBy(rows, (row) => row.event_id).values()].map((tries) => ({
    eventId: tries[0]!.event_id,
    elementInstanceId: tries[0]!.instance_id,
    notificationData: tries.map((row) => ({
      message: messageOf(row),
      date: isoMillis(row.at),
      attempt: row.attempt,
      status: row.status,
      subscriptionId: row.lane_id,
    })),
  }));
}

function messageOf({ event_id, outcome, status, response, url }: DispositionRow): string {
  const where = url === null || url === '' ? '' : ` to ${url}`;
  if (outcome === 'delivered') return `Delivered event ${event_id}${where}: status ${status}`;
  return `Error delivering event ${event_id}${where}: ${status === null ? response : `status ${status}`}`;
}
