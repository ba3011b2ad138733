import { createHash } from 'node:crypto';
import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { readBasic, readForm } from '../core/route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import type { Access } from './access.ts';

const CODE_LIFE_MS = 15 * 60_000;

/** The Salesforce app (connected app or external client app) whose tokens Pardot takes. */
export interface SalesforceApp {
  clientId: string;
  clientSecret: string;
  scopes: readonly string[];
  /** "Rotate refresh token" of the app: every refresh gives a new one and ends the old one. */
  rotatesRefreshTokens: boolean;
}

interface Deps {
  clock: SimulatorClock;
  random: Random;
  access: Access;
  app: SalesforceApp;
}

interface Code {
  redirectUri: string;
  scopes: readonly string[];
  challenge: string | null;
  expiresAt: EpochMs;
}

interface Refresh {
  scopes: readonly string[];
  accessTokens: string[];
}

/** Salesforce's consent page, token endpoint and revocation (vendor page of Salesforce, section 1, 2026-11-21). */
export function oauthRoutes(deps: Deps): Route[] {
  const codes = new Map<string, Code>();
  const refreshes = new Map<string, Refresh>();
  return [
    {
      method: 'GET',
      path: '/services/oauth2/authorize',
      handle: (request) => consentPage(deps.app, request.query),
    },
    { method: 'POST', path: '/services/oauth2/authorize', handle: (request) => decide(deps, codes, request) },
    {
      method: 'POST',
      path: '/services/oauth2/token',
      handle: (request) => {
        const form = readForm(request);
        const client = readBasic(request);
        const id = client?.user ?? form.get('client_id');
        const secret = client?.password ?? form.get('client_secret');
        if (id !== deps.app.clientId) return refuse('invalid_client_id', 'client identifier invalid');
        if (secret !== deps.app.clientSecret) return refuse('invalid_client', 'invalid client credentials');
        const grant = form.get('grant_type');
        if (grant === 'authorization_code') return exchange(deps, codes, refreshes, request);
        if (grant === 'refresh_token') return renew(deps, refreshes, request);
        return refuse('unsupported_grant_type', 'grant type not supported');
      },
    },
    {
      method: 'POST',
      path: '/services/oauth2/revoke',
      handle: (request) => {
        const token = readForm(request).get('token') ?? '';
        for (const one of refreshes.get(token)?.accessTokens ?? [token]) deps.access.revoke(one);
        refreshes.delete(token);
        return { status: 200 };
      },
    },
  ];
}

