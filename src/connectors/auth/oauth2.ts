import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { configurationText, textOf } from '../configuration-text.ts';
import type { ConfigurationEntry } from '../define-connector.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import type { AuthInput, AuthMethod, AuthReading, ConsentInput, Credentials } from './method.ts';
import { readRefusal, SIGN_IN_ANSWERS } from './refusal.ts';

/** How the client proves itself at the token endpoint: form fields, or HTTP Basic (RFC 6749, section 2.3.1). */
type ClientAuthentication = 'body' | 'basic';

/** The authorization code grant of a vendor, as data. */
export interface OAuth2Options {
  /** The value of `authentication.type`; `oauth2` when absent. */
  type?: string;
  /** The consent page, unless `oauth.authorization.url` names another. */
  authorizationUrl: string | ((input: ConsentInput) => string);
  /** The token endpoint, unless `oauth.token.url` names another. */
  tokenUrl: string | ((configuration: JsonObject) => string);
  /** Where tokens are ended (RFC 7009). With `oauth.token.url` set its path is used on that URL's origin. */
  revokeUrl?: string;
  clientAuth: ClientAuthentication;
  /** When refreshing differs (Keap). */
  refreshClientAuth?: ClientAuthentication;
  /** Scopes asked for when neither the caller nor `oauth.scope` names any; absent: no scope parameter. */
  scope?: string;
  /** Entries required beside key, secret, callback URL and code. */
  alsoRequired?: readonly string[];
  /** The field of the token answer that names the API's origin (`api_domain`, `instance_url`). */
  apiOriginField?: string;
  /** Further facts of the token answer (Keap's tenant in `scope`). */
  readExtra?(body: JsonObject): Record<string, string>;
  /** Headers beside `Authorization: Bearer`. */
  headers?(configuration: JsonObject): Record<string, string>;
  /** Every refresh gives a new, single-use refresh token. */
  rotates?: boolean;
  refreshAheadS?: number;
}

/** The configuration entries of every connector with OAuth. */
export const OAUTH2_ENTRIES: readonly ConfigurationEntry[] = [
  {
    key: 'oauth.api.key',
    name: 'OAuth API Key',
    description: 'The client id of your app at the vendor.',
    type: 'TEXTFIELD_1000',
  },
  {
    key: 'oauth.api.secret',
    name: 'OAuth API Secret',
    description: 'The client secret of your app at the vendor.',
    type: 'PASSWORD',
    secret: true,
  },
  {
    key: 'oauth.callback.url',
    name: 'OAuth Callback URL',
    description: 'Where the consent page sends the browser back to, exactly as registered with your app.',
    type: 'TEXTFIELD_1000',
  },
  {
    key: 'oauth.scope',
    name: 'OAuth Scope',
    description: 'Scopes to ask for, separated by blanks, in place of the usual ones.',
    type: 'TEXTFIELD_1000',
    hideFromConsole: true,
  },
  {
    key: 'oauth.user.refresh_token',
    name: 'OAuth Refresh Token',
    description: 'A refresh token you already have: with it no code of the consent page is needed.',
    type: 'PASSWORD',
    secret: true,
    hideFromConsole: true,
  },
  {
    key: 'oauth.authorization.url',
    name: 'OAuth Authorization URL',
    description: "The consent page, when it is not the vendor's usual one.",
    type: 'TEXTFIELD_1000',
    hideFromConsole: true,
  },
  {
    key: 'oauth.token.url',
    name: 'OAuth Token URL',
    description: "The token endpoint, when it is not the vendor's usual one.",
    type: 'TEXTFIELD_1000',
    hideFromConsole: true,
  },
];

