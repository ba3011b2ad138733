import { createClock } from '../core/clock.ts';
import type { SimulatorClock } from '../core/clock.ts';
import { createFaults } from '../core/faults.ts';
import type { Faults } from '../core/faults.ts';
import { listen } from '../core/listen.ts';
import { createRandom } from '../core/random.ts';
import { createRequestLog } from '../core/request-log.ts';
import type { RequestLog } from '../core/request-log.ts';
import type { Route, SimulatorRequest } from '../core/route.ts';
import { consent } from './consent-page.ts';
import { createCursors } from './cursors.ts';
import type { Cursors } from './cursors.ts';
import { VENDOR_REPLIES } from './errors.ts';
import { createLimits } from './limits.ts';
import type { Limits } from './limits.ts';
import { createManners } from './manners.ts';
import type { OAuthApp } from './oauth-app.ts';
import { createOAuth } from './oauth-routes.ts';
import type { OAuth } from './oauth-routes.ts';
import { createToolingTypes } from './object-types.ts';
import type { Org } from './org.ts';
import { compositeRoutes } from './routes-composite.ts';
import { orgRoutes } from './routes-org.ts';
import { queryRoutes } from './routes-query.ts';
import { replicationRoutes } from './routes-replication.ts';
import { sobjectRoutes } from './routes-sobjects.ts';
import { toolingRoutes } from './routes-tooling.ts';
import { seedCompany, seedManyAccounts, seedUsers } from './seed.ts';
import { createSessions } from './sessions.ts';
import type { Sessions } from './sessions.ts';
import { createRecords, createSalesforceStore } from './store.ts';
import type { Records, SalesforceStore } from './store.ts';
import { createTriggers } from './triggers.ts';
import type { Triggers } from './triggers.ts';

export interface SalesforceOptions {
  /** 0 (default) takes any free port. */
  port?: number;
  /** Default: the machine's clock. */
  clock?: SimulatorClock;
  /** Default true: a small company. False: users only. */
  seeded?: boolean;
  /** What the org is; default a Developer Edition. */
  edition?: 'developer' | 'sandbox' | 'production';
  /** How long an unused session lives; default two hours. */
  sessionTimeoutMs?: number;
  /** Default: a Developer Edition's 15,000 calls a day, enforced. */
  limits?: Partial<Parameters<typeof createLimits>[1]>;
  /** The `instance_url` of token answers; default the address the client used. */
  instanceUrl?: string;
  app?: Partial<OAuthApp>;
  /** Default true: triggers that were deployed run, and their class really calls out. */
  runsTriggers?: boolean;
  /** Real time the receiver of a callout gets; default the vendor's two minutes. */
  calloutTimeoutMs?: number;
}

export interface SalesforceSimulator {
  /** Such as `http://127.0.0.1:4711`; `/services/data`, `/services/oauth2` and `/id` are under it. */
  url: string;
  port: number;
  clock: SimulatorClock;
  faults: Faults;
  requests: RequestLog;
  limits: Limits;
  store: SalesforceStore;
  /** Classes, triggers and remote sites that were created through the Tooling API. */
  tooling: Records;
  /** Undefined when triggers do not run. */
  triggers: Triggers | undefined;
  sessions: Sessions;
  oauth: Pick<OAuth, 'revokeAll'>;
  cursors: Pick<Cursors, 'dropAll'>;
  app: OAuthApp;
  credentials: {
    username: string;
    userId: string;
    organizationId: string;
    clientId: string;
    clientSecret: string;
    /** A session that is open from the start. */
    accessToken: string;
  };
  /** Presses a button of the consent page; returns the callback address the browser would be sent to. */
  consent(authorizeUrl: string, decision?: 'allow' | 'deny'): Promise<string>;
  /** `count` accounts, `perSecond` of which share a stamp. */
  seedMany(count: number, perSecond?: number): void;
  routes: readonly Route[];
  close(): Promise<void>;
}

