import type { Routes } from '../accounts/app.ts';
import { connectors } from '../connectors/registry.ts';
import type { Ingest } from '../events/ingest.ts';
import type { Instance, Lifecycle } from '../instances/instance.ts';
import type { Instances } from '../instances/instances.ts';
import { requireRecord } from '../instances/require-record.ts';
import type { Vendor } from '../instances/vendor.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import type { Poller } from '../polling/poller.ts';
import { createFinder } from '../webhooks/find-instances.ts';
import { createWebhookLifecycle } from '../webhooks/lifecycle.ts';
import { createReceivers } from '../webhooks/receiver.ts';
import { createBareHostRoutes, createWebhookRoutes } from '../webhooks/routes.ts';
import { createSetupRoutes } from '../webhooks/setup-routes.ts';
import { createSetups } from '../webhooks/setups.ts';
import { startWatchdog } from '../webhooks/watchdog.ts';
import type { Ground, Loop } from './rooms.ts';

/** The room `webhooks`. */
export interface WebhookRooms {
  lifecycle: Lifecycle;
  /** For the role `api`: under the base path, and at the root. */
  api(instances: Instances): Routes[];
  root: Routes[];
  /** For the role `poller`. */
  startWatchdog(poller: Pick<Poller, 'pollNow'>): Loop;
}

export interface WebhookRoomDeps {
  ingest: Ingest;
  vendor: Pick<Vendor, 'call'>;
  wait: (ms: number) => Promise<void>;
  loadInstance: (id: number) => Promise<Instance | undefined>;
}

export function composeWebhookRooms(ground: Ground, deps: WebhookRoomDeps): WebhookRooms {
  const { db, clock, log, vault, site } = ground;
  const { ingest, vendor, loadInstance, wait } = deps;
  const receivers = createReceivers({ db, clock, vault, connectors, loadInstance });
  const setups = createSetups({ db, clock, log, vault, connectors, vendor, site, wait });
  const finder = createFinder({ db, clock });
  const inbound = { clock, connectors, site, ingest, receivers, finder };
  return {
    lifecycle: createWebhookLifecycle({ setups, receivers, finder }),
    api: (instances) => [
      createWebhookRoutes(inbound),
      createSetupRoutes({
        db,
        vault,
        site,
        setups,
        receivers,
        recordOf: (request, id) => requireRecord(instances, request, id),
      }),
    ],
    root: [createBareHostRoutes(inbound)],
    startWatchdog: (poller) =>
      startWatchdog({
        db,
        clock,
        log,
        setups,
        elementKeys: connectors.filter(({ webhooks }) => webhooks?.setup !== undefined).map(({ key }) => key),
        loadInstance,
        catchUp: async (instance) => {
          try {
            await poller.pollNow(instance);
          } catch (error) {
            if (error instanceof Fault && error.code === 'conflict') return 'busy';
            log.warn({ instanceId: instance.id, reason: messageOf(error) }, 'a catch-up poll failed');
          }
          return 'done';
        },
      }),
  };
}
