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
import type { Access, Login } from './access.ts';
import type { Account } from './account.ts';
import { errorLegacy, errorV5 } from './errors.ts';
import { createLimits } from './limits.ts';
import type { Edition, Limits } from './limits.ts';
import { createManners } from './manners.ts';
import { consent, oauthRoutes } from './oauth-routes.ts';
import type { SalesforceApp } from './oauth-routes.ts';
import { createPageTokens } from './page-tokens.ts';
import { routesLegacy } from './routes-legacy.ts';
import { routesV5 } from './routes-v5.ts';
import { SEEDED_CUSTOM_FIELDS, seedBusinessUnit, seedManyProspects } from './seed.ts';
import { createPardotStore } from './store.ts';
import type { PardotStore } from './store.ts';

export interface PardotOptions {
  /** 0 (default) takes any free port. */
  port?: number;
  /** Default: the machine's clock. */
  clock?: SimulatorClock;
  /** Default true: a small business unit. */
  seeded?: boolean;
  /** Settings of the business unit; default version 4 (`ampsea`), everything in GMT, no CRM connector. */
  account?: Partial<Omit<Account, 'store'>>;
  /** Default: growth, 25,000 calls a day. */
  limits?: { edition?: Edition; dailyCalls?: number };
  /** How long an unused Salesforce session lives; default 2 hours. */
  sessionTimeoutMs?: number;
  /** Default false: the login and its keys still work, as before 2021-02-15. */
  isLoginRemoved?: boolean;
  /** Records of one sequence of v5 pages; default the vendor's 100,000. */
  mostPagedRecords?: number;
  /** Default false: v5's page tokens stand for a number of records, which shift, and not for the last one. */
  pageTokensShift?: boolean;
  app?: Partial<SalesforceApp>;
}

export interface PardotSimulator {
  /** Such as `http://127.0.0.1:4711`; `/api` and `/services/oauth2` are under it. */
  url: string;
  port: number;
  clock: SimulatorClock;
  faults: Faults;
  requests: RequestLog;
  limits: Limits;
  store: PardotStore;
  /** Its settings may be changed while it runs, as an administrator would. */
  account: Account;
  access: Access;
  credentials: Login & { clientId: string; clientSecret: string; businessUnitId: string };
  /** Presses a button of the consent page; returns the callback address the browser would be sent to. */
  consent(authorizeUrl: string, decision?: 'allow' | 'deny'): Promise<string>;
  seedMany(count: number, perSecond?: number): void;
  routes: readonly Route[];
  close(): Promise<void>;
}

/** What a `{ kind: 'vendor', name }` fault can answer. */
export const VENDOR_REPLIES = {
  'api-key': () => errorLegacy(1, 'json'),
  'api-key-xml': () => errorLegacy(1, 'xml'),
  token: () => errorV5(184),
  /** Some paths answer a bad token with HTTP 200. */
  'token-200': () => errorLegacy(184, 'json'),
  'daily-limit': () => errorV5(122),
  'daily-limit-legacy': () => errorLegacy(122, 'json'),
  concurrency: () => errorV5(66),
  'concurrency-legacy': () => errorLegacy(66, 'json'),
  conflict: () => errorLegacy(62, 'json'),
  'use-version-4': () => errorLegacy(88, 'json'),
  'page-token-expired': () => errorV5(210),
};

const LOGIN: Login = {
  email: 'ada@acme.example',
  password: 'correct horse battery',
  userKey: 'f00dfeed00112233445566778899aabb',
};
const APP: SalesforceApp = {
  clientId: '3MVG9simulated.client',
  clientSecret: 'simulated-client-secret',
  scopes: ['pardot_api', 'api', 'refresh_token'],
  rotatesRefreshTokens: false,
};
const SESSION_TIMEOUT_MS = 2 * 3_600_000;

/** Starts a Pardot (with the Salesforce login it needs) on 127.0.0.1. Deterministic but for clock and clients. */
export async function createPardotSimulator(options: PardotOptions = {}): Promise<PardotSimulator> {
  const clock = options.clock ?? createClock();
  const random = createRandom(1);
  const account = createAccount(clock, options);
  const access = createAccess({
    clock,
    random,
    account,
    login: LOGIN,
    sessionTimeoutMs: options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
    isLoginRemoved: options.isLoginRemoved ?? false,
  });
  const limits = createLimits({ clock, account }, { edition: 'growth', ...options.limits });
  const app = { ...APP, ...options.app };
  const session = { clock, account, access };
  const tokens = createPageTokens({
    clock,
    random,
    areOffsets: options.pageTokensShift ?? false,
    ...(options.mostPagedRecords !== undefined && { mostRecords: options.mostPagedRecords }),
  });
  const routes = [
    ...routesLegacy(session),
    ...routesV5(session, tokens),
    ...oauthRoutes({ clock, random, access, app }),
  ];
  const faults = createFaults(VENDOR_REPLIES);
  const requests = createRequestLog();
  const manners = createManners({ access, limits });
  const server = await listen({ routes, clock, faults, requests, manners, port: options.port ?? 0 });
  const { clientId, clientSecret } = app;
  return {
    ...server,
    clock,
    faults,
    requests,
    limits,
    store: account.store,
    account,
    access,
    credentials: { ...LOGIN, clientId, clientSecret, businessUnitId: account.businessUnitId },
    consent,
    seedMany: (count, perSecond) => seedManyProspects({ clock }, account.store, count, perSecond),
    routes,
    async close() {
      await server.close();
      if (!options.clock) clock.stop();
    },
  };
}

function createAccount(clock: SimulatorClock, { seeded = true, account = {} }: PardotOptions): Account {
  const store = createPardotStore({ clock });
  if (seeded) seedBusinessUnit({ clock }, store);
  return {
    id: 1_019_232,
    company: 'Acme Trading',
    businessUnitId: '0Uv5g0000004CAECA2',
    ampsea: true,
    timezone: 'GMT',
    userTimezone: 'GMT',
    hasCrmConnector: false,
    customFields: SEEDED_CUSTOM_FIELDS,
    ...account,
    store,
  };
}
