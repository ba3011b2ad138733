import { createHash, createHmac } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { readBasic, readForm } from '../core/route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { consentPage, problemOfRequest } from './consent-page.ts';
import { problemOfAssertion } from './jwt-assertion.ts';
import type { OAuthApp } from './oauth-app.ts';
import type { Org } from './org.ts';
import type { Sessions } from './sessions.ts';

// A code lives about a quarter of an hour (vendor page, 2026-11).
const CODE_LIFE_MS = 15 * 60_000;

interface Deps {
  org: Org;
  random: Random;
  sessions: Sessions;
  app: OAuthApp;
  /** The `instance_url` of token answers. */
  instanceUrl: (request: SimulatorRequest) => string;
}

interface Code {
  redirectUri: string;
  challenge: string | null;
  scope: string;
  expiresAt: EpochMs;
}

export interface OAuth {
  routes: Route[];
  /** Ends every refresh token and session, as an administrator may. */
  revokeAll(): void;
}

/** `/services/oauth2`: consent, token, refresh, JWT bearer, revocation. */
export function createOAuth(deps: Deps): OAuth {
  const codes = new Map<string, Code>();
  /** Refresh token → its scope. */
  const refreshTokens = new Map<string, string>();
  const path = '/services/oauth2';
  const routes: Route[] = [
    {
      method: 'GET',
      path: `${path}/authorize`,
      handle: ({ query }) => consentPage(deps.app, String(deps.org.organization.fields['Name']), query),
    },
    {
      method: 'POST',
      path: `${path}/authorize`,
      handle: (request) => decide(deps, codes, readForm(request)),
    },
    {
      method: 'POST',
      path: `${path}/token`,
      handle: (request) => {
        const form = readForm(request);
        switch (form.get('grant_type') ?? '') {
          case 'authorization_code':
            return exchangeCode(deps, codes, refreshTokens, request, form);
          case 'refresh_token':
            return refresh(deps, refreshTokens, request, form);
          case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
            return bearer(deps, request, form);
          default:
            return refuse('unsupported_grant_type', 'grant type not supported');
        }
      },
    },
    {
      method: 'POST',
      path: `${path}/revoke`,
      handle: (request) => {
        const token = readForm(request).get('token') ?? '';
        const wasKnown = refreshTokens.delete(token);
        const hadSessions = deps.sessions.close(token);
        if (!wasKnown && !hadSessions) return refuse('invalid_token', `invalid token: ${token}`);
        return { status: 200 };
      },
    },
  ];
  return {
    routes,
    revokeAll() {
      refreshTokens.clear();
      deps.sessions.closeAll();
    },
  };
}

function decide({ org, random, app }: Deps, codes: Map<string, Code>, form: URLSearchParams): SimulatorReply {
  if (problemOfRequest(app, form)) return consentPage(app, '', form);
  const redirectUri = form.get('redirect_uri') ?? '';
  if (form.get('decision') !== 'allow') {
    const error = { error: 'access_denied', error_description: 'end-user denied authorization' };
    return redirect(redirectUri, form, error);
  }
  const code = `aPrx${random.hex(60)}==`;
  codes.set(code, {
    redirectUri,
    challenge: form.get('code_challenge'),
    scope: form.get('scope') ?? 'api refresh_token',
    expiresAt: org.clock.now() + CODE_LIFE_MS,
  });
  return redirect(redirectUri, form, { code });
}

