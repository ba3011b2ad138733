import type { Lifecycle } from '../instances/instance.ts';
import type { Finder } from './find-instances.ts';
import type { Receivers } from './receiver.ts';
import type { Setups } from './setups.ts';

export interface WebhookLifecycleDeps {
  setups: Setups;
  receivers: Pick<Receivers, 'forget'>;
  finder: Pick<Finder, 'forget'>;
}

/** Keeps an instance's webhooks at its vendor in step with it. */
export function createWebhookLifecycle({ setups, receivers, finder }: WebhookLifecycleDeps): Lifecycle {
  const forget = (id: number): void => {
    receivers.forget(id);
    finder.forget();
  };
  return {
    started: async (instance) => {
      finder.forget();
      await setups.apply(instance, { isForced: false });
      forget(instance.id);
    },
    changed: async (_before, after) => {
      forget(after.id);
      await setups.apply(after, { isForced: false });
      forget(after.id);
    },
    removed: async (instance) => {
      await setups.remove(instance);
      forget(instance.id);
    },
  };
}
