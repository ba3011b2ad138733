import type { EpochMs, SimulatorClock } from '../core/clock.ts';

/** "≤1000 subscriptions" (vendor page, 2026-11). */
const MOST_SUBSCRIPTIONS = 1000;
const USUAL_CONCURRENCY = 10;

export interface WebhookSettings {
  targetUrl: string;
  throttling: { maxConcurrentRequests: number; period: string };
  createdAt: EpochMs;
  updatedAt: EpochMs;
}

export interface Subscription {
  id: number;
  eventType: string;
  propertyName?: string | undefined;
  objectTypeId?: string | undefined;
  active: boolean;
  createdAt: EpochMs;
  updatedAt: EpochMs;
}

/** What the developer has set up for the app: one target for all portals that installed it. */
export interface SubscriptionBook {
  settings(): WebhookSettings | undefined;
  configure(settings: { targetUrl: string; maxConcurrentRequests?: number }): WebhookSettings;
  removeSettings(): void;
  /** Undefined when there are 1000 already. */
  subscribe(
    wanted: Pick<Subscription, 'eventType' | 'propertyName' | 'objectTypeId'> & { active?: boolean },
  ): Subscription | undefined;
  list(): Subscription[];
  setActive(id: number, active: boolean): Subscription | undefined;
  unsubscribe(id: number): boolean;
}

export function createSubscriptionBook({ clock }: { clock: SimulatorClock }): SubscriptionBook {
  const subscriptions = new Map<number, Subscription>();
  let settings: WebhookSettings | undefined;
  let lastId = 1_160_000;
  return {
    settings: () => settings,
    configure({ targetUrl, maxConcurrentRequests = USUAL_CONCURRENCY }) {
      const now = clock.now();
      const throttling = { maxConcurrentRequests, period: 'SECONDLY' };
      settings = { targetUrl, throttling, createdAt: settings?.createdAt ?? now, updatedAt: now };
      return settings;
    },
    removeSettings() {
      settings = undefined;
    },
    subscribe({ active = true, ...wanted }) {
      if (subscriptions.size >= MOST_SUBSCRIPTIONS) return undefined;
      lastId += 1;
      const made = { id: lastId, ...wanted, active, createdAt: clock.now(), updatedAt: clock.now() };
      subscriptions.set(lastId, made);
      return made;
    },
    list: () => [...subscriptions.values()],
    setActive(id, active) {
      const known = subscriptions.get(id);
      if (!known) return undefined;
      const changed = { ...known, active, updatedAt: clock.now() };
      subscriptions.set(id, changed);
      return changed;
    },
    unsubscribe: (id) => subscriptions.delete(id),
  };
}
