import ipaddr from 'ipaddr.js';
import { parsePrivateNetworks } from '../egress/private-networks.ts';

/** Reads the text of one environment variable. @throws RangeError that says what it must be, without the value. */
export type Reader<T> = (text: string) => T;

export function integer(min: number, max: number): Reader<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new RangeError(`must be a whole number from ${min} to ${max}`);
  };
}

export function choice<const T extends string>(...options: readonly T[]): Reader<T> {
  return (text) => {
    const chosen = options.find((option) => option === text.toLowerCase());
    if (chosen === undefined) throw new RangeError(`must be one of ${options.join(', ')}`);
    return chosen;
  };
}

export function someOf<const T extends string>(...options: readonly T[]): Reader<readonly T[]> {
  const one = choice(...options);
  return (text) => {
    const chosen = new Set(listOf(text).map(one));
    return options.filter((option) => chosen.has(option));
  };
}

export function matching(pattern: RegExp, demand: string): Reader<string> {
  return (text) => {
    if (!pattern.test(text)) throw new RangeError(demand);
    return text;
  };
}

/** An http or https URL, possibly with a path, without the slash at its end. */
export const httpUrl: Reader<string> = (text) => {
  const url = URL.parse(text);
  const isPlain =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '');
  if (!isPlain) throw new RangeError('must be an http or https URL such as https://tidings.example.com');
  return url.href.replace(/\/+$/, '');
};

export const postgresUrl: Reader<string> = (text) => {
  const url = URL.parse(text);
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol)) {
    throw new RangeError('must be a URL such as postgres://user:password@host:5432/database');
  }
  return text;
};

/** `false`, `true`, or a comma list of CIDRs, addresses and host names. */
export const privateNetworks: Reader<boolean | string[]> = (text) => {
  if (text === 'true' || text === 'false') return text === 'true';
  const entries = listOf(text);
  try {
    parsePrivateNetworks(entries);
  } catch (error) {
    const { message } = error as RangeError;
    throw new RangeError(`must be true, false or a comma list of CIDRs and hosts, but ${message}`);
  }
  return entries;
};

/** `false`, a number of proxies, or a comma list of the proxies' CIDRs and addresses. */
export const trustedProxies: Reader<false | number | string[]> = (text) => {
  if (text === 'false') return false;
  if (/^\d{1,2}$/.test(text)) return Number(text) === 0 ? false : Number(text);
  const entries = listOf(text);
  if (entries.every((entry) => ipaddr.isValidCIDR(entry) || ipaddr.isValid(entry))) return entries;
  throw new RangeError('must be false, the number of proxies in front, or a comma list of their CIDRs');
};

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
