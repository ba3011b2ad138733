import type { EpochMs } from '../../kernel/clock.ts';
import { isJsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import type { VendorFailure } from '../failures.ts';
import type { VendorResponse } from '../vendor-http.ts';

const HOUR_MS = 3_600_000;
const MAX_WHY_LENGTH = 300;
/** Waits by the limit that was met (HubSpot "Usage guidelines", read 2026-11); Retry-After is not dependable. */
const POLICY_MS: { [policy: string]: number } = { SECONDLY: 1000, TEN_SECONDLY_ROLLING: 10_000 };
const USUAL_LIMIT_MS = 10_000;
const LOCKED_MS = 2000;
/** While an account is moved between data centres (477), Retry-After says how long, up to a day. */
const MIGRATION_MS = 24 * HOUR_MS;

/**
 * Reads how a HubSpot answer failed ("Error handling", read 2026-11). Error bodies are `{status, message, category,
 * …}`, every field optional; the edge in front of the API answers in HTML. A 2xx without JSON is a failure too, but
 * for the 204 of deletions.
 */
export function readFailure(response: VendorResponse, now: EpochMs): VendorFailure | undefined {
  const { status, body, headers } = response;
  if (status === 204) return undefined;
  const why = whyOf(response);
  if (status >= 200 && status < 300) return isJsonObject(body) ? undefined : { kind: 'retry', why };
  if (status === 429) return readLimit(response, why, now);
  if (status === 401) return { kind: 'expired', why };
  if (status === 404) return { kind: 'absent', why };
  if (status === 410) return { kind: 'gone', why };
  if (status === 423) return { kind: 'retry', why, afterMs: LOCKED_MS };
  if (status === 477) {
    const until = now + Math.min(secondsOf(headers['retry-after']) ?? HOUR_MS, MIGRATION_MS);
    return { kind: 'pause', why: `HubSpot is moving the account: ${why}`, until };
  }
  if (status === 400 && /\bpaging\b|[`'"]after[`'"]/i.test(why)) return { kind: 'restart', why };
  if (status === 408 || status >= 500) return { kind: 'retry', why };
  return { kind: 'refused', why, status: status >= 400 ? status : 502 };
}

/** A used-up day ends at the account's midnight, which the answer does not tell, so it is probed hourly. */
function readLimit({ headers, body }: VendorResponse, why: string, now: EpochMs): VendorFailure {
  const policy = isJsonObject(body) ? (textOf(body['policyName']) ?? '') : '';
  if (policy === 'DAILY') {
    return {
      kind: 'pause',
      why: `the daily API calls of the account are used up: ${why}`,
      until: now + HOUR_MS,
    };
  }
  const waitMs = secondsOf(headers['retry-after']) ?? POLICY_MS[policy] ?? USUAL_LIMIT_MS;
  return { kind: 'retry', why, afterMs: Math.min(waitMs, HOUR_MS) };
}

/** A header of relative seconds, in milliseconds; undefined when it is none. */
function secondsOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,9}(\.\d+)?$/.test(header) ? Number(header) * 1000 : undefined;
}

function whyOf({ status, body }: VendorResponse): string {
  if (!isJsonObject(body)) return `HubSpot answered with status ${status} and no JSON`;
  const message = textOf(body['message']) ?? 'no reason given';
  const category = textOf(body['category']);
  const whole = category === undefined ? message : `${message} (${category})`;
  return `HubSpot answered with status ${status}: ${whole}`.slice(0, MAX_WHY_LENGTH);
}
