import { setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import type { Routes } from '../accounts/app.ts';
import { createAccountsRoutes } from '../accounts/routes.ts';
import type { Config } from '../config/config.ts';
import { connectors } from '../connectors/registry.ts';
import { createConsoleRoom, type ConsoleRoom } from '../console/console-room.ts';
import type { Connection } from '../database/connection.ts';
import type { Database } from '../database/pool.ts';
import { createDeliveryLifecycle } from '../delivery/lifecycle.ts';
import type { Egress } from '../egress/egress.ts';
import { createElementRoutes } from '../elements/routes.ts';
import { createHubs } from '../hubs/hubs.ts';
import { createHubRoutes } from '../hubs/routes.ts';
import { startIdleRefresh } from '../instances/idle-credentials.ts';
import { createInstances, type Instances } from '../instances/instances.ts';
import { requireInstance } from '../instances/require-instance.ts';
import { createInstanceRoutes } from '../instances/routes.ts';
import { createVendor } from '../instances/vendor.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { createBudgets } from '../polling/budgets.ts';
import { createPoller, type Poller } from '../polling/poller.ts';
import { createPollingCheck } from '../polling/poller-configuration.ts';
import { createPollingRoutes } from '../polling/routes.ts';
import { startPolling, type PollingLoopDeps } from '../polling/start-polling.ts';
import type { Vault } from '../vault/vault.ts';
import { createWebhookCheck } from '../webhooks/check.ts';
import { composeEventRooms, type EventRooms } from './event-rooms.ts';
import { resealSecrets } from './reseal-secrets.ts';
import { VERSION } from './version.ts';
import { composeWebhookRooms } from './webhook-rooms.ts';

/** What every room may be given. */
export interface Ground {
  config: Config;
  log: Log;
  clock: Clock;
  db: Database;
  /** For connections of one's own, such as LISTEN. */
  connection: Connection;
  vault: Vault;
  egress: Egress;
  registry: Registry;
  /** How vendors and browsers reach this server; known for certain once it listens. */
  site: { readonly publicUrl: string };
}

/** Something that runs in the background until stopped; `stop` resolves when what was in flight is finished. */
export interface Loop {
  stop(): Promise<void> | void;
}

export interface Rooms {
  /** The role `api`: under the base path, with credentials, and at the root without. */
  api: Routes[];
  root: Routes[];
  console: ConsoleRoom;
  /** What the roles do in the background: each starts its loops. `recording`: of api and poller, both of which record. */
  recording: (() => Loop)[];
  apiLoops: (() => Loop)[];
  poller: (() => Loop)[];
  delivery: (() => Loop)[];
}

/** Builds every room from the ground up; calls upward go through what is passed in here. */
export function composeRooms(ground: Ground): Rooms {
  const { db, clock, log, vault, site } = ground;
  const all = { ...ground, connectors };
  const wait = async (ms: number): Promise<void> => sleep(ms, undefined, { ref: false });
  const loadInstance = async (id: number) => instances.load(id);
  const events = composeEventRooms(ground);
  const vendor = createVendor(all);
  const budgets = createBudgets({ ...all, vendor, wait });
  const hubs = createHubs({ ...all, vendor: budgets.counted });
  const { ingest } = events;
  const webhooks = composeWebhookRooms(ground, { ingest, vendor: budgets.counted, wait, loadInstance });
  const poller: Poller = createPoller({
    ...all,
    recorder: events.recorder,
    vendor: budgets.within,
    contexts: { of: hubs.context, forget: hubs.forget },
    random: Math.random,
    loadInstance,
  });
  const instances: Instances = createInstances({
    ...all,
    lifecycle: [createDeliveryLifecycle({ db, clock }), poller.lifecycle, webhooks.lifecycle],
    checks: [createPollingCheck(connectors), createWebhookCheck(connectors)],
  });
  const { retentionDays, queueRetentionDays } = ground.config;
  const server = { version: VERSION, retentionDays, queueRetentionDays };
  const consoleRoom = createConsoleRoom({ ...all, instances, server });
  return {
    console: consoleRoom,
    api: [
      consoleRoom.api,
      createAccountsRoutes({ db, clock, vault, instances }),
      createElementRoutes({ db, vault, clock, connectors }),
      createInstanceRoutes({
        db,
        vault,
        connectors,
        instances,
        get publicUrl() {
          return site.publicUrl;
        },
      }),
      createPollingRoutes({ db, clock, poller, instances, site }),
      ...events.routes(instances),
      ...webhooks.api(instances),
      createHubRoutes({ hubs, connectors, instanceOf: (request) => requireInstance(instances, request) }),
    ],
    root: [consoleRoom.root, ...webhooks.root],
    recording: [() => startRecording(events, poller)],
    apiLoops: [() => resealSecrets(ground)],
    poller: [
      () => startPollerRole({ db, clock, log, poller }),
      () => webhooks.startWatchdog(poller),
      () => startIdleRefresh({ ...all, vendor, loadInstance }),
    ],
    delivery: [() => events.startDelivery(instances)],
  };
}

/**
 * Tells other nodes' senders of what is recorded, until the polls this process began have ended: baselines and polls
 * asked for by hand run wherever the API does.
 */
function startRecording(events: Pick<EventRooms, 'startWakeUps'>, poller: Pick<Poller, 'stop'>): Loop {
  const wakeUps = events.startWakeUps();
  return {
    stop: async () => {
      await poller.stop();
      await wakeUps.stop();
    },
  };
}

/** The loop of due polls. */
function startPollerRole(deps: PollingLoopDeps): Loop {
  const loop = startPolling(deps);
  return { stop: async () => (await loop).stop() };
}
