import { isJsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import type { VendorResponse } from '../vendor-http.ts';
import type { AuthReading } from './method.ts';

/** Statuses that sign-in requests let through to `read` instead of having them read as failed calls. */
export const SIGN_IN_ANSWERS = [400, 401, 403, 404, 405, 410, 422] as const;

/** Errors of a token endpoint that pass (RFC 6749, section 4.1.2.1; Salesforce's `rate_limit_exceeded`). */
const PASSING = new Set(['temporarily_unavailable', 'server_error', 'rate_limit_exceeded', 'slow_down']);

/** Statuses that judge what was sent; a 404 or a 429 judges nothing. */
const REFUSING: ReadonlySet<number> = new Set([400, 401, 403, 422]);

const MAX_WHY_LENGTH = 300;

/**
 * Reads why a sign-in or refresh failed: RFC 6749's `error` and `error_description`, else the `message`, `error` or
 * `err` of vendors. A refusal in JSON is permanent, unless it says that it passes; anything else (a proxy's HTML, a
 * 5xx, a 429) is not. `secrets` never stand in the text.
 */
export function readRefusal(response: VendorResponse, secrets: readonly (string | undefined)[]): AuthReading {
  const { status, body } = response;
  if (!isJsonObject(body)) {
    return { ok: false, why: `the sign-in was answered with status ${status} and no JSON`, permanent: false };
  }
  const error = textOf(body['error']);
  const reason = textOf(body['error_description']) ?? textOf(body['message']) ?? error ?? textOf(body['err']);
  const text = reason ?? 'no reason given';
  const named = error === undefined || text === error ? text : `${error}: ${text}`;
  // A 2xx refuses when it says why; without a reason it is a broken answer.
  const refused = status < 400 ? reason !== undefined : REFUSING.has(status);
  return {
    ok: false,
    why: `status ${status}: ${withoutSecrets(named, secrets).slice(0, MAX_WHY_LENGTH)}`,
    permanent: refused && !PASSING.has(error ?? ''),
  };
}

function withoutSecrets(text: string, secrets: readonly (string | undefined)[]): string {
  return secrets.reduce<string>(
    (clean, secret) => (secret === undefined || secret === '' ? clean : clean.replaceAll(secret, '********')),
    text,
  );
}
