import { Agent } from 'node:http';
import type { EpochMs, SimulatorClock } from './clock.ts';
import { createDeliveryLog } from './delivery-log.ts';
import type { Delivery, Try } from './delivery-log.ts';
import { post } from './http-post.ts';
import type { PostOptions } from './http-post.ts';
import { createLanes } from './lanes.ts';
import { createSubscriptionHealth } from './subscription-health.ts';
import type { SubscriptionHealth } from './subscription-health.ts';

/** A vendor's way of delivering webhooks, as data. */
export interface DeliveryRules {
  /** Real time a receiver has to answer. */
  timeoutMs: number;
  /** Waits between tries on the simulator's clock; as many retries as entries. */
  retryDelaysMs: readonly number[];
  /** Default: 200 to 299. */
  isDelivered?: (status: number) => boolean;
  /** No retry after such a status (Keap: 410). */
  givesUpOn?: (status: number) => boolean;
  /** After `failures` failed tries nothing is sent for `forMs`, then counting starts again. */
  ban?: { failures: number; forMs: number; counts: 'first-try' | 'every-try' };
  /** Without success this long after the first failure the subscription is reported as stale. */
  staleAfterMs?: number;
  /** Requests to one subscription at a time; further ones wait. Default: no limit. */
  maxConcurrent?: number;
}

export interface Message {
  subscriptionId: string;
  url: string;
  /** Built for each try, counted from 1, because vendors put the number and a signature in. */
  build(tryNumber: number): { body: string; headers?: Record<string, string> };
}

export interface SenderListeners {
  /** All tries of one message failed, or `givesUpOn` said so. */
  exhausted?(delivery: Delivery): void;
  /** `staleAfterMs` passed without a success; the vendor would drop the subscription. */
  stale?(subscriptionId: string): void;
}

export interface WebhookSender {
  /** Sends now, retries later by the rules. The returned object is kept up to date. */
  send(message: Message): Delivery;
  /** The last 10,000 deliveries, oldest first. */
  deliveries(subscriptionId?: string): Delivery[];
  health(subscriptionId: string): SubscriptionHealth;
  /** Drops what is waiting for a subscription that was removed. */
  cancel(subscriptionId: string): void;
  /** Resolves when no request is under way. Retries that wait for the clock are not waited for. */
  idle(): Promise<void>;
  /** Ends requests under way and forgets retries. */
  close(): Promise<void>;
}

/** Really sends webhooks over HTTP. Give tests a small `timeoutMs`; retries follow the simulator's clock. */
export function createWebhookSender(
  { clock }: { clock: SimulatorClock },
  rules: DeliveryRules,
  listeners: SenderListeners = {},
): WebhookSender {
  const agent = new Agent({ keepAlive: true });
  const aborted = new AbortController();
  const connection = { timeoutMs: rules.timeoutMs, agent, signal: aborted.signal };
  const health = createSubscriptionHealth({ clock }, rules, (id) => listeners.stale?.(id));
  const lanes = createLanes(rules.maxConcurrent ?? Infinity);
  const log = createDeliveryLog();

  const attempt = async (message: Message, delivery: Delivery): Promise<void> => {
    // Called off while it waited for its turn.
    if (delivery.state !== 'pending') return;
    const tryNumber = delivery.tries.length + 1;
    const outcome = await tryOnce(message, tryNumber, clock.now(), connection);
    if (aborted.signal.aborted) return;
    delivery.tries.push(outcome);
    // Called off while the request was under way.
    if (isCalledOff(delivery)) return;
    const { status } = outcome;
    const delivered = status !== null && (rules.isDelivered ?? is2xx)(status);
    health.record(delivery.subscriptionId, { delivered, status, tryNumber });
    if (delivered) delivery.state = 'delivered';
    else retryOrFail(message, delivery, status);
  };

  const retryOrFail = (message: Message, delivery: Delivery, status: number | null): void => {
    const delayMs = rules.retryDelaysMs[delivery.tries.length - 1];
    const isLast = delayMs === undefined || (status !== null && rules.givesUpOn?.(status));
    if (!isLast) return void clock.schedule(clock.now() + delayMs, () => start(message, delivery));
    delivery.state = 'failed';
    listeners.exhausted?.(delivery);
  };

  const start = (message: Message, delivery: Delivery): void =>
    lanes.run(delivery.subscriptionId, () => attempt(message, delivery));
  return {
    send(message) {
      const { subscriptionId, url } = message;
      const delivery = log.add(subscriptionId, url, health.isBanned(subscriptionId) ? 'banned' : 'pending');
      if (delivery.state === 'pending') start(message, delivery);
      return delivery;
    },
    deliveries: (subscriptionId) => log.list(subscriptionId),
    health: (subscriptionId) => health.of(subscriptionId),
    cancel(subscriptionId) {
      log.cancel(subscriptionId);
      health.forget(subscriptionId);
    },
    idle: () => lanes.idle(),
    async close() {
      aborted.abort();
      log.cancel();
      await lanes.idle();
      agent.destroy();
    },
  };
}

async function tryOnce(
  message: Message,
  tryNumber: number,
  at: EpochMs,
  connection: Pick<PostOptions, 'timeoutMs' | 'agent' | 'signal'>,
): Promise<Try> {
  const { body, headers } = message.build(tryNumber);
  const result = await post({
    ...connection,
    url: message.url,
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  if (result.kind === 'failed') return { at, status: null, error: result.error };
  return { at, status: result.status };
}

const is2xx = (status: number): boolean => status >= 200 && status < 300;

const isCalledOff = (delivery: Delivery): boolean => delivery.state === 'cancelled';
