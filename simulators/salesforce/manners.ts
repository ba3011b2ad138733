import type { VendorManners } from '../core/listen.ts';
import type { SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { failure, notFound, sessionExpired, uriTooLong } from './errors.ts';
import type { Limits } from './limits.ts';
import { NEWEST_VERSION, OLDEST_VERSION } from './routes-org.ts';
import type { Sessions } from './sessions.ts';

/** URI and headers together may have 16,384 bytes; the rest are headers (vendor page, 2026-11). */
const LONGEST_URI = 15_500;

/** Who is asking, and how often; the vendor's usual header and errors. */
export function createManners({ sessions, limits }: { sessions: Sessions; limits: Limits }): VendorManners {
  return {
    before(request) {
      if (request.path.length + request.query.toString().length > LONGEST_URI) return uriTooLong();
      if (isOpen(request.path)) return undefined;
      if (!sessions.isOpen(request)) {
        return request.path === '/services/oauth2/userinfo' ? badToken() : sessionExpired();
      }
      return refusedVersion(request) ?? (isApi(request.path) ? limits.take() : undefined);
    },
    after: (reply, request) =>
      isApi(request.path)
        ? { ...reply, headers: { 'sforce-limit-info': limits.header(), ...reply.headers } }
        : reply,
    notFound,
    wrongMethod: ({ method }) =>
      failure(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are HEAD,GET,POST`),
    unreadable: (_request, message) => failure(400, 'JSON_PARSER_ERROR', message),
  };
}

const isApi = (path: string): boolean => path.startsWith('/services/data/');

const isOpen = (path: string): boolean =>
  path === '/services/data' || (path.startsWith('/services/oauth2/') && !path.endsWith('/userinfo'));

const badToken = (): SimulatorReply => ({ status: 403, body: 'Bad_OAuth_Token' });

function refusedVersion(request: SimulatorRequest): SimulatorReply | undefined {
  const { version } = request.params;
  if (version === undefined) return undefined;
  const number = Number(/^v(\d+)\.0$/.exec(version)?.[1]);
  if (number >= OLDEST_VERSION && number <= NEWEST_VERSION) return undefined;
  return number >= 1 && number < OLDEST_VERSION
    ? failure(410, 'UNSUPPORTED_API_VERSION', 'The requested API version is not supported.')
    : notFound();
}
