import { parseTemplate } from '../date-pattern/date-template.ts';
import { ceqlErrorMessage, parseCeql } from './parse-ceql.ts';
import type { Ceql, CeqlValue, Comparison } from './tree.ts';

/** A condition whose value was a date template. The feed sets its own bound in its place. */
export interface Bound {
  field: string;
  operator: Comparison | 'IN';
}

export type PollerWhere =
  | { ok: true; bounds: Bound[]; rest: Ceql | null; repaired: boolean }
  | { ok: false; position: number; message: string };

/** Covers a template, character by character, while the text is parsed; Unicode keeps it out of every text. */
const COVER = '\uFFFF';

/**
 * Reads the `where` of a poller URL from a configuration, its date templates not yet filled. Conditions with a
 * template are lifted out of the top-level AND into `bounds`; `rest` is the filter that remains, null when there
 * is none. A template needs no quotes; a missing, doubled or wrong one beside it is repaired, and `repaired` says
 * so, to be shown on the poller record. An error: an unknown template, a bound within an OR (it could not be
 * lifted without changing what is asked), and what `parseCeql` refuses. `position` counts in `where`.
 *
 * For poller URLs only: in a client's query a stray quote is an error.
 */
export function readPollerWhere(where: string): PollerWhere {
  if (where.trim() === '') return { ok: true, bounds: [], rest: null, repaired: false };
  const stray = where.indexOf(COVER);
  if (stray >= 0) return { ok: false, position: stray, message: 'U+FFFF is no character of a text.' };
  let covered = '';
  for (const segment of parseTemplate(where)) {
    if (segment.type === 'problem') {
      return { ok: false, position: covered.length, message: segment.problem };
    }
    covered += segment.type === 'text' ? segment.text : COVER.repeat(segment.text.length);
  }
  const asWritten = parseCeql(covered);
  if (asWritten.ok && valuesOf(asWritten.tree).every((value) => !isBound(value) || isPlain(value))) {
    return lift(asWritten.tree, where, false);
  }
  const { text, repaired } = quoteTemplates(covered);
  const parsed = parseCeql(text);
  if (parsed.ok) return lift(parsed.tree, where, repaired);
  const { position, expected } = parsed;
  return { ok: false, position, message: ceqlErrorMessage(where, position, expected) };
}

/** A stray quote can swallow whole conditions: a value is believed only when it holds nothing but a date. */
function isPlain(value: CeqlValue): boolean {
  return /^[\w:.+% \uFFFF-]*$/.test(String(value.value));
}

/**
 * Puts one pair of quotes around each template and what touches it (`${date:yyyy-MM-dd}T00:00:00Z`), in place of
 * the quotes that stand there. Only covers are overwritten, so that every position stays what it was.
 */
function quoteTemplates(covered: string): { text: string; repaired: boolean } {
  let repaired = false;
  const text = covered.replace(
    /(['"]{1,4}[ \t]{0,4})?(\uFFFF[\w:.+%\uFFFF-]*)([ \t]{0,4}['"]{1,4})?/g,
    (_whole, before: string | undefined, value: string, after: string | undefined) => {
      const quotes = [before?.trim() ?? '', after?.trim() ?? ''].join(' ');
      if (quotes !== ' ' && quotes !== "' '") repaired = true;
      return `${blanks(before)}'${value.slice(1, -1)}'${blanks(after)}`;
    },
  );
  return { text, repaired };
}

function blanks(text = ''): string {
  return ' '.repeat(text.length);
}

/** Takes the bounds out of the top-level AND, however it is bracketed. */
function lift(tree: Ceql, where: string, repaired: boolean): PollerWhere {
  const bounds: Bound[] = [];
  const rest: Ceql[] = [];
  for (const term of conjuncts(tree)) {
    if (!valuesOf(term).some(isBound)) rest.push(term);
    else if (term.type === 'compare') bounds.push({ field: term.field, operator: term.operator });
    else if (term.type === 'in') bounds.push({ field: term.field, operator: 'IN' });
    else return boundInOr(term, where);
  }
  const [only] = rest;
  const remaining: Ceql | null = rest.length > 1 ? { type: 'and', terms: rest } : (only ?? null);
  return { ok: true, bounds, rest: remaining, repaired };
}

function conjuncts(tree: Ceql): Ceql[] {
  return tree.type === 'and' ? tree.terms.flatMap(conjuncts) : [tree];
}

function boundInOr(tree: Ceql, where: string): PollerWhere {
  const field = fieldOfBound(tree) ?? '';
  return {
    ok: false,
    position: Math.max(0, where.indexOf(field)),
    message:
      `The condition on "${field}" holds a date template within an OR. ` +
      'A poller asks for changes since a date whatever else it asks: join the condition by AND.',
  };
}

function fieldOfBound(tree: Ceql): string | undefined {
  if (!valuesOf(tree).some(isBound)) return undefined;
  return 'terms' in tree ? tree.terms.map(fieldOfBound).find((field) => field !== undefined) : tree.field;
}

function isBound(value: CeqlValue): boolean {
  return String(value.value).includes(COVER);
}

function valuesOf(tree: Ceql): CeqlValue[] {
  if (tree.type === 'compare') return [tree.value];
  if (tree.type === 'in') return tree.values;
  return tree.type === 'null' ? [] : tree.terms.flatMap(valuesOf);
}
