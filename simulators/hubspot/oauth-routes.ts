import type { SimulatorClock } from '../core/clock.ts';
import type { EpochMs } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { readForm } from '../core/route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import type { Access, Grant } from './access.ts';
import { failure } from './errors.ts';
import type { Portal } from './portal.ts';

// Of the vendor page (2026-11): access tokens live 30 minutes, refresh tokens until they are revoked.
const ACCESS_LIFE_MS = 1_800_000;
/** Not documented; short, as everywhere. */
const CODE_LIFE_MS = 5 * 60_000;

/** The public app. */
export interface OAuthApp {
  appId: number;
  clientId: string;
  clientSecret: string;
}

export interface OAuthDeps {
  clock: SimulatorClock;
  random: Random;
  access: Access;
  app: OAuthApp;
  portals: readonly Portal[];
}

interface Consent {
  portal: Portal;
  scopes: string[];
  redirectUri: string;
  expiresAt: EpochMs;
}

interface State {
  codes: Map<string, Consent>;
  refreshes: Map<string, Omit<Grant, 'expiresAt'>>;
}

/** The consent page, the token endpoint in three generations, token information and revocation. */
export function oauthRoutes(deps: OAuthDeps): Route[] {
  const state: State = { codes: new Map(), refreshes: new Map() };
  const pages = ['/oauth/authorize', '/oauth/:portalId/authorize'];
  const successors = ['/oauth/v3', '/oauth/2026-03'];
  return [
    ...pages.flatMap((path): Route[] => [
      { method: 'GET', path, handle: (request) => consentPage(deps, request, request.query) },
      { method: 'POST', path, handle: (request) => decide(deps, state, request) },
    ]),
    ...['/oauth/v1', ...successors].map((root): Route => ({
      method: 'POST',
      path: `${root}/token`,
      handle: (request) => issueToken(deps, state, readForm(request), root !== '/oauth/v1'),
    })),
    ...successors.flatMap((root): Route[] => [
      {
        method: 'POST',
        path: `${root}/token/introspect`,
        handle: (request) => introspect(deps, state, readForm(request)),
      },
      {
        method: 'POST',
        path: `${root}/token/revoke`,
        handle: (request) => {
          const form = readForm(request);
          if (!isApp(deps, form)) return badClient();
          revoke(deps, state, form.get('token') ?? '');
          return { status: 200, body: {} };
        },
      },
    ]),
    {
      method: 'GET',
      path: '/oauth/v1/access-tokens/:token',
      handle: ({ params }) => {
        const token = params['token'] ?? '';
        const grant = deps.access.grantOf(token);
        return grant ? { status: 200, body: accessTokenInfo(deps, token, grant) } : unknownToken();
      },
    },
    {
      method: 'GET',
      path: '/oauth/v1/refresh-tokens/:token',
      handle: ({ params }) => {
        const token = params['token'] ?? '';
        const grant = state.refreshes.get(token);
        return grant ? { status: 200, body: refreshTokenInfo(deps, token, grant) } : unknownToken();
      },
    },
    {
      method: 'DELETE',
      path: '/oauth/v1/refresh-tokens/:token',
      handle: ({ params }) => {
        revoke(deps, state, params['token'] ?? '');
        return { status: 204 };
      },
    },
  ];
}

/** What a click on the consent page's button does. */
function decide(deps: OAuthDeps, { codes }: State, request: SimulatorRequest): SimulatorReply {
  const form = readForm(request);
  const redirectUri = form.get('redirect_uri') ?? '';
  const portal = deps.portals.find((one) => String(one.portalId) === form.get('portal')) ?? deps.portals[0]!;
  if (!isKnownApp(deps, form)) return consentPage(deps, request, form);
  if (form.get('decision') !== 'allow') {
    return redirect(redirectUri, form, {
      error: 'access_denied',
      error_description: 'The user denied access to the app',
    });
  }
  const code = deps.random.uuid();
  const scopes = `${form.get('scope') ?? ''} ${form.get('optional_scope') ?? ''}`
    .split(/[\s,]+/)
    .filter(Boolean);
  codes.set(code, { portal, scopes, redirectUri, expiresAt: deps.clock.now() + CODE_LIFE_MS });
  return redirect(redirectUri, form, { code });
}

function issueToken(
  deps: OAuthDeps,
  state: State,
  form: URLSearchParams,
  isSuccessor: boolean,
): SimulatorReply {
  if (!isApp(deps, form)) return badClient();
  const grantType = form.get('grant_type');
  if (grantType === 'authorization_code') {
    const given = form.get('code') ?? '';
    const consent = state.codes.get(given);
    state.codes.delete(given);
    const isGood =
      consent && deps.clock.now() < consent.expiresAt && consent.redirectUri === form.get('redirect_uri');
    if (!isGood) return refuse('BAD_AUTH_CODE', 'missing or unknown auth code');
    const refreshToken = `na1-${deps.random.uuid()}`;
    const grant = { portal: consent.portal, scopes: consent.scopes, userId: 501, refreshToken };
    state.refreshes.set(refreshToken, grant);
    return tokens(deps, grant, isSuccessor);
  }
  if (grantType === 'refresh_token') {
    const grant = state.refreshes.get(form.get('refresh_token') ?? '');
    if (!grant) return refuse('BAD_REFRESH_TOKEN', 'missing or invalid refresh token');
    return tokens(deps, grant, isSuccessor);
  }
  return refuse('BAD_GRANT_TYPE', 'missing or unknown grant type', 'unsupported_grant_type');
}

