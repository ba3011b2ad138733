/** What SOQL compares with. */
export type Literal =
  | { kind: 'text'; value: string }
  | { kind: 'number'; value: number }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'null' }
  | { kind: 'date'; value: string }
  | { kind: 'dateTime'; value: number };

export type Operator =
  | '='
  | '!='
  | '<'
  | '>'
  | '<='
  | '>='
  | 'LIKE'
  | 'IN'
  | 'NOT IN'
  | 'INCLUDES'
  | 'EXCLUDES';

export type Condition =
  | { kind: 'and' | 'or'; terms: Condition[] }
  | { kind: 'not'; term: Condition }
  | { kind: 'compare'; path: string; operator: Operator; literals: Literal[] };

export interface Ordering {
  path: string;
  descending: boolean;
  nullsLast: boolean;
}

/** The part of SOQL the simulator knows (SOQL and SOSL Reference, read 2026-11): no subqueries, no aggregates. */
export interface Soql {
  select: string[];
  /** `SELECT COUNT()`. */
  isCount: boolean;
  /** `FIELDS(ALL)`, `FIELDS(STANDARD)`, `FIELDS(CUSTOM)`. */
  fieldSets: Array<'ALL' | 'STANDARD' | 'CUSTOM'>;
  from: string;
  where: Condition | null;
  orderBy: Ordering[];
  limit: number | null;
  offset: number;
}

/** The text makes no sense; `position` counts from 0. */
export class SoqlSyntaxError extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}
