import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { Log } from '../kernel/log.ts';
import { refuseAddress } from './address-guard.ts';
import { EgressError, connectError } from './egress-error.ts';
import type { PrivateNetworks } from './private-networks.ts';

/** `dns.lookup` as it answers with `all: true`. */
export type Resolve = (
  host: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Bounds name, TCP and TLS together. A request that gave up while connecting stays queued at most that long.
 */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Node gives an address 250 ms before it tries the next, and does not return to it: a far host with both families
 * would fail although both are merely slow.
 */
const ADDRESS_ATTEMPT_MS = 1_000;

/**
 * The one function that opens connections. An IP literal is checked here, because `lookup` is not called for it;
 * a name is checked inside `lookup`, so that the address checked is the address connected to, whatever the name
 * resolves to a moment later.
 */
export function createGuardedConnect(deps: {
  permitted: PrivateNetworks;
  resolve: Resolve;
  log: Log;
}): buildConnector.connector {
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
    allowH2: false,
    lookup: createGuardedLookup(deps),
  });
  return (options, callback) => {
    const origin = `${options.protocol}//${options.host ?? options.hostname}`;
    if (isIP(options.hostname) !== 0 && refuseAddress(options.hostname, options.hostname, deps.permitted)) {
      const refusal = refused(deps, options.hostname, [{ address: options.hostname, family: 0 }]);
      queueMicrotask(() => callback(refusal, null));
      return;
    }
    connect(options, (...[error, socket]) => {
      if (error === null) callback(null, socket);
      else callback(connectError(error, origin), null);
    });
  };
}

/** A `lookup` for `net.connect` that gives only addresses that may be connected to, or fails as `refused_address`. */
export function createGuardedLookup(deps: {
  permitted: PrivateNetworks;
  resolve: Resolve;
  log: Log;
}): LookupFunction {
  return (host, options, callback) => {
    deps.resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const passing = addresses.filter(({ address }) => !refuseAddress(address, host, deps.permitted));
      const [first] = passing;
      if (first === undefined) return callback(refused(deps, host, addresses), []);
      if (options.all === true) return callback(null, passing);
      callback(null, first.address, first.family);
    });
  };
}

function refused(
  { permitted, log }: { permitted: PrivateNetworks; log: Log },
  host: string,
  addresses: LookupAddress[],
): EgressError {
  const refusals = addresses.map(({ address }) => refuseAddress(address, host, permitted));
  log.warn({ host, addresses: addresses.map(({ address }) => address) }, 'refused to connect');
  // The address itself stays in the log: the message may go to someone who only probes our network's names.
  const message = refusals.includes('private')
    ? `${host} is in a private or reserved network; permit it with TIDINGS_ALLOW_PRIVATE_NETWORKS`
    : `${host} is an address that is never connected to (link-local, cloud metadata, not a host)`;
  return new EgressError('refused_address', message);
}
