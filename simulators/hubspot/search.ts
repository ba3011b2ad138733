import type { SimulatorReply } from '../core/route.ts';
import { invalid } from './errors.ts';
import { propertyOf } from './present.ts';
import { MODIFIED } from './records.ts';
import type { CrmObject } from './records.ts';
import type { ObjectStore } from './store.ts';

// Search guide, as the vendor page of 2026-11 has it.
const MOST_GROUPS = 5;
const MOST_FILTERS = 6;
const MOST_FILTERS_IN_ALL = 18;
const LONGEST_BODY = 3000;
const LARGEST_PAGE = 200;
const DEFAULT_PAGE = 10;
const MOST_RESULTS = 10_000;

const OPERATORS = [
  'EQ',
  'NEQ',
  'LT',
  'LTE',
  'GT',
  'GTE',
  'BETWEEN',
  'IN',
  'NOT_IN',
  'HAS_PROPERTY',
  'NOT_HAS_PROPERTY',
  'CONTAINS_TOKEN',
  'NOT_CONTAINS_TOKEN',
] as const;
type Operator = (typeof OPERATORS)[number];

interface Filter {
  propertyName: string;
  operator: Operator;
  value?: string | number;
  highValue?: string | number;
  values?: Array<string | number>;
}

export interface SearchQuery {
  groups: Filter[][];
  sort: { property: string; descending: boolean };
  properties: string[];
  query: string;
  limit: number;
  after: number;
}

type Body = Record<string, unknown>;

/** Reads the body of a search, or says what the vendor would. */
export function readSearch(body: unknown, length: number): SearchQuery | { refusal: SimulatorReply } {
  const refuse = (message: string): { refusal: SimulatorReply } => ({ refusal: invalid(message) });
  if (length > LONGEST_BODY) return refuse(`The request body must be at most ${LONGEST_BODY} characters`);
  if (typeof body !== 'object' || body === null) return refuse('Invalid input JSON: expected an object');
  const given = body as Body;
  const groups = groupsOf(given);
  const filters = groups.flat();
  if (groups.length > MOST_GROUPS) return refuse(`Too many filter groups: at most ${MOST_GROUPS}`);
  if (filters.length > MOST_FILTERS_IN_ALL) return refuse(`Too many filters: at most ${MOST_FILTERS_IN_ALL}`);
  if (groups.some((group) => group.length > MOST_FILTERS)) {
    return refuse(`Too many filters in a group: at most ${MOST_FILTERS}`);
  }
  const wrong = filters.map(problemOf).find((problem) => problem !== undefined);
  if (wrong !== undefined) return refuse(wrong);
  const sorts = Array.isArray(given['sorts']) ? (given['sorts'] as unknown[]) : [];
  if (sorts.length > 1) return refuse('Only one sort is allowed');
  const limit = Number(given['limit'] ?? DEFAULT_PAGE);
  if (!Number.isInteger(limit) || limit < 0 || limit > LARGEST_PAGE) {
    return refuse(`The limit must be between 0 and ${LARGEST_PAGE}`);
  }
  const after = Number(given['after'] ?? 0);
  if (!Number.isInteger(after) || after < 0) return refuse('The paging token `after` is not valid');
  if (after + limit > MOST_RESULTS)
    return refuse(`There are more than ${MOST_RESULTS} results; narrow the search`);
  return {
    groups,
    sort: sortOf(sorts[0]),
    properties: textsOf(given['properties']),
    query: typeof given['query'] === 'string' ? given['query'].toLowerCase() : '',
    limit,
    after,
  };
}

function groupsOf(body: Body): Filter[][] {
  const groups = Array.isArray(body['filterGroups']) ? (body['filterGroups'] as Body[]) : [];
  const listed = groups.map((group) =>
    Array.isArray(group?.['filters']) ? (group['filters'] as Filter[]) : [],
  );
  // A bare `filters` is one group.
  return Array.isArray(body['filters']) ? [...listed, body['filters'] as Filter[]] : listed;
}

function problemOf(filter: Filter): string | undefined {
  const { propertyName, operator, value, values, highValue } = filter ?? {};
  if (typeof propertyName !== 'string') return 'A filter needs a propertyName';
  if (!OPERATORS.includes(operator)) return `Invalid operator ${operator as string}`;
  if (operator.endsWith('HAS_PROPERTY')) return undefined;
  if (operator === 'IN' || operator === 'NOT_IN') {
    return Array.isArray(values) ? undefined : `operator ${operator} requires values`;
  }
  if (value === undefined) return `operator ${operator} requires a value`;
  return operator === 'BETWEEN' && highValue === undefined
    ? 'operator BETWEEN requires a highValue'
    : undefined;
}

