import type { VendorManners } from '../core/listen.ts';
import type { SimulatorReply, SimulatorRequest } from '../core/route.ts';
import type { Access } from './access.ts';
import { expiredToken, failureV1, failureV2, invalidToken, missingToken } from './errors.ts';
import type { Limits } from './limits.ts';

const REFUSALS = { missing: missingToken, invalid: invalidToken, expired: expiredToken };

/** The gateway: it asks who is calling before it looks where to, counts, and puts its headers on every answer. */
export function createManners({ access, limits }: { access: Access; limits: Limits }): VendorManners {
  const usual = new WeakMap<SimulatorRequest, Record<string, string>>();

  const pass = (request: SimulatorRequest): SimulatorReply | undefined => {
    if (!request.path.startsWith('/crm/')) return undefined;
    const identified = access.identify(request);
    if ('refused' in identified) {
      usual.set(request, limits.anonymousHeaders());
      return REFUSALS[identified.refused]();
    }
    const { headers, refusal } = limits.take(identified.caller);
    usual.set(request, headers);
    return refusal;
  };

  const failure = (request: SimulatorRequest, status: number, message: string): SimulatorReply =>
    request.path.startsWith('/crm/rest/v2')
      ? failureV2(status, message, request.path)
      : failureV1(status, message);

  return {
    before: (request) => pass(request),
    after: (reply, request) => ({ ...reply, headers: { ...usual.get(request), ...reply.headers } }),
    notFound: (request) => pass(request) ?? failure(request, 404, 'Not Found'),
    wrongMethod: (request) => pass(request) ?? failure(request, 405, 'Method Not Allowed'),
    unreadable: (request, message) => failure(request, 400, `Malformed JSON: ${message}`),
  };
}
