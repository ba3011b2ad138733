import type { Ceql, CeqlValue, Comparison } from '../../ceql/tree.ts';
import { readDate } from '../../date-pattern/read-date.ts';
import { isoSeconds, type EpochMs } from '../../kernel/clock.ts';
import type { CompiledWhere } from '../define-connector.ts';
import { MAX_IDS, type Kind, type V2List } from './kinds.ts';
import { ID_PATTERN } from './records.ts';

/** The part of a filter that Pipedrive applies. Plain JSON, kept in positions. */
export type Pushed = {
  /** Archived deals have a list of their own. */
  list: V2List;
  /** Query parameters of the list. */
  parameters: { [name: string]: string };
};

/** Fields that a v2 list compares with `=` (API v2 reference, read 2026-11), and the parameter that does it. */
const EQUALS: Record<Kind, { [field: string]: string }> = {
  organizations: { owner_id: 'owner_id', filter_id: 'filter_id' },
  persons: { owner_id: 'owner_id', org_id: 'org_id', filter_id: 'filter_id' },
  deals: {
    owner_id: 'owner_id',
    user_id: 'owner_id',
    person_id: 'person_id',
    org_id: 'org_id',
    pipeline_id: 'pipeline_id',
    stage_id: 'stage_id',
    filter_id: 'filter_id',
  },
};

const DEAL_STATUSES = new Set(['open', 'won', 'lost', 'deleted']);

/** 9999-12-31: later years have no four-digit form. */
const LAST_INSTANT = 253_402_214_400_000;

/** Spellings of "since" that old queries use in place of a condition on `update_time`. */
const SINCE_FIELDS = new Set(['since', 'updated_since']);

/**
 * Shares a `where` between Pipedrive and us: conditions that are joined by AND and that a v2 list filters exactly
 * are pushed, the rest is evaluated here. Nothing is refused: a page takes a bounded number of requests anyway.
 */
export function compileWhere(kind: Kind, where: Ceql): CompiledWhere {
  return share(kind, where, (term, pushed) => push(kind, term, pushed) || pushArchived(kind, term, pushed));
}

/** What a feed asks of Pipedrive and what it filters itself. Which list it reads is its own affair. */
export function pushFilter(
  kind: Kind,
  filter: Ceql | null,
): { parameters: Pushed['parameters']; rest: Ceql | null } {
  if (filter === null) return { parameters: {}, rest: null };
  const { pushed, rest } = share(kind, filter, (term, pushed) => push(kind, term, pushed));
  return { parameters: pushed.parameters, rest };
}

function share(
  kind: Kind,
  where: Ceql,
  take: (term: Ceql, pushed: Pushed) => boolean,
): { pushed: Pushed; rest: Ceql | null } {
  const pushed: Pushed = { list: kind, parameters: {} };
  const rest = conjuncts(where).filter((term) => !take(term, pushed));
  const [only] = rest;
  return { pushed, rest: rest.length > 1 ? { type: 'and', terms: rest } : (only ?? null) };
}

function conjuncts(tree: Ceql): Ceql[] {
  return tree.type === 'and' ? tree.terms.flatMap(conjuncts) : [tree];
}

/** True when Pipedrive applies the whole condition. */
function push(kind: Kind, term: Ceql, pushed: Pushed): boolean {
  if (term.type === 'in') {
    if (term.field !== 'id' || term.values.length > MAX_IDS) return false;
    return pushIds(term.values, pushed);
  }
  if (term.type !== 'compare') return false;
  const { field, operator, value } = term;
  if (field === 'update_time') return pushTime(operator, value, pushed);
  if (SINCE_FIELDS.has(field)) {
    return operator !== '<' && operator !== '!=' && operator !== 'LIKE' && pushTime('>=', value, pushed);
  }
  if (operator !== '=') return false;
  if (field === 'id') return pushIds([value], pushed);
  if (kind === 'deals' && field === 'status') return pushStatus(value, pushed);
  const parameter = EQUALS[kind][field];
  const text = String(value.value);
  return parameter !== undefined && ID_PATTERN.test(text) && setOnce(pushed, parameter, text);
}

function setOnce({ parameters }: Pushed, name: string, value: string): boolean {
  if (parameters[name] !== undefined) return parameters[name] === value;
  parameters[name] = value;
  return true;
}

function pushIds(values: readonly CeqlValue[], pushed: Pushed): boolean {
  const ids = values.map(({ value }) => String(value));
  return ids.every((id) => ID_PATTERN.test(id)) && setOnce(pushed, 'ids', [...new Set(ids)].join(','));
}

function pushStatus({ value }: CeqlValue, pushed: Pushed): boolean {
  return DEAL_STATUSES.has(String(value)) && setOnce(pushed, 'status', String(value));
}

function pushArchived(kind: Kind, term: Ceql, pushed: Pushed): boolean {
  if (kind !== 'deals' || term.type !== 'compare' || term.field !== 'is_archived') return false;
  if (term.operator !== '=' || String(term.value.value).toLowerCase() !== 'true') return false;
  pushed.list = 'deals/archived';
  return true;
}

/**
 * Turns a comparison with `update_time` into `updated_since` (inclusive) and `updated_until` (exclusive), whole
 * seconds both: fractions are refused. Stamps have whole seconds, so nothing is left to compare here.
 */
function pushTime(operator: Comparison, { value }: CeqlValue, pushed: Pushed): boolean {
  const at = typeof value === 'boolean' ? undefined : readDate(value)?.at;
  if (at === undefined || at < 0 || at > LAST_INSTANT) return false;
  if (operator === '!=' || operator === 'LIKE') return false;
  const floor = Math.floor(at / 1000) * 1000;
  const ceiling = Math.ceil(at / 1000) * 1000;
  if (operator === '>=') raise(pushed, ceiling);
  if (operator === '>') raise(pushed, floor + 1000);
  if (operator === '<') lower(pushed, ceiling);
  if (operator === '<=') lower(pushed, floor + 1000);
  if (operator === '=') {
    raise(pushed, ceiling);
    lower(pushed, floor + 1000);
  }
  return true;
}

function raise({ parameters }: Pushed, at: EpochMs): void {
  const since = isoSeconds(at);
  if ((parameters['updated_since'] ?? '') < since) parameters['updated_since'] = since;
}

function lower({ parameters }: Pushed, at: EpochMs): void {
  const until = isoSeconds(at);
  if ((parameters['updated_until'] ?? '9999') > until) parameters['updated_until'] = until;
}
