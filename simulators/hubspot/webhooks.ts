import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import type { Delivery } from '../core/delivery-log.ts';
import { createWebhookSender } from '../core/webhook-sender.ts';
import type { DeliveryRules } from '../core/webhook-sender.ts';
import type { OAuthApp } from './oauth-routes.ts';
import type { Portal } from './portal.ts';
import { KINDS, TYPE_IDS } from './records.ts';
import { eventsOf, isWanted } from './webhook-events.ts';
import type { CrmEvent } from './webhook-events.ts';
import { signatureHeaders } from './webhook-signature.ts';

const MINUTE_MS = 60_000;
const ANSWER_WITHIN_MS = 5_000;
const MOST_CONCURRENT = 10;
const MOST_EVENTS = 100;
/** "Up to 10 retries spread over 24 h with random jitter"; the steps between are not documented. */
const RETRY_MINUTES = [1, 5, 15, 30, 60, 120, 180, 240, 300, 420];
/** "≤1000 subscriptions" */
const MOST_SUBSCRIPTIONS = 1000;

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

/** The webhooks of the app: one target for all portals that installed it. */
export interface Webhooks {
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
  /** From now on each body is sent this many times more, as an at-least-once sender may. */
  setDuplicates(count: number): void;
  deliveries(): Delivery[];
  /** Resolves when everything that happened is under way and answered; retries wait for the clock. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function createWebhooks(
  deps: { clock: SimulatorClock; random: Random; app: OAuthApp; portals: readonly Portal[] },
  timeoutMs: number = ANSWER_WITHIN_MS,
): Webhooks {
  const { clock, random, app, portals } = deps;
  const subscriptions = new Map<number, Subscription>();
  let settings: WebhookSettings | undefined;
  let lastId = 1_160_000;
  let duplicates = 0;
  let waiting: CrmEvent[] = [];
  let flush: NodeJS.Immediate | undefined;

  const rules: DeliveryRules = {
    timeoutMs,
    retryDelaysMs: RETRY_MINUTES.map((minutes) =>
      Math.round(minutes * MINUTE_MS * (0.9 + random.next() * 0.2)),
    ),
    maxConcurrent: MOST_CONCURRENT,
  };
  const sender = createWebhookSender({ clock }, rules);

  const elementOf = (event: CrmEvent, subscription: Subscription): Record<string, unknown> => ({
    // Not unique, as the vendor warns: few ids for many events.
    eventId: random.int(1, 1_000_000),
    subscriptionId: subscription.id,
    portalId: event.portalId,
    appId: app.appId,
    occurredAt: event.occurredAt,
    subscriptionType: subscription.eventType,
    attemptNumber: 0,
    // Both ends of a link are in their own fields.
    ...(event.happening === 'associationChange' ? {} : { objectId: event.objectId }),
    ...event.more,
    changeSource: event.changeSource,
    ...(event.sourceId === undefined ? {} : { sourceId: event.sourceId }),
    ...(subscription.objectTypeId === undefined
      ? {}
      : { objectTypeId: TYPE_IDS[event.kind], isSensitive: false }),
  });

  const send = (elements: Array<Record<string, unknown>>): void => {
    const target = settings;
    if (!target) return;
    sender.send({
      subscriptionId: String(app.appId),
      url: target.targetUrl,
      build: (tryNumber) => {
        const body = JSON.stringify(elements.map((one) => ({ ...one, attemptNumber: tryNumber - 1 })));
        const signed = { secret: app.clientSecret, url: target.targetUrl, body, at: clock.now() };
        return {
          body,
          headers: {
            'user-agent':
              'HubSpot Connect 2.0 (http://dev.hubspot.com/) (namespace: webhooks-nio-http-client) - WebhooksExecutorDaemon-executor',
            ...signatureHeaders(signed),
          },
        };
      },
    });
  };

  const flushNow = (): void => {
    if (flush) clearImmediate(flush);
    flush = undefined;
    const active = [...subscriptions.values()].filter((one) => one.active);
    const elements = mixed(random, waiting).flatMap((event) =>
      active.filter((one) => isWanted(one, event)).map((one) => elementOf(event, one)),
    );
    waiting = [];
    for (let start = 0; start < elements.length; start += MOST_EVENTS) {
      const batch = elements.slice(start, start + MOST_EVENTS);
      for (let time = 0; time <= duplicates; time += 1) send(batch);
    }
  };

  for (const portal of portals) {
    for (const kind of KINDS) {
      portal.store.of(kind).onChange((change) => {
        if (!settings || subscriptions.size === 0) return;
        waiting.push(...eventsOf(portal, kind, change));
        // What happens in one go is told in one body.
        flush ??= setImmediate(flushNow);
      });
    }
  }

  return {
    settings: () => settings,
    configure({ targetUrl, maxConcurrentRequests = MOST_CONCURRENT }) {
      const now = clock.now();
      const throttling = { maxConcurrentRequests, period: 'SECONDLY' };
      settings = { targetUrl, throttling, createdAt: settings?.createdAt ?? now, updatedAt: now };
      return settings;
    },
    removeSettings() {
      settings = undefined;
      sender.cancel(String(app.appId));
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
    setDuplicates(count) {
      duplicates = count;
    },
    deliveries: () => sender.deliveries(),
    async idle() {
      flushNow();
      await sender.idle();
    },
    async close() {
      if (flush) clearImmediate(flush);
      await sender.close();
    },
  };
}

/** Shuffled; and the creation of a record never before all of its other events (recorded sample). */
function mixed(random: Random, events: readonly CrmEvent[]): CrmEvent[] {
  const shuffled = [...events];
  const swap = (a: number, b: number): void => {
    [shuffled[a], shuffled[b]] = [shuffled[b]!, shuffled[a]!];
  };
  for (let at = shuffled.length - 1; at > 0; at -= 1) swap(at, random.int(0, at));
  const isSame = (a: CrmEvent, b: CrmEvent): boolean =>
    a.portalId === b.portalId && a.kind === b.kind && a.objectId === b.objectId;
  for (const event of events.filter((one) => one.happening === 'creation')) {
    const place = shuffled.indexOf(event);
    const others = shuffled.map((other, at) => (other !== event && isSame(other, event) ? at : -1));
    if (others.some((at) => at >= 0 && at < place)) continue;
    const last = Math.max(...others);
    if (last >= 0) swap(place, last);
  }
  return shuffled;
}
