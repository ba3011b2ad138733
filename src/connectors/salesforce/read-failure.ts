import type { EpochMs } from '../../kernel/clock.ts';
import { isJsonObject, type Json } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import type { VendorFailure } from '../failures.ts';
import type { VendorResponse } from '../vendor-http.ts';

/** The allowance is one of rolling 24 hours and nothing says when calls come free: look again hourly. */
const QUOTA_PROBE_MS = 3_600_000;
/** Concurrent long calls end within this, mostly. */
const CONCURRENT_MS = 30_000;
const MAX_WHY_LENGTH = 300;

/** What each code means wherever it stands (REST API Developer Guide, "Status Codes and Error Responses", read 2026-11). */
const BY_CODE: { [errorCode: string]: 'retry' | 'restart' | 'gone' | 'absent' } = {
  INVALID_QUERY_LOCATOR: 'restart',
  ENTITY_IS_DELETED: 'gone',
  MALFORMED_ID: 'absent',
  NOT_FOUND: 'absent',
  QUERY_TIMEOUT: 'retry',
  REQUEST_RUNNING_TOO_LONG: 'retry',
  SERVER_UNAVAILABLE: 'retry',
  UNABLE_TO_LOCK_ROW: 'retry',
  UNKNOWN_EXCEPTION: 'retry',
};

/** Sessions that are fine but not welcome; refreshing them would go on for ever (jsforce 3.10, http-api). */
const NOT_EXPIRED = [
  'This session is not valid for use with the REST API',
  'Connected app is not attached to Agent',
];

const PASSING: ReadonlySet<number> = new Set([406, 408, 420, 429]);

/**
 * Reads how a Salesforce answer failed. Errors are a list `[{message, errorCode, fields}]`; proxies and maintenance
 * answer in HTML. A batch is a failure when its one part is, with the part's status.
 */
export function readFailure(response: VendorResponse, now: EpochMs): VendorFailure | undefined {
  const { status, body, text } = failedPart(response) ?? response;
  const error = Array.isArray(body) && isJsonObject(body[0]) ? body[0] : undefined;
  const code = textOf(error?.['errorCode']) ?? '';
  const message = textOf(error?.['message']) ?? '';
  const why = whyOf(status, code, message);
  if (status >= 200 && status < 300) {
    return body !== null || status === 204 ? undefined : { kind: 'retry', why };
  }
  if (status === 401) return readUnauthorized(text, why);
  // Of the identity service alone.
  if (text.includes('Bad_OAuth_Token')) return { kind: 'expired', why };
  if (code === 'REQUEST_LIMIT_EXCEEDED') return readLimit(message, why, now);
  const meaning = BY_CODE[code];
  if (meaning !== undefined) return { kind: meaning, why };
  // The org has moved: a refresh tells its new address.
  if (status === 301 || status === 302 || status === 307 || status === 308) return { kind: 'expired', why };
  if (PASSING.has(status) || status >= 500) return { kind: 'retry', why };
  // No JSON: not the API is speaking, but something before it.
  if (error === undefined && (status === 403 || status === 404)) return { kind: 'retry', why };
  return { kind: 'refused', why, status: status >= 400 ? status : 502 };
}

function failedPart({
  status,
  body,
}: VendorResponse): Pick<VendorResponse, 'status' | 'body' | 'text'> | null {
  if (status !== 200 || !isJsonObject(body) || body['hasErrors'] !== true) return null;
  const results = Array.isArray(body['results']) ? body['results'] : [];
  const part: Json | undefined = results.find((one) => isJsonObject(one) && Number(one['statusCode']) >= 400);
  if (!isJsonObject(part)) return null;
  const result = part['result'] ?? null;
  return { status: Number(part['statusCode']), body: result, text: JSON.stringify(result) };
}

function readUnauthorized(text: string, why: string): VendorFailure {
  const isUnwelcome = NOT_EXPIRED.some((sentence) => text.includes(sentence));
  return isUnwelcome ? { kind: 'refused', why, status: 403 } : { kind: 'expired', why };
}

/** `TotalRequests` is the day, everything else calls at the same time. */
function readLimit(message: string, why: string, now: EpochMs): VendorFailure {
  if (/concurrent/i.test(message)) return { kind: 'retry', why, afterMs: CONCURRENT_MS };
  const reason = `the API calls of the org's 24 hours are used up: ${why}`;
  return { kind: 'pause', why: reason, until: now + QUOTA_PROBE_MS };
}

function whyOf(status: number, code: string, message: string): string {
  const said = [code, message.replace(/\s+/g, ' ').trim()].filter((text) => text !== '').join(': ');
  const reason = said === '' ? 'no reason given' : said;
  return `Salesforce answered with status ${status}: ${reason}`.slice(0, MAX_WHY_LENGTH);
}
