import type { Ceql, CeqlValue, Comparison } from '../../ceql/tree.ts';
import { readDate } from '../../date-pattern/read-date.ts';
import type { Zone } from '../../date-pattern/zone.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import type { CompiledWhere, ConnectorContext } from '../define-connector.ts';
import { dialectOf, zoneOf } from './dialect.ts';
import { FACTS, ID_PATTERN, type Kind } from './kinds.ts';
import { localText, repeatedTime, v5Time } from './local-time.ts';
import { fieldName } from './names.ts';

/** The part of a filter that Pardot applies: parameters of its query. Plain JSON, kept in positions. */
export type Pushed = { [name: string]: string };

/** What Pardot makes of a condition: all of it, part of it (it shows more than fits), or nothing. */
type Taken = 'whole' | 'part' | 'none';
type Condition = Ceql & { type: 'compare' };

/** 9999-12-31: later years have no four-digit form. */
const LAST_INSTANT = 253_402_214_400_000;
const SECOND_MS = 1000;
/** Filters on more distinct fields are refused with code 209; paging takes one, the id (error codes, read 2026-11). */
const MOST_FILTERED = 2;

/**
 * Shares a `where` between Pardot and us: conditions that are joined by AND and that a query filters are pushed, the
 * rest is evaluated here. Nothing is refused: a page takes a bounded number of requests anyway. Fields may be spelled
 * as in v3 and v4 or as in v5.
 */
export function compileWhere(kind: Kind, where: Ceql, context: ConnectorContext): CompiledWhere {
  const push =
    dialectOf(context.configuration) === 'v5' ? pushV5 : legacyPusher(zoneOf(context.configuration));
  const pushed: Pushed = {};
  const rest = conjuncts(withOurNames(kind, where)).filter((term) => {
    if (term.type === 'in') {
      pushIdRange(kind, term, pushed, push);
      return true;
    }
    return term.type !== 'compare' || push(kind, term, pushed) !== 'whole';
  });
  const [only] = rest;
  return { pushed, rest: rest.length > 1 ? { type: 'and', terms: rest } : (only ?? null) };
}

function conjuncts(tree: Ceql): Ceql[] {
  return tree.type === 'and' ? tree.terms.flatMap(conjuncts) : [tree];
}

function withOurNames(kind: Kind, tree: Ceql): Ceql {
  if ('terms' in tree) {
    return { type: tree.type, terms: tree.terms.map((term) => withOurNames(kind, term)) };
  }
  return { ...tree, field: fieldName(kind, tree.field) };
}

type Push = (kind: Kind, term: Condition, pushed: Pushed) => Taken;

/** Neither API takes a list of ids; the span they lie in cuts what has to be read. */
function pushIdRange(kind: Kind, { field, values }: Ceql & { type: 'in' }, pushed: Pushed, push: Push): void {
  const ids = values.map(({ value }) => String(value));
  if (field !== 'id' || ids.length === 0 || !ids.every((id) => ID_PATTERN.test(id))) return;
  const numbers = ids.map(Number);
  const bound = (operator: Comparison, value: number): Condition => ({
    type: 'compare',
    field,
    operator,
    value: { type: 'number', value },
  });
  push(kind, bound('>=', Math.min(...numbers)), pushed);
  push(kind, bound('<=', Math.max(...numbers)), pushed);
}

/** Whole numbers that v3 and v4 compare exclusively; `value` may have decimals (object field reference, read 2026-11). */
const LEGACY_NUMBERS: { [kind: string]: { [field: string]: 'whole' | 'decimal' } } = {
  prospect: { id: 'whole', score: 'whole' },
  opportunity: { id: 'whole', value: 'decimal', probability: 'whole' },
  campaign: { id: 'whole' },
  list: { id: 'whole' },
  visitorActivity: { id: 'whole' },
};

