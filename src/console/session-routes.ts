import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import type { Routes } from '../accounts/app.ts';
import { findSignInByEmail } from '../accounts/user-queries.ts';
import { Fault } from '../kernel/errors.ts';
import { verifyPassword } from '../vault/hash-password.ts';
import { findSessionUser, type SessionUserRow } from './queries.ts';
import { assertOwnPage } from './same-origin.ts';
import { SessionView, SignIn } from './schema.ts';
import { endedCookie, isRenewalDue, readSession, sessionCookie, type SessionDeps } from './session.ts';
import type { SignInLinks } from './sign-in-links.ts';

/** From one address: enough for people who mistype, too few to guess. Counted by each process for itself. */
const SIGN_IN_LIMIT = { max: 20, timeWindow: '1 minute' };

export interface SessionRoutesDeps extends SessionDeps {
  links: SignInLinks;
  /** What the console must know of the server; read at each request. */
  server: () => NonNullable<SessionView['server']>;
}

/** `/console/session` (sign in, who am I, sign out) and the one-time link `/console/sign-in?token=`. */
export function createSessionRoutes(deps: SessionRoutesDeps): Routes {
  const { db, clock, site, links } = deps;
  const view = (user: SessionUserRow): SessionView => ({
    user: {
      id: user.user_id,
      accountId: user.account_id,
      email: user.email,
      firstName: user.first_name,
      lastName: user.last_name,
      role: user.role,
    },
    server: deps.server(),
  });
  const begin = async (userId: number, reply: FastifyReply): Promise<SessionUserRow | undefined> => {
    const user = await findSessionUser(db, userId);
    if (user !== undefined) reply.header('set-cookie', sessionCookie(deps, user));
    return user;
  };

  return (app) => {
    app.addHook('onRequest', (_request, reply, done) => {
      reply.header('cache-control', 'no-store');
      done();
    });

    app.post(
      '/console/session',
      {
        config: { rateLimit: SIGN_IN_LIMIT },
        schema: { hide: true, body: SignIn, response: { 200: SessionView } },
      },
      async (request, reply) => {
        assertOwnPage(request, site);
        const { email, password } = request.body;
        const found = await findSignInByEmail(db, email);
        const isRight = await verifyPassword(password, found?.password_hash ?? undefined);
        const user = found !== undefined && isRight ? await begin(found.id, reply) : undefined;
        if (user === undefined) throw new Fault('unauthorized', 'Wrong e-mail address or password.');
        return view(user);
      },
    );

    app.get(
      '/console/session',
      { schema: { hide: true, response: { 200: SessionView } } },
      async (request, reply) => {
        const session = await readSession(deps, request);
        if (session === null) return { user: null };
        if (isRenewalDue(session, clock)) reply.header('set-cookie', sessionCookie(deps, session.user));
        return view(session.user);
      },
    );

    app.delete('/console/session', { schema: { hide: true } }, async (request, reply) => {
      assertOwnPage(request, site);
      reply.header('set-cookie', endedCookie(site));
      return { user: null };
    });

    app.get(
      '/console/sign-in',
      {
        config: { rateLimit: SIGN_IN_LIMIT },
        schema: {
          hide: true,
          querystring: Type.Object({ token: Type.Optional(Type.String({ maxLength: 200 })) }),
        },
      },
      async (request, reply) => {
        const userId = links.redeem(request.query.token ?? '');
        const user = userId === null ? undefined : await begin(userId, reply);
        const { pathname } = new URL(site.publicUrl);
        const root = pathname.endsWith('/') ? pathname : `${pathname}/`;
        return reply.redirect(user === undefined ? `${root}sign-in?link=used` : root);
      },
    );
  };
}