function decide(
  { clock, random, app }: Deps,
  codes: Map<string, Code>,
  request: SimulatorRequest,
): SimulatorReply {
  const form = readForm(request);
  const redirectUri = form.get('redirect_uri') ?? '';
  if (form.get('client_id') !== app.clientId || !URL.canParse(redirectUri)) return consentPage(app, form);
  const back = new URL(redirectUri);
  const state = form.get('state');
  if (form.get('decision') === 'allow') {
    const asked = (form.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
    const code = `aPrx${random.hex(60)}`;
    codes.set(code, {
      redirectUri,
      scopes: asked.length === 0 ? app.scopes : app.scopes.filter((scope) => asked.includes(scope)),
      challenge: form.get('code_challenge') || null,
      expiresAt: clock.now() + CODE_LIFE_MS,
    });
    back.searchParams.set('code', code);
  } else {
    back.searchParams.set('error', 'access_denied');
    back.searchParams.set('error_description', 'end-user denied authorization');
  }
  if (state) back.searchParams.set('state', state);
  return { status: 302, headers: { location: back.href } };
}

function exchange(
  deps: Deps,
  codes: Map<string, Code>,
  refreshes: Map<string, Refresh>,
  request: SimulatorRequest,
): SimulatorReply {
  const form = readForm(request);
  const code = codes.get(form.get('code') ?? '');
  codes.delete(form.get('code') ?? '');
  if (!code || deps.clock.now() >= code.expiresAt) {
    return refuse('invalid_grant', 'expired authorization code');
  }
  if (code.redirectUri !== form.get('redirect_uri')) {
    return refuse('redirect_uri_mismatch', 'redirect_uri must match configuration');
  }
  if (code.challenge !== null) {
    const verifier = form.get('code_verifier');
    if (!verifier) return refuse('invalid_grant', 'missing required code challenge');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    if (challenge !== code.challenge) return refuse('invalid_request', 'invalid code verifier');
  }
  const refreshToken = `5Aep${deps.random.hex(60)}`;
  const hasRefresh = code.scopes.includes('refresh_token') || code.scopes.includes('offline_access');
  return issue(deps, refreshes, { ...(hasRefresh && { refreshToken }), scopes: code.scopes }, request);
}

function renew(deps: Deps, refreshes: Map<string, Refresh>, request: SimulatorRequest): SimulatorReply {
  const token = readForm(request).get('refresh_token') ?? '';
  const known = refreshes.get(token);
  if (!known) return refuse('invalid_grant', 'expired access/refresh token');
  if (!deps.app.rotatesRefreshTokens) {
    const { accessToken, body } = tokensOf(deps, known.scopes, request);
    known.accessTokens.push(accessToken);
    return { status: 200, body };
  }
  refreshes.delete(token);
  const refreshToken = `5Aep${deps.random.hex(60)}`;
  return issue(deps, refreshes, { refreshToken, scopes: known.scopes }, request);
}

function issue(
  deps: Deps,
  refreshes: Map<string, Refresh>,
  { refreshToken, scopes }: { refreshToken?: string; scopes: readonly string[] },
  request: SimulatorRequest,
): SimulatorReply {
  const { accessToken, body } = tokensOf(deps, scopes, request);
  if (refreshToken !== undefined) refreshes.set(refreshToken, { scopes, accessTokens: [accessToken] });
  return {
    status: 200,
    body: { ...body, ...(refreshToken !== undefined && { refresh_token: refreshToken }) },
  };
}

/** There is no `expires_in`: sessions end when unused for the org's timeout. */
function tokensOf(
  { access, clock, random }: Deps,
  scopes: readonly string[],
  { origin }: SimulatorRequest,
): { accessToken: string; body: object } {
  const accessToken = access.grant(scopes);
  const body = {
    access_token: accessToken,
    signature: random.hex(44),
    scope: scopes.join(' '),
    instance_url: origin,
    id: `${origin}/id/00D5g00000ABCDEEA4/0055g00000AAAAAAA4`,
    token_type: 'Bearer',
    issued_at: String(clock.now()),
  };
  return { accessToken, body };
}

const PASSED_ON = ['client_id', 'redirect_uri', 'state', 'scope', 'code_challenge'];

function consentPage(app: SalesforceApp, query: URLSearchParams): SimulatorReply {
  const redirectUri = query.get('redirect_uri') ?? '';
  if (query.get('client_id') !== app.clientId || !URL.canParse(redirectUri)) {
    return page(
      400,
      '<h1>We can’t authorize you</h1><p>error=invalid_client_id or redirect_uri_mismatch</p>',
    );
  }
  const hidden = PASSED_ON.map(
    (name) => `<input type="hidden" name="${name}" value="${escapeHtml(query.get(name) ?? '')}">`,
  ).join('');
  return page(
    200,
    `<h1>Allow Access?</h1><p>${escapeHtml(app.scopes.join(', '))}</p>` +
      `<form method="post" action="/services/oauth2/authorize">${hidden}` +
      '<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button></form>',
  );
}

/** Loads the consent page and sends its form, as a browser would; returns where the browser is sent to. */
export async function consent(authorizeUrl: string, decision: 'allow' | 'deny' = 'allow'): Promise<string> {
  const shown = await fetch(authorizeUrl);
  if (!shown.ok) throw new Error(`the consent page answered ${shown.status}`);
  await shown.text();
  const { origin, pathname, searchParams } = new URL(authorizeUrl);
  const form = new URLSearchParams({ decision });
  for (const name of PASSED_ON) form.set(name, searchParams.get(name) ?? '');
  const answer = await fetch(origin + pathname, { method: 'POST', body: form, redirect: 'manual' });
  return answer.headers.get('location') ?? '';
}

function page(status: number, body: string): SimulatorReply {
  return {
    status,
    body: `<!DOCTYPE html><html lang="en"><head><title>Salesforce (simulated)</title></head><body>${body}</body></html>`,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  };
}

const refuse = (error: string, description: string): SimulatorReply => ({
  status: 400,
  body: { error, error_description: description },
});

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
