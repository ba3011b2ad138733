import type { SimulatorReply } from '../core/route.ts';
import type { OAuthApp } from './oauth-app.ts';

const CARRIED = ['client_id', 'redirect_uri', 'state', 'scope', 'code_challenge', 'code_challenge_method'];

/** The page that asks whether the app may have access; its form comes back with `decision`. */
export function consentPage(app: OAuthApp, organization: string, query: URLSearchParams): SimulatorReply {
  const problem = problemOfRequest(app, query);
  if (problem) return page(400, `<h1>OAuth Error</h1><p>${escapeHtml(problem)}</p>`);
  const hidden = CARRIED.filter((name) => query.has(name))
    .map((name) => `<input type="hidden" name="${name}" value="${escapeHtml(query.get(name) ?? '')}">`)
    .join('');
  return page(
    200,
    `<h1>Allow Access?</h1><p>The app asks to use ${escapeHtml(organization)} by API, at any time.</p>` +
      `<form method="post" action="/services/oauth2/authorize">${hidden}` +
      '<button name="decision" value="allow">Allow</button>' +
      '<button name="decision" value="deny">Deny</button></form>',
  );
}

/** Errors that are shown and not sent back: nobody knows whether the address may be trusted. */
export function problemOfRequest(app: OAuthApp, query: URLSearchParams): string | undefined {
  const redirectUri = query.get('redirect_uri') ?? '';
  if (query.get('client_id') !== app.clientId) return 'invalid_client_id: client identifier invalid';
  const isKnown = app.callbackUrls?.includes(redirectUri) ?? URL.canParse(redirectUri);
  return isKnown ? undefined : 'redirect_uri_mismatch: redirect_uri must match configuration';
}

/** Loads the consent page and sends its form, as a browser would; returns where the browser is sent to. */
export async function consent(authorizeUrl: string, decision: 'allow' | 'deny' = 'allow'): Promise<string> {
  const page = await fetch(authorizeUrl);
  const text = await page.text();
  if (!page.ok) throw new Error(`the consent page answered ${page.status}: ${text}`);
  const { origin, searchParams } = new URL(authorizeUrl);
  const form = new URLSearchParams({ decision });
  for (const name of CARRIED) {
    const value = searchParams.get(name);
    if (value !== null) form.set(name, value);
  }
  const answer = await fetch(`${origin}/services/oauth2/authorize`, {
    method: 'POST',
    body: form,
    redirect: 'manual',
  });
  return answer.headers.get('location') ?? '';
}

function page(status: number, body: string): SimulatorReply {
  return {
    status,
    body: `<!DOCTYPE html><html lang="en"><head><title>Salesforce (simulated)</title></head><body>${body}</body></html>`,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  };
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