/** Authorization code grant with refresh (RFC 6749) and PKCE when a verifier is given (RFC 7636). */
export function oauth2(options: OAuth2Options): AuthMethod {
  const tokenUrl = (configuration: JsonObject): string =>
    configurationText(configuration, 'oauth.token.url') ??
    (typeof options.tokenUrl === 'string' ? options.tokenUrl : options.tokenUrl(configuration));
  const refreshClientAuth = options.refreshClientAuth ?? options.clientAuth;

  const refreshWith = (configuration: JsonObject, refreshToken: string | undefined): VendorRequest =>
    tokenRequest(tokenUrl(configuration), configuration, refreshClientAuth, {
      grant_type: 'refresh_token',
      refresh_token: refreshToken ?? '',
    });
  const { revokeUrl } = options;
  return {
    type: options.type ?? 'oauth2',
    required: [
      'providerData.code',
      'oauth.api.key',
      'oauth.api.secret',
      'oauth.callback.url',
      ...(options.alsoRequired ?? []),
    ],
    chosenBy: ['providerData.code', 'oauth.user.refresh_token'],
    tokenUrl,
    acquire: ({ configuration, code, codeVerifier }) =>
      code === undefined
        ? refreshWith(configuration, configurationText(configuration, 'oauth.user.refresh_token'))
        : tokenRequest(tokenUrl(configuration), configuration, options.clientAuth, {
            grant_type: 'authorization_code',
            code,
            redirect_uri: configurationText(configuration, 'oauth.callback.url') ?? '',
            ...(codeVerifier !== undefined && { code_verifier: codeVerifier }),
          }),
    refresh: ({ configuration }, credentials) => refreshWith(configuration, credentials.refreshToken),
    read: (response, input, previous) => readTokens(response, input, previous, options),
    sign: ({ accessToken }, configuration) => ({
      authorization: `Bearer ${accessToken}`,
      ...options.headers?.(configuration),
    }),
    consentUrl: (input) => consentUrl(input, options),
    ...(revokeUrl !== undefined && {
      revoke: ({ configuration }, credentials) => {
        const overridden = configurationText(configuration, 'oauth.token.url');
        const { pathname } = new URL(revokeUrl);
        const url = overridden === undefined ? revokeUrl : new URL(pathname, overridden).href;
        return tokenRequest(url, configuration, options.clientAuth, {
          token: credentials.refreshToken ?? credentials.accessToken,
          token_type_hint: credentials.refreshToken === undefined ? 'access_token' : 'refresh_token',
        });
      },
    }),
    ...(options.rotates !== undefined && { rotates: options.rotates }),
    ...(options.refreshAheadS !== undefined && { refreshAheadS: options.refreshAheadS }),
  };
}

function tokenRequest(
  url: string,
  configuration: JsonObject,
  clientAuth: ClientAuthentication,
  form: Record<string, string>,
): VendorRequest {
  const id = configurationText(configuration, 'oauth.api.key') ?? '';
  const secret = configurationText(configuration, 'oauth.api.secret') ?? '';
  return {
    method: 'POST',
    path: url,
    origin: 'token',
    anonymous: true,
    accept: SIGN_IN_ANSWERS,
    ...(clientAuth === 'basic'
      ? { headers: { authorization: basic(id, secret) }, form }
      : { form: { ...form, client_id: id, client_secret: secret } }),
  };
}

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

function readTokens(
  response: VendorResponse,
  input: AuthInput,
  previous: Credentials | undefined,
  options: OAuth2Options,
): AuthReading {
  const { status, body } = response;
  const { configuration, now } = input;
  const given = previous?.refreshToken ?? configurationText(configuration, 'oauth.user.refresh_token');
  const accessToken = isJsonObject(body) ? textOf(body['access_token']) : undefined;
  if (status < 200 || status > 299 || !isJsonObject(body) || accessToken === undefined) {
    const secret = configurationText(configuration, 'oauth.api.secret');
    return readRefusal(response, [input.code, given, secret, previous?.accessToken]);
  }
  const refreshToken = textOf(body['refresh_token']) ?? given;
  const lifetimeS = Number(body['expires_in'] ?? Number.NaN);
  const named = options.apiOriginField === undefined ? undefined : originOf(body[options.apiOriginField]);
  const apiOrigin = named ?? previous?.apiOrigin;
  const extra = { ...previous?.extra, ...options.readExtra?.(body) };
  return {
    ok: true,
    credentials: {
      accessToken,
      ...(refreshToken !== undefined && { refreshToken }),
      ...(Number.isFinite(lifetimeS) && lifetimeS > 0 && { expiresAt: now + lifetimeS * 1000 }),
      ...(apiOrigin !== undefined && { apiOrigin }),
      ...(Object.keys(extra).length > 0 && { extra }),
    },
  };
}

/** The origin of an http(s) URL; undefined for anything else. Whether it may be trusted is decided where it is used. */
function originOf(value: JsonObject[string] | undefined): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : undefined;
}

function consentUrl(input: ConsentInput, options: OAuth2Options): string {
  const { configuration } = input;
  const page =
    configurationText(configuration, 'oauth.authorization.url') ??
    (typeof options.authorizationUrl === 'string'
      ? options.authorizationUrl
      : options.authorizationUrl(input));
  const scope = input.scope ?? configurationText(configuration, 'oauth.scope') ?? options.scope;
  const url = new URL(page);
  url.searchParams.set('response_type', 'code');
  url.searchParams.set('client_id', input.apiKey);
  url.searchParams.set('redirect_uri', input.callbackUrl);
  if (scope !== undefined) url.searchParams.set('scope', scope);
  if (input.state !== undefined) url.searchParams.set('state', input.state);
  if (input.codeChallenge !== undefined) {
    url.searchParams.set('code_challenge', input.codeChallenge);
    url.searchParams.set('code_challenge_method', 'S256');
  }
  // Scopes are separated by blanks; vendors document %20, not the + of form encoding.
  return url.href.replaceAll('+', '%20');
}
