import { createClock } from '../core/clock.ts';
import type { SimulatorClock } from '../core/clock.ts';
import { createFaults } from '../core/faults.ts';
import type { Faults, VendorReplies } from '../core/faults.ts';
import { listen } from '../core/listen.ts';
import { createRandom } from '../core/random.ts';
import { createRequestLog } from '../core/request-log.ts';
import type { RequestLog } from '../core/request-log.ts';
import type { Route, SimulatorRequest } from '../core/route.ts';
import { createAccess } from './access.ts';
import type { Access, Caller } from './access.ts';
import { consent } from './consent.ts';
import {
  edgeError,
  expired,
  locked,
  migrating,
  missingScopes,
  notAuthenticated,
  overLimit,
  serverError,
} from './errors.ts';
import { createLimits } from './limits.ts';
import type { Limits, LimitSettings } from './limits.ts';
import { createManners } from './manners.ts';
import { oauthRoutes } from './oauth-routes.ts';
import type { OAuthApp } from './oauth-routes.ts';
import type { Portal } from './portal.ts';
import { routesAccount } from './routes-account.ts';
import { routesBatch } from './routes-batch.ts';
import { routesContactsV1 } from './routes-contacts-v1.ts';
import { routesCrmLegacy } from './routes-crm-legacy.ts';
import { routesObjects } from './routes-objects.ts';
import { routesWebhooks } from './routes-webhooks.ts';
import { createPortal, seedManyContacts, seedPortal } from './seed.ts';
import type { Session } from './session.ts';
import type { HubSpotStore } from './store.ts';
import { createWebhooks } from './webhooks.ts';
import type { Webhooks } from './webhooks.ts';

export interface HubSpotOptions {
  /** 0 (default) takes any free port. */
  port?: number;
  /** Default: the machine's clock. */
  clock?: SimulatorClock;
  /** Default true: a small company. False: owners only. */
  seeded?: boolean;
  /** Default: the vendor's numbers, enforced. */
  limits?: Partial<LimitSettings>;
  /** Real time webhook receivers get; default the vendor's 5,000. */
  webhookTimeoutMs?: number;
  app?: Partial<OAuthApp>;
}

export interface HubSpotSimulator {
  /** Such as `http://127.0.0.1:4711`; `/crm`, `/oauth`, `/webhooks` and the old generations are under it. */
  url: string;
  port: number;
  clock: SimulatorClock;
  faults: Faults;
  requests: RequestLog;
  limits: Limits;
  /** Records of the first portal. */
  store: HubSpotStore;
  /** Webhooks of the app, for all portals. */
  webhooks: Webhooks;
  /** Two, so that one webhook body can tell of both. */
  portals: readonly [Portal, Portal];
  access: Access;
  /** The first portal's private app, the OAuth app and its developer. */
  credentials: {
    portalId: number;
    accessToken: string;
    clientId: string;
    clientSecret: string;
    appId: number;
    developerApiKey: string;
  };
  /** Makes the private app's token unusable and returns its successor. */
  rotatePrivateAppToken(): string;
  /** Presses a button of the consent page; returns the callback address the browser would be sent to. */
  consent(authorizeUrl: string, choice?: { decision?: 'allow' | 'deny'; portalId?: number }): Promise<string>;
  /** More contacts in the first portal, `perStamp` of them with each change stamp. */
  seedMany(count: number, perStamp?: number): void;
  routes: readonly Route[];
  close(): Promise<void>;
}

/** What `{ kind: 'vendor', name }` of a fault answers. */
const REPLIES: VendorReplies = {
  'rate-limit': () => overLimit('TEN_SECONDLY_ROLLING'),
  'search-rate-limit': () => overLimit('SECONDLY'),
  'daily-limit': () => overLimit('DAILY'),
  unauthorized: notAuthenticated,
  expired,
  'missing-scopes': () => missingScopes('crm.objects.contacts.read'),
  'server-error': serverError,
  locked,
  migration: migrating,
  'edge-error': edgeError,
};

const DEVELOPER_KEY = '1a2b3c4d-0000-4000-8000-developerkey';

/** Starts a HubSpot of its own on 127.0.0.1. Deterministic but for what the clock and the clients do. */
export async function createHubSpotSimulator(options: HubSpotOptions = {}): Promise<HubSpotSimulator> {
  const clock = options.clock ?? createClock();
  const random = createRandom(1);
  const portals = createPortals(clock, options.seeded ?? true);
  const [first] = portals;
  const app: OAuthApp = {
    appId: 1_160_452,
    clientId: 'client-1',
    clientSecret: 'client-secret-1',
    ...options.app,
  };
  const access = createAccess({ clock, random });
  const limits = createLimits({ clock }, { enforced: true, ...options.limits });
  const webhooks = createWebhooks({ clock, random, app, portals }, options.webhookTimeoutMs);
  const faults = createFaults(REPLIES);
  const callers = new WeakMap<SimulatorRequest, Caller>();
  const session = createSession(clock, callers);
  const routes = [
    ...routesObjects(session),
    ...routesBatch(session),
    ...routesAccount(session),
    ...routesContactsV1(session),
    ...routesCrmLegacy(session),
    ...routesWebhooks(webhooks),
    ...oauthRoutes({ clock, random, access, app, portals }),
  ];
  const requests = createRequestLog();
  const developer = { appId: app.appId, apiKey: DEVELOPER_KEY };
  const manners = createManners({ access, limits, callers, developer, nextId: () => random.uuid() });
  const port = options.port ?? 0;
  const listening = await listen({ routes, clock, faults, requests, manners, port });
  return {
    url: listening.url,
    port: listening.port,
    clock,
    faults,
    requests,
    limits,
    store: first.store,
    webhooks,
    portals,
    access,
    credentials: {
      portalId: first.portalId,
      accessToken: access.privateAppToken(first),
      clientId: app.clientId,
      clientSecret: app.clientSecret,
      appId: app.appId,
      developerApiKey: DEVELOPER_KEY,
    },
    rotatePrivateAppToken: () => access.rotatePrivateAppToken(first),
    consent,
    seedMany: (count, perStamp) => seedManyContacts({ clock }, first, count, perStamp),
    routes,
    async close() {
      await webhooks.close();
      await listening.close();
      if (!options.clock) clock.stop();
    },
  };
}

function createPortals(clock: SimulatorClock, seeded: boolean): [Portal, Portal] {
  const first = createPortal({ clock }, { portalId: 62_515, name: 'Acme Trading', domain: 'acme.example' });
  const other = { portalId: 148_001_999, name: 'Acme Nordic', domain: 'acme-nordic.example' };
  const second = createPortal({ clock }, other);
  if (seeded) seedPortal({ clock }, first);
  second.store.companies.create({ name: 'Only in Acme Nordic' }, { silent: true });
  return [first, second];
}

function createSession(clock: SimulatorClock, callers: WeakMap<SimulatorRequest, Caller>): Session {
  return {
    clock,
    callerOf(request) {
      const caller = callers.get(request);
      if (!caller) throw new Error('this route needs a caller');
      return caller;
    },
  };
}
