import type { EpochMs } from './clock.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One HTTP request as a route sees it. */
export interface SimulatorRequest {
  method: string;
  /** Without the query, percent-encoding intact. */
  path: string;
  query: URLSearchParams;
  /** Lower-case names; repeated headers joined by Node's rules. */
  headers: Record<string, string | undefined>;
  /** The `:name` parts of the route's path, decoded. */
  params: Record<string, string>;
  rawBody: Buffer;
  /** Scheme and host the client used, such as `http://127.0.0.1:4711`. */
  origin: string;
  at: EpochMs;
}

/** What a route answers. An object or array body goes out as JSON, a string or Buffer as it is. */
export interface SimulatorReply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Route {
  method: Method;
  /** Such as `/v1/persons/:id`; a trailing slash in the request is ignored. */
  path: string;
  handle(request: SimulatorRequest): SimulatorReply | Promise<SimulatorReply>;
}

/** Thrown by `readJson`; `listen` turns it into the vendor's own answer to a broken body. */
export class UnreadableBody extends Error {}

/** The body as JSON; `undefined` when empty. Throws UnreadableBody when it is not JSON. */
export function readJson(request: SimulatorRequest): unknown {
  const text = request.rawBody.toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UnreadableBody('the body is not JSON');
  }
}

/** The body as `application/x-www-form-urlencoded`; empty for anything else. */
export function readForm(request: SimulatorRequest): URLSearchParams {
  const isForm = (request.headers['content-type'] ?? '').includes('application/x-www-form-urlencoded');
  return new URLSearchParams(isForm ? request.rawBody.toString('utf8') : '');
}

/** `{ user, password }` of an `Authorization: Basic` header, or undefined. */
export function readBasic(request: SimulatorRequest): { user: string; password: string } | undefined {
  const [scheme, encoded] = (request.headers['authorization'] ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic' || !encoded) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The token of an `Authorization: Bearer` header, or undefined. */
export function readBearer(request: SimulatorRequest): string | undefined {
  const [scheme, token] = (request.headers['authorization'] ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && token ? token : undefined;
}
