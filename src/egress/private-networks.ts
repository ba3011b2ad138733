import ipaddr from 'ipaddr.js';
import type { IPv4, IPv6 } from 'ipaddr.js';

/** What `TIDINGS_ALLOW_PRIVATE_NETWORKS` permits: everything local, or listed networks and hosts. */
export interface PrivateNetworks {
  all: boolean;
  networks: [IPv4 | IPv6, number][];
  /** Lower case, without a trailing dot. */
  hosts: ReadonlySet<string>;
}

const HOST_PATTERN = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/**
 * Reads `true`, `false` or a list of CIDRs (`10.0.0.0/8`, `fd12::/48`), single addresses and host names.
 * @throws RangeError naming the entry that is none of these.
 */
export function parsePrivateNetworks(allowPrivate: boolean | readonly string[]): PrivateNetworks {
  if (typeof allowPrivate === 'boolean') return { all: allowPrivate, networks: [], hosts: new Set() };
  const networks: PrivateNetworks['networks'] = [];
  const hosts = new Set<string>();
  for (const entry of allowPrivate) {
    const network = parseNetwork(entry);
    const host = bareHost(entry);
    // A name whose last label is a number would be read as an IPv4 address by every URL.
    if (network !== undefined) networks.push(network);
    else if (HOST_PATTERN.test(host) && !/(^|\.)\d+$/.test(host)) hosts.add(host);
    else throw new RangeError(`"${entry}" is neither a CIDR, an IP address nor a host name`);
  }
  return { all: false, networks, hosts };
}

/** A host name as it is compared: lower case, without the trailing dot of the root. */
export function bareHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

function parseNetwork(entry: string): [IPv4 | IPv6, number] | undefined {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  if (ipaddr.IPv4.isValidFourPartDecimal(entry)) return [ipaddr.IPv4.parse(entry), 32];
  if (ipaddr.IPv6.isValid(entry)) return [ipaddr.IPv6.parse(entry), 128];
  return undefined;
}
