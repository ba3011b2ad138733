import { allowanceIn } from '../allowance.ts';
import type { Budget } from '../define-connector.ts';
import { secondsOf } from './read-failure.ts';

const DAY_MS = 86_400_000;

/**
 * Pipedrive's two allowances ("Rate limiting", read 2026-11). The limits are those of the smallest plan (Lite, one
 * seat); larger ones are told by the headers, which recorded traffic of 2026-05 showed on every answer.
 */
export const budgets: readonly Budget[] = [
  {
    name: 'burst',
    scope: 'token',
    limit: 20,
    windowMs: 2000,
    read: (headers, now) => {
      const allowance = allowanceIn(headers, 'x-ratelimit-limit', 'x-ratelimit-remaining');
      const resetMs = secondsOf(headers['x-ratelimit-reset']);
      return allowance && { ...allowance, ...(resetMs !== undefined && { resetsAt: now + resetMs }) };
    },
  },
  {
    name: 'daily tokens',
    scope: 'account',
    counts: 'units',
    limit: 30_000,
    windowMs: DAY_MS,
    read: (headers) =>
      allowanceIn(headers, 'x-daily-ratelimit-token-limit', 'x-daily-ratelimit-token-remaining'),
  },
];
