import ipaddr from 'ipaddr.js';
import type { IPv4, IPv6 } from 'ipaddr.js';
import { bareHost } from './private-networks.ts';
import type { PrivateNetworks } from './private-networks.ts';

/** `private`: permitted when configured. `never`: not even then. */
export type Refusal = 'private' | 'never';

/**
 * Never reached, whatever is configured: link-local, where cloud metadata lives, the other metadata addresses
 * (as the block lists of several public projects name them, compared 2026-11), and what is no host at all.
 */
const NEVER = [
  '169.254.0.0/16', // AWS, Google, Azure, Oracle, DigitalOcean, Hetzner; RFC 3927
  'fe80::/10', // RFC 4291
  'fec0::/10', // site-local, RFC 3879
  'fd00:ec2::/32', // AWS
  'fd20:ce::/32', // Google
  'fd00:c1::/32', // Oracle
  'fd00:42::42/128', // Scaleway
  'fd00:a9fe:a9fe::/48', // Linode
  'fd00:100::100:200/128', // Alibaba
  '100.100.100.200/32', // Alibaba
  '192.0.0.192/32', // Oracle, classic
  '168.63.129.16/32', // Azure, a public address
  '0.0.0.0/8', // "this host", which Linux connects to itself; RFC 1122
  '224.0.0.0/4',
  '255.255.255.255/32',
  '::/128',
  'ff00::/8',
].map((cidr) => ipaddr.parseCIDR(cidr));

/** The ranges (names of ipaddr.js) that `true` and a listed host name permit. */
const LOCAL_RANGES: ReadonlySet<string> = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** All of the global unicast space there is (IANA IPv6 address space, 2000::/3). */
const GLOBAL_IPV6: [IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/** Where RFC 6052 section 2.2 puts the IPv4 bytes for prefixes of 48, 56, 64 and 96 bits. */
const NAT64_LOCAL_BYTES = [
  [6, 7, 9, 10],
  [7, 9, 10, 11],
  [9, 10, 11, 12],
  [12, 13, 14, 15],
];

/**
 * Whether a connection to `address` for the URL host `host` must not be made, and why. Only ipaddr.js `unicast`
 * passes, judged by the IPv4 address inside where there is one (mapped, NAT64, 6to4).
 */
export function refuseAddress(
  address: string,
  host: string,
  permitted: PrivateNetworks,
): Refusal | undefined {
  if (!ipaddr.isValid(address)) return 'never';
  const hostPermitted = permitted.all || permitted.hosts.has(bareHost(host));
  let refusal: Refusal | undefined;
  for (const target of targetsOf(ipaddr.parse(address))) {
    if (NEVER.some((range) => isWithin(target, range))) return 'never';
    if (isPublic(target)) continue;
    if (hostPermitted && LOCAL_RANGES.has(target.range())) continue;
    if (permitted.networks.some((range) => isWithin(target, range))) continue;
    refusal = 'private';
  }
  return refusal;
}

function isPublic(target: IPv4 | IPv6): boolean {
  return target.range() === 'unicast' && (target.kind() === 'ipv4' || isWithin(target, GLOBAL_IPV6));
}

function isWithin(target: IPv4 | IPv6, [network, bits]: [IPv4 | IPv6, number]): boolean {
  return target.kind() === network.kind() && target.match(network, bits);
}

/** Where a packet to the address may end up: the IPv4 address it carries, or itself. */
function targetsOf(address: IPv4 | IPv6): (IPv4 | IPv6)[] {
  if (address.kind() === 'ipv4') return [address];
  const ip = address as IPv6;
  const bytes = ip.toByteArray();
  const at = (places: number[]): IPv4 => new ipaddr.IPv4(places.map((place) => bytes[place]!));
  const range = ip.range();
  if (range === 'ipv4Mapped') return [at([12, 13, 14, 15])];
  if (range === '6to4') return [at([2, 3, 4, 5])]; // RFC 3056
  if (range !== 'rfc6052') return [ip];
  if (bytes[5] === 0) return [at([12, 13, 14, 15])]; // 64:ff9b::/96
  // 64:ff9b:1::/48 (RFC 8215): the network decides how long its prefix is, so every reading has to pass;
  // one within 0.0.0.0/8 is only the padding of another, and no address a translator forwards to.
  const readings = NAT64_LOCAL_BYTES.map(at).filter((reading) => reading.octets[0] !== 0);
  return readings.length > 0 ? readings : [ip];
}
