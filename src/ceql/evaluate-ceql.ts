import { readDate, readIso } from '../date-pattern/read-date.ts';
import { atPath, type Json } from '../kernel/json.ts';
import type { Ceql, CeqlValue, Comparison } from './tree.ts';

/** How a record's value stands to the condition's: negative, 0 or positive; undefined when they do not compare. */
type Compare = (value: Json | undefined) => number | undefined;

/**
 * Compiles a tree to a test of records, once for many records.
 *
 * - A missing or null field is NULL: it is `IS NULL` and `!=` everything, and nothing else holds of it. (`!=` is
 *   the opposite of `=`, as in Salesforce's SOQL. Standard SQL would drop such records, and vendors leave empty
 *   fields out, so a filter `status != 'archived'` would lose records whose status was never set.)
 * - Numbers compare with numeric text as numbers, either way round. Two texts are equal when they are the same
 *   characters (`'007'` is not `'7'`), but are ordered as numbers when both are numeric.
 * - When both sides read as dates, instants compare (`2026-11-20` is that day's midnight UTC), a record's epoch
 *   seconds or milliseconds included.
 * - `true` and `false` compare with booleans and with their texts in any case.
 * - Anything else compares as text, by UTF-16 code units and with regard to case; values that do not compare
 *   (objects, arrays, `5` with `abc`) satisfy `!=` only.
 * - `LIKE` disregards case, `%` stands for any text, everything else for itself; time is linear in the text.
 */
export function compileCeql(tree: Ceql): (record: Json) => boolean {
  if (tree.type === 'compare') return compileComparison(tree.field, tree.operator, tree.value);
  if (tree.type === 'null') {
    const { field, negated } = tree;
    return (record) => ((atPath(record, field) ?? null) === null) !== negated;
  }
  if (tree.type === 'in') {
    const { field } = tree;
    const compares = tree.values.map((value) => compileCompare(value, true));
    return (record) => {
      const value = atPath(record, field);
      return compares.some((compare) => compare(value) === 0);
    };
  }
  const terms = tree.terms.map(compileCeql);
  return tree.type === 'and'
    ? (record) => terms.every((holds) => holds(record))
    : (record) => terms.some((holds) => holds(record));
}

function compileComparison(
  field: string,
  operator: Comparison,
  operand: CeqlValue,
): (record: Json) => boolean {
  if (operator === 'LIKE') {
    const matches = compileLike(String(operand.value));
    return (record) => {
      const value = atPath(record, field) ?? null;
      return value !== null && typeof value !== 'object' && matches(String(value));
    };
  }
  const compare = compileCompare(operand, operator === '=' || operator === '!=');
  const holds = HOLDS[operator];
  return (record) => holds(compare(atPath(record, field)));
}

const HOLDS: Readonly<Record<Exclude<Comparison, 'LIKE'>, (order: number | undefined) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order !== undefined && order < 0,
  '>': (order) => order !== undefined && order > 0,
  '<=': (order) => order !== undefined && order <= 0,
  '>=': (order) => order !== undefined && order >= 0,
};

/** `equality`: whether only "equal or not" will be asked, which keeps numeric texts apart. */
function compileCompare(operand: CeqlValue, equality: boolean): Compare {
  const text = String(operand.value);
  const number = operand.type === 'number' ? operand.value : numberOf(text);
  const truth = truthOf(text);
  const instant = operand.type === 'number' ? null : readIso(text);
  return (value) => {
    if (value === undefined || value === null || typeof value === 'object') return undefined;
    if (typeof value === 'boolean') return truth === null ? undefined : Number(value) - Number(truth);
    if (instant !== null) {
      const at = readDate(value)?.at;
      if (at !== undefined) return at - instant;
    }
    if (number !== null && (typeof value === 'number' || operand.type === 'number' || !equality)) {
      const other = typeof value === 'number' ? value : numberOf(value);
      if (other !== null) return Math.sign(other - number);
    }
    if (typeof value === 'number') return undefined;
    if (operand.type === 'boolean') {
      const other = truthOf(value);
      return other === null ? undefined : Number(other) - Number(operand.value);
    }
    if (operand.type !== 'text') return undefined;
    return value === text ? 0 : value < text ? -1 : 1;
  };
}

function numberOf(text: string): number | null {
  return /^\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : null;
}

function truthOf(text: string): boolean | null {
  const lower = text.length > 5 ? text : text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : null;
}

/** Finds the pieces between the wildcards one after the other, each at its first place: no backtracking. */
function compileLike(pattern: string): (text: string) => boolean {
  const [first = '', ...pieces] = pattern.toLowerCase().split('%');
  const last = pieces.pop();
  return (text) => {
    const lower = text.toLowerCase();
    if (last === undefined) return lower === first;
    if (!lower.startsWith(first)) return false;
    let at = first.length;
    for (const piece of pieces) {
      const found = lower.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return lower.length - last.length >= at && lower.endsWith(last);
  };
}
