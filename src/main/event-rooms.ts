import type { FastifyRequest } from 'fastify';
import type { Routes } from '../accounts/app.ts';
import { findConnector } from '../connectors/registry.ts';
import { createDeliveryRoutes } from '../delivery/delivery-routes.ts';
import { createDeliveryMetrics } from '../delivery/metrics.ts';
import { createNotificationRoutes } from '../delivery/notification-routes.ts';
import { createRedeliveryRoutes } from '../delivery/redelivery-routes.ts';
import { startPruning } from '../delivery/prune.ts';
import { startReplays } from '../delivery/replay.ts';
import { startSender, type Sender } from '../delivery/sender.ts';
import { createSubscriptionRoutes } from '../delivery/subscription-routes.ts';
import { createTargets } from '../delivery/targets.ts';
import { createAnalyticsRoutes } from '../events/analytics-routes.ts';
import { createDispositionRoutes } from '../events/disposition-routes.ts';
import { createIngest, type Ingest } from '../events/ingest.ts';
import { startMaintenance } from '../events/maintain.ts';
import { createRecorder, type Recorder } from '../events/record.ts';
import { createEventRoutes } from '../events/routes.ts';
import { createStreamRoutes } from '../events/stream-routes.ts';
import { createTestEventRoutes } from '../events/test-event-routes.ts';
import { createWakeUps } from '../events/wake-ups.ts';
import type { Instances } from '../instances/instances.ts';
import { requireInstance } from '../instances/require-instance.ts';
import { requireRecord } from '../instances/require-record.ts';
import type { Ground, Loop } from './rooms.ts';
import { VERSION } from './version.ts';

const hubOf = (elementKey: string): string => findConnector(elementKey)?.hub ?? '';

/** The rooms `events` and `delivery`. */
export interface EventRooms {
  /** The way in for polling. */
  recorder: Recorder;
  /** The way in for webhooks. */
  ingest: Ingest;
  /** For the role `api`, once there are instances. */
  routes(instances: Instances): Routes[];
  /** For the role `delivery`. */
  startDelivery(instances: Instances): Loop;
  /** For roles that record: tells other nodes' senders. */
  startWakeUps(): Loop;
}

export function composeEventRooms(ground: Ground): EventRooms {
  const { db, clock, log } = ground;
  const wakeUps = createWakeUps(ground);
  const onCommitted = [wakeUps.committed];
  let sender: Sender | undefined;
  const ingest = createIngest({ db, clock, log, handOff: () => sender?.handOff, onCommitted });
  return {
    recorder: createRecorder({ clock, onCommitted }),
    ingest,
    startWakeUps: () => wakeUps.connect(),
    startDelivery: (instances) => {
      const started = startSender({
        ...ground,
        userAgent: `Tidings/${VERSION}`,
        random: Math.random,
        target: createTargets((id) => instances.load(id)),
        wakeUps,
        metrics: createDeliveryMetrics(ground),
      });
      sender = started;
      const { retentionDays, queueRetentionDays } = ground.config;
      const others = [
        startReplays({ ...ground, wakeUps }),
        startPruning({ ...ground, retentionDays }),
        startMaintenance({ ...ground, retentionDays, queueRetentionDays }),
      ];
      return {
        stop: async () => {
          sender = undefined;
          await Promise.all([started.stop(), ...others.map((loop) => loop.stop())]);
        },
      };
    },
    routes: (instances) => {
      const guards = {
        tokenInstanceId: async (request: FastifyRequest) =>
          request.elementToken === null
            ? undefined
            : (await requireInstance(instances, request, { acceptDisabled: true })).id,
        assertOwned: async (request: FastifyRequest, instanceId: number) => {
          await requireRecord(instances, request, instanceId);
        },
      };
      const instanceOf = async (request: FastifyRequest, id: number) =>
        (await requireRecord(instances, request, id)).instance;
      return [
        createEventRoutes({ db, ...guards }),
        createAnalyticsRoutes({ db, clock }),
        createDispositionRoutes({ db, clock }),
        createStreamRoutes({ db, clock, wakeUps, ...guards }),
        createTestEventRoutes({ clock, ingest, instanceOf, hubOf }),
        createRedeliveryRoutes({ db, clock, wakeUps, assertOwned: guards.assertOwned }),
        createSubscriptionRoutes({ db, clock }),
        createDeliveryRoutes({ db, clock, wakeUps }),
        createNotificationRoutes({ db, clock, wakeUps }),
      ];
    },
  };
}
