import type { VendorManners } from '../core/listen.ts';
import type { SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { missingScope } from './access.ts';
import type { Access, Caller } from './access.ts';
import {
  expired,
  invalid,
  keysAreGone,
  missingScopes,
  failure,
  noSuchPath,
  notAuthenticated,
} from './errors.ts';
import type { Limits } from './limits.ts';

/** Who is asking, may they, and how often; the vendor's usual headers and errors. */
export function createManners(deps: {
  access: Access;
  limits: Limits;
  callers: WeakMap<SimulatorRequest, Caller>;
  /** Authenticates webhook settings, with the app's id in the path. */
  developer: { appId: number; apiKey: string };
  nextId(): string;
}): VendorManners {
  const usual = new WeakMap<SimulatorRequest, Record<string, string>>();
  return {
    before(request) {
      const { path } = request;
      if (path.startsWith('/oauth/')) return undefined;
      if (path.startsWith('/webhooks/')) return checkDeveloper(deps.developer, request);
      const caller = deps.access.identify(request);
      if (typeof caller === 'string') return REFUSALS[caller]();
      deps.callers.set(request, caller);
      const taken = deps.limits.take(caller, path.endsWith('/search'));
      if ('refusal' in taken) return taken.refusal;
      usual.set(request, taken.headers);
      const scope = missingScope(caller, request.method, path);
      return scope === undefined ? undefined : missingScopes(scope);
    },
    after: (reply, request) => ({
      ...reply,
      headers: { 'x-hubspot-correlation-id': deps.nextId(), ...usual.get(request), ...reply.headers },
    }),
    notFound: (request) => noSuchPath(request.path),
    wrongMethod: () => failure(405, 'METHOD_NOT_ALLOWED', 'HTTP 405 Method Not Allowed'),
    unreadable: (_request, message) => invalid(`Invalid input JSON on line 1, column 1: ${message}`),
  };
}

const REFUSALS = {
  missing: notAuthenticated,
  unknown: notAuthenticated,
  hapikey: keysAreGone,
  expired,
} as const satisfies Record<string, () => SimulatorReply>;

function checkDeveloper(
  { appId, apiKey }: { appId: number; apiKey: string },
  request: SimulatorRequest,
): SimulatorReply | undefined {
  if (request.query.get('hapikey') !== apiKey) return notAuthenticated();
  return request.path.split('/')[3] === String(appId)
    ? undefined
    : failure(403, 'MISSING_SCOPES', 'The app does not belong to this developer account');
}
