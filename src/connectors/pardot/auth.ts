import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { SITE_ADDRESS, type AuthMethod } from '../auth/method.ts';
import { oauth2 } from '../auth/oauth2.ts';
import { passwordLogin } from '../auth/password.ts';
import { configurationText, textOf } from '../configuration-text.ts';
import { salesforceOAuth } from '../salesforce/auth.ts';
import { assertionAudience, loginOrigin, SANDBOX_LOGIN } from '../salesforce/login-origin.ts';
import { configuredVersion } from './dialect.ts';
import { readFailure } from './read-failure.ts';

/** A key lives an hour; a login meanwhile gives the same one (Pardot, vendor facts of 2026-11, section 2). */
const API_KEY_LIFE_S = 3600;

const REMOVED =
  'Pardot no longer has the login by user key (since 2021-02-15). Set authentication.type to oauth2, with the key and ' +
  'secret of your Salesforce app and oauth.business.unit.id.';

/** The login existing instances use; it needs all three. Renewed when the key has ended: before, nothing new is given. */
export const userKeyLogin: AuthMethod = {
  ...passwordLogin({
    type: 'apiKey',
    path: (configuration) => `/api/login/version/${configuredVersion(configuration)}`,
    bodyAs: 'form',
    fields: { email: 'apikey.user.name', password: 'apikey.user.password', user_key: 'apikey.user.key' },
    constants: { format: 'json' },
    readToken: (body) => {
      const token = textOf(body['api_key']);
      if (token !== undefined) return { token };
      const failure = readFailure({ status: 200, headers: {}, body, text: '' }, 0);
      if (failure === undefined || failure.kind === 'retry' || failure.kind === 'pause') return undefined;
      return { refused: failure.why };
    },
    lifetimeS: API_KEY_LIFE_S,
    sign: ({ accessToken }, configuration) => {
      const userKey = configurationText(configuration, 'apikey.user.key') ?? '';
      return { authorization: `Pardot api_key=${accessToken}, user_key=${userKey}` };
    },
    removed: REMOVED,
  }),
  refreshAheadS: 0,
};

/** Sandboxes and developer orgs have their business units there. */
const SANDBOX_API = 'https://pi.demo.pardot.com';

/** Old configurations say `pardot.sandbox`, those of Salesforce `site.address`. */
function siteOf(configuration: JsonObject): JsonObject {
  const said = configuration['pardot.sandbox'];
  const isSandbox = said === true || (typeof said === 'string' && said.trim().toLowerCase() === 'true');
  const site = configurationText(configuration, SITE_ADDRESS) ?? (isSandbox ? 'sandbox' : '');
  return { [SITE_ADDRESS]: site };
}

const salesforce = oauth2({
  authorizationUrl: ({ configuration, siteAddress }) =>
    `${loginOrigin(siteOf(configuration), siteAddress)}/services/oauth2/authorize`,
  tokenUrl: (configuration) => `${loginOrigin(siteOf(configuration))}/services/oauth2/token`,
  clientAuth: 'body',
  scope: 'pardot_api api refresh_token',
  alsoRequired: ['oauth.business.unit.id'],
  headers: (configuration) => ({
    'pardot-business-unit-id': configurationText(configuration, 'oauth.business.unit.id') ?? '',
  }),
  // Apps may be set to rotate; an answer without a new refresh token leaves the old one.
  rotates: true,
});

/**
 * Salesforce's OAuth, the only sign-in Pardot has today (vendor facts of 2026-11, section 2). Its tokens carry no end:
 * they are renewed when refused (code 184). Its `instance_url` is the CRM's, not Pardot's.
 */
export const pardotOAuth: AuthMethod = {
  ...salesforce,
  chosenBy: [...salesforce.chosenBy, 'oauth.business.unit.id'],
  read: (response, input, previous) => {
    const reading = salesforce.read!(response, input, previous);
    const isSandbox = assertionAudience(siteOf(input.configuration)) === SANDBOX_LOGIN;
    if (!reading.ok || !isSandbox) return reading;
    return { ...reading, credentials: { ...reading.credentials, apiOrigin: SANDBOX_API } };
  },
  revoke: (input, credentials) => {
    const configuration = { ...input.configuration, ...siteOf(input.configuration) };
    return salesforceOAuth.revoke!({ ...input, configuration }, credentials);
  },
};

/** The account of either API's `account`: whose credentials these are. */
export function readAccount(body: JsonObject): { id: string; facts: JsonObject } | undefined {
  const account = isJsonObject(body['account']) ? body['account'] : body;
  const id = textOf(account['id']);
  if (id === undefined || !/^\d+$/.test(id)) return undefined;
  return { id, facts: { company: account['company'] ?? null, level: account['level'] ?? null } };
}
