import type { SimulatorClock } from '../core/clock.ts';
import type { Delivery } from '../core/delivery-log.ts';
import type { Random } from '../core/random.ts';
import { createWebhookSender } from '../core/webhook-sender.ts';
import type { DeliveryRules } from '../core/webhook-sender.ts';
import type { OAuthApp } from './oauth-routes.ts';
import type { Portal } from './portal.ts';
import { KINDS, TYPE_IDS } from './records.ts';
import { createSubscriptionBook } from './subscription-book.ts';
import type { Subscription, SubscriptionBook } from './subscription-book.ts';
import { eventsOf, isWanted } from './webhook-events.ts';
import type { CrmEvent } from './webhook-events.ts';
import { signatureHeaders } from './webhook-signature.ts';

const MINUTE_MS = 60_000;
const ANSWER_WITHIN_MS = 5_000;
const MOST_CONCURRENT = 10;
const MOST_EVENTS = 100;
/** "Up to 10 retries spread over 24 h with random jitter"; the steps between are not documented. */
const RETRY_MINUTES = [1, 5, 15, 30, 60, 120, 180, 240, 300, 420];
const USER_AGENT =
  'HubSpot Connect 2.0 (http://dev.hubspot.com/) (namespace: webhooks-nio-http-client) - WebhooksExecutorDaemon-executor';

/** The webhooks of the app. */
export interface Webhooks extends SubscriptionBook {
  /** From now on each body is sent this many times more, as an at-least-once sender may. */
  setDuplicates(count: number): void;
  deliveries(): Delivery[];
  /** Resolves when everything that happened is under way and answered; retries wait for the clock. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

interface WebhooksDeps {
  clock: SimulatorClock;
  random: Random;
  app: OAuthApp;
  portals: readonly Portal[];
}

/** `timeoutMs`: how long a receiver has, in real time. */
export function createWebhooks(deps: WebhooksDeps, timeoutMs: number = ANSWER_WITHIN_MS): Webhooks {
  const { clock, random, app } = deps;
  const book = createSubscriptionBook({ clock });
  const rules: DeliveryRules = {
    timeoutMs,
    retryDelaysMs: RETRY_MINUTES.map((minutes) =>
      Math.round(minutes * MINUTE_MS * (0.9 + random.next() * 0.2)),
    ),
    maxConcurrent: MOST_CONCURRENT,
  };
  const sender = createWebhookSender({ clock }, rules);
  let duplicates = 0;

  const send = (events: readonly CrmEvent[]): void => {
    const targetUrl = book.settings()?.targetUrl;
    if (targetUrl === undefined) return;
    const active = book.list().filter((one) => one.active);
    const elements = mixed(random, events).flatMap((event) =>
      active.filter((one) => isWanted(one, event)).map((one) => elementOf(deps, event, one)),
    );
    for (let start = 0; start < elements.length; start += MOST_EVENTS) {
      const batch = elements.slice(start, start + MOST_EVENTS);
      const message = { subscriptionId: String(app.appId), url: targetUrl };
      for (let time = 0; time <= duplicates; time += 1) {
        sender.send({ ...message, build: (tryNumber) => buildTry(deps, targetUrl, batch, tryNumber) });
      }
    }
  };

  const waiting = gather(deps, () => book.settings() !== undefined && book.list().length > 0, send);
  return {
    ...book,
    removeSettings() {
      book.removeSettings();
      sender.cancel(String(app.appId));
    },
    setDuplicates(count) {
      duplicates = count;
    },
    deliveries: () => sender.deliveries(),
    async idle() {
      waiting.flush();
      await sender.idle();
    },
    async close() {
      waiting.forget();
      await sender.close();
    },
  };
}

/** Gathers what happens in one go, in all portals, to be told in one body. */
function gather(
  { portals }: WebhooksDeps,
  isListening: () => boolean,
  send: (events: readonly CrmEvent[]) => void,
): { flush(): void; forget(): void } {
  let waiting: CrmEvent[] = [];
  let due: NodeJS.Immediate | undefined;
  const forget = (): CrmEvent[] => {
    if (due) clearImmediate(due);
    due = undefined;
    const events = waiting;
    waiting = [];
    return events;
  };
  const flush = (): void => send(forget());
  for (const portal of portals) {
    for (const kind of KINDS) {
      portal.store.of(kind).onChange((change) => {
        if (!isListening()) return;
        waiting.push(...eventsOf(portal, kind, change));
        due ??= setImmediate(flush);
      });
    }
  }
  return { flush, forget: () => void forget() };
}

function elementOf(
  { random, app }: WebhooksDeps,
  event: CrmEvent,
  subscription: Subscription,
): Record<string, unknown> {
  return {
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
  };
}

/** The whole batch is sent again at each try, with its number and a signature of that moment. */
function buildTry(
  { clock, app }: WebhooksDeps,
  url: string,
  elements: ReadonlyArray<Record<string, unknown>>,
  tryNumber: number,
): { body: string; headers: Record<string, string> } {
  const attemptNumber = tryNumber - 1;
  const body = JSON.stringify(elements.map((one) => Object.assign({}, one, { attemptNumber })));
  const signed = signatureHeaders({ secret: app.clientSecret, url, body, at: clock.now() });
  return { body, headers: { 'user-agent': USER_AGENT, ...signed } };
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
