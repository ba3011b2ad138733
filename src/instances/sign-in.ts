import type { AuthInput, AuthMethod, Credentials, Tenant } from '../connectors/auth/method.ts';
import type { Connector } from '../connectors/define-connector.ts';
import { GiveUp, RetryAt, UnreadableAnswer, type VendorFailure } from '../connectors/failures.ts';
import type { VendorRequest, VendorResponse } from '../connectors/vendor-http.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { exchange, failureOf, type ExchangeDeps } from './vendor-exchange.ts';
import { thrownFor } from './vendor.ts';

export interface SignIn {
  connector: Connector;
  method: AuthMethod;
  configuration: JsonObject;
  code: string | null;
  codeVerifier: string | null;
}

export interface SignedIn {
  credentials: Credentials;
  /** The vendor account behind them. */
  tenant: Tenant;
}

/** Somebody waits for the answer; a vendor that takes longer is down. */
const SIGN_IN_TIMEOUT_MS = 30_000;

/**
 * Gets the first credentials (exchanges the code, logs in, takes the pasted token) and proves them by asking the
 * vendor whose they are.
 * @throws Fault `bad_request` with the vendor's words when it refuses, `vendor_failed` or `vendor_timeout` when it is
 * down.
 */
export async function signIn(deps: ExchangeDeps, request: SignIn): Promise<SignedIn> {
  try {
    const credentials = await acquire(deps, request);
    return { credentials, tenant: await identify(deps, request, credentials) };
  } catch (error) {
    throw faultFor(request.connector, error, deps.clock.now());
  }
}

async function acquire(deps: ExchangeDeps, request: SignIn): Promise<Credentials> {
  const { connector, method, configuration, code, codeVerifier } = request;
  if (method.acquire === undefined || method.read === undefined) {
    return method.fromConfiguration!(configuration);
  }
  const input: AuthInput = {
    configuration,
    now: deps.clock.now(),
    ...(code !== null && { code }),
    ...(codeVerifier !== null && { codeVerifier }),
  };
  const vendorRequest = method.acquire(input);
  const destination = { connector, method, configuration, credentials: null };
  const response = await exchange(deps, destination, vendorRequest, { timeoutMs: SIGN_IN_TIMEOUT_MS });
  const failure = failureOf(connector, vendorRequest, response, deps.clock);
  if (failure?.kind === 'retry' || failure?.kind === 'pause') {
    throw thrownFor(failure, deps.clock.now(), response.status);
  }
  const reading = method.read(response, input);
  if (reading.ok) return reading.credentials;
  if (reading.permanent) throw refusal(connector, reading.why);
  throw new RetryAt(deps.clock.now(), reading.why);
}

async function identify(deps: ExchangeDeps, request: SignIn, credentials: Credentials): Promise<Tenant> {
  const { connector, method, configuration } = request;
  const destination = { connector, method, configuration, credentials };
  const ask = async (who: VendorRequest): Promise<VendorResponse> =>
    exchange(deps, destination, who, { timeoutMs: SIGN_IN_TIMEOUT_MS });
  const usual = connector.identify.request(configuration);
  const first = await ask(usual);
  const other = connector.identify.otherwise?.(first, configuration);
  if (other === undefined) return tenantIn(deps, connector, usual, first);
  const tenant = tenantIn(deps, connector, other.request, await ask(other.request));
  return { ...tenant, facts: { ...tenant.facts, ...other.facts } };
}

function tenantIn(
  { clock }: ExchangeDeps,
  connector: Connector,
  request: VendorRequest,
  response: VendorResponse,
): Tenant {
  const failure = failureOf(connector, request, response, clock);
  if (failure !== undefined) throw identifyFailure(connector, failure, clock.now(), response.status);
  return readTenant(connector, response);
}

function readTenant(connector: Connector, response: VendorResponse): Tenant {
  try {
    return connector.identify.read(response);
  } catch (error) {
    if (error instanceof UnreadableAnswer) throw error;
    throw new UnreadableAnswer('its answer about the signed-in user is not understood');
  }
}

function identifyFailure(connector: Connector, failure: VendorFailure, now: EpochMs, status: number): Error {
  switch (failure.kind) {
    case 'retry':
    case 'pause':
      return thrownFor(failure, now, status);
    case 'expired':
    case 'reauthorize':
    case 'refused':
    case 'absent':
    case 'gone':
    case 'restart':
      return refusal(connector, failure.why);
    default:
      return failure satisfies never;
  }
}

function refusal(connector: Connector, why: string): Fault {
  return new Fault('bad_request', `${connector.name} refuses these credentials.`, { providerMessage: why });
}

function faultFor(connector: Connector, error: unknown, now: EpochMs): unknown {
  if (error instanceof RetryAt) {
    const details = {
      providerMessage: error.message,
      cause: error,
      ...(error.at > now && { retryAfterS: Math.ceil((error.at - now) / 1000) }),
    };
    if (error.quota || error.status === 429) {
      return new Fault('too_many_requests', `${connector.name}'s allowance is used up; wait.`, details);
    }
    return error.timedOut
      ? new Fault('vendor_timeout', `${connector.name} did not answer in time.`, details)
      : new Fault('vendor_failed', `${connector.name} failed to answer.`, details);
  }
  if (error instanceof GiveUp) {
    return new Fault('bad_request', `${connector.name} cannot be reached this way: ${error.message}.`);
  }
  if (error instanceof UnreadableAnswer) {
    return new Fault('vendor_failed', `${connector.name} did not answer as documented.`, {
      providerMessage: error.message,
      cause: error,
    });
  }
  return error;
}