function sortOf(sort: unknown): SearchQuery['sort'] {
  // A text is the property, a leading minus means descending.
  if (typeof sort === 'string') return { property: sort.replace(/^-/, ''), descending: sort.startsWith('-') };
  const { propertyName, direction } = (sort ?? {}) as Body;
  return {
    property: typeof propertyName === 'string' ? propertyName : 'hs_object_id',
    descending: direction === 'DESCENDING',
  };
}

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** The records found, in order, whole; archived ones never. Sees what the index sees. */
export function findObjects(store: ObjectStore, query: SearchQuery): CrmObject[] {
  const { kind } = store;
  const byStamp = query.sort.property === MODIFIED[kind];
  const records = store.sorted(byStamp ? 'updatedAt' : 'id');
  const tests = query.groups.map((group) => group.map((filter) => compile(store, filter)));
  const found = records.filter(
    (record) =>
      record.deletedAt === null &&
      (tests.length === 0 || tests.some((group) => group.every((holds) => holds(record)))) &&
      (query.query === '' || textOf(record).includes(query.query)),
  );
  if (!byStamp && query.sort.property !== 'hs_object_id') sortBy(store, found, query.sort.property);
  return query.sort.descending ? found.reverse() : found;
}

const textOf = (record: CrmObject): string =>
  Object.values(record.fields.properties).join('\n').toLowerCase();

function sortBy(store: ObjectStore, found: CrmObject[], property: string): void {
  const keys = new Map(found.map((record) => [record, propertyOf(store.kind, record, property)]));
  const compare = comparer(store, property);
  found.sort((a, b) => {
    const left = keys.get(a);
    const right = keys.get(b);
    if (left === undefined || right === undefined)
      return Number(right !== undefined) - Number(left !== undefined);
    return compare(left, right);
  });
}

/** How values of a property compare: by number, by instant (epoch milliseconds or ISO), or as text in any case. */
function comparer(store: ObjectStore, property: string): (a: string, b: string) => number {
  const type = store.properties.get(property)?.type;
  if (type === 'number') return (a, b) => Number(a) - Number(b);
  if (type === 'datetime' || type === 'date') return (a, b) => instantOf(a) - instantOf(b);
  return (a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : Number(a.toLowerCase() > b.toLowerCase()));
}

const instantOf = (text: string): number => (/^-?\d+$/.test(text) ? Number(text) : Date.parse(text));

/** A property the record does not have satisfies nothing but its absence, so a wrong name gives no rows and no error. */
function compile(store: ObjectStore, filter: Filter): (record: CrmObject) => boolean {
  const { propertyName, operator } = filter;
  const compare = comparer(store, propertyName);
  const value = String(filter.value ?? '');
  const values = (filter.values ?? []).map(String);
  const holds: Record<Operator, (own: string) => boolean> = {
    EQ: (own) => compare(own, value) === 0,
    NEQ: (own) => compare(own, value) !== 0,
    LT: (own) => compare(own, value) < 0,
    LTE: (own) => compare(own, value) <= 0,
    GT: (own) => compare(own, value) > 0,
    GTE: (own) => compare(own, value) >= 0,
    BETWEEN: (own) => compare(own, value) >= 0 && compare(own, String(filter.highValue)) <= 0,
    IN: (own) => values.some((one) => compare(own, one) === 0),
    NOT_IN: (own) => values.every((one) => compare(own, one) !== 0),
    HAS_PROPERTY: () => true,
    NOT_HAS_PROPERTY: () => false,
    CONTAINS_TOKEN: (own) => hasToken(own, value),
    NOT_CONTAINS_TOKEN: (own) => !hasToken(own, value),
  };
  const test = holds[operator];
  const ofAbsent = operator === 'NOT_HAS_PROPERTY' || operator === 'NOT_CONTAINS_TOKEN';
  return (record) => {
    const own = propertyOf(store.kind, record, propertyName);
    return own === undefined ? ofAbsent : test(own);
  };
}

/** Whole words, `*` stands for any part of one. */
function hasToken(own: string, wanted: string): boolean {
  const words = own.toLowerCase().split(/[^\p{L}\p{N}*]+/u);
  const parts = wanted
    .toLowerCase()
    .split(/[^\p{L}\p{N}*]+/u)
    .filter(Boolean);
  return parts.every((part) => {
    const pattern = new RegExp(`^${part.split('*').join('.*')}$`, 'u');
    return words.some((word) => pattern.test(word));
  });
}
