import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { apiKey } from '../auth/api-key.ts';
import type { AuthMethod } from '../auth/method.ts';
import { oauth2 } from '../auth/oauth2.ts';
import { passwordLogin } from '../auth/password.ts';
import { configurationText, textOf } from '../configuration-text.ts';

const TOKEN_HEADER = 'x-api-token';

/**
 * The login existing instances use. Pipedrive removed it on 2019-12-02 (changelog, read 2026-11); it is kept for
 * hosts that still have it. A login may belong to several companies: the configured one is taken, else the first.
 */
export const emailPassword: AuthMethod = passwordLogin({
  type: 'emailPassword',
  path: '/v1/authorizations',
  bodyAs: 'json',
  fields: { email: 'pipedrive.email', password: 'pipedrive.password' },
  readToken: (body, configuration) => {
    const companies = (Array.isArray(body['data']) ? body['data'] : []).filter(isJsonObject);
    const wanted = configurationText(configuration, 'pipedrive.company.id');
    const company =
      wanted === undefined
        ? companies[0]
        : companies.find((candidate) => textOf(candidate['company_id']) === wanted);
    if (company === undefined && companies.length > 0) {
      return { refused: `the user belongs to no company ${wanted}` };
    }
    const token = textOf(company?.['api_token']);
    const companyId = textOf(company?.['company_id']);
    if (token === undefined) return undefined;
    return { token, ...(companyId !== undefined && { extra: { companyId } }) };
  },
  sign: ({ accessToken }) => ({ [TOKEN_HEADER]: accessToken }),
  derivedKey: 'pipedrive.api.token',
  removed:
    'Pipedrive no longer has the login by e-mail and password. Set authentication.type to accessToken and ' +
    'pipedrive.api.token to the API token of your user (Pipedrive: Personal preferences, API).',
});

/** The user's personal token; it changes when the user makes a new one, so a 401 is final (read 2026-11). */
export const accessToken: AuthMethod = apiKey({
  type: 'accessToken',
  key: 'pipedrive.api.token',
  header: TOKEN_HEADER,
});

/** Scopes are set in the app, not asked for; the token answer names the company's host ("OAuth", read 2026-11). */
export const pipedriveOAuth: AuthMethod = oauth2({
  authorizationUrl: 'https://oauth.pipedrive.com/oauth/authorize',
  tokenUrl: 'https://oauth.pipedrive.com/oauth/token',
  revokeUrl: 'https://oauth.pipedrive.com/oauth/revoke',
  clientAuth: 'basic',
  apiOriginField: 'api_domain',
});

/** `GET /users/me`: whose credentials these are. The company is the tenant; webhooks name it as `meta.company_id`. */
export function readCurrentUser(body: JsonObject): { companyId: string; facts: JsonObject } | undefined {
  const user = body['data'];
  if (!isJsonObject(user)) return undefined;
  const companyId = textOf(user['company_id']);
  if (companyId === undefined) return undefined;
  const facts = {
    companyName: user['company_name'] ?? null,
    companyDomain: user['company_domain'] ?? null,
    userId: user['id'] ?? null,
    timezone: user['timezone_name'] ?? null,
    isAdmin: user['is_admin'] ?? null,
  };
  return { companyId, facts };
}
