import type { Ceql, CeqlValue } from './tree.ts';
import { BARE_FIELD, RESERVED_WORDS } from './words.ts';

/**
 * A tree as CEQL text with upper-case keywords, as few parentheses and back-ticks as possible; `parseCeql` of it
 * gives the same tree.
 */
export function printCeql(tree: Ceql): string {
  if (tree.type === 'compare') return `${printField(tree.field)} ${tree.operator} ${printValue(tree.value)}`;
  if (tree.type === 'in') return `${printField(tree.field)} IN (${tree.values.map(printValue).join(', ')})`;
  if (tree.type === 'null') return `${printField(tree.field)} IS ${tree.negated ? 'NOT ' : ''}NULL`;
  return tree.terms.map((term) => printTerm(term, tree.type)).join(tree.type === 'and' ? ' AND ' : ' OR ');
}

/** An `or` within an `and` needs parentheses, and so does a list within one of its own kind, to stay one. */
function printTerm(term: Ceql, within: 'and' | 'or'): string {
  const inParentheses = term.type === 'or' || (term.type === 'and' && within === 'and');
  return inParentheses ? `(${printCeql(term)})` : printCeql(term);
}

function printField(field: string): string {
  BARE_FIELD.lastIndex = 0;
  const isBare = BARE_FIELD.exec(field)?.[0] === field && !RESERVED_WORDS.has(field.toLowerCase());
  return isBare ? field : `\`${field.replaceAll('`', '``')}\``;
}

function printValue(value: CeqlValue): string {
  if (value.type === 'text') return `'${value.value.replaceAll("'", "''")}'`;
  if (value.type === 'number') return printNumber(value.value);
  return String(value.value);
}

/** An integer beyond 2^53 needs the exponent: written in digits it would be read as text. */
function printNumber(value: number): string {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}
