import type { EpochMs, SimulatorClock } from './clock.ts';
import type { DeliveryRules } from './webhook-sender.ts';

/** What a vendor remembers about one subscription's receiver. */
export interface SubscriptionHealth {
  /** Failures counted towards the next ban. */
  failures: number;
  bannedUntil: EpochMs | null;
  lastAt: EpochMs | null;
  lastStatus: number | null;
  lastSuccessAt: EpochMs | null;
  /** First failure after the last success. */
  failingSince: EpochMs | null;
}

interface Outcome {
  delivered: boolean;
  status: number | null;
  tryNumber: number;
}

const healthy = (): SubscriptionHealth => ({
  failures: 0,
  bannedUntil: null,
  lastAt: null,
  lastStatus: null,
  lastSuccessAt: null,
  failingSince: null,
});

/** Counts failures, bans and staleness for `createWebhookSender`. */
export function createSubscriptionHealth(
  { clock }: { clock: SimulatorClock },
  rules: DeliveryRules,
  stale: (subscriptionId: string) => void,
): {
  of(subscriptionId: string): SubscriptionHealth;
  isBanned(subscriptionId: string): boolean;
  record(subscriptionId: string, outcome: Outcome): void;
  forget(subscriptionId: string): void;
} {
  const known = new Map<string, SubscriptionHealth>();
  const of = (id: string): SubscriptionHealth => known.get(id) ?? healthy();

  /** Asks again once `staleAfterMs` has passed since the first failure; a success in between calls it off. */
  const watch = (id: string, since: EpochMs): void => {
    if (rules.staleAfterMs === undefined) return;
    clock.schedule(since + rules.staleAfterMs, () => {
      if (known.get(id)?.failingSince === since) stale(id);
    });
  };

  return {
    of: (id) => ({ ...of(id) }),
    isBanned: (id) => clock.now() < (of(id).bannedUntil ?? -Infinity),
    record(id, { delivered, status, tryNumber }) {
      const one = of(id);
      known.set(id, one);
      one.lastAt = clock.now();
      one.lastStatus = status;
      if (delivered) {
        one.lastSuccessAt = clock.now();
        one.failingSince = null;
        return;
      }
      if (one.failingSince === null) {
        one.failingSince = clock.now();
        watch(id, one.failingSince);
      }
      if (!rules.ban || (rules.ban.counts === 'first-try' && tryNumber > 1)) return;
      one.failures += 1;
      if (one.failures < rules.ban.failures) return;
      one.bannedUntil = clock.now() + rules.ban.forMs;
      one.failures = 0;
    },
    forget: (id) => {
      known.delete(id);
    },
  };
}