function exchangeCode(
  deps: Deps,
  codes: Map<string, Code>,
  refreshTokens: Map<string, string>,
  request: SimulatorRequest,
  form: URLSearchParams,
): SimulatorReply {
  const problem = problemOfClient(deps.app, request, form, true);
  if (problem) return problem;
  const given = form.get('code') ?? '';
  const code = codes.get(given);
  codes.delete(given);
  if (!code || deps.org.clock.now() >= code.expiresAt) {
    return refuse('invalid_grant', code ? 'expired authorization code' : 'invalid authorization code');
  }
  if (code.redirectUri !== form.get('redirect_uri')) {
    return refuse('redirect_uri_mismatch', 'redirect_uri must match configuration');
  }
  const verifier = form.get('code_verifier');
  if ((deps.app.requiresPkce || code.challenge !== null) && verifier === null) {
    return refuse('invalid_grant', 'missing required code verifier');
  }
  if (verifier !== null && code.challenge !== sha256(verifier)) {
    return refuse('invalid_request', 'invalid code verifier');
  }
  if (!/\brefresh_token\b|\boffline_access\b|\bfull\b/.test(code.scope)) {
    return issue(deps, request, code.scope, deps.random.hex(20));
  }
  const refreshToken = `5Aep861${deps.random.hex(60)}`;
  refreshTokens.set(refreshToken, code.scope);
  return issue(deps, request, code.scope, refreshToken, refreshToken);
}

function refresh(
  deps: Deps,
  refreshTokens: Map<string, string>,
  request: SimulatorRequest,
  form: URLSearchParams,
): SimulatorReply {
  const problem = problemOfClient(deps.app, request, form, false);
  if (problem) return problem;
  const given = form.get('refresh_token') ?? '';
  const scope = refreshTokens.get(given);
  if (scope === undefined) return refuse('invalid_grant', 'expired access/refresh token');
  if (!deps.app.rotatesRefreshTokens) return issue(deps, request, scope, given);
  refreshTokens.delete(given);
  const next = `5Aep861${deps.random.hex(60)}`;
  refreshTokens.set(next, scope);
  return issue(deps, request, scope, next, next);
}

/** No refresh token: who wants another session sends another assertion. */
function bearer(deps: Deps, request: SimulatorRequest, form: URLSearchParams): SimulatorReply {
  const username = String(deps.org.user.fields['Username']);
  const facts = { username, now: deps.org.clock.now() };
  const problem = problemOfAssertion(form.get('assertion') ?? '', deps.app, facts);
  return problem ? refuse('invalid_grant', problem) : issue(deps, request, 'api', deps.random.hex(20));
}

/** There is no `expires_in`; `issued_at` is a text (recorded keys, vendor page 2026-11). */
function issue(
  { org, sessions, app, instanceUrl }: Deps,
  request: SimulatorRequest,
  scope: string,
  grant: string,
  refreshToken?: string,
): SimulatorReply {
  const id = `${request.origin}/id/${org.organization.id}/${org.user.id}`;
  const issuedAt = String(org.clock.now());
  return {
    status: 200,
    body: {
      access_token: sessions.open(grant),
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      signature: createHmac('sha256', app.clientSecret)
        .update(id + issuedAt)
        .digest('base64'),
      scope,
      instance_url: instanceUrl(request),
      id,
      token_type: 'Bearer',
      issued_at: issuedAt,
    },
  };
}

/** The secret may be left out where the app does not ask for it, which only refreshing does here. */
function problemOfClient(
  app: OAuthApp,
  request: SimulatorRequest,
  form: URLSearchParams,
  needsSecret: boolean,
): SimulatorReply | undefined {
  const basic = readBasic(request);
  const id = basic?.user ?? form.get('client_id');
  const secret = basic?.password ?? form.get('client_secret');
  if (id !== app.clientId) return refuse('invalid_client_id', 'client identifier invalid');
  const isWrong = secret === null ? needsSecret : secret !== app.clientSecret;
  return isWrong ? refuse('invalid_client', 'invalid client credentials') : undefined;
}

function redirect(to: string, form: URLSearchParams, answer: Record<string, string>): SimulatorReply {
  const url = new URL(to);
  const state = form.get('state');
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  if (state) url.searchParams.set('state', state);
  return { status: 302, headers: { location: url.href } };
}

const refuse = (error: string, description: string): SimulatorReply => ({
  status: 400,
  body: { error, error_description: description },
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
