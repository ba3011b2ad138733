import { RetryAt } from '../connectors/failures.ts';
import type { VendorRequest } from '../connectors/vendor-http.ts';
import type { SetupContext, WebhookSetup } from '../connectors/webhooks.ts';
import type { Instance } from '../instances/instance.ts';
import { leaseSetup, savePieces } from './queries.ts';
import type { VendorSide } from './set-up-vendor.ts';
import type { SetupDeps } from './setups.ts';

/** Longer than one call to a vendor may take; renewed before each. */
export const LEASE_MS = 120_000;
/** Another process works on the instance by now: this one stops where it is. */
export class LeaseLost extends Error {}

/** A burst limit is over in a moment; somebody waits for the answer, so not for more than this. */
const LONGEST_PAUSE_MS = 5_000;
const SHORTEST_PAUSE_MS = 500;
const TRIES = 4;

interface Setting {
  instance: Instance;
  setup: WebhookSetup;
  context: SetupContext;
  lease: string;
}

/** The vendor of an instance, under the lease of its set-up. */
export function vendorSideOf(deps: SetupDeps, { instance, setup, context, lease }: Setting): VendorSide {
  const { db, clock, log } = deps;
  const assertHeld = async (): Promise<void> => {
    const now = clock.now();
    if (!(await leaseSetup(db, { instanceId: instance.id, lease, now, until: now + LEASE_MS }))) {
      throw new LeaseLost('the lease of the set-up was lost');
    }
  };
  return {
    setup,
    context,
    call: async (request) => {
      for (let nth = 1; ; nth += 1) {
        await assertHeld();
        try {
          return await deps.vendor.call(instance, request);
        } catch (error) {
          const pauseMs = pauseAfter(error, request, clock.now());
          if (nth === TRIES || pauseMs === undefined) throw error;
          await deps.wait(pauseMs);
        }
      }
    },
    note: async (pieces) => {
      const noted = pieces.map(({ kind, id, name }) => ({ kind, id, name }));
      await savePieces(db, { instanceId: instance.id, lease, pieces: noted, tenantId: instance.tenantId });
    },
    warn: (details) => log.warn({ instanceId: instance.id, ...details }, 'a webhook could not be removed'),
  };
}

/** How long to wait before the call is repeated; undefined: not at all. What may have created something is not. */
function pauseAfter(error: unknown, request: VendorRequest, now: number): number | undefined {
  if (!(error instanceof RetryAt) || error.quota) return undefined;
  const isSafe = error.status === 429 || request.method !== 'POST';
  const pauseMs = Math.max(error.at - now, SHORTEST_PAUSE_MS);
  return isSafe && pauseMs <= LONGEST_PAUSE_MS ? pauseMs : undefined;
}
