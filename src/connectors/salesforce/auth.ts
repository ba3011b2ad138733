import type { AuthMethod } from '../auth/method.ts';
import { oauth2 } from '../auth/oauth2.ts';
import { SIGN_IN_ANSWERS } from '../auth/refusal.ts';
import { assertionOf, JWT_PRIVATE_KEY, JWT_USERNAME, keyProblem } from './jwt-assertion.ts';
import { loginOrigin } from './login-origin.ts';

/**
 * Web server flow and refresh. There is no `expires_in`: a session lives as long as the org says and is refreshed when
 * it is refused; `instance_url` comes with each answer, because orgs move; an org may rotate the refresh token
 * ("OAuth 2.0 Web Server Flow", "Rotate Refresh Tokens", read 2026-11).
 */
const webServer = oauth2({
  authorizationUrl: ({ configuration, siteAddress }) =>
    `${loginOrigin(configuration, siteAddress)}/services/oauth2/authorize`,
  tokenUrl: (configuration) => `${loginOrigin(configuration)}/services/oauth2/token`,
  clientAuth: 'body',
  scope: 'api refresh_token',
  apiOriginField: 'instance_url',
  rotates: true,
});

const tokenUrlOf = webServer.tokenUrl!;

/** Ends the refresh token and its sessions; the answer is an empty 200 ("Revoke OAuth Tokens", read 2026-11). */
const revoke: NonNullable<AuthMethod['revoke']> = ({ configuration }, { refreshToken, accessToken }) => ({
  method: 'POST',
  path: new URL('/services/oauth2/revoke', tokenUrlOf(configuration)).href,
  form: { token: refreshToken ?? accessToken },
  origin: 'token',
  anonymous: true,
  accept: [200, ...SIGN_IN_ANSWERS],
});

export const salesforceOAuth: AuthMethod = { ...webServer, revoke };

const acquireByAssertion: NonNullable<AuthMethod['acquire']> = ({ configuration, now }) => ({
  method: 'POST',
  path: tokenUrlOf(configuration),
  form: {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: assertionOf(configuration, now) ?? '',
  },
  origin: 'token',
  anonymous: true,
  accept: SIGN_IN_ANSWERS,
});

/**
 * JWT bearer flow: a certificate in place of a person. It gives no refresh token; each new session takes a new
 * assertion ("OAuth 2.0 JWT Bearer Flow", read 2026-11).
 */
export const salesforceJwt: AuthMethod = {
  type: 'oauth2jwt',
  required: ['oauth.api.key', JWT_USERNAME, JWT_PRIVATE_KEY],
  chosenBy: [JWT_PRIVATE_KEY],
  tokenUrl: tokenUrlOf,
  acquire: acquireByAssertion,
  refresh: acquireByAssertion,
  read: (response, input, previous) => {
    const reading = webServer.read!(response, input, previous);
    const problem = reading.ok ? undefined : keyProblem(input.configuration);
    return problem === undefined ? reading : { ok: false, why: problem, permanent: true };
  },
  sign: webServer.sign,
  revoke,
};
