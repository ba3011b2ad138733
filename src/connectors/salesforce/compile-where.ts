import type { Ceql, CeqlValue, Comparison } from '../../ceql/tree.ts';
import { findField, type Described } from './described.ts';
import { isMidnight, kindOfType, literalFor, quote, quotePattern, type SoqlKind } from './soql-literals.ts';

/** A filter shared between Salesforce and us: `soql` is a condition, `rest` what is evaluated on the records. */
export type SharedWhere = { soql: string | null; rest: Ceql | null } | { problem: string };

type Field = { path: string; kind: SoqlKind; type: string | null };

/** Names of our own: relationships are followed at most five deep (SOQL reference, read 2026-11). */
const PATH = /^[A-Za-z]\w*(?:\.[A-Za-z]\w*){0,5}$/;

/** What LIKE works on. */
const LIKE_TYPES: ReadonlySet<string> = new Set(
  'string picklist combobox email phone url textarea'.split(' '),
);

/**
 * Compiles a CEQL tree to a SOQL condition. Types are strict there (`Amount = '5'` is an error, a date-time is never
 * quoted), so values are written as the field's type asks; what no literal can say, and fields that cannot be
 * filtered (long texts), remain for us. Without a description, and beyond a relationship, the value's own type counts
 * and Salesforce judges.
 */
export function compileToSoql(where: Ceql | null, described: Described | null): SharedWhere {
  if (where === null) return { soql: null, rest: null };
  const pushed: string[] = [];
  const rest: Ceql[] = [];
  for (const term of conjuncts(where)) {
    const soql = compile(term, described);
    if (soql === null) rest.push(term);
    else pushed.push(soql);
  }
  const missing = rest.flatMap(pathsIn).find((path) => !isRead(path, described));
  if (missing !== undefined) {
    return {
      problem: `Salesforce cannot filter by ${missing} in this way; join it by AND, with another operator`,
    };
  }
  const [only] = rest;
  return {
    soql: pushed.length === 0 ? null : pushed.join(' AND '),
    rest: rest.length > 1 ? { type: 'and', terms: rest } : (only ?? null),
  };
}

function conjuncts(tree: Ceql): Ceql[] {
  return tree.type === 'and' ? tree.terms.flatMap(conjuncts) : [tree];
}

function pathsIn(tree: Ceql): string[] {
  return 'terms' in tree ? tree.terms.flatMap(pathsIn) : [tree.field];
}

/** Whether the value is in the records we read, so that we can compare it. */
function isRead(path: string, described: Described | null): boolean {
  if (described === null) return true;
  const field = findField(described, path);
  return field !== undefined && kindOfType(field.type) !== 'none';
}

/** Null: not all of it can be said. Conditions in OR come in parentheses, as mixing needs them. */
function compile(tree: Ceql, described: Described | null): string | null {
  if ('terms' in tree) {
    const terms = tree.terms.map((term) => compile(term, described));
    if (terms.includes(null)) return null;
    return `(${terms.join(tree.type === 'and' ? ' AND ' : ' OR ')})`;
  }
  const field = fieldOf(tree.field, described);
  if (field === null) return null;
  if (tree.type === 'null') return `${field.path} ${tree.negated ? '!=' : '='} NULL`;
  return tree.type === 'in' ? compileIn(field, tree.values) : compare(field, tree.operator, tree.value);
}

/** Null for what is no field's name and for fields Salesforce does not filter by. */
function fieldOf(path: string, described: Described | null): Field | null {
  if (!PATH.test(path)) return null;
  const known = findField(described, path);
  if (known === undefined) return { path, kind: 'none', type: null };
  return known.filterable ? { path: known.name, kind: kindOfType(known.type), type: known.type } : null;
}

function compileIn(field: Field, values: readonly CeqlValue[]): string | null {
  if (field.type === 'multipicklist') {
    const terms = values.map((value) => compare(field, '=', value));
    return terms.includes(null) ? null : `(${terms.join(' OR ')})`;
  }
  const literals = values.map((value) => equalLiteral(field, value));
  return literals.includes(null) ? null : `${field.path} IN (${literals.join(', ')})`;
}

function compare(field: Field, operator: Comparison, value: CeqlValue): string | null {
  const { path, type } = field;
  if (operator === 'LIKE') {
    if (type !== null && !LIKE_TYPES.has(type)) return null;
    return `${path} LIKE ${quotePattern(String(value.value))}`;
  }
  if (operator === '=' || operator === '!=') {
    const literal = equalLiteral(field, value);
    return literal === null ? null : `${path} ${operator} ${literal}`;
  }
  if (type === 'multipicklist' || field.kind === 'boolean') return null;
  // Texts are ordered as texts there, numbers among them too.
  if (type !== null && field.kind === 'text' && value.type === 'number') return null;
  const literal = literalOf(field, value);
  if (literal === null) return null;
  return `${path} ${field.kind === 'date' ? dayOperator(operator, value) : operator} ${literal}`;
}

function equalLiteral(field: Field, value: CeqlValue): string | null {
  // No day is an instant within a day.
  if (field.kind === 'date' && !isMidnight(value)) return null;
  return literalOf(field, value);
}

/** A day stands for its midnight: it is before an instant of that day, which the literal has no room for. */
function dayOperator(operator: '<' | '>' | '<=' | '>=', value: CeqlValue): string {
  if (isMidnight(value)) return operator;
  return operator.startsWith('<') ? '<=' : '>';
}

function literalOf({ path, kind, type }: Field, value: CeqlValue): string | null {
  if (type !== null) return literalFor(kind, value);
  const text = String(value.value);
  if (value.type === 'text') {
    // A date in quotes, as old queries write it, would be refused.
    const isStamp = /(?:Date|SystemModstamp)$/.test(path) && /^\d{4}-\d\d-\d\d/.test(text);
    return (isStamp ? literalFor(text.length > 10 ? 'dateTime' : 'date', value) : null) ?? quote(text);
  }
  if (value.type === 'date') return literalFor(text.length > 10 ? 'dateTime' : 'date', value);
  return literalFor(value.type, value);
}
