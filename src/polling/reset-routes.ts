import type { Routes } from '../accounts/app.ts';
import { readInstant } from '../events/read-instant.ts';
import type { InstanceStore } from '../instances/instance-store.ts';
import { requireRecord } from '../instances/require-record.ts';
import { InstanceParams } from '../instances/schema.ts';
import { isoMillis } from '../kernel/clock.ts';
import type { Poller } from './poller.ts';
import { ResetBody, ResetView } from './schema.ts';

export interface ResetRoutesDeps {
  poller: Pick<Poller, 'readAgain'>;
  instances: Pick<InstanceStore, 'recordFor'>;
}

/** Reading a resource again from an instant on. */
export function createResetRoutes({ poller, instances }: ResetRoutesDeps): Routes {
  return (app) => {
    app.post(
      '/instances/:id/polling/reset',
      {
        schema: {
          tags: ['polling'],
          summary: 'Read a resource again from an instant on',
          description:
            'The next poll, due at once, reads everything changed since `from` once more. Versions that are known give ' +
            'nothing, so there are no duplicates; what was never reported is, also what changed before polling was ' +
            'turned on. A poll under way is broken off. `from` must lie within the look-back of the vendor and the 40 ' +
            'days for which deletions are remembered. With `dryRun` it is read, as far as 20 pages go, and nothing is ' +
            'stored.',
          params: InstanceParams,
          body: ResetBody,
          response: { 200: ResetView },
        },
      },
      async (request) => {
        const { instance } = await requireRecord(instances, request, request.params.id);
        const { objectType, dryRun = false } = request.body;
        const from = readInstant('from', request.body.from)!;
        const preview = await poller.readAgain(instance, { objectType, from, isDryRun: dryRun });
        return { objectType, from: isoMillis(from), ...preview };
      },
    );
  };
}
