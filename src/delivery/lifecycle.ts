import type { Database } from '../database/pool.ts';
import { readEventSettings } from '../instances/event-configuration.ts';
import type { Instance, Lifecycle } from '../instances/instance.ts';
import type { Clock } from '../kernel/clock.ts';
import {
  clearInstanceSubscription,
  deleteInstanceSubscription,
  upsertInstanceSubscription,
} from './subscription-queries.ts';

/** Keeps each instance's subscription in step with its callback URL. */
export function createDeliveryLifecycle({ db, clock }: { db: Database; clock: Clock }): Lifecycle {
  const follow = async (instance: Instance): Promise<void> => {
    const { callbackUrl } = readEventSettings(instance);
    const now = clock.now();
    if (callbackUrl === null) return clearInstanceSubscription(db, instance.id, now);
    return upsertInstanceSubscription(db, {
      accountId: instance.accountId,
      instanceId: instance.id,
      topic: topicOf(instance),
      url: callbackUrl,
      now,
    });
  };
  return {
    started: follow,
    changed: (_before, after) => follow(after),
    removed: (instance) => deleteInstanceSubscription(db, instance.id),
  };
}

/** The topic under which clients know an instance's events. */
export function topicOf({ id, elementKey }: Pick<Instance, 'id' | 'elementKey'>): string {
  return `instance-${id}-${elementKey}-events`;
}
