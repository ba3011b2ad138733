import type { VendorManners } from '../core/listen.ts';
import type { SimulatorRequest } from '../core/route.ts';
import { mayCall } from './access.ts';
import type { Access, Caller } from './access.ts';
import { failure, unauthorized, wrongScope } from './errors.ts';
import { costOf } from './limits.ts';
import type { Limits } from './limits.ts';
import { V1_PREFIXES } from './routes-v1.ts';

/** Who is asking, may they, and how often; the vendor's usual headers and errors. */
export function createManners(deps: {
  access: Access;
  limits: Limits;
  callers: WeakMap<SimulatorRequest, Caller>;
  nextId(): string;
}): VendorManners {
  const usual = new WeakMap<SimulatorRequest, Record<string, string>>();
  return {
    before(request, route) {
      if (isOpen(request.path)) return undefined;
      const caller = deps.access.identify(request);
      if (!caller) return unauthorized();
      deps.callers.set(request, caller);
      const version = request.path.startsWith('/api/v2/') ? 'v2' : 'v1';
      const path = route.path.replace(/^(\/api\/v[12]|\/v1)/, '');
      const taken = deps.limits.take(caller, costOf(version, request.method, path));
      if ('refusal' in taken) return taken.refusal;
      usual.set(request, taken.headers);
      return mayCall(caller.scopes, request.method, path) ? undefined : wrongScope();
    },
    after: (reply, request) => ({
      ...reply,
      headers: { 'x-correlation-id': deps.nextId(), ...usual.get(request), ...reply.headers },
    }),
    notFound: () => failure(404, 'Unknown method .', { errorCode: 404 }),
    wrongMethod: () => failure(405, 'Method not allowed', { errorCode: 405 }),
    unreadable: (_request, message) => failure(400, `Bad request: ${message}`, { errorCode: 400 }),
  };
}

const isOpen = (path: string): boolean =>
  path.startsWith('/oauth/') || V1_PREFIXES.some((prefix) => path.startsWith(`${prefix}/authorizations`));
