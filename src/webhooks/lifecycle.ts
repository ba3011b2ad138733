import type { Lifecycle } from '../instances/instance.ts';
import type { Receivers } from './receiver.ts';
import type { Setups } from './setups.ts';

/** Keeps an instance's webhooks at its vendor in step with it. */
export function createWebhookLifecycle({
  setups,
  receivers,
}: {
  setups: Setups;
  receivers: Pick<Receivers, 'forget'>;
}): Lifecycle {
  return {
    started: async (instance) => {
      await setups.apply(instance, { isForced: false });
      receivers.forget(instance.id);
    },
    changed: async (_before, after) => {
      receivers.forget(after.id);
      await setups.apply(after, { isForced: false });
      receivers.forget(after.id);
    },
    removed: async (instance) => {
      await setups.remove(instance);
      receivers.forget(instance.id);
    },
  };
}
