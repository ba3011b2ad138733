import type { EpochMs } from '../../kernel/clock.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import type { VendorFailure } from '../failures.ts';
import type { VendorResponse } from '../vendor-http.ts';
import { allowanceIn, nextMidnight, quotaEnd } from './budgets.ts';

/** Keap sends no Retry-After: a spike is over in a moment, a throttle with its minute (read 2026-11). */
const SPIKE_MS = 2000;
const THROTTLE_MS = 60_000;
const MAX_WHY_LENGTH = 300;

/**
 * Reads how a Keap answer failed (read 2026-11). There are three forms of error: the gateway's `{fault: {faultstring,
 * detail: {errorcode}}}`, v1's `{message}` (which may carry a stack trace: never passed on) and v2's `{code, message,
 * status, details}`; a used-up quota has one of its own. Proxies answer in HTML.
 */
export function readFailure(response: VendorResponse, now: EpochMs): VendorFailure | undefined {
  const { status, body, text } = response;
  const why = whyOf(response);
  if (status >= 200 && status < 300) {
    const isEmpty = status === 204 && text === '';
    return body === null && !isEmpty ? { kind: 'retry', why } : undefined;
  }
  if (status === 429 || isThrottled(body)) return readLimit(response, why, now);
  if (status === 401) return { kind: 'expired', why };
  if (status === 404)
    return isFault(body) || !isJsonObject(body) ? refusal(status, why) : { kind: 'absent', why };
  if (status === 410) return { kind: 'gone', why };
  if (status === 408 || status >= 500) return { kind: 'retry', why };
  // A page of a proxy in front of Keap says nothing of the request.
  if (status === 403 && !isJsonObject(body)) return { kind: 'retry', why };
  return refusal(status >= 400 ? status : 502, why);
}

/** An answer of the gateway: the API was not reached, so it says nothing of a record. */
export function isFault(body: VendorResponse['body']): boolean {
  return isJsonObject(body) && isJsonObject(body['fault']);
}

function refusal(status: number, why: string): VendorFailure {
  return { kind: 'refused', why, status };
}

function readLimit({ headers, body }: VendorResponse, why: string, now: EpochMs): VendorFailure {
  if (allowanceIn(headers, 'x-keap-product-quota', 'day')?.remaining === 0) {
    return { kind: 'pause', why: `the day's calls are used up: ${why}`, until: quotaEnd(headers, now) };
  }
  if (allowanceIn(headers, 'x-keap-tenant-throttle', 'day')?.remaining === 0) {
    const reason = `the day's calls of this Keap account are used up, by all its apps together: ${why}`;
    return { kind: 'pause', why: reason, until: nextMidnight(now) };
  }
  const isSpike = /spikearrest/i.test(faultCode(body));
  return { kind: 'retry', why, afterMs: isSpike ? SPIKE_MS : THROTTLE_MS };
}

/** The gateway's limits come as 503 too. */
function isThrottled(body: VendorResponse['body']): boolean {
  return /^policies\.ratelimit\./i.test(faultCode(body));
}

function faultCode(body: VendorResponse['body']): string {
  const detail = faultOf(body)?.['detail'];
  return (isJsonObject(detail) ? textOf(detail['errorcode']) : undefined) ?? '';
}

function faultOf(body: VendorResponse['body']): JsonObject | undefined {
  const fault = isJsonObject(body) ? body['fault'] : undefined;
  return isJsonObject(fault) ? fault : undefined;
}

function whyOf({ status, body }: VendorResponse): string {
  if (!isJsonObject(body)) return `Keap answered with status ${status} and no JSON`;
  const reason =
    textOf(faultOf(body)?.['faultstring']) ??
    textOf(body['message']) ??
    textOf(body['error_description']) ??
    textOf(body['error']) ??
    'no reason given';
  return `Keap answered with status ${status}: ${reason}`.slice(0, MAX_WHY_LENGTH);
}
