import type { SimulatorReply } from '../core/route.ts';

// The vendor makes one for each answer; a fixed one keeps runs equal.
const CORRELATION_ID = '7ac09a39-31f7-4a30-a8c1-9a3e2ad6a7f3';

/** The vendor's general error: `{status, message, correlationId, category, …}` (vendor page, 2026-11). */
export function failure(
  status: number,
  category: string,
  message: string,
  more: Record<string, unknown> = {},
): SimulatorReply {
  return { status, body: { status: 'error', message, correlationId: CORRELATION_ID, ...more, category } };
}

export const notAuthenticated = (): SimulatorReply =>
  failure(
    401,
    'INVALID_AUTHENTICATION',
    'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
  );

/** Since 2022-11-30. */
export const keysAreGone = (): SimulatorReply =>
  failure(
    401,
    'INVALID_AUTHENTICATION',
    'The API key used to make this call is expired. HubSpot API keys no longer work; use a private app.',
  );

export const expired = (): SimulatorReply =>
  failure(401, 'EXPIRED_AUTHENTICATION', 'The OAuth token used to make this call expired.', {
    errors: [{ message: 'The OAuth token used to make this call expired.', context: {} }],
  });

export const missingScopes = (scope: string): SimulatorReply =>
  failure(403, 'MISSING_SCOPES', "This app hasn't been granted all required scopes to make this call.", {
    errors: [
      {
        message: 'One or more of the following scopes are required.',
        context: { requiredGranularScopes: [scope] },
      },
    ],
    links: { scopes: 'https://developers.hubspot.com/scopes' },
  });

export const invalid = (message: string, more: Record<string, unknown> = {}): SimulatorReply =>
  failure(400, 'VALIDATION_ERROR', message, more);

export const noSuchObject = (): SimulatorReply =>
  failure(404, 'OBJECT_NOT_FOUND', 'Object not found.  objectId are usually numeric.');

/** Of an id that belongs to no record: the vendor's edge answers it with a page of its own. */
export const noSuchPath = (path: string): SimulatorReply => ({
  status: 404,
  body: `<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>\n<title>Error 404 Not Found</title>\n</head>\n<body><h2>HTTP ERROR 404</h2>\n<p>Problem accessing ${path.replaceAll(/[<>&]/g, '')}. Reason:\n<pre>    Not Found</pre></p></body></html>`,
  headers: { 'content-type': 'text/html;charset=utf-8' },
});

export type LimitPolicy = 'TEN_SECONDLY_ROLLING' | 'SECONDLY' | 'DAILY';

const LIMIT_MESSAGES: Record<LimitPolicy, string> = {
  TEN_SECONDLY_ROLLING: 'You have reached your ten_secondly_rolling limit.',
  SECONDLY: 'You have reached your secondly limit.',
  DAILY: 'You have reached your daily limit.',
};

/** No Retry-After: it cannot be depended on (vendor page, 2026-11). */
export function overLimit(policyName: LimitPolicy, headers: Record<string, string> = {}): SimulatorReply {
  return {
    status: 429,
    body: {
      status: 'error',
      message: LIMIT_MESSAGES[policyName],
      errorType: 'RATE_LIMIT',
      correlationId: CORRELATION_ID,
      policyName,
      requestId: CORRELATION_ID,
    },
    headers,
  };
}

export const serverError = (): SimulatorReply => failure(500, 'INTERNAL_ERROR', 'internal error');
export const locked = (): SimulatorReply => failure(423, 'LOCKED', 'This resource is locked.');

/** While the vendor moves an account between data centres. */
export const migrating = (): SimulatorReply => ({
  ...failure(477, 'MIGRATION_IN_PROGRESS', 'The account is being moved to another data centre.'),
  headers: { 'retry-after': '7200' },
});

/** What the edge in front of the vendor says to a token it cannot read. */
export const edgeError = (): SimulatorReply => ({
  status: 530,
  body: '<!DOCTYPE html><html><head><title>api.hubapi.com | 530: Origin is unregistered from Argo Tunnel</title></head><body><h1>Error 1033</h1></body></html>',
  headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare' },
});