/** Parameters of v3 and v4 that ask for equality. Texts compare without regard to case there. */
const LEGACY_EQUALS: {
  [kind: string]: { [field: string]: { parameter: string; is: 'number' | 'boolean' | 'text' } };
} = {
  prospect: {
    score: { parameter: 'score_equal_to', is: 'number' },
    grade: { parameter: 'grade_equal_to', is: 'text' },
    is_starred: { parameter: 'is_starred', is: 'boolean' },
    list_id: { parameter: 'list_id', is: 'number' },
  },
  opportunity: {},
  campaign: { name: { parameter: 'name', is: 'text' } },
  list: { name: { parameter: 'name', is: 'text' } },
  visitorActivity: {
    prospect_id: { parameter: 'prospect_id', is: 'number' },
    visitor_id: { parameter: 'visitor_id', is: 'number' },
    type: { parameter: 'type', is: 'number' },
  },
};

function legacyPusher(zone: Zone): Push {
  return (kind, term, pushed) => {
    const { field, operator, value } = term;
    const time = legacyTime(kind, field);
    if (time !== undefined) return pushLegacyTime(time, operator, value, pushed, zone);
    const equals = operator === '=' ? LEGACY_EQUALS[kind]?.[field] : undefined;
    if (equals !== undefined) return pushEquals(equals, value, pushed);
    const number = LEGACY_NUMBERS[kind]?.[field];
    return number === undefined ? 'none' : pushLegacyNumber(field, number, operator, value, pushed);
  };
}

function legacyTime(kind: Kind, field: string): string | undefined {
  if (field === 'created_at') return 'created';
  // Campaigns are read as a whole for changes, but their query takes `updated_after`.
  if (field === 'updated_at')
    return FACTS[kind].hasLegacyWindow || kind === 'campaign' ? 'updated' : undefined;
  return field === 'last_activity_at' && kind === 'prospect' ? 'last_activity' : undefined;
}

/** `…_after` and `…_before` are exclusive and whole seconds, like the stamps (section 3). */
function pushLegacyTime(
  name: string,
  operator: Comparison,
  value: CeqlValue,
  pushed: Pushed,
  zone: Zone,
): Taken {
  const at = instantOf(value);
  if (at === undefined || operator === '!=' || operator === 'LIKE') return 'none';
  const floor = Math.floor(at / SECOND_MS) * SECOND_MS;
  const ceiling = Math.ceil(at / SECOND_MS) * SECOND_MS;
  const bounds: { [parameter: string]: EpochMs } = {
    ...(operator === '>' && { [`${name}_after`]: floor }),
    ...((operator === '>=' || operator === '=') && { [`${name}_after`]: ceiling - SECOND_MS }),
    ...(operator === '<' && { [`${name}_before`]: ceiling }),
    ...((operator === '<=' || operator === '=') && { [`${name}_before`]: floor + SECOND_MS }),
  };
  // A reading of the clock that comes twice would mean the other one as well.
  if (Object.values(bounds).some((bound) => repeatedTime(bound, zone) !== undefined)) return 'none';
  const texts = Object.entries(bounds).map(([parameter, bound]): [string, string] => [
    parameter,
    localText(bound, zone),
  ]);
  return setAll(pushed, texts) ? 'whole' : 'none';
}

function pushLegacyNumber(
  field: string,
  kind: 'whole' | 'decimal',
  operator: Comparison,
  value: CeqlValue,
  pushed: Pushed,
): Taken {
  const number = Number(value.value);
  if (value.type === 'boolean' || !Number.isSafeInteger(number) || number < 0) return 'none';
  const isWhole = kind === 'whole';
  if (!isWhole && operator !== '>' && operator !== '<') return 'none';
  const parameters: [string, string][] = [];
  if (operator === '>') parameters.push([`${field}_greater_than`, String(number)]);
  if (operator === '>=' || operator === '=') parameters.push([`${field}_greater_than`, String(number - 1)]);
  if (operator === '<') parameters.push([`${field}_less_than`, String(number)]);
  if (operator === '<=' || operator === '=') parameters.push([`${field}_less_than`, String(number + 1)]);
  const isTaken = parameters.length > 0 && parameters.every(([, text]) => !text.startsWith('-'));
  if (!isTaken || !setAll(pushed, parameters)) return 'none';
  // Whether a record without a value is less than a number is not documented.
  const mayHoldEmpty = field !== 'id' && (operator === '<' || operator === '<=');
  return mayHoldEmpty ? 'part' : 'whole';
}

