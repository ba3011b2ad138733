import type { Ceql, CeqlValue } from '../../ceql/tree.ts';
import { readDate } from '../../date-pattern/read-date.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import type { CompiledWhere, ConnectorContext } from '../define-connector.ts';
import { LIMITS, MODIFIED, OBJECT_ID, type Kind } from './kinds.ts';
import { propertiesIn, type Properties } from './properties.ts';
import { ID_PATTERN } from './records.ts';
import type { Filter } from './requests.ts';

/** The part of a `where` that HubSpot applies. Plain JSON. */
export type Pushed = {
  filters: Filter[];
  /** There is a condition on the change stamp: the newest come first, as clients of old expect. */
  byChange: boolean;
};

/** One filter of a search is kept for paging. */
const MAX_FILTERS = LIMITS.filtersInGroup - 1;
/** Of a search's 3,000 characters. */
const MAX_FILTER_CHARS = 1500;

/** What records have beside `properties`. */
const OWN_FIELDS = new Set(['id', 'createdAt', 'archived', 'archivedAt']);
const ID_FIELDS = new Set(['vid', 'companyid', 'dealid', 'hs_object_id', 'properties.hs_object_id']);
const CHANGE_NAMES = new Set([...Object.values(MODIFIED), 'updatedat', 'since', 'updated_since']);

/** The field of a record that a client means: `email` is `properties.email`, `vid` the id, any change stamp the kind's own. */
export function fieldOf(kind: Kind, field: string): string {
  const lower = field.toLowerCase();
  if (ID_FIELDS.has(lower)) return 'id';
  if (CHANGE_NAMES.has(lower.replace(/^properties\./, ''))) return `properties.${MODIFIED[kind]}`;
  if (OWN_FIELDS.has(field) || field.startsWith('properties.')) return field;
  return `properties.${field}`;
}

/** The property that HubSpot filters and orders by for a field of a record. */
export function propertyOf(field: string): string {
  if (field === 'id') return OBJECT_ID;
  return field === 'createdAt' ? 'createdate' : field.replace(/^properties\./, '');
}

/**
 * A `where` in the fields of our records. `lastmodifieddate = '…'` means "since" in this vendor's configurations, and
 * equality with a millisecond would be of no use.
 */
export function normaliseWhere(kind: Kind, where: Ceql): Ceql {
  if ('terms' in where) {
    return { ...where, terms: where.terms.map((term) => normaliseWhere(kind, term)) };
  }
  const field = fieldOf(kind, where.field);
  const isSince =
    where.type === 'compare' && where.operator === '=' && field === `properties.${MODIFIED[kind]}`;
  return isSince ? { ...where, field, operator: '>=' } : { ...where, field };
}

/**
 * Shares a `where` between HubSpot and us. Conditions joined by AND are pushed when the search's answer surely holds
 * all records that we would take; where it may hold more (its texts compare in any case) we look again.
 */
export function compileWhere(kind: Kind, where: Ceql, { discovered }: ConnectorContext): CompiledWhere {
  const properties = propertiesIn(kind, discovered);
  const pushed: Pushed = { filters: [], byChange: false };
  const rest: Ceql[] = [];
  for (const term of conjuncts(normaliseWhere(kind, where))) {
    const made = toFilter(properties, term);
    if (made === 'no date') return { problem: `${fieldIn(term)} must be compared with a date` };
    const isPushed = made !== undefined && add(pushed, made.filter);
    if (!isPushed || !made.isExact) rest.push(term);
    if (isPushed && made.filter.propertyName === MODIFIED[kind]) pushed.byChange = true;
  }
  const [only] = rest;
  return {
    pushed: pushed.filters.length === 0 ? null : pushed,
    rest: rest.length > 1 ? { type: 'and', terms: rest } : (only ?? null),
  };
}

function conjuncts(tree: Ceql): Ceql[] {
  return tree.type === 'and' ? tree.terms.flatMap(conjuncts) : [tree];
}

function fieldIn(term: Ceql): string {
  return 'field' in term ? term.field : 'it';
}

function add(pushed: Pushed, filter: Filter): boolean {
  const filters = [...pushed.filters, filter];
  if (filters.length > MAX_FILTERS || JSON.stringify(filters).length > MAX_FILTER_CHARS) return false;
  pushed.filters = filters;
  return true;
}

type Made = { filter: Filter; isExact: boolean };

const OPERATORS = { '=': 'EQ', '>': 'GT', '>=': 'GTE', '<': 'LT', '<=': 'LTE' } as const;

/** Undefined when HubSpot might leave out what we would take. `no date`: a date was compared with something else. */
function toFilter(properties: Properties, term: Ceql): Made | 'no date' | undefined {
  if ('terms' in term || (term.field !== 'id' && OWN_FIELDS.has(term.field))) return undefined;
  const propertyName = propertyOf(term.field);
  if (!properties.names.includes(propertyName)) return undefined;
  if (term.type === 'null') {
    const operator = term.negated ? 'HAS_PROPERTY' : 'NOT_HAS_PROPERTY';
    return { filter: { propertyName, operator }, isExact: true };
  }
  if (term.type === 'in') return term.field === 'id' ? idsFilter(term.values) : undefined;
  if (term.operator === 'LIKE' || term.operator === '!=') return undefined;
  const operator = OPERATORS[term.operator];
  const { value } = term.value;
  if (properties.dates.includes(propertyName)) {
    const at = dateOf(term.value);
    if (at === undefined) return 'no date';
    return { filter: { propertyName, operator, value: String(at) }, isExact: true };
  }
  const text = String(value);
  const isNumber = properties.numbers.includes(propertyName);
  if (text === '' || (isNumber && !/^-?\d{1,18}(\.\d+)?$/.test(text))) return undefined;
  // How HubSpot orders texts is not told.
  if (operator !== 'EQ' && !isNumber) return undefined;
  const isExact = term.field === 'id' || (isNumber && typeof value === 'number');
  return { filter: { propertyName, operator, value: text }, isExact };
}

function idsFilter(values: readonly CeqlValue[]): Made | undefined {
  const ids = values.map(({ value }) => String(value));
  if (ids.length === 0 || ids.length > LIMITS.batch || !ids.every((id) => ID_PATTERN.test(id)))
    return undefined;
  return { filter: { propertyName: OBJECT_ID, operator: 'IN', values: [...new Set(ids)] }, isExact: true };
}

function dateOf({ value }: CeqlValue): EpochMs | undefined {
  return typeof value === 'boolean' ? undefined : readDate(value)?.at;
}
