import { createClock } from '../core/clock.ts';
import type { SimulatorClock } from '../core/clock.ts';
import { createFaults } from '../core/faults.ts';
import type { Faults } from '../core/faults.ts';
import { listen } from '../core/listen.ts';
import { createRandom } from '../core/random.ts';
import { createRequestLog } from '../core/request-log.ts';
import type { RequestLog } from '../core/request-log.ts';
import type { Route, SimulatorRequest } from '../core/route.ts';
import { createAccess } from './access.ts';
import type { Access, Caller } from './access.ts';
import type { Company } from './company.ts';
import { blockedByEdge, forbidden, overLimit, paymentRequired, serverError, unauthorized } from './errors.ts';
import { consent } from './consent.ts';
import { createLimits } from './limits.ts';
import type { Limits, LimitSettings } from './limits.ts';
import { createManners } from './manners.ts';
import { oauthRoutes } from './oauth-routes.ts';
import type { OAuthApp } from './oauth-routes.ts';
import { routesRecents } from './routes-recents.ts';
import { routesUsers } from './routes-users.ts';
import { routesV1 } from './routes-v1.ts';
import { routesV2 } from './routes-v2.ts';
import { routesWebhooks } from './routes-webhooks.ts';
import { seedCompany, seedManyPersons, SEEDED_FIELDS, seedUsers } from './seed.ts';
import type { Session } from './session.ts';
import { createPipedriveStore } from './store.ts';
import type { PipedriveStore } from './store.ts';
import { createSubscriptions, PIPEDRIVE_DELIVERY } from './subscriptions.ts';
import type { Subscriptions } from './subscriptions.ts';

export interface PipedriveOptions {
  /** 0 (default) takes any free port. */
  port?: number;
  /** Default: the machine's clock. */
  clock?: SimulatorClock;
  /** Default true: a small company. False: users only. */
  seeded?: boolean;
  /** Default false: see `Company`. */
  newDealsLackUpdateTime?: boolean;
  /** Default: premium plan, one seat, enforced. */
  limits?: Partial<LimitSettings>;
  /** Real time webhook receivers get; default the vendor's 10,000. */
  webhookTimeoutMs?: number;
  /** The `api_domain` of OAuth token replies; default the address the client used. */
  apiDomain?: string;
  app?: Partial<OAuthApp>;
}

export interface PipedriveSimulator {
  /** Such as `http://127.0.0.1:4711`; `/v1`, `/api/v1`, `/api/v2` and `/oauth` are under it. */
  url: string;
  port: number;
  clock: SimulatorClock;
  faults: Faults;
  requests: RequestLog;
  limits: Limits;
  /** Records of the first company. */
  store: PipedriveStore;
  /** Webhooks of the first company. */
  webhooks: Subscriptions;
  /** Two: the login's user belongs to both. */
  companies: readonly Company[];
  access: Access;
  /** The first company's administrator, and the OAuth app. */
  credentials: {
    email: string;
    password: string;
    userId: number;
    companyId: number;
    apiToken: string;
    clientId: string;
    clientSecret: string;
  };
  /** Makes the token unusable and returns its successor. */
  regenerateApiToken(): string;
  /** Presses a button of the consent page; returns the callback address the browser would be sent to. */
  consent(authorizeUrl: string, decision?: 'allow' | 'deny'): Promise<string>;
  seedMany(count: number, perSecond?: number): void;
  routes: readonly Route[];
  close(): Promise<void>;
}

