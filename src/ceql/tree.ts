/** What a CEQL condition compares with. A bare ISO date or date-time keeps its text. */
export type CeqlValue =
  | { type: 'text'; value: string }
  | { type: 'number'; value: number }
  | { type: 'boolean'; value: boolean }
  | { type: 'date'; value: string };

export const COMPARISONS = ['=', '!=', '<', '>', '<=', '>=', 'LIKE'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A parsed `where`. `field` is a dotted path; `terms` holds at least two. */
export type Ceql =
  | { type: 'and' | 'or'; terms: Ceql[] }
  | { type: 'compare'; field: string; operator: Comparison; value: CeqlValue }
  | { type: 'in'; field: string; values: CeqlValue[] }
  | { type: 'null'; field: string; negated: boolean };
