import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { readBasic, readForm } from '../core/route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import type { Access } from './access.ts';
import type { Company } from './company.ts';

// Lives of the vendor page, 2026-11.
const CODE_LIFE_MS = 5 * 60_000;
const ACCESS_LIFE_MS = 3_600_000;
const REFRESH_LIFE_MS = 60 * 24 * 3_600_000;

/** The registered app. Scopes belong to it, not to a request. */
export interface OAuthApp {
  clientId: string;
  clientSecret: string;
  scopes: readonly string[];
}

interface Deps {
  clock: SimulatorClock;
  random: Random;
  access: Access;
  app: OAuthApp;
  /** Who consents, and where. */
  company: Company;
  userId: number;
  /** The `api_domain` of token replies. */
  apiDomain: (request: SimulatorRequest) => string;
}

interface Refresh {
  usableUntil: EpochMs;
  accessTokens: string[];
}

/** The consent page, token, refresh and revocation under `/oauth`. */
export function oauthRoutes(deps: Deps): Route[] {
  const codes = new Map<string, { redirectUri: string; expiresAt: EpochMs }>();
  const refreshes = new Map<string, Refresh>();
  return [
    { method: 'GET', path: '/oauth/authorize', handle: (request) => consentPage(deps, request.query) },
    {
      method: 'POST',
      path: '/oauth/authorize',
      handle: (request) => {
        const form = readForm(request);
        const redirectUri = form.get('redirect_uri') ?? '';
        if (form.get('client_id') !== deps.app.clientId || !URL.canParse(redirectUri)) {
          return consentPage(deps, form);
        }
        if (form.get('decision') !== 'allow') return redirect(redirectUri, form, { error: 'user_denied' });
        const code = deps.random.hex(40);
        codes.set(code, { redirectUri, expiresAt: deps.clock.now() + CODE_LIFE_MS });
        return redirect(redirectUri, form, { code });
      },
    },
    {
      method: 'POST',
      path: '/oauth/token',
      handle: (request) => {
        if (!isApp(deps.app, request)) return refuse(401, 'invalid_client', 'Client authentication failed');
        const form = readForm(request);
        if (form.get('grant_type') === 'authorization_code') {
          const code = codes.get(form.get('code') ?? '');
          codes.delete(form.get('code') ?? '');
          const isGood =
            code && deps.clock.now() < code.expiresAt && code.redirectUri === form.get('redirect_uri');
          if (!isGood) return refuse(400, 'invalid_grant', 'Invalid grant: authorization code is invalid');
          return issue(deps, refreshes, `${deps.company.id}:${deps.userId}:${deps.random.hex(40)}`, request);
        }
        if (form.get('grant_type') === 'refresh_token') {
          const token = form.get('refresh_token') ?? '';
          if (deps.clock.now() >= (refreshes.get(token)?.usableUntil ?? 0)) {
            return refuse(400, 'invalid_grant', 'Invalid grant: refresh_token is invalid');
          }
          return issue(deps, refreshes, token, request);
        }
        return refuse(400, 'unsupported_grant_type', 'Unsupported grant type: grant_type is invalid');
      },
    },
    {
      method: 'POST',
      path: '/oauth/revoke',
      handle: (request) => {
        if (!isApp(deps.app, request)) return refuse(401, 'invalid_client', 'Client authentication failed');
        const token = decodeURIComponent(readForm(request).get('token') ?? '');
        for (const one of refreshes.get(token)?.accessTokens ?? [token]) deps.access.revokeAccess(one);
        refreshes.delete(token);
        return { status: 200, body: { success: true } };
      },
    },
  ];
}

/** Refreshing leaves the refresh token as it is and gives it 60 more days. */
function issue(
  { clock, access, app, company, userId, apiDomain }: Deps,
  refreshes: Map<string, Refresh>,
  refreshToken: string,
  request: SimulatorRequest,
): SimulatorReply {
  const { accessToken } = access.grantAccess({ company, userId, scopes: app.scopes }, ACCESS_LIFE_MS);
  const accessTokens = [...(refreshes.get(refreshToken)?.accessTokens ?? []).slice(-9), accessToken];
  refreshes.set(refreshToken, { usableUntil: clock.now() + REFRESH_LIFE_MS, accessTokens });
  return {
    status: 200,
    body: {
      access_token: accessToken,
      token_type: 'Bearer',
      refresh_token: refreshToken,
      scope: app.scopes.join(' '),
      expires_in: ACCESS_LIFE_MS / 1000,
      api_domain: apiDomain(request),
    },
  };
}

function consentPage({ app, company }: Deps, query: URLSearchParams): SimulatorReply {
  const redirectUri = query.get('redirect_uri') ?? '';
  if (query.get('client_id') !== app.clientId || !URL.canParse(redirectUri)) {
    return page(
      400,
      '<h1>This app cannot be installed</h1><p>Its client id or callback URL is not known.</p>',
    );
  }
  const hidden = ['client_id', 'redirect_uri', 'state']
    .map((name) => `<input type="hidden" name="${name}" value="${escapeHtml(query.get(name) ?? '')}">`)
    .join('');
  return page(
    200,
    `<h1>Allow the app to use ${escapeHtml(company.name)}?</h1><p>${escapeHtml(app.scopes.join(', '))}</p>` +
      `<form method="post" action="/oauth/authorize">${hidden}` +
      '<button name="decision" value="allow">Allow and Install</button>' +
      '<button name="decision" value="deny">Cancel</button></form>',
  );
}

function page(status: number, body: string): SimulatorReply {
  return {
    status,
    body: `<!DOCTYPE html><html lang="en"><head><title>Pipedrive (simulated)</title></head><body>${body}</body></html>`,
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

function isApp(app: OAuthApp, request: SimulatorRequest): boolean {
  const given = readBasic(request);
  return given?.user === app.clientId && given.password === app.clientSecret;
}

/** The exact body is not documented; both the vendor's `message` and RFC 6749's `error` are here. */
const refuse = (status: number, error: string, message: string): SimulatorReply => ({
  status,
  body: { success: false, message, error },
});

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
