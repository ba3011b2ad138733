import { Agent } from 'node:http';
import type { EpochMs, SimulatorClock } from './clock.ts';
import { post } from './http-post.ts';
import { createSubscriptionHealth } from './subscription-health.ts';
import type { SubscriptionHealth } from './subscription-health.ts';

/** A vendor's way of delivering webhooks, as data. */
export interface DeliveryRules {
  /** Real time a receiver has to answer. */
  timeoutMs: number;
  /** Waits between tries on the simulator's clock; as many retries as entries. */
  retryDelaysMs: readonly number[];
  /** Default: 200 to 299. */
  isDelivered?(status: number): boolean;
  /** No retry after such a status (Keap: 410). */
  givesUpOn?(status: number): boolean;
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

export interface Try {
  at: EpochMs;
  /** The receiver's status, or null when there was no answer. */
  status: number | null;
  error?: string;
}

export interface Delivery {
  id: number;
  subscriptionId: string;
  url: string;
  state: 'pending' | 'delivered' | 'failed' | 'banned' | 'cancelled';
  tries: Try[];
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

const KEPT_DELIVERIES = 10_000;

interface Job {
  message: Message;
  delivery: Delivery;
}

/** Really sends webhooks over HTTP. Give tests a small `timeoutMs`; retries follow the simulator's clock. */
export function createWebhookSender(
  { clock }: { clock: SimulatorClock },
  rules: DeliveryRules,
  listeners: SenderListeners = {},
): WebhookSender {
  const agent = new Agent({ keepAlive: true });
  const aborted = new AbortController();
  const health = createSubscriptionHealth({ clock }, rules, (id) => listeners.stale?.(id));
  const underWay = new Set<Promise<void>>();
  const running = new Map<string, number>();
  const queue: Job[] = [];
  let kept: Delivery[] = [];
  let lastId = 0;

  const pump = (): void => {
    for (let index = 0; index < queue.length;) {
      const job = queue[index]!;
      const busy = running.get(job.delivery.subscriptionId) ?? 0;
      if (busy >= (rules.maxConcurrent ?? Infinity)) {
        index += 1;
        continue;
      }
      queue.splice(index, 1);
      if (job.delivery.state !== 'pending') continue;
      running.set(job.delivery.subscriptionId, busy + 1);
      const work = attempt(job).finally(() => {
        underWay.delete(work);
        running.set(job.delivery.subscriptionId, (running.get(job.delivery.subscriptionId) ?? 1) - 1);
        pump();
      });
      underWay.add(work);
    }
  };

  const attempt = async ({ message, delivery }: Job): Promise<void> => {
    const tryNumber = delivery.tries.length + 1;
    const { body, headers = {} } = message.build(tryNumber);
    const at = clock.now();
    const result = await post({
      url: message.url,
      body,
      headers: { 'content-type': 'application/json', ...headers },
      timeoutMs: rules.timeoutMs,
      agent,
      signal: aborted.signal,
    });
    if (aborted.signal.aborted) return;
    const status = result.kind === 'answered' ? result.status : null;
    delivery.tries.push({ at, status, ...(result.kind === 'failed' ? { error: result.error } : {}) });
    const delivered = status !== null && (rules.isDelivered?.(status) ?? (status >= 200 && status < 300));
    health.record(delivery.subscriptionId, { delivered, status, tryNumber });
    // Cancelled while the request was under way.
    if (delivery.state !== 'pending') return;
    if (delivered) delivery.state = 'delivered';
    else retryOrFail({ message, delivery }, status);
  };

  const retryOrFail = (job: Job, status: number | null): void => {
    const delayMs = rules.retryDelaysMs[job.delivery.tries.length - 1];
    if (delayMs === undefined || (status !== null && rules.givesUpOn?.(status))) {
      job.delivery.state = 'failed';
      listeners.exhausted?.(job.delivery);
      return;
    }
    clock.schedule(clock.now() + delayMs, () => {
      queue.push(job);
      pump();
    });
  };

  return {
    send(message) {
      lastId += 1;
      const { subscriptionId, url } = message;
      const banned = health.isBanned(subscriptionId);
      const delivery: Delivery = {
        id: lastId,
        subscriptionId,
        url,
        state: banned ? 'banned' : 'pending',
        tries: [],
      };
      kept.push(delivery);
      if (kept.length >= KEPT_DELIVERIES * 2) kept = kept.slice(-KEPT_DELIVERIES);
      if (!banned) {
        queue.push({ message, delivery });
        pump();
      }
      return delivery;
    },
    deliveries: (subscriptionId) =>
      kept
        .slice(-KEPT_DELIVERIES)
        .filter((one) => subscriptionId === undefined || one.subscriptionId === subscriptionId),
    health: (subscriptionId) => health.of(subscriptionId),
    cancel(subscriptionId) {
      for (const one of kept) {
        if (one.subscriptionId === subscriptionId && one.state === 'pending') one.state = 'cancelled';
      }
      health.forget(subscriptionId);
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async close() {
      aborted.abort();
      for (const one of kept) if (one.state === 'pending') one.state = 'cancelled';
      await Promise.all(underWay);
      agent.destroy();
    },
  };
}
