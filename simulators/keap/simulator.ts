import { createClock } from '../core/clock.ts';
import type { SimulatorClock } from '../core/clock.ts';
import { createFaults } from '../core/faults.ts';
import type { Faults } from '../core/faults.ts';
import { listen } from '../core/listen.ts';
import { createRandom } from '../core/random.ts';
import { createRequestLog } from '../core/request-log.ts';
import type { RequestLog } from '../core/request-log.ts';
import type { Route } from '../core/route.ts';
import { createAccess } from './access.ts';
import type { Access } from './access.ts';
import { consent } from './consent.ts';
import {
  expiredToken,
  forbidden,
  invalidToken,
  quotaExceeded,
  serverError,
  spikeArrested,
  tenantThrottled,
} from './errors.ts';
import type { OrderGrammarOptions } from './grammar-v2.ts';
import { BATCH_DELAY_MS, createHooks, KEAP_DELIVERY } from './hooks.ts';
import type { Hooks } from './hooks.ts';
import { createLimits } from './limits.ts';
import type { Limits, LimitSettings } from './limits.ts';
import { createManners } from './manners.ts';
import { oauthRoutes } from './oauth-routes.ts';
import type { OAuthApp } from './oauth-routes.ts';
import { routesAccount } from './routes-account.ts';
import { routesHooks } from './routes-hooks.ts';
import { contactsV1, ordersV1, productsV1 } from './routes-v1.ts';
import { routesV2 } from './routes-v2.ts';
import { seedManyOrders, seedShop } from './seed.ts';
import { createKeapStore, verbOf } from './store.ts';
import type { KeapStore } from './store.ts';

export interface KeapOptions {
  /** 0 (default) takes any free port. */
  port?: number;
  /** Default: the machine's clock. */
  clock?: SimulatorClock;
  /** Default true: a small shop. */
  seeded?: boolean;
  /** Default true. False: v2 orders know no `modified_…_time`, as in the spec of 2025-11; `v2` can change it later. */
  v2Filters?: boolean;
  /** Whether `modified_since_time` includes its own second (default true); not documented. */
  sinceIncludes?: boolean;
  /** Default: enforced, the vendor's numbers. */
  limits?: Partial<LimitSettings>;
  /** Seconds an access token lives; default 86,400, older accounts 28,800. */
  accessLifeS?: number;
  /** How long changes are gathered before a hook is sent; default 45,000 on the clock. */
  hookDelayMs?: number;
  /** Real time hook receivers get; default the vendor's 30,000. */
  hookTimeoutMs?: number;
  /** Default false: true tells an edit after every add, as the vendor often does. */
  addsAreEdited?: boolean;
  app?: Partial<OAuthApp>;
}

export interface KeapSimulator {
  /** Such as `http://127.0.0.1:4711`; `/crm/rest/v1`, `/crm/rest/v2`, `/token` and `/app/oauth/authorize` are under it. */
  url: string;
  port: number;
  clock: SimulatorClock;
  faults: Faults;
  requests: RequestLog;
  limits: Limits;
  store: KeapStore;
  hooks: Hooks;
  access: Access;
  /** What the v2 order list can do; read at each request. */
  v2: OrderGrammarOptions;
  credentials: { tenant: string; accessKey: string; clientId: string; clientSecret: string };
  /** Presses a button of the consent page; returns the callback address the browser would be sent to. */
  consent(authorizeUrl: string, decision?: 'allow' | 'deny'): Promise<string>;
  seedMany(count: number, perSecond?: number): void;
  routes: readonly Route[];
  close(): Promise<void>;
}

const TENANT = 'ab123.infusionsoft.com';

/** What a `{ kind: 'vendor', name }` fault can answer. */
export const VENDOR_REPLIES = {
  'quota-exceeded': quotaExceeded,
  'spike-arrest': spikeArrested,
  'spike-arrest-503': () => spikeArrested(503),
  'tenant-throttled': tenantThrottled,
  'invalid-token': invalidToken,
  'expired-token': expiredToken,
  forbidden,
  'server-error': serverError,
};

/** Starts a Keap application of its own on 127.0.0.1. Deterministic but for what the clock and the clients do. */
export async function createKeapSimulator(options: KeapOptions = {}): Promise<KeapSimulator> {
  const clock = options.clock ?? createClock();
  const random = createRandom(321);
  const store = createKeapStore({ clock });
  if (options.seeded ?? true) seedShop({ clock }, store);
  const accessLifeMs = (options.accessLifeS ?? 86_400) * 1000;
  const access = createAccess({ clock, random, accessLifeMs });
  const limits = createLimits({ clock, tenant: TENANT }, { enforced: true, ...options.limits });
  let url = '';
  const hooks = createHooks({
    clock,
    random,
    rules: { ...KEAP_DELIVERY, timeoutMs: options.hookTimeoutMs ?? KEAP_DELIVERY.timeoutMs },
    batchDelayMs: options.hookDelayMs ?? BATCH_DELAY_MS,
    apiRoot: () => `${url}/crm/rest/v1`,
  });
  tellHooks(store, hooks, options.addsAreEdited ?? false);
  const app = { clientId: 'app-1', clientSecret: 'app-secret-1', ...options.app };
  const v2 = { modified: options.v2Filters ?? true, sinceIncludes: options.sinceIncludes ?? true };
  const routes = [
    ...oauthRoutes({ clock, random, access, app, tenant: TENANT, accessLifeMs }),
    ...routesAccount({ tenant: TENANT }),
    ...ordersV1(store),
    ...productsV1(store),
    ...contactsV1(store),
    ...routesV2(store, v2),
    ...routesHooks({ hooks }),
  ];
  const faults = createFaults(VENDOR_REPLIES);
  const requests = createRequestLog();
  const manners = createManners({ access, limits });
  const server = await listen({ routes, clock, faults, requests, manners, port: options.port ?? 0 });
  ({ url } = server);
  return {
    ...server,
    clock,
    faults,
    requests,
    limits,
    store,
    hooks,
    access,
    v2,
    credentials: { tenant: TENANT, accessKey: access.key(), ...app },
    consent,
    seedMany: (count, perSecond) => seedManyOrders({ clock }, store, count, perSecond),
    routes,
    async close() {
      await hooks.close();
      await server.close();
      if (!options.clock) clock.stop();
    },
  };
}

function tellHooks(store: KeapStore, hooks: Hooks, addsAreEdited: boolean): void {
  for (const [noun, kind] of [
    ['order', 'orders'],
    ['product', 'products'],
    ['contact', 'contacts'],
  ] as const) {
    store[kind].onChange((change) => {
      const id = (change.after ?? change.before)!.id;
      const verb = verbOf(change.kind);
      hooks.tell(`${noun}.${verb}`, id);
      if (verb === 'add' && addsAreEdited) hooks.tell(`${noun}.edit`, id);
    });
  }
  store.onPayment((order) => hooks.tell('invoice.payment.add', order.id));
}
