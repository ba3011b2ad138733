import { allowanceIn } from '../allowance.ts';
import type { Budget } from '../define-connector.ts';

const DAY_MS = 86_400_000;

/** The budget that every search draws on beside the others. */
export const SEARCH_BUDGET = 'search';

/**
 * HubSpot's allowances per account ("Usage guidelines", read 2026-11). The limits are the least that any plan has
 * (a private app on the free plan); larger ones are told by the headers, which searches and, for the day, OAuth apps
 * do without.
 */
export const budgets: readonly Budget[] = [
  {
    name: 'burst',
    scope: 'account',
    limit: 100,
    windowMs: 10_000,
    read: (headers) => allowanceIn(headers, 'x-hubspot-ratelimit-max', 'x-hubspot-ratelimit-remaining'),
  },
  { name: SEARCH_BUDGET, scope: 'account', limit: 5, windowMs: 1000, optIn: true },
  {
    name: 'daily',
    scope: 'account',
    limit: 250_000,
    windowMs: DAY_MS,
    read: (headers) =>
      allowanceIn(headers, 'x-hubspot-ratelimit-daily', 'x-hubspot-ratelimit-daily-remaining'),
  },
];
