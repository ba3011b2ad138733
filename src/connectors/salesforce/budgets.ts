import type { Budget } from '../define-connector.ts';

/**
 * The calls of rolling 24 hours, for all of an org's apps together (Salesforce limits quick reference, read 2026-11).
 * A Developer Edition's is assumed until `Sforce-Limit-Info: api-usage=900/15000` tells, which is on every answer.
 */
export const budgets: readonly Budget[] = [
  {
    name: 'daily API calls',
    scope: 'account',
    limit: 15_000,
    windowMs: 86_400_000,
    read: (headers) => {
      const [, used, limit] =
        /(?<![\w-])api-usage=(\d{1,12})\/(\d{1,12})/.exec(headers['sforce-limit-info'] ?? '') ?? [];
      if (used === undefined || limit === undefined || Number(limit) === 0) return undefined;
      return { limit: Number(limit), remaining: Math.max(0, Number(limit) - Number(used)) };
    },
  },
];
