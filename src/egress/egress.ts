import { lookup } from 'node:dns';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { EgressError, shutDownError } from './egress-error.ts';
import { Exchange } from './exchange.ts';
import type { EgressResponse } from './exchange.ts';
import { createGuardedConnect } from './guarded-connect.ts';
import type { Resolve } from './guarded-connect.ts';
import { isAllowedOrigin } from './origins.ts';
import type { AllowedOrigins } from './origins.ts';
import { createPools } from './pools.ts';
import { parsePrivateNetworks } from './private-networks.ts';
import { headerProblem } from './request-headers.ts';

export interface EgressRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** http or https, without user name and password. */
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** For everything: waiting for a free connection, connecting, sending, the whole answer. */
  timeoutMs: number;
  /** Default 64 MiB. */
  maxResponseBytes?: number;
  /**
   * `fail` (default, to read from a vendor): a larger body is an error. `truncate` (to keep for a log): the answer
   * is given as soon as that much has arrived, and once there is a status nothing makes the request fail.
   */
  onLargeBody?: 'truncate' | 'fail';
  /** Set whenever the request carries credentials. */
  allowedOrigins?: AllowedOrigins;
  signal?: AbortSignal;
}

export interface Egress {
  /**
   * Sends one request over a kept connection and reads its answer, whatever its status. Never follows a redirect,
   * repeats a request, or uses a proxy. Asks for an unencoded body.
   * @throws EgressError
   */
  send(request: EgressRequest): Promise<EgressResponse>;
  /** Ends every connection at once; what is in flight fails as `shut_down`. Let the callers finish before. */
  close(): Promise<void>;
}

export interface EgressDeps {
  /** `TIDINGS_ALLOW_PRIVATE_NETWORKS`: false, true, or CIDRs, addresses and hosts. */
  allowPrivate: boolean | readonly string[];
  log: Log;
  clock: Clock;
  /** Most connections to one origin; further requests wait. Default 256. */
  connectionsPerOrigin?: number;
  /** Most origins whose connections are remembered while nothing is sent to them. Default 1,000. */
  maxIdlePools?: number;
  /** Default `dns.lookup`, which honours the hosts file. */
  resolve?: Resolve;
}

const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
const MAX_URL_LENGTH = 64 * 1024;

/**
 * The only way out over HTTP, through the address guard.
 * @throws RangeError when an entry of `allowPrivate` is unusable.
 */
export function createEgress(deps: EgressDeps): Egress {
  const { log, clock, resolve = lookup, connectionsPerOrigin = 256, maxIdlePools = 1_000 } = deps;
  const permitted = parsePrivateNetworks(deps.allowPrivate);
  const connect = createGuardedConnect({ permitted, resolve, log });
  const pools = createPools({ connect, connectionsPerOrigin, maxIdlePools });
  let isClosed = false;

  return {
    send: async (request) => {
      if (isClosed) throw shutDownError();
      const { method, timeoutMs, signal, onLargeBody = 'fail' } = request;
      const url = checkUrl(request);
      const headers = checkHeaders(request.headers ?? {});
      if (signal?.aborted === true)
        throw new EgressError('aborted', `the request to ${url.origin} was given up`);

      const entry = pools.take(url.origin);
      const exchange = new Exchange({
        origin: url.origin,
        timeoutMs,
        maxResponseBytes: request.maxResponseBytes ?? MAX_RESPONSE_BYTES,
        onLargeBody,
        signal,
        clock,
        onFinished: () => pools.release(entry),
      });
      const path = `${url.pathname}${url.search}`;
      entry.pool.dispatch({ path, method, headers, body: request.body ?? null }, exchange);
      return exchange.answer;
    },
    close: async () => {
      isClosed = true;
      await pools.destroy(shutDownError());
    },
  };
}

function checkUrl({ url: text, allowedOrigins }: EgressRequest): URL {
  const url = text.length <= MAX_URL_LENGTH ? URL.parse(text) : null;
  if (url === null) throw new EgressError('bad_url', 'this is not a URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new EgressError('bad_url', `a URL with "${url.protocol}" cannot be reached, only http and https`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new EgressError(
      'bad_url',
      `the URL of ${url.origin} holds a user name or password: send a header instead`,
    );
  }
  if (allowedOrigins !== undefined && !isAllowedOrigin(url, allowedOrigins)) {
    throw new EgressError('refused_origin', `credentials are not sent to ${url.origin}`);
  }
  return url;
}

function checkHeaders(headers: Record<string, string>): Record<string, string> {
  for (const name of Object.keys(headers)) {
    const problem = headerProblem(name, headers[name]!);
    if (problem !== undefined) throw new EgressError('bad_request', problem);
  }
  return { ...headers, 'accept-encoding': 'identity' };
}
