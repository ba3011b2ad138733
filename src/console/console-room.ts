import type { FastifyRequest } from 'fastify';
import type { App, Routes } from '../accounts/app.ts';
import type { Authentication } from '../accounts/caller.ts';
import type { InstanceStore } from '../instances/instance-store.ts';
import { createConsoleInstanceRoutes } from './instance-routes.ts';
import { createOverviewRoutes } from './overview-routes.ts';
import { createPageRoutes } from './pages.ts';
import { findFirstUser } from './queries.ts';
import type { SessionView, SimulatorOffer } from './schema.ts';
import { createSecretRoutes } from './secret-routes.ts';
import { createSessionRoutes } from './session-routes.ts';
import { createSessionAuthentication, type SessionDeps } from './session.ts';
import { createTestEventRoutes, type TestEventRoutesDeps } from './test-event-routes.ts';
import { createSignInLinks } from './sign-in-links.ts';

export interface ConsoleRoomDeps extends SessionDeps, Pick<TestEventRoutesDeps, 'egress' | 'connectors'> {
  instances: Pick<InstanceStore, 'recordFor'>;
  server: Pick<NonNullable<SessionView['server']>, 'version' | 'retentionDays' | 'queueRetentionDays'>;
}

export interface ConsoleRoom {
  /** Under the API's base path. */
  api: Routes;
  /** At the root: pages, assets, sessions. */
  root: Routes;
  /** The caller behind the console's cookie; null when the request has none or brings credentials of its own. */
  authenticate(request: FastifyRequest): Promise<Authentication | null>;
  /** A link, once and for 15 minutes, that signs the first user in; null without a user. */
  signInLink(): Promise<string | null>;
  /** Shows a simulator on the connect form, its credentials filled in by one click. */
  offerSimulator(offer: SimulatorOffer): void;
}

/** The console as the server knows it: its pages, its sessions, and the figures that only it asks for. */
export function createConsoleRoom(deps: ConsoleRoomDeps): ConsoleRoom {
  const { db, clock, site } = deps;
  const links = createSignInLinks({ clock });
  const simulators = new Map<string, SimulatorOffer>();
  const server = () => ({ ...deps.server, publicUrl: site.publicUrl, simulators: [...simulators.values()] });
  const sessions = createSessionRoutes({ ...sessionDeps(deps), links, server });
  const pages = createPageRoutes({ site });
  return {
    api: async (app) => {
      await createOverviewRoutes(deps)(app);
      await createConsoleInstanceRoutes(deps)(app);
      await createSecretRoutes(deps)(app);
      await createTestEventRoutes({ ...deps, userAgent: `Tidings/${deps.server.version}` })(app);
    },
    root: async (app) => {
      await app.register(async (scope: App) => sessions(scope));
      await app.register(async (scope: App) => pages(scope));
    },
    authenticate: createSessionAuthentication(sessionDeps(deps)),
    signInLink: async () => {
      const userId = await findFirstUser(db);
      if (userId === undefined) return null;
      return `${site.publicUrl.replace(/\/+$/, '')}/console/sign-in?token=${links.issue(userId)}`;
    },
    offerSimulator: (offer) => {
      simulators.set(offer.elementKey, offer);
    },
  };
}

function sessionDeps({ db, clock, vault, site }: SessionDeps): SessionDeps {
  return { db, clock, vault, site };
}
