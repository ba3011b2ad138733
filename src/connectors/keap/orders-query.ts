import type { Ceql, CeqlValue, Comparison } from '../../ceql/tree.ts';
import { readDate } from '../../date-pattern/read-date.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import type { OrdersApi } from './api.ts';
import { ID_PATTERN } from './records.ts';

/** The part of a filter that Keap applies. Plain JSON, kept in positions. */
export type Pushed = {
  /** `contact_id`, `product_id`, `paid`, and of v2 `ids`: parameters of v1, `==` clauses of v2. */
  equals: { [field: string]: string };
  /** Nothing modified before is wanted. Keap is asked a little earlier; the condition itself stays ours. */
  since: EpochMs | null;
};

export type SharedWhere = { pushed: Pushed; rest: Ceql | null } | { problem: string };

/** Spellings of "modified since" that old queries use in place of a field. */
const SINCE_FIELDS = new Set(['since', 'updated_since', 'modified_since', 'modified_since_time']);

/** Fields that orders of both APIs show under another name: v1's dates are there on v2's too. */
const SHOWN_FIELDS: { [field: string]: string } = {
  contact_id: 'contact.id',
  modification_time: 'modification_date',
  creation_time: 'creation_date',
  order_time: 'order_date',
};

/** Orders can be asked for by these, but do not show them: they cannot be compared here. */
const HIDDEN_FIELDS = new Set(['paid', 'product_id']);

/** What an order refers to, and the parameter that compares it. */
const REFERENCES: { [field: string]: string } = { 'contact.id': 'contact_id', product_id: 'product_id' };

/** Ids that v2's `ids` is given at once; no limit is documented. */
export const MAX_IDS = 100;

/** 1970 to 9999-12-31: other years have no four-digit form. */
const LAST_INSTANT = 253_402_214_400_000;

/**
 * Shares a `where` between Keap and us (Keap REST v1 and v2, read 2026-11): conditions that are joined by AND and that
 * the API in use filters exactly are pushed, `since` becomes a condition on the modification, the rest is ours.
 */
export function shareWhere(api: OrdersApi, where: Ceql | null): SharedWhere {
  const pushed: Pushed = { equals: {}, since: null };
  if (where === null) return { pushed, rest: null };
  const readable = withFieldsOfOrders(where);
  if (typeof readable === 'string') return { problem: readable };
  const rest = conjuncts(readable).filter((term) => !push(api, term, pushed));
  const hidden = rest.map(hiddenIn).find((field) => field !== undefined);
  if (hidden !== undefined) {
    return { problem: `Keap filters orders by ${hidden} only with = and a plain value, joined by AND` };
  }
  const [only] = rest;
  return { pushed, rest: rest.length > 1 ? { type: 'and', terms: rest } : (only ?? null) };
}

/** The tree with the fields that an order really has; a text is the problem. */
function withFieldsOfOrders(tree: Ceql): Ceql | string {
  if ('terms' in tree) {
    const terms: Ceql[] = [];
    for (const term of tree.terms) {
      const readable = withFieldsOfOrders(term);
      if (typeof readable === 'string') return readable;
      terms.push(readable);
    }
    return { type: tree.type, terms };
  }
  const shown = SHOWN_FIELDS[tree.field];
  if (shown !== undefined) return { ...tree, field: shown };
  if (!SINCE_FIELDS.has(tree.field)) return tree;
  const isSince = tree.type === 'compare' && /^(=|>|>=)$/.test(tree.operator);
  if (!isSince) return `${tree.field} is a bound: write ${tree.field} = 'date'`;
  return { type: 'compare', field: 'modification_date', operator: '>=', value: tree.value };
}

function conjuncts(tree: Ceql): Ceql[] {
  return tree.type === 'and' ? tree.terms.flatMap(conjuncts) : [tree];
}

function hiddenIn(tree: Ceql): string | undefined {
  if ('terms' in tree) return tree.terms.map(hiddenIn).find((field) => field !== undefined);
  return HIDDEN_FIELDS.has(tree.field) ? tree.field : undefined;
}

/** True when Keap applies the whole condition. */
function push(api: OrdersApi, term: Ceql, pushed: Pushed): boolean {
  if (term.type === 'in') {
    const isShort = api === 'v2' && term.field === 'id' && term.values.length <= MAX_IDS;
    return isShort && pushIds(term.values, pushed);
  }
  if (term.type !== 'compare') return false;
  const { field, operator, value } = term;
  if (field === 'modification_date') {
    raise(pushed, operator, value);
    return false;
  }
  if (field === 'paid') return pushPaid(operator, value, pushed);
  if (operator !== '=') return false;
  const text = String(value.value);
  if (field === 'id') return api === 'v2' && pushIds([value], pushed);
  const parameter = REFERENCES[field];
  return parameter !== undefined && ID_PATTERN.test(text) && setOnce(pushed, parameter, text);
}

function setOnce({ equals }: Pushed, name: string, value: string): boolean {
  if (equals[name] !== undefined) return equals[name] === value;
  equals[name] = value;
  return true;
}

function pushIds(values: readonly CeqlValue[], pushed: Pushed): boolean {
  const ids = values.map(({ value }) => String(value));
  return ids.every((id) => ID_PATTERN.test(id)) && setOnce(pushed, 'ids', [...new Set(ids)].join(','));
}

function pushPaid(operator: Comparison, { value }: CeqlValue, pushed: Pushed): boolean {
  const text = String(value).toLowerCase();
  if ((operator !== '=' && operator !== '!=') || (text !== 'true' && text !== 'false')) return false;
  return setOnce(pushed, 'paid', String((text === 'true') === (operator === '=')));
}

/** A lower bound of the modification spares older pages. */
function raise(pushed: Pushed, operator: Comparison, { value }: CeqlValue): void {
  if (operator !== '=' && operator !== '>' && operator !== '>=') return;
  const at = typeof value === 'boolean' ? undefined : readDate(value)?.at;
  if (at === undefined || at < 0 || at > LAST_INSTANT) return;
  pushed.since = Math.max(pushed.since ?? 0, at);
}
