import type { SimulatorClock } from '../core/clock.ts';
import type { Delivery } from '../core/delivery-log.ts';
import { post } from '../core/http-post.ts';
import type { Random } from '../core/random.ts';
import { createWebhookSender } from '../core/webhook-sender.ts';
import type { DeliveryRules } from '../core/webhook-sender.ts';
import { hookBody, MOST_KEYS, objectKey } from './hook-message.ts';
import type { ObjectKey } from './hook-message.ts';

/**
 * Four tries; a failure is no answer within 30 s or a status below 200 or from 400 on; 410 ends it at once ("Hook
 * Event Policy", vendor page 2026-11).
 */
export const KEAP_DELIVERY: DeliveryRules = {
  timeoutMs: 30_000,
  retryDelaysMs: [45_000, 5 * 60_000, 30 * 60_000],
  isDelivered: (status) => status >= 200 && status < 400,
  givesUpOn: (status) => status === 410,
};

/** Changes are gathered for 30 to 60 s (vendor page, 2026-11). */
export const BATCH_DELAY_MS = 45_000;

export interface Hook {
  key: string;
  eventKey: string;
  hookUrl: string;
  status: 'Unverified' | 'Verified' | 'Inactive';
}

/** The REST hooks of one application. */
export interface Hooks {
  /** Resolves when the receiver was asked to prove itself, whatever it answered. */
  create(eventKey: string, hookUrl: string): Promise<Hook>;
  list(): Hook[];
  get(key: string): Hook | undefined;
  update(key: string, given: { eventKey: string; hookUrl: string }): Promise<Hook | undefined>;
  remove(key: string): boolean;
  /** The handshake again, also for an inactive one. */
  verify(key: string): Promise<Hook | undefined>;
  /** Out of band: the secret of the last handshake brought back later. */
  delayedVerify(key: string, secret: string): Hook | undefined;
  /** Notes a change for the verified hooks of its event key; it goes out with the next batch. */
  tell(eventKey: string, id: number): void;
  /** Sends what is gathered now. */
  flush(): void;
  deliveries(key?: string): Delivery[];
  /** Resolves when no delivery is under way; retries waiting for the clock are not waited for. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

interface Deps {
  clock: SimulatorClock;
  random: Random;
  rules: DeliveryRules;
  batchDelayMs: number;
  /** Where `apiUrl` points. */
  apiRoot: () => string;
}

interface Kept {
  hook: Hook;
  secret: string;
  /** By id: edits of one object within a batch are one. */
  gathered: Map<number, ObjectKey>;
}

export function createHooks(deps: Deps): Hooks {
  const { clock, random, rules, batchDelayMs } = deps;
  const kept = new Map<string, Kept>();
  let lastKey = 0;
  const sender = createWebhookSender({ clock }, rules, {
    exhausted: ({ subscriptionId }) => deactivate(subscriptionId),
  });

  const deactivate = (key: string): void => {
    const one = kept.get(key);
    if (!one) return;
    one.hook = { ...one.hook, status: 'Inactive' };
    one.gathered.clear();
    sender.cancel(key);
  };

  const shake = async (one: Kept): Promise<Hook> => {
    one.secret = random.hex(32);
    const answer = await post({
      url: one.hook.hookUrl,
      body: '{}',
      headers: { 'content-type': 'application/json', 'x-hook-secret': one.secret },
      timeoutMs: rules.timeoutMs,
    });
    const isProven =
      answer.kind === 'answered' && answer.status === 200 && answer.headers['x-hook-secret'] === one.secret;
    one.hook = { ...one.hook, status: isProven ? 'Verified' : 'Unverified' };
    return one.hook;
  };

  const send = (one: Kept): void => {
    const objects = [...one.gathered.values()];
    one.gathered.clear();
    if (one.hook.status !== 'Verified') return;
    const { key, hookUrl, eventKey } = one.hook;
    for (let start = 0; start < objects.length; start += MOST_KEYS) {
      const body = hookBody(eventKey, objects.slice(start, start + MOST_KEYS));
      sender.send({ subscriptionId: key, url: hookUrl, build: () => ({ body }) });
    }
  };

  return {
    async create(eventKey, hookUrl) {
      lastKey += 1;
      const key = String(lastKey);
      const one: Kept = {
        hook: { key, eventKey, hookUrl, status: 'Unverified' },
        secret: '',
        gathered: new Map(),
      };
      kept.set(key, one);
      return shake(one);
    },
    list: () => [...kept.values()].map(({ hook }) => hook),
    get: (key) => kept.get(key)?.hook,
    async update(key, given) {
      const one = kept.get(key);
      if (!one) return undefined;
      one.hook = { ...one.hook, ...given };
      return shake(one);
    },
    remove(key) {
      sender.cancel(key);
      return kept.delete(key);
    },
    async verify(key) {
      const one = kept.get(key);
      return one && shake(one);
    },
    delayedVerify(key, secret) {
      const one = kept.get(key);
      if (!one || one.secret === '' || secret !== one.secret) return undefined;
      one.hook = { ...one.hook, status: 'Verified' };
      return one.hook;
    },
    tell(eventKey, id) {
      const now = clock.now();
      for (const one of kept.values()) {
        if (one.hook.status !== 'Verified' || one.hook.eventKey !== eventKey) continue;
        if (one.gathered.size === 0) clock.schedule(now + batchDelayMs, () => send(one));
        one.gathered.set(id, objectKey(deps.apiRoot(), eventKey, id, now));
      }
    },
    flush: () => kept.forEach(send),
    deliveries: (key) => sender.deliveries(key),
    idle: () => sender.idle(),
    close: () => sender.close(),
  };
}