const USERNAME = 'ada@acme.example';
const SESSION_TIMEOUT_MS = 2 * 3_600_000;
/** Stands in the addresses of records that triggers send. */
const CALLOUT_VERSION = 'v66.0';

/** Starts a Salesforce org of its own on 127.0.0.1. Deterministic but for what the clock and the clients do. */
export async function createSalesforceSimulator(
  options: SalesforceOptions = {},
): Promise<SalesforceSimulator> {
  const clock = options.clock ?? createClock();
  const org = createOrg(clock, options);
  const app: OAuthApp = {
    clientId: '3MVG9simulated',
    clientSecret: 'app-secret-1',
    requiresPkce: false,
    rotatesRefreshTokens: false,
    ...options.app,
  };
  const parts = createParts(org, app, options);
  const { routes, sessions, limits, cursors, oauth, triggers } = parts;
  const faults = createFaults(VENDOR_REPLIES);
  const requests = createRequestLog();
  const server = await listen({
    routes,
    clock,
    faults,
    requests,
    manners: createManners({ sessions, limits }),
    ...(options.port === undefined ? {} : { port: options.port }),
  });
  return {
    url: server.url,
    port: server.port,
    clock,
    faults,
    requests,
    limits,
    store: org.store,
    tooling: org.tooling,
    triggers,
    sessions,
    oauth,
    cursors,
    app,
    credentials: {
      username: USERNAME,
      userId: org.user.id,
      organizationId: org.organization.id,
      clientId: app.clientId,
      clientSecret: app.clientSecret,
      accessToken: sessions.open('from the start'),
    },
    consent,
    seedMany: (count, perSecond) => seedManyAccounts({ clock }, org.store, count, perSecond),
    routes,
    async close() {
      await triggers?.close();
      await server.close();
      if (!options.clock) clock.stop();
    },
  };
}

/** Everything behind the server. */
function createParts(org: Org, app: OAuthApp, options: SalesforceOptions) {
  const { clock, organization } = org;
  const { sessionTimeoutMs = SESSION_TIMEOUT_MS, runsTriggers = true, calloutTimeoutMs } = options;
  const random = createRandom(1);
  const sessions = createSessions({ clock, random }, organization.id, sessionTimeoutMs);
  const limits = createLimits({ clock }, { dailyRequests: 15_000, enforced: true, ...options.limits });
  const cursors = createCursors({ clock });
  const instanceUrl = ({ origin }: SimulatorRequest): string => options.instanceUrl ?? origin;
  const oauth = createOAuth({ org, random, sessions, app, instanceUrl });
  const calloutRules = { version: CALLOUT_VERSION, ...(calloutTimeoutMs && { timeoutMs: calloutTimeoutMs }) };
  const singles = [
    ...queryRoutes(org, cursors),
    ...sobjectRoutes(org),
    ...replicationRoutes(org),
    ...orgRoutes(org, limits),
    ...toolingRoutes(org),
  ];
  return {
    sessions,
    limits,
    cursors,
    oauth,
    triggers: runsTriggers ? createTriggers(org, calloutRules) : undefined,
    routes: [...singles, ...compositeRoutes(org, singles), ...oauth.routes],
  };
}

function createOrg(clock: SimulatorClock, { edition = 'developer', seeded = true }: SalesforceOptions): Org {
  let firstUserId = '';
  const store = createSalesforceStore({ clock, userId: () => firstUserId });
  const [userId = ''] = seedUsers(store, USERNAME);
  firstUserId = userId;
  const organization = store.of('Organization').create(
    {
      Name: 'Acme Trading',
      IsSandbox: edition === 'sandbox',
      OrganizationType: edition === 'developer' ? 'Developer Edition' : 'Enterprise Edition',
      InstanceName: 'EU45',
    },
    { silent: true },
  );
  if (seeded) seedCompany({ clock }, store);
  const user = store.record('User', userId);
  if (!user) throw new Error('the simulator is put together wrongly');
  const tooling = createRecords({ clock, userId: () => userId }, createToolingTypes());
  return { clock, store, tooling, organization, user, isProduction: edition === 'production' };
}
