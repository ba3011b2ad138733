/** Where a connector's credentials may go. */
export interface AllowedOrigins {
  /** `base.url`, token URL: any URL, of which the origin counts. These may be http. */
  origins: readonly string[];
  /** The connector's own domains (`pipedrive.com`): itself and everything below, https on the usual port only. */
  hostSuffixes: readonly string[];
}

/**
 * Whether credentials may be sent to `url`. For every URL a vendor or a client hands us (`nextPageUrl`, `apiUrl`,
 * `instance_url`, `api_domain`). False for what is no http(s) URL or carries a user name.
 */
export function isAllowedOrigin(url: string | URL, allowed: AllowedOrigins): boolean {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.username !== '' || parsed.password !== '') return false;
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return false;
  if (allowed.origins.some((origin) => URL.parse(origin)?.origin === parsed.origin)) return true;
  if (parsed.protocol !== 'https:' || parsed.port !== '') return false;
  return allowed.hostSuffixes.some(
    (suffix) => suffix !== '' && (parsed.hostname === suffix || parsed.hostname.endsWith(`.${suffix}`)),
  );
}
