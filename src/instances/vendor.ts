import type { AuthMethod } from '../connectors/auth/method.ts';
import type { Connector } from '../connectors/define-connector.ts';
import { GiveUp, Reauthorize, RestartPass, RetryAt, type VendorFailure } from '../connectors/failures.ts';
import type { VendorRequest, VendorResponse } from '../connectors/vendor-http.ts';
import { findElement } from '../elements/catalogue.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { chooseMethod } from './choose-method.ts';
import {
  createCredentialKeeper,
  REFRESH_TIMEOUT_MS,
  type CredentialDeps,
  type CredentialKeeper,
  type Held,
} from './credentials.ts';
import type { Instance } from './instance.ts';
import { exchange, failureOf, type ExchangeDeps } from './vendor-exchange.ts';

export interface VendorDeps extends CredentialDeps, ExchangeDeps {
  connectors: readonly Connector[];
}

interface CallOptions {
  signal?: AbortSignal;
  /** Sees every answer to the request, the refused ones too: budgets are read off its headers. */
  onResponse?(response: VendorResponse): void;
}

/** The vendor's API on behalf of an instance. */
export interface Vendor {
  /**
   * Sends a connector's request signed with the instance's credentials, refreshing them ahead of their end and once
   * when they are no longer taken. The answer is a 2xx or one of `request.accept`.
   * @throws RetryAt, GiveUp, Reauthorize, RestartPass as the answer (or its absence) means; Fault `not_found` for a
   * deleted instance; EgressError `aborted` by the signal.
   */
  call(instance: Instance, request: VendorRequest, options?: CallOptions): Promise<VendorResponse>;
  /**
   * Gets fresh credentials that nobody needs now, where a refresh token ends unless it is used: if the stored ones were
   * given before then. Whether it did.
   * @throws RetryAt, Reauthorize as the vendor answers; Fault `not_found` for a deleted instance.
   */
  refreshIdle(instance: Instance, before: EpochMs): Promise<boolean>;
}

const CALL_TIMEOUT_MS = 60_000;
const REFRESH_AHEAD_S = 60;

export function createVendor(deps: VendorDeps): Vendor {
  const room: Room = { ...deps, keeper: createCredentialKeeper(deps) };
  return {
    call: async (instance, request, options = {}) => callVendor(room, instance, request, options),
    refreshIdle: async (instance, before) => {
      const speaker = speakerOf(room, instance);
      if (speaker.method.rotates !== true) return false;
      const held = await room.keeper.read(instance);
      if (held.givenAt >= before) return false;
      await renew(room, speaker, held);
      return true;
    },
  };
}

interface Room extends VendorDeps {
  keeper: CredentialKeeper;
}

/** An instance with what speaks for it. */
interface Speaker {
  instance: Instance;
  connector: Connector;
  method: AuthMethod;
}

function speakerOf({ connectors }: Room, instance: Instance): Speaker {
  const { configuration } = instance;
  const connector = findElement(connectors, instance.elementKey);
  if (connector === undefined) throw new Fault('internal', `No connector ${instance.elementKey}.`);
  return { instance, connector, method: chooseMethod(connector, { configuration, hasCode: false }) };
}

async function callVendor(
  room: Room,
  instance: Instance,
  request: VendorRequest,
  options: CallOptions,
): Promise<VendorResponse> {
  const { keeper, clock } = room;
  const { configuration } = instance;
  const speaker = speakerOf(room, instance);
  const { connector } = speaker;
  let held = await currentCredentials(room, speaker);
  for (let isSecondTry = false; ; isSecondTry = true) {
    const destination = { ...speaker, configuration, credentials: held.credentials };
    const response = await exchange(room, destination, request, {
      timeoutMs: CALL_TIMEOUT_MS,
      signal: options.signal,
    });
    options.onResponse?.(response);
    const failure = failureOf(connector, request, response, clock);
    if (failure === undefined) return response;
    if (failure.kind !== 'expired' && failure.kind !== 'reauthorize') {
      throw thrownFor(failure, clock.now(), response.status);
    }
    if (isSecondTry) throw secondRefusal(failure);
    if (failure.kind === 'expired') held = await renew(room, speaker, held);
    else if (await keeper.markDead(instance, held, failure.why)) throw new Reauthorize(failure.why);
    else held = await keeper.read(instance);
  }
}

/** The stored credentials, refreshed when they end soon. */
async function currentCredentials(room: Room, speaker: Speaker): Promise<Held> {
  const { instance, method } = speaker;
  const now = room.clock.now();
  const held = await room.keeper.read(instance);
  const endsAt = method.refresh === undefined ? Infinity : (held.credentials.expiresAt ?? Infinity);
  if (endsAt - (method.refreshAheadS ?? REFRESH_AHEAD_S) * 1000 > now) return held;
  try {
    return await renew(room, speaker, held);
  } catch (error) {
    if (!(error instanceof RetryAt) || endsAt <= now) throw error;
    room.log.info(
      { instanceId: instance.id, reason: error.message },
      'refreshing ahead failed; still in use',
    );
    return held;
  }
}

async function renew(room: Room, { instance, connector, method }: Speaker, stale: Held): Promise<Held> {
  const { configuration } = instance;
  const { refresh, read } = method;
  return room.keeper.renew(instance, method, stale, async (credentials) => {
    if (refresh === undefined || read === undefined) {
      return { ok: false, why: 'it is no longer taken and cannot be refreshed', permanent: true };
    }
    const input = { configuration, now: room.clock.now() };
    const request = refresh(input, credentials);
    const destination = { connector, method, configuration, credentials };
    const response = await exchange(room, destination, request, { timeoutMs: REFRESH_TIMEOUT_MS });
    const failure = failureOf(connector, request, response, room.clock);
    if (failure?.kind === 'retry' || failure?.kind === 'pause') {
      throw thrownFor(failure, room.clock.now(), response.status);
    }
    return read(response, input, credentials);
  });
}

/** Fresh credentials are refused as well. A person helps only if the vendor says so; it may be a hiccup of its own. */
function secondRefusal(failure: VendorFailure): Error {
  return failure.kind === 'reauthorize'
    ? new Reauthorize(failure.why)
    : new GiveUp(`fresh credentials are refused as well: ${failure.why}`, 401);
}

/** How callers of a vendor see its failure. `status` is what the vendor answered. */
export function thrownFor(failure: VendorFailure, now: number, status: number): Error {
  switch (failure.kind) {
    case 'retry':
      return new RetryAt(now + (failure.afterMs ?? 0), failure.why, { status });
    case 'pause':
      return new RetryAt(failure.until, failure.why, { quota: true, status });
    case 'restart':
      return new RestartPass(failure.why);
    case 'absent':
      return new GiveUp(failure.why, 404);
    case 'gone':
      return new GiveUp(failure.why, 410);
    case 'refused':
      return new GiveUp(failure.why, failure.status);
    case 'expired':
    case 'reauthorize':
      return new Reauthorize(failure.why);
    default:
      return failure satisfies never;
  }
}
