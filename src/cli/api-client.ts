import { BASE_PATH } from '../api/server.ts';
import { type Egress, type EgressRequest } from '../egress/egress.ts';
import { EgressError } from '../egress/egress-error.ts';
import type { EgressResponse } from '../egress/exchange.ts';
import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';

/** Query parameters; those that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** A client of a running server, speaking its HTTP API as any other would. */
export interface ApiClient {
  /** `token` is an instance's, for the requests that are about the caller's own instance. @throws ApiError */
  get<T>(path: string, query?: Query, token?: string): Promise<T>;
  /** @throws ApiError */
  post<T>(path: string, body?: JsonObject): Promise<T>;
  /** The pages of a list, first to last, until the caller stops. @throws ApiError */
  pages<T>(path: string, query?: Query): AsyncGenerator<T[], void>;
}

/** A request that was not answered with 200, in words for the person who made it. */
export class ApiError extends Error {
  /** Undefined when no Tidings answered. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }

  /** A server that starts again or is busy: asked later it may answer. */
  get isPassing(): boolean {
    return this.status === undefined || this.status === 429 || this.status >= 500;
  }
}

const TIMEOUT_MS = 60_000;
/** A page of the log holds raw records: 100 entries of 8 MB at the very most. */
const MAX_RESPONSE_BYTES = 1024 * 1024 * 1024;

export function createApiClient(deps: {
  egress: Egress;
  /** Of the server, a path included, without a slash at its end and without the API's base path. */
  url: string;
  /** The Authorization header. */
  authorization: string;
}): ApiClient {
  const { egress, url, authorization } = deps;

  const send = async (
    request: Pick<EgressRequest, 'method' | 'body'> & { path: string; token?: string | undefined },
  ): Promise<EgressResponse> => {
    const { method, path, body, token } = request;
    const credentials = token === undefined ? authorization : `${authorization}, Element ${token}`;
    try {
      const answer = await egress.send({
        method,
        url: `${url}${BASE_PATH}${path}`,
        headers: { authorization: credentials, 'content-type': 'application/json' },
        ...(body !== undefined && { body }),
        timeoutMs: TIMEOUT_MS,
        maxResponseBytes: MAX_RESPONSE_BYTES,
      });
      if (answer.status === 200 && isTidings(answer)) return answer;
      throw refusal(answer, url);
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      throw new ApiError(`No answer from a server at ${url}: ${error.message}. Does it run? Is --url right?`);
    }
  };

  return {
    get: async <T>(path: string, query: Query = {}, token?: string) =>
      contentOf(await send({ method: 'GET', path: path + search(query), token })) as T,
    post: async <T>(path: string, body?: JsonObject) =>
      contentOf(
        await send({ method: 'POST', path, ...(body !== undefined && { body: JSON.stringify(body) }) }),
      ) as T,
    async *pages<T>(path: string, query: Query = {}) {
      for (let token: string | undefined; ;) {
        const answer = await send({ method: 'GET', path: path + search({ ...query, nextPage: token }) });
        yield contentOf(answer) as T[];
        token = answer.headers['elements-next-page-token'];
        if (token === undefined) return;
      }
    },
  };
}

function contentOf({ body }: EgressResponse): unknown {
  return JSON.parse(body.toString('utf8'));
}

function search(query: Query): string {
  const entries = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
}

/** Every answer of the API carries its request's id. */
function isTidings({ headers }: EgressResponse): boolean {
  return headers['elements-request-id'] !== undefined;
}

function refusal(answer: EgressResponse, url: string): ApiError {
  const { status, headers } = answer;
  if (!isTidings(answer)) {
    const target = headers['location'] === undefined ? '' : ` with a redirect to ${headers['location']}`;
    return new ApiError(`${url} answered ${status}${target}, but not as Tidings does. Is --url right?`);
  }
  if (status === 401) {
    return new ApiError(
      'The server refused the credentials: check TIDINGS_USER_SECRET and TIDINGS_ORGANIZATION_SECRET.',
      status,
    );
  }
  return new ApiError(`The server answered ${status}: ${reasonOf(answer.body)}`, status);
}

function reasonOf(body: Buffer): string {
  const text = body.toString('utf8', 0, 2000);
  let parsed: Json;
  try {
    parsed = JSON.parse(text) as Json;
  } catch {
    return text;
  }
  if (!isJsonObject(parsed)) return text;
  const { message, providerMessage } = parsed;
  return [message, providerMessage].filter((part) => typeof part === 'string').join(' ');
}
