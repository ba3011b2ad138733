import type { EpochMs } from '../../kernel/clock.ts';
import { isJsonObject, type Json } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import type { VendorFailure } from '../failures.ts';
import type { VendorResponse } from '../vendor-http.ts';

const HOUR_MS = 3_600_000;
/** The burst window when no header tells (Pipedrive "Rate limiting", read 2026-11: rolling 2 s). */
const BURST_MS = 2000;
/** Cloudflare's block after hammering on 429 comes as a 403 in HTML; nothing says how long it lasts. */
const BLOCKED_MS = 60_000;
/** Tokens of the dearest call (a search of v1). */
const HIGHEST_COST = 40;
const MAX_WHY_LENGTH = 300;

/**
 * Reads how a Pipedrive answer failed ("Response codes" and "Rate limiting", read 2026-11). Error bodies are
 * `{success: false, error, error_info}`; proxies answer in HTML. A 2xx without JSON or with `success: false` is a
 * failure too.
 */
export function readFailure(response: VendorResponse, now: EpochMs): VendorFailure | undefined {
  const { status, body } = response;
  const why = whyOf(response);
  if (status >= 200 && status < 300) {
    if (!isJsonObject(body)) return { kind: 'retry', why };
    return body['success'] === false ? { kind: 'refused', why, status: 502 } : undefined;
  }
  if (status === 429) return readLimit(response, why, now);
  if (status === 401) return { kind: 'expired', why };
  if (status === 403 && !isJsonObject(body)) return { kind: 'retry', why, afterMs: BLOCKED_MS };
  if (status === 404) return { kind: 'absent', why };
  if (status === 410) return { kind: 'gone', why };
  if (status === 400 && /\bcursor\b/i.test(why)) return { kind: 'restart', why };
  if (status === 408 || status >= 500) return { kind: 'retry', why };
  return { kind: 'refused', why, status: status >= 400 ? status : 502 };
}

/** Burst or daily limit: a used-up day ends at the vendor's midnight, whose zone is not told, so it is probed hourly. */
function readLimit({ headers }: VendorResponse, why: string, now: EpochMs): VendorFailure {
  if (isDayUsedUp(headers)) {
    const reason = `the daily API tokens of the company are used up: ${why}`;
    return { kind: 'pause', why: reason, until: now + HOUR_MS };
  }
  const resetMs = secondsOf(headers['x-ratelimit-reset']) ?? BURST_MS;
  return { kind: 'retry', why, afterMs: Math.max(resetMs, secondsOf(headers['retry-after']) ?? 0) };
}

/** A call that costs more than what is left of the day is refused too, with some left. */
function isDayUsedUp(headers: Record<string, string>): boolean {
  const left = headers['x-daily-ratelimit-token-remaining'];
  if (left === undefined || !/^\d+$/.test(left)) return false;
  const burstLeft = headers['x-ratelimit-remaining'] ?? '0';
  return Number(left) === 0 || (burstLeft !== '0' && Number(left) < HIGHEST_COST);
}

/** A header of relative seconds, in milliseconds; undefined when it is none. At most an hour is believed. */
export function secondsOf(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,9}(\.\d+)?$/.test(header)) return undefined;
  return Math.min(Number(header) * 1000, HOUR_MS);
}

function whyOf({ status, body }: VendorResponse): string {
  if (!isJsonObject(body)) return `Pipedrive answered with status ${status} and no JSON`;
  const error = textOf(body['error']) ?? textsIn(body['errors']) ?? 'no reason given';
  const info = textOf(body['error_info']);
  const whole = info === undefined || info === error ? error : `${error} (${info})`;
  return `Pipedrive answered with status ${status}: ${whole}`.slice(0, MAX_WHY_LENGTH);
}

/** `{subscription_url: ["is no URL"]}` as one text. */
function textsIn(errors: Json | undefined): string | undefined {
  if (!isJsonObject(errors)) return undefined;
  return Object.entries(errors)
    .map(([name, texts]) => `${name}: ${Array.isArray(texts) ? texts.map(textOf).join(', ') : textOf(texts)}`)
    .join('; ');
}
