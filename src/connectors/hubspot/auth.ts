import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { apiKey } from '../auth/api-key.ts';
import type { AuthMethod, Tenant } from '../auth/method.ts';
import { oauth2 } from '../auth/oauth2.ts';
import { textOf } from '../configuration-text.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { VendorResponse } from '../vendor-http.ts';

/** What reading and writing the three record types takes, and reading their properties. */
const SCOPES = [
  'oauth',
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.objects.companies.read',
  'crm.objects.companies.write',
  'crm.objects.deals.read',
  'crm.objects.deals.write',
  'crm.schemas.contacts.read',
  'crm.schemas.companies.read',
  'crm.schemas.deals.read',
].join(' ');

/**
 * OAuth as of `/oauth/v3`: the first generation, `/oauth/v1/token`, takes and gives the same but stops on 2027-02-16
 * (HubSpot "OAuth", read 2026-11). Access tokens live 30 minutes; refresh tokens stay as they are until revoked.
 */
export const hubspotOAuth: AuthMethod = oauth2({
  authorizationUrl: 'https://app.hubspot.com/oauth/authorize',
  tokenUrl: 'https://api.hubapi.com/oauth/v3/token',
  revokeUrl: 'https://api.hubapi.com/oauth/v3/token/revoke',
  clientAuth: 'body',
  scope: SCOPES,
});

/** A private app's (or service key's) token. The API keys of old, `?hapikey=`, ended on 2022-11-30. */
export const privateApp: AuthMethod = apiKey({
  type: 'apiKey',
  key: 'hubspot.authorization.apikey',
  header: 'authorization',
  prefix: 'Bearer ',
});

/**
 * Account details: the portal is the tenant, webhooks name it as `portalId`.
 * @throws UnreadableAnswer when the answer names no portal.
 */
export function readAccount({ body }: VendorResponse): Tenant {
  const id = isJsonObject(body) ? textOf(body['portalId']) : undefined;
  if (!isJsonObject(body) || id === undefined) {
    throw new UnreadableAnswer('HubSpot did not say whose credentials these are');
  }
  return { id, facts: factsOf(body) };
}

function factsOf(body: JsonObject): { [name: string]: Json } {
  const names = ['accountType', 'timeZone', 'companyCurrency', 'uiDomain', 'dataHostingLocation'];
  return Object.fromEntries(names.map((name) => [name, body[name] ?? null]));
}