/** The refresh token comes back unchanged; the successors say more. */
function tokens(
  { access }: OAuthDeps,
  grant: Omit<Grant, 'expiresAt'>,
  isSuccessor: boolean,
): SimulatorReply {
  return {
    status: 200,
    body: {
      token_type: 'bearer',
      access_token: access.grantAccess(grant, ACCESS_LIFE_MS),
      refresh_token: grant.refreshToken,
      expires_in: ACCESS_LIFE_MS / 1000,
      ...(isSuccessor && {
        hub_id: grant.portal.portalId,
        scopes: grant.scopes,
        user_id: grant.userId,
        token_use: 'access_token',
      }),
    },
  };
}

function accessTokenInfo({ app, clock }: OAuthDeps, token: string, grant: Grant): Record<string, unknown> {
  return {
    token,
    user: 'ada@acme.example',
    hub_domain: grant.portal.domain,
    scopes: grant.scopes,
    signed_access_token: { expiresAt: grant.expiresAt, hubId: grant.portal.portalId, appId: app.appId },
    hub_id: grant.portal.portalId,
    app_id: app.appId,
    expires_in: Math.floor((grant.expiresAt - clock.now()) / 1000),
    user_id: grant.userId,
    token_type: 'access',
  };
}

function refreshTokenInfo(
  { app }: OAuthDeps,
  token: string,
  grant: Omit<Grant, 'expiresAt'>,
): Record<string, unknown> {
  return {
    token,
    user: 'ada@acme.example',
    hub_domain: grant.portal.domain,
    scopes: grant.scopes,
    hub_id: grant.portal.portalId,
    client_id: app.clientId,
    user_id: grant.userId,
    token_type: 'refresh',
  };
}

function introspect(deps: OAuthDeps, { refreshes }: State, form: URLSearchParams): SimulatorReply {
  if (!isApp(deps, form)) return badClient();
  const token = form.get('token') ?? '';
  const access = deps.access.grantOf(token);
  if (access) return { status: 200, body: { active: true, ...accessTokenInfo(deps, token, access) } };
  const refresh = refreshes.get(token);
  const body = refresh ? { active: true, ...refreshTokenInfo(deps, token, refresh) } : { active: false };
  return { status: 200, body };
}

function revoke({ access }: OAuthDeps, { refreshes }: State, token: string): void {
  refreshes.delete(token);
  access.revoke(token);
}

function consentPage(deps: OAuthDeps, request: SimulatorRequest, query: URLSearchParams): SimulatorReply {
  if (!isKnownApp(deps, query)) {
    return page(400, '<h1>Authorization failed</h1><p>The client id or redirect URL does not match.</p>');
  }
  const wanted = request.params['portalId'] ?? '';
  const chosen = deps.portals.filter((one) => wanted === '' || String(one.portalId) === wanted);
  const hidden = ['client_id', 'redirect_uri', 'scope', 'optional_scope', 'state']
    .map((name) => `<input type="hidden" name="${name}" value="${escapeHtml(query.get(name) ?? '')}">`)
    .join('');
  const options = chosen
    .map((one) => `<option value="${one.portalId}">${escapeHtml(one.name)} (${one.portalId})</option>`)
    .join('');
  return page(
    200,
    `<h1>Connect an app to your HubSpot account</h1><p>${escapeHtml(query.get('scope') ?? '')}</p>` +
      `<form method="post" action="/oauth/authorize">${hidden}<select name="portal">${options}</select>` +
      '<button name="decision" value="allow">Connect app</button>' +
      '<button name="decision" value="deny">Cancel</button></form>',
  );
}

function page(status: number, body: string): SimulatorReply {
  return {
    status,
    body: `<!DOCTYPE html><html lang="en"><head><title>HubSpot (simulated)</title></head><body>${body}</body></html>`,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  };
}

function redirect(to: string, form: URLSearchParams, answer: Record<string, string>): SimulatorReply {
  const url = new URL(to);
  const state = form.get('state');
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  if (state) url.searchParams.set('state', state);
  return { status: 302, headers: { location: url.href } };
}

function isKnownApp({ app }: OAuthDeps, query: URLSearchParams): boolean {
  return query.get('client_id') === app.clientId && URL.canParse(query.get('redirect_uri') ?? '');
}

function isApp({ app }: OAuthDeps, form: URLSearchParams): boolean {
  return form.get('client_id') === app.clientId && form.get('client_secret') === app.clientSecret;
}

/** Old fields (`status`, `message`) and those of RFC 6749 together, as the vendor sends them. */
const refuse = (status: string, message: string, error = 'invalid_grant'): SimulatorReply => ({
  status: 400,
  body: { error, error_description: message, status, message },
});

const badClient = (): SimulatorReply =>
  refuse('BAD_CLIENT_ID', 'missing or unknown client id or secret', 'invalid_client');

const unknownToken = (): SimulatorReply => failure(404, 'OBJECT_NOT_FOUND', 'token does not exist');

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
