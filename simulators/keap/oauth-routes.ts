import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import { readBasic, readForm } from '../core/route.ts';
import type { Route, SimulatorReply, SimulatorRequest } from '../core/route.ts';
import type { Access, Issued } from './access.ts';

/** The registered app. There is one scope, `full`. */
export interface OAuthApp {
  clientId: string;
  clientSecret: string;
}

interface Deps {
  clock: SimulatorClock;
  random: Random;
  access: Access;
  app: OAuthApp;
  /** Such as `ab123.infusionsoft.com`. */
  tenant: string;
  accessLifeMs: number;
}

/** Not documented; long enough for a person, short enough to be tested. */
const CODE_LIFE_MS = 10 * 60_000;

/** Consent page and token endpoint. There is no revocation endpoint. */
export function oauthRoutes(deps: Deps): Route[] {
  const codes = new Map<string, { redirectUri: string; expiresAt: EpochMs }>();
  return [
    { method: 'GET', path: '/app/oauth/authorize', handle: ({ query }) => consentPage(deps, query) },
    {
      method: 'POST',
      path: '/app/oauth/authorize',
      handle: (request) => {
        const form = readForm(request);
        const redirectUri = form.get('redirect_uri') ?? '';
        if (!isKnownApp(deps, form)) return consentPage(deps, form);
        if (form.get('decision') !== 'allow') return redirect(redirectUri, form, { error: 'access_denied' });
        const code = deps.random.hex(24);
        codes.set(code, { redirectUri, expiresAt: deps.clock.now() + CODE_LIFE_MS });
        return redirect(redirectUri, form, {
          scope: `full|${deps.tenant}`,
          code,
        });
      },
    },
    {
      method: 'POST',
      path: '/token',
      handle: (request) => {
        const form = readForm(request);
        if (form.get('grant_type') === 'authorization_code') return exchangeCode(deps, codes, form);
        if (form.get('grant_type') === 'refresh_token') return refresh(deps, request, form);
        return refuse(400, 'unsupported_grant_type', 'Unsupported grant type');
      },
    },
  ];
}

/** The client proves itself in the form here, and by Basic when refreshing. */
function exchangeCode(
  deps: Deps,
  codes: Map<string, { redirectUri: string; expiresAt: EpochMs }>,
  form: URLSearchParams,
): SimulatorReply {
  const { app, clock, access } = deps;
  if (form.get('client_id') !== app.clientId || form.get('client_secret') !== app.clientSecret) {
    return refuse(401, 'invalid_client', 'ClientId is Invalid');
  }
  const code = codes.get(form.get('code') ?? '');
  codes.delete(form.get('code') ?? '');
  const isGood = code && clock.now() < code.expiresAt && code.redirectUri === form.get('redirect_uri');
  if (!isGood) return refuse(400, 'invalid_request', 'Invalid Authorization Code');
  return tokens(deps, access.grant(app.clientId));
}

function refresh(deps: Deps, request: SimulatorRequest, form: URLSearchParams): SimulatorReply {
  const { app, access } = deps;
  const client = readBasic(request);
  if (client?.user !== app.clientId || client.password !== app.clientSecret) {
    return refuse(401, 'invalid_client', 'Client credentials are invalid');
  }
  const issued = access.refresh(form.get('refresh_token') ?? '', app.clientId);
  return issued ? tokens(deps, issued) : refuse(400, 'invalid_grant', 'Invalid Refresh Token');
}

function tokens(deps: Deps, { accessToken, refreshToken }: Issued): SimulatorReply {
  return {
    status: 200,
    body: {
      access_token: accessToken,
      token_type: 'bearer',
      expires_in: deps.accessLifeMs / 1000,
      refresh_token: refreshToken,
      scope: `full|${deps.tenant}`,
    },
  };
}

/** Callbacks must be https at the vendor; loopback ones are taken here. */
function isKnownApp({ app }: Deps, query: URLSearchParams): boolean {
  const callback = URL.parse(query.get('redirect_uri') ?? '');
  const isLoopback = callback?.hostname === '127.0.0.1' || callback?.hostname === 'localhost';
  return query.get('client_id') === app.clientId && (callback?.protocol === 'https:' || isLoopback);
}

function consentPage(deps: Deps, query: URLSearchParams): SimulatorReply {
  if (!isKnownApp(deps, query) || (query.get('response_type') ?? 'code') !== 'code') {
    return page(400, '<h1>Developer Inactive or callback not https</h1>');
  }
  const hidden = ['client_id', 'redirect_uri', 'state']
    .map((name) => `<input type="hidden" name="${name}" value="${escapeHtml(query.get(name) ?? '')}">`)
    .join('');
  return page(
    200,
    `<h1>Allow access to ${escapeHtml(deps.tenant)}?</h1>` +
      `<form method="post" action="/app/oauth/authorize">${hidden}` +
      '<button name="decision" value="allow">Allow</button>' +
      '<button name="decision" value="deny">Deny</button></form>',
  );
}

function page(status: number, body: string): SimulatorReply {
  return {
    status,
    body: `<!DOCTYPE html><html lang="en"><head><title>Keap (simulated)</title></head><body>${body}</body></html>`,
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

const refuse = (status: number, error: string, description: string): SimulatorReply => ({
  status,
  body: { error, error_description: description },
});

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
