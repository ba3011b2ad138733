import type { FastifyRequest } from 'fastify';
import type { App } from '../accounts/app.ts';
import type { Authentication } from '../accounts/caller.ts';
import { Fault } from '../kernel/errors.ts';

const authentications = new WeakMap<object, Authentication>();

/** Who calls by something else than the Authorization header, such as the console's cookie; null: nobody so. */
export type SessionAuthentication = (request: FastifyRequest) => Promise<Authentication | null>;

/** Asks for credentials before a body is read, on every route of the scope that is not public. */
export function registerAuthentication(
  scope: App,
  authenticate: (authorization: string | undefined) => Promise<Authentication>,
  session?: SessionAuthentication,
): void {
  scope.decorateRequest('caller', {
    getter() {
      return of(this).caller;
    },
  });
  scope.decorateRequest('elementToken', {
    getter() {
      return of(this).elementToken;
    },
  });
  scope.addHook('onRequest', async (request) => {
    if (request.is404 || request.routeOptions.config.access === 'public') return;
    const authentication = (await session?.(request)) ?? (await authenticate(request.headers.authorization));
    authentications.set(request, authentication);
    request.log = request.log.child({ accountId: authentication.caller.accountId });
  });
}

function of(request: object): Authentication {
  const authentication = authentications.get(request);
  if (authentication === undefined) throw new Fault('internal', 'a public route asked who its caller is');
  return authentication;
}
