import type { JsonObject } from '../../kernel/json.ts';
import { SITE_ADDRESS } from '../auth/method.ts';
import { configurationText } from '../configuration-text.ts';

export const PRODUCTION_LOGIN = 'https://login.salesforce.com';
export const SANDBOX_LOGIN = 'https://test.salesforce.com';

/**
 * Where people of an org sign in: `login` or `production`, `test` or `sandbox`, a My Domain name (`acme`,
 * `acme--uat.sandbox`) or host, with or without `https://`. Production when nothing is said, and for hosts that are not
 * Salesforce's: the client secret goes there, which only `oauth.token.url` may send elsewhere.
 */
export function loginOrigin(configuration: JsonObject, siteAddress?: string): string {
  const said = (siteAddress ?? configurationText(configuration, SITE_ADDRESS) ?? '').trim().toLowerCase();
  const host = said.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  if (host === '' || host === 'login' || host === 'production') return PRODUCTION_LOGIN;
  if (host === 'test' || host === 'sandbox' || host === 'true') return SANDBOX_LOGIN;
  if (/^[a-z0-9-]+(?:\.sandbox|\.develop|\.scratch)?$/.test(host)) return `https://${host}.my.salesforce.com`;
  return /^[a-z0-9.-]+\.salesforce\.com$/.test(host) ? `https://${host}` : PRODUCTION_LOGIN;
}

/** Whom an assertion of the JWT bearer flow is for: never the My Domain ("OAuth 2.0 JWT Bearer Flow", read 2026-11). */
export function assertionAudience(configuration: JsonObject): string {
  const origin = loginOrigin(configuration);
  return origin === SANDBOX_LOGIN || /--|\.sandbox\.|\.scratch\./.test(origin)
    ? SANDBOX_LOGIN
    : PRODUCTION_LOGIN;
}
