import type { AuthMethod, Credentials } from '../connectors/auth/method.ts';
import { configurationText } from '../connectors/configuration-text.ts';
import type { Connector } from '../connectors/define-connector.ts';
import type { VendorRequest } from '../connectors/vendor-http.ts';
import type { AllowedOrigins } from '../egress/origins.ts';
import { isAllowedOrigin } from '../egress/origins.ts';
import { BASE_URL } from '../elements/catalogue.ts';
import type { JsonObject } from '../kernel/json.ts';

/** What decides where a vendor's requests go. `credentials` null before the sign-in. */
export interface Destination {
  connector: Connector;
  method: AuthMethod;
  configuration: JsonObject;
  credentials: Credentials | null;
}

/** Where the credentials of a destination may go; for every request, also those whose body holds them. */
export function allowedOrigins({ connector, method, configuration }: Destination): AllowedOrigins {
  const tokenUrl = method.tokenUrl?.(configuration);
  return {
    origins: [apiRoot(connector, configuration), ...(tokenUrl === undefined ? [] : [tokenUrl])],
    hostSuffixes: connector.trustedHostSuffixes,
  };
}

/**
 * The URL of a request. A path stands below the API's root: the origin the vendor named at sign-in, unless `base.url`
 * points away from the vendor's own hosts (a private cloud, a test), where it is the last word. An absolute URL the
 * vendor gave stays as it is; whether it may see the credentials is checked where it is sent.
 */
export function vendorUrl(destination: Destination, request: VendorRequest): string {
  const { path } = request;
  const url = /^https?:\/\//i.test(path)
    ? path
    : `${rootOf(destination, request)}${path.startsWith('/') ? '' : '/'}${path}`;
  const query = queryString(request.query ?? {});
  return query === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${query}`;
}

/** `base.url` without its documented ending (`/v1`) and without a trailing slash; else the vendor's origin. */
export function apiRoot(connector: Connector, configuration: JsonObject): string {
  const url = URL.parse(configurationText(configuration, BASE_URL) ?? '') ?? new URL(connector.apiOrigin);
  const path = url.pathname.replace(/\/+$/, '');
  const ending = connector.apiRootPaths.find((candidate) => path.endsWith(candidate.replace(/\/+$/, '')));
  const kept = ending === undefined ? path : path.slice(0, path.length - ending.replace(/\/+$/, '').length);
  return `${url.origin}${kept.replace(/\/+$/, '')}`;
}

function rootOf(destination: Destination, request: VendorRequest): string {
  const { connector, method, configuration, credentials } = destination;
  if (request.origin === 'token') {
    const tokenUrl = method.tokenUrl?.(configuration);
    if (tokenUrl !== undefined) return new URL(tokenUrl).origin;
  }
  const root = apiRoot(connector, configuration);
  const named = credentials?.apiOrigin;
  if (named === undefined) return root;
  const own = { origins: [connector.apiOrigin], hostSuffixes: connector.trustedHostSuffixes };
  return isAllowedOrigin(root, own) ? named : root;
}

function queryString(query: NonNullable<VendorRequest['query']>): string {
  return Object.entries(query)
    .flatMap(([name, value]) => {
      const values = value === undefined ? [] : Array.isArray(value) ? value : [String(value)];
      return values.map((one: string) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`);
    })
    .join('&');
}

/** The entries that decide where credentials go. */
const ORIGIN_ENTRIES = [BASE_URL, 'oauth.authorization.url', 'oauth.token.url'] as const;

/** Which of the entries that decide where credentials go lead to another origin in `after` than in `before`. */
export function changedOrigins(connector: Connector, before: JsonObject, after: JsonObject): string[] {
  const originOf = (key: string, configuration: JsonObject): string | undefined =>
    key === BASE_URL
      ? URL.parse(apiRoot(connector, configuration))?.origin
      : URL.parse(configurationText(configuration, key) ?? '')?.origin;
  return ORIGIN_ENTRIES.filter((key) => originOf(key, before) !== originOf(key, after));
}
