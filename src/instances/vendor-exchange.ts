import type { Connector } from '../connectors/define-connector.ts';
import { GiveUp, RetryAt, type VendorFailure } from '../connectors/failures.ts';
import type { VendorRequest, VendorResponse } from '../connectors/vendor-http.ts';
import { EgressError } from '../egress/egress-error.ts';
import type { Egress } from '../egress/egress.ts';
import type { EgressResponse } from '../egress/exchange.ts';
import { parseHttpDate } from '../egress/http-date.ts';
import type { Clock } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { Json } from '../kernel/json.ts';
import { allowedOrigins, vendorUrl, type Destination } from './vendor-url.ts';

export interface ExchangeDeps {
  egress: Egress;
  clock: Clock;
}

export interface ExchangeOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const USER_AGENT = 'Tidings';

/**
 * Sends one request to the vendor, signed unless it is anonymous, and reads the answer whatever its status.
 * @throws RetryAt when no answer came, GiveUp when this request can never get one, Fault `unavailable` while the
 * process shuts down, EgressError `aborted` by the signal.
 */
export async function exchange(
  deps: ExchangeDeps,
  destination: Destination,
  request: VendorRequest,
  options: ExchangeOptions,
): Promise<VendorResponse> {
  const body = bodyOf(request);
  try {
    const answer = await deps.egress.send({
      method: request.method,
      url: vendorUrl(destination, request),
      headers: headersOf(destination, request),
      ...(body !== undefined && { body }),
      timeoutMs: options.timeoutMs,
      maxResponseBytes: MAX_ANSWER_BYTES,
      allowedOrigins: allowedOrigins(destination),
      ...(options.signal !== undefined && { signal: options.signal }),
    });
    return readAnswer(answer);
  } catch (error) {
    throw error instanceof EgressError ? withoutAnswer(error, deps.clock) : error;
  }
}

function bodyOf(request: VendorRequest): string | undefined {
  if (request.json !== undefined) return JSON.stringify(request.json);
  return request.form === undefined ? undefined : new URLSearchParams(request.form).toString();
}

function headersOf(destination: Destination, request: VendorRequest): Record<string, string> {
  const { connector, method, configuration, credentials } = destination;
  const contentType =
    request.json !== undefined
      ? 'application/json'
      : request.form === undefined
        ? undefined
        : 'application/x-www-form-urlencoded';
  const signed =
    request.anonymous === true || credentials === null ? {} : method.sign(credentials, configuration);
  const given = { ...connector.headers, ...request.headers, ...signed };
  const lower = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    accept: 'application/json',
    'user-agent': USER_AGENT,
    ...(contentType !== undefined && { 'content-type': contentType }),
    ...Object.fromEntries(lower),
  };
}

function readAnswer({ status, headers, body }: EgressResponse): VendorResponse {
  const text = body.toString('utf8');
  const date = parseHttpDate(headers['date'] ?? '');
  return { status, headers, text, body: parseOrNull(text), ...(date !== undefined && { date }) };
}

/** A proxy's HTML, a cut body or nothing at all is no JSON; what that means is the reader's business. */
function parseOrNull(text: string): Json {
  if (!/^[\s\uFEFF]*["[{\dtfn-]/.test(text)) return null;
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json;
  } catch {
    return null;
  }
}

function withoutAnswer(error: EgressError, clock: Clock): Error {
  switch (error.code) {
    case 'timeout':
      return new RetryAt(clock.now(), error.message, { timedOut: true });
    case 'dns':
    case 'connect':
    case 'tls':
    case 'closed':
    case 'bad_answer':
      return new RetryAt(clock.now(), error.message);
    case 'too_large':
      return new GiveUp(error.message, 502);
    case 'bad_url':
    case 'bad_request':
    case 'refused_origin':
    case 'refused_address':
      return new GiveUp(error.message, 400);
    case 'shut_down':
      return new Fault('unavailable', error.message, { cause: error });
    case 'aborted':
      return error;
    default:
      return error.code satisfies never;
  }
}

/** How an answer failed; undefined when it is one that the request accepts or the connector reads as a success. */
export function failureOf(
  connector: Connector,
  request: VendorRequest,
  response: VendorResponse,
  clock: Clock,
): VendorFailure | undefined {
  if (request.accept?.includes(response.status) === true) return undefined;
  const failure = connector.readFailure(response, clock.now());
  if (failure !== undefined) return failure;
  const { status } = response;
  if (status >= 200 && status < 300) return undefined;
  // The connector knows nothing of it: redirects are not followed, a 5xx may pass.
  const why = `${connector.name} answered with status ${status}`;
  return status >= 500 ? { kind: 'retry', why } : { kind: 'refused', why, status };
}