/** What a `{ kind: 'vendor', name }` fault can answer. */
export const VENDOR_REPLIES = {
  'rate-limit': () =>
    overLimit({ 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2' }),
  'daily-limit': () =>
    overLimit({ 'x-daily-ratelimit-token-limit': '150000', 'x-daily-ratelimit-token-remaining': '0' }),
  'edge-block': blockedByEdge,
  unauthorized,
  forbidden,
  'payment-required': paymentRequired,
  'server-error': serverError,
};

const LOGIN = { email: 'ada@acme.example', password: 'correct horse battery' };
const DEFAULT_SCOPES =
  'base deals:full contacts:full users:read recents:read search:read webhooks:full admin'.split(' ');

/** Starts a Pipedrive of its own on 127.0.0.1. Deterministic but for what the clock and the clients do. */
export async function createPipedriveSimulator(options: PipedriveOptions = {}): Promise<PipedriveSimulator> {
  const clock = options.clock ?? createClock();
  const random = createRandom(1);
  const companies = createCompanies(clock, options);
  const first = companies[0];
  const access = createAccess({ clock, random });
  const timeoutMs = options.webhookTimeoutMs ?? PIPEDRIVE_DELIVERY.timeoutMs;
  const rules = { ...PIPEDRIVE_DELIVERY, timeoutMs };
  const subscribe = (company: Company): Subscriptions =>
    createSubscriptions({ clock, random }, company, rules);
  const subscriptions = new Map(companies.map((company) => [company, subscribe(company)]));
  const limits = createLimits({ clock }, { plan: 'premium', seats: 1, enforced: true, ...options.limits });
  const faults = createFaults(VENDOR_REPLIES);
  const callers = new WeakMap<SimulatorRequest, Caller>();
  const session: Session = {
    clock,
    companies,
    access,
    callerOf: (request) => known(callers.get(request)),
    subscriptionsOf: (company) => known(subscriptions.get(company)),
  };
  const app = { clientId: 'app-1', clientSecret: 'app-secret-1', scopes: DEFAULT_SCOPES, ...options.app };
  const credentials = credentialsOf(first, access, app);
  const { userId } = credentials;
  const apiDomain = (request: SimulatorRequest): string => options.apiDomain ?? request.origin;
  const routes = [
    ...apiRoutes(session),
    ...oauthRoutes({ clock, random, access, app, company: first, userId, apiDomain }),
  ];
  const requests = createRequestLog();
  const manners = createManners({ access, limits, callers, nextId: () => random.uuid() });
  const port = options.port ?? 0;
  const server = await listen({ routes, clock, faults, requests, manners, port });
  return {
    ...server,
    clock,
    faults,
    requests,
    limits,
    store: first.store,
    webhooks: session.subscriptionsOf(first),
    companies,
    access,
    credentials,
    regenerateApiToken: () => access.regenerateApiToken(first, userId),
    consent,
    seedMany: (count, perSecond) => seedManyPersons({ clock }, first.store, count, perSecond),
    routes,
    async close() {
      await Promise.all([...subscriptions.values()].map((one) => one.close()));
      await server.close();
      if (!options.clock) clock.stop();
    },
  };
}

function apiRoutes(session: Session): Route[] {
  return [
    ...routesV1(session),
    ...routesV2(session),
    ...routesRecents(session),
    ...routesUsers(session, LOGIN),
    ...routesWebhooks(session),
  ];
}

function credentialsOf(company: Company, access: Access, app: OAuthApp): PipedriveSimulator['credentials'] {
  const userId = known(company.store.users.sorted()[0]).id;
  return {
    ...LOGIN,
    userId,
    companyId: company.id,
    apiToken: access.apiToken(company, userId),
    clientId: app.clientId,
    clientSecret: app.clientSecret,
  };
}

/** What the simulator itself has put there before. */
function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the simulator is put together wrongly');
  return value;
}

function createCompanies(
  clock: SimulatorClock,
  { seeded = true, newDealsLackUpdateTime = false }: PipedriveOptions,
): [Company, Company] {
  const create = (id: number, name: string, domain: string, firstUserId: number): Company => {
    const store = createPipedriveStore({ clock, firstUserId });
    const company = { id, name, domain, store, customFields: SEEDED_FIELDS, newDealsLackUpdateTime };
    seedUsers(company, { name: 'Ada Almeida', email: LOGIN.email });
    return company;
  };
  const acme = create(8_087_566, 'Acme Trading', 'acme', 12_256_380);
  const branch = create(8_087_999, 'Acme Nordic', 'acme-nordic', 12_300_001);
  if (seeded) seedCompany({ clock }, acme);
  branch.store.organizations.create({ name: 'Only in Acme Nordic' }, { silent: true });
  return [acme, branch];
}
