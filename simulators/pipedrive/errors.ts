import type { SimulatorReply } from '../core/route.ts';

// The vendor's own sentence, on most v1 errors (recorded traffic, vendor page 2026-11).
const ERROR_INFO = 'Please check developers.pipedrive.com for more information about Pipedrive API.';

/** `{success: false, error, error_info, …}`; `code` is v2's, `errorCode` repeats the status where v1 does. */
export function failure(
  status: number,
  error: string,
  extra: { code?: string; errorCode?: number } = {},
): SimulatorReply {
  return {
    status,
    body: { success: false, error, error_info: ERROR_INFO, ...extra, data: null, additional_data: null },
  };
}

export const unauthorized = (): SimulatorReply => failure(401, 'unauthorized access', { errorCode: 401 });

export const wrongScope = (): SimulatorReply => failure(403, 'Scope and URL mismatch', { errorCode: 403 });

export const forbidden = (): SimulatorReply =>
  failure(403, 'You do not have permission to view this item', { errorCode: 403 });

export const paymentRequired = (): SimulatorReply =>
  failure(402, 'Company account is not open (possible reason: trial expired, payment details not entered)', {
    errorCode: 402,
  });

export const serverError = (): SimulatorReply => failure(500, 'Internal server error', { errorCode: 500 });

export const overLimit = (headers: Record<string, string> = {}): SimulatorReply => ({
  ...failure(429, 'request over limit', { errorCode: 429 }),
  headers,
});

/** v2's answer to a body or parameter it does not take (client-nodejs #651). */
export const invalid = (key: string, problem: string): SimulatorReply =>
  failure(400, `Validation failed: ${key}: ${problem}`, { code: 'ERR_SCHEMA_VALIDATION_FAILED' });

export const notAllowed = (key: string): SimulatorReply =>
  invalid(key, `Parameter '${key}' is not allowed for this request`);

/** What the vendor's edge sends to a client that keeps hammering: HTML, not JSON. */
export const blockedByEdge = (): SimulatorReply => ({
  status: 403,
  body: '<!DOCTYPE html><html><head><title>Access denied | api.pipedrive.com used Cloudflare</title></head><body><h1>Error 1015</h1><p>You are being rate limited</p></body></html>',
  headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare' },
});

/** `Person not found` and the like. */
export function notFound(kind: string, version: 'v1' | 'v2'): SimulatorReply {
  const name = `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`;
  return failure(404, `${name} not found`, version === 'v2' ? { code: 'ERR_NOT_FOUND' } : {});
}
