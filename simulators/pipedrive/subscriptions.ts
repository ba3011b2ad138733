import type { SimulatorClock } from '../core/clock.ts';
import type { Delivery } from '../core/delivery-log.ts';
import type { Random } from '../core/random.ts';
import type { SubscriptionHealth } from '../core/subscription-health.ts';
import { createWebhookSender } from '../core/webhook-sender.ts';
import type { DeliveryRules, WebhookSender } from '../core/webhook-sender.ts';
import type { Company } from './company.ts';
import { KINDS } from './records.ts';
import type { AnyRecord } from './records.ts';
import type { NewSubscription, Subscription } from './subscription.ts';
import { maySee } from './visibility.ts';
import { webhookEvent } from './webhook-event.ts';
import type { WebhookEvent } from './webhook-event.ts';
import { payloadV1, payloadV2 } from './webhook-payload.ts';

/** Retry, ban and removal as in the guide for webhooks v2 (read 2026-11-21). */
export const PIPEDRIVE_DELIVERY: DeliveryRules = {
  timeoutMs: 10_000,
  retryDelaysMs: [3_000, 30_000, 150_000],
  ban: { failures: 10, forMs: 30 * 60_000, counts: 'first-try' },
  staleAfterMs: 3 * 24 * 3_600_000,
};

// "The maximum limit of webhooks is 40 different webhooks per user" (same guide).
const MOST_PER_USER = 40;

/** A company's webhooks. */
export interface Subscriptions {
  /** Undefined when the owner has 40 already. */
  add(subscription: NewSubscription): Subscription | undefined;
  /** Those that still exist. */
  list(): Subscription[];
  /** False when there is none. */
  remove(id: number, reason?: string): boolean;
  /** Those that were deleted, with `removeReason`. */
  removed(): Subscription[];
  deliveries(subscriptionId?: number): Delivery[];
  health(subscriptionId: number): SubscriptionHealth;
  /** From now on each v1 event is sent this many times more, as the vendor's v1 is known to do. */
  setDuplicates(count: number): void;
  /** Resolves when no delivery is under way; retries waiting for the clock are not waited for. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function createSubscriptions(
  { clock, random }: { clock: SimulatorClock; random: Random },
  company: Company,
  rules: DeliveryRules,
): Subscriptions {
  const live = new Map<number, Subscription>();
  const gone: Subscription[] = [];
  let lastId = 4_710_000;
  let duplicates = 0;

  const remove = (id: number, reason: string | null): boolean => {
    const subscription = live.get(id);
    if (!subscription) return false;
    live.delete(id);
    gone.push({ ...subscription, removedAt: clock.now(), removeReason: reason });
    sender.cancel(String(id));
    return true;
  };

  const sender = createWebhookSender({ clock }, rules, {
    stale: (id) => remove(Number(id), 'No successful deliveries on 3 consecutive days'),
  });

  const tell: Tell = (event) => {
    for (const subscription of live.values()) {
      if (!isFor(company, subscription, event)) continue;
      const times = subscription.version === '1.0' ? 1 + duplicates : 1;
      for (let time = 0; time < times; time += 1) send(sender, company, subscription, event);
    }
  };
  listenTo(company, random, tell);

  return {
    add(given) {
      const owned = [...live.values()].filter((one) => one.owner_id === given.owner_id);
      if (owned.length >= MOST_PER_USER) return undefined;
      lastId += 1;
      const subscription = {
        ...given,
        id: lastId,
        addedAt: clock.now(),
        removedAt: null,
        removeReason: null,
      };
      live.set(lastId, subscription);
      return subscription;
    },
    list: () => [...live.values()],
    remove: (id, reason) => remove(id, reason ?? null),
    removed: () => gone,
    deliveries: (id) => sender.deliveries(id === undefined ? undefined : String(id)),
    health: (id) => sender.health(String(id)),
    setDuplicates(count) {
      duplicates = count;
    },
    idle: () => sender.idle(),
    close: () => sender.close(),
  };
}

type Tell = (event: WebhookEvent) => void;

function listenTo(company: Company, random: Random, tell: Tell): void {
  let sequence = 0;
  const next = (): number => (sequence += 1);
  for (const kind of KINDS) {
    company.store.of(kind).onChange((change) => tell(webhookEvent(kind, change, random, next())));
  }
  company.store.users.onChange((change) => tell(webhookEvent('user', change, random, next())));
}

function send(
  sender: WebhookSender,
  company: Company,
  subscription: Subscription,
  event: WebhookEvent,
): void {
  const payload = subscription.version === '1.0' ? payloadV1 : payloadV2;
  // Written down now: a retry shows the record as it was, only the number of the try is new.
  const first = payload(company, subscription, event, 1);
  sender.send({
    subscriptionId: String(subscription.id),
    url: subscription.subscription_url,
    build: (tryNumber) => ({
      body: JSON.stringify(numbered(first, tryNumber)),
      headers: { 'user-agent': 'Pipedrive Webhooks', ...authorization(subscription) },
    }),
  });
}

function isFor(company: Company, subscription: Subscription, event: WebhookEvent): boolean {
  const { event_action: action, event_object: object, version } = subscription;
  if (action !== '*' && action !== event.action[version]) return false;
  if (object !== '*' && object !== event.entity) return false;
  if (event.entity === 'user') return true;
  return maySee(company, subscription.user_id, (event.change.after ?? event.change.before) as AnyRecord);
}

function numbered(payload: Record<string, unknown>, tryNumber: number): Record<string, unknown> {
  if ('retry' in payload) return { ...payload, retry: tryNumber - 1 };
  return { ...payload, meta: { ...(payload['meta'] as object), attempt: tryNumber } };
}

function authorization({
  http_auth_user: user,
  http_auth_password: password,
}: Subscription): Record<string, string> {
  if (user === null && password === null) return {};
  return { authorization: `Basic ${Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64')}` };
}
