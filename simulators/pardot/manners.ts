import type { VendorManners } from '../core/listen.ts';
import type { SimulatorReply, SimulatorRequest } from '../core/route.ts';
import type { Access } from './access.ts';
import { errorLegacy, errorV5 } from './errors.ts';
import type { Code } from './errors.ts';
import { formatOf } from './legacy-answer.ts';
import type { Limits } from './limits.ts';

/** Who is asking and how often; the errors of each dialect. */
export function createManners({ access, limits }: { access: Access; limits: Limits }): VendorManners {
  return {
    before(request) {
      if (isOpen(request.path)) return undefined;
      // Calls of programs that only fail to sign in are not counted.
      const code = access.refuse(request) ?? limits.take();
      return code === undefined ? undefined : refusal(request, code);
    },
    after: (reply, request) =>
      request.headers['x-return-api-usage'] === '1' && !isOpen(request.path)
        ? { ...reply, headers: { 'x-api-usage': limits.usage(), ...reply.headers } }
        : reply,
    notFound: (request) => refusal(request, 2),
    wrongMethod: (request) => refusal(request, 2),
    unreadable: (request) => refusal(request, 150),
  };
}

const isV5 = (path: string): boolean => path.startsWith('/api/v5/');

const isOpen = (path: string): boolean =>
  path.startsWith('/services/oauth2/') || path.startsWith('/api/login/');

function refusal(request: SimulatorRequest, code: Code): SimulatorReply {
  return isV5(request.path) ? errorV5(code) : errorLegacy(code, formatOf(request));
}
