import { isJsonObject } from '../../kernel/json.ts';
import { apiKey } from '../auth/api-key.ts';
import type { AuthMethod, Tenant } from '../auth/method.ts';
import { oauth2 } from '../auth/oauth2.ts';
import { textOf } from '../configuration-text.ts';
import type { Connector } from '../define-connector.ts';
import { UnreadableAnswer } from '../failures.ts';
import { V2 } from './api.ts';

/**
 * One scope there is, `full`. The client proves itself in the form for a code and by Basic for a refresh. Every
 * refresh gives another refresh token, good for one use and 45 days; access tokens live as `expires_in` says, 24 h
 * today and 8 h for older accounts. No revocation (Keap "OAuth2", read 2026-11).
 */
export const keapOAuth: AuthMethod = oauth2({
  authorizationUrl: 'https://accounts.infusionsoft.com/app/oauth/authorize',
  tokenUrl: 'https://api.infusionsoft.com/token',
  clientAuth: 'body',
  refreshClientAuth: 'basic',
  scope: 'full',
  rotates: true,
  // About a fifth of the shorter lifetime: there is time for several tries.
  refreshAheadS: 3600,
});

/** A personal access token or service account key, `KeapAK-…`: no expiry, a 401 is final (Keap, read 2026-11). */
export const accessKey: AuthMethod = apiKey({
  type: 'accessToken',
  key: 'keap.access.token',
  header: 'authorization',
  prefix: 'Bearer ',
});

/**
 * Who is asking. The application is named by a header of every answer, and by `tenant_id` in newer ones; a service
 * account key has no user, so a 403 or 404 that names the application is an answer too: the gateway lets no wrong
 * key come that far (REST v2 "Retrieve User Info" and the gateway's headers, read 2026-11).
 */
export const identify: Connector['identify'] = {
  request: () => ({ method: 'GET', path: `${V2}/oauth/connect/userinfo`, accept: [403, 404] }),
  read: ({ status, headers, body }): Tenant => {
    const user = status < 300 && isJsonObject(body) ? body : {};
    const userId = textOf(user['sub']) ?? textOf(user['id']);
    const application = textOf(headers['x-keap-tenant-id']) ?? textOf(user['tenant_id']);
    const isAnswer = status >= 300 ? isJsonObject(body) && application !== undefined : userId !== undefined;
    if (!isAnswer) throw new UnreadableAnswer('Keap did not say whose credentials these are');
    return {
      id: application === undefined ? `user:${userId}` : applicationName(application),
      facts: { userId: userId ?? null, email: user['email'] ?? null },
    };
  },
};

/** `ab123.infusionsoft.com` and `ab123` are one application. */
function applicationName(text: string): string {
  return text.toLowerCase().replace(/\.infusionsoft\.com$/, '');
}
