import type { EpochMs } from '../../kernel/clock.ts';
import type { Budget } from '../define-connector.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

type Headers = Record<string, string>;

/**
 * What Keap allows (API token quota and usage, read 2026-11): per OAuth app, for all its accounts together, and
 * since 2026-06-08 per account for everybody. Access keys have less (240 a minute, 30,000 a day), as the headers of
 * every answer tell.
 */
export const budgets: readonly Budget[] = [
  { name: 'spike', scope: 'app', limit: 25, windowMs: SECOND_MS },
  {
    name: 'minute',
    scope: 'app',
    limit: 1500,
    windowMs: MINUTE_MS,
    read: (headers) => allowanceIn(headers, 'x-keap-product-throttle', 'minute'),
  },
  {
    name: 'day',
    scope: 'app',
    limit: 150_000,
    windowMs: DAY_MS,
    read: (headers, now) =>
      withEnd(allowanceIn(headers, 'x-keap-product-quota', 'day'), quotaEnd(headers, now)),
  },
  {
    name: 'account minute',
    scope: 'account',
    limit: 10_000,
    windowMs: MINUTE_MS,
    read: (headers) => allowanceIn(headers, 'x-keap-tenant-throttle', 'minute'),
  },
  {
    name: 'account day',
    scope: 'account',
    limit: 250_000,
    windowMs: DAY_MS,
    read: (headers, now) => withEnd(allowanceIn(headers, 'x-keap-tenant-throttle', 'day'), nextMidnight(now)),
  },
];

interface Allowance {
  limit?: number;
  remaining: number;
}

/**
 * What is left in the window of that unit. The account's header holds several windows, `9999|249999` beside
 * `minute|day`; without a unit header a single number is taken for the window asked for.
 */
export function allowanceIn(headers: Headers, family: string, unit: 'minute' | 'day'): Allowance | undefined {
  const available = (headers[`${family}-available`] ?? '').split('|');
  const units = (headers[`${family}-time-unit`] ?? unit).toLowerCase().split('|');
  const index = units.findIndex((one) => one.trim() === unit);
  const remaining = countIn(available[index]);
  if (remaining === undefined) return undefined;
  const limit = countIn((headers[`${family}-limit`] ?? '').split('|')[index]);
  return { remaining, ...(limit !== undefined && limit > 0 && { limit }) };
}

/** When the daily quota begins anew: as the header says, where that is believable, else at midnight UTC. */
export function quotaEnd(headers: Headers, now: EpochMs): EpochMs {
  const told = countIn(headers['x-keap-product-quota-expiry-time']);
  return told !== undefined && told > now && told <= now + 2 * DAY_MS ? told : nextMidnight(now);
}

export function nextMidnight(now: EpochMs): EpochMs {
  return (Math.floor(now / DAY_MS) + 1) * DAY_MS;
}

function withEnd(
  allowance: Allowance | undefined,
  resetsAt: EpochMs,
): (Allowance & { resetsAt: EpochMs }) | undefined {
  return allowance && { ...allowance, resetsAt };
}

function countIn(text: string | undefined): number | undefined {
  const digits = text?.trim() ?? '';
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}
