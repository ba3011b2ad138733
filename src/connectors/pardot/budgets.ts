import type { Budget, Concurrency } from '../define-connector.ts';

/** The smallest edition's day (Growth: 25,000 calls per business unit; vendor facts of 2026-11, section 7). */
const DAILY_CALLS = 25_000;
const DAY_MS = 86_400_000;

/** Five at a time for a business unit, whoever calls; another is refused with code 66 (facts of 2026-11, section 7). */
export const concurrency: Concurrency = { scope: 'account', limit: 5 };

/** Asks Pardot to say what is used, which it does not of itself. */
export const USAGE_HEADER = { 'x-return-api-usage': '1' };

/** `x-api-usage: used/limit`. The day is the one of the account's zone. */
export const budgets: readonly Budget[] = [
  {
    name: 'daily calls',
    scope: 'account',
    limit: DAILY_CALLS,
    windowMs: DAY_MS,
    read: (headers) => {
      const match = /^(\d{1,12})\/(\d{1,12})$/.exec(headers['x-api-usage'] ?? '');
      if (match === null) return undefined;
      const [used, limit] = [Number(match[1]), Number(match[2])];
      return limit > 0 ? { limit, remaining: Math.max(0, limit - used) } : undefined;
    },
  },
];
