import type { EpochMs } from '../kernel/clock.ts';
import { parseHttpDate } from './http-date.ts';

/** Response headers as egress gives them: names in lower case. */
export type ResponseHeaders = Readonly<Record<string, string>>;

/** Nobody makes us wait longer: a day, as HubSpot's 477 does (HubSpot "Error handling", read 2026-11). */
export const MAX_WAIT_MS = 24 * 3_600_000;

/**
 * When `Retry-After` (RFC 9110 section 10.2.3: seconds or an HTTP date) allows the next try: not before `now`, not
 * later than `MAX_WAIT_MS` from it; undefined without the header or when it is unreadable or negative. A date
 * counts from the answer's own `Date`, so that neither clock has to be right.
 */
export function readRetryAfter(headers: ResponseHeaders, now: EpochMs): EpochMs | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  const seconds = readNumber(text);
  if (!Number.isNaN(seconds)) return after(now, seconds * 1_000);
  const date = parseHttpDate(text);
  return date === undefined ? undefined : after(now, date - vendorNow(headers, now));
}

/** Which headers of a vendor say how much may still be asked. */
export interface RateLimitNames {
  limit?: string;
  remaining?: string;
  /** One header with both, `used/limit` (`api-usage=25/15000`); the first such pair counts. */
  usage?: string;
  reset?: { header: string; as: 'seconds' | 'milliseconds' | 'epoch_seconds' | 'epoch_ms' | 'iso' };
}

/** What could be read; absent is what the answer did not say. */
export interface RateLimit {
  limit?: number;
  /** Never negative. */
  remaining?: number;
  /** When the window starts anew; from `now` to `MAX_WAIT_MS` later. */
  resetAt?: EpochMs;
}

/** Reads a vendor's rate headers; what is missing or unreadable stays absent. */
export function readRateLimit(headers: ResponseHeaders, names: RateLimitNames, now: EpochMs): RateLimit {
  const [used, usageLimit] = readUsage(names.usage === undefined ? undefined : headers[names.usage]);
  const limit = readCount(names.limit === undefined ? undefined : headers[names.limit]) ?? usageLimit;
  const remaining =
    readCount(names.remaining === undefined ? undefined : headers[names.remaining]) ??
    (used === undefined || usageLimit === undefined ? undefined : usageLimit - used);
  const resetAt = readReset(headers, names.reset, now);
  return {
    ...(limit === undefined ? {} : { limit: Math.max(0, limit) }),
    ...(remaining === undefined ? {} : { remaining: Math.max(0, remaining) }),
    ...(resetAt === undefined ? {} : { resetAt }),
  };
}

/**
 * How long to wait before try `attempt + 1` (`attempt` from 1): doubling from `baseMs` up to `maxMs`, of which the
 * upper half is random, so that what failed together does not come back together. `random` gives 0 ≤ x < 1.
 */
export function backoffMs(options: {
  attempt: number;
  baseMs: number;
  maxMs: number;
  random: () => number;
}): number {
  const full = Math.min(options.maxMs, options.baseMs * 2 ** (options.attempt - 1));
  return Math.round(full / 2 + (full / 2) * options.random());
}

/** How long each form asks to wait, given the vendor's clock; NaN when it is unreadable. */
const RESET_WAIT_MS: Record<
  NonNullable<RateLimitNames['reset']>['as'],
  (text: string, vendorNow: EpochMs) => number
> = {
  seconds: (text) => readNumber(text) * 1_000,
  milliseconds: (text) => readNumber(text),
  epoch_seconds: (text, vendorNow) => readNumber(text) * 1_000 - vendorNow,
  epoch_ms: (text, vendorNow) => readNumber(text) - vendorNow,
  iso: (text, vendorNow) => (/^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) - vendorNow : Number.NaN),
};

function readReset(
  headers: ResponseHeaders,
  reset: RateLimitNames['reset'],
  now: EpochMs,
): EpochMs | undefined {
  const text = reset === undefined ? undefined : headers[reset.header]?.trim();
  if (reset === undefined || text === undefined) return undefined;
  const waitMs = RESET_WAIT_MS[reset.as](text, vendorNow(headers, now));
  return Number.isNaN(waitMs) ? undefined : after(now, waitMs);
}

/** Digits with or without a fraction; NaN for anything else, negative numbers too. */
function readNumber(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*-?\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
}

function readUsage(text: string | undefined): [number | undefined, number | undefined] {
  const match = /(\d{1,15})\s*\/\s*(\d{1,15})/.exec(text ?? '');
  return match === null ? [undefined, undefined] : [Number(match[1]), Number(match[2])];
}

/** The vendor's clock as the answer tells it; ours when it does not. */
function vendorNow(headers: ResponseHeaders, now: EpochMs): EpochMs {
  return parseHttpDate(headers['date'] ?? '') ?? now;
}

function after(now: EpochMs, waitMs: number): EpochMs {
  return now + Math.ceil(Math.min(Math.max(0, waitMs), MAX_WAIT_MS));
}