function pushEquals(
  { parameter, is }: { parameter: string; is: 'number' | 'boolean' | 'text' },
  value: CeqlValue,
  pushed: Pushed,
): Taken {
  const text = is === 'boolean' ? String(value.value).toLowerCase() : String(value.value);
  if (text === '' || (is === 'number' && !/^\d{1,15}$/.test(text))) return 'none';
  if (is === 'boolean' && text !== 'true' && text !== 'false') return 'none';
  if (!setAll(pushed, [[parameter, text]])) return 'none';
  return is === 'number' ? 'whole' : 'part';
}

const V5_TIMES: { [field: string]: string } = { created_at: 'createdAt', updated_at: 'updatedAt' };
const V5_BOUNDS: { [operator: string]: string } = {
  '>': 'After',
  '>=': 'AfterOrEqualTo',
  '<': 'Before',
  '<=': 'BeforeOrEqualTo',
};
const V5_ID_BOUNDS: { [operator: string]: string } = {
  '>': 'GreaterThan',
  '>=': 'GreaterThanOrEqualTo',
  '<': 'LessThan',
  '<=': 'LessThanOrEqualTo',
};

/** v5 compares ids and the two stamps, and finds prospects by their address (section 4). */
function pushV5(kind: Kind, { field, operator, value }: Condition, pushed: Pushed): Taken {
  const operators = operator === '=' ? ['>=', '<='] : [operator];
  if (field === 'id') {
    const text = String(value.value);
    const isTaken = ID_PATTERN.test(text) && operators.every((one) => V5_ID_BOUNDS[one] !== undefined);
    const parameters = operators.map((one): [string, string] => [`id${V5_ID_BOUNDS[one]}`, text]);
    return isTaken && setAll(pushed, parameters) ? 'whole' : 'none';
  }
  if (!hasRoom(pushed, V5_TIMES[field] ?? field)) return 'none';
  if (kind === 'prospect' && field === 'email' && operator === '=' && value.type === 'text') {
    return value.value !== '' && setAll(pushed, [['email', value.value]]) ? 'part' : 'none';
  }
  const time = V5_TIMES[field];
  const at = instantOf(value);
  if (time === undefined || at === undefined || !operators.every((one) => V5_BOUNDS[one] !== undefined))
    return 'none';
  // Stamps are whole seconds: what lies between two of them is asked for by the one that includes it.
  if (at % SECOND_MS !== 0) return 'none';
  const parameters = operators.map((one): [string, string] => [`${time}${V5_BOUNDS[one]}`, v5Time(at)]);
  return setAll(pushed, parameters) ? 'whole' : 'none';
}

function hasRoom(pushed: Pushed, field: string): boolean {
  const filtered = new Set(
    Object.keys(pushed)
      .map((name) => /^(id|createdAt|updatedAt|email)/.exec(name)?.[0] ?? name)
      .filter((name) => name !== 'id'),
  );
  return filtered.has(field) || filtered.size < MOST_FILTERED;
}

/** False, and nothing set, when one of the parameters already has another value. */
function setAll(pushed: Pushed, parameters: readonly [string, string][]): boolean {
  if (parameters.some(([name, value]) => pushed[name] !== undefined && pushed[name] !== value)) return false;
  for (const [name, value] of parameters) pushed[name] = value;
  return true;
}

function instantOf({ value }: CeqlValue): EpochMs | undefined {
  const at = typeof value === 'boolean' ? undefined : readDate(value)?.at;
  return at === undefined || at < 0 || at > LAST_INSTANT ? undefined : at;
}
