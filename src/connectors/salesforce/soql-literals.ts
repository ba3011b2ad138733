import type { CeqlValue } from '../../ceql/tree.ts';
import { readDate } from '../../date-pattern/read-date.ts';
import { isoMillis, isoSeconds, type EpochMs } from '../../kernel/clock.ts';

/** How SOQL writes and compares the values of a field type (SOQL and SOSL Reference, read 2026-11). */
export type SoqlKind = 'text' | 'number' | 'boolean' | 'date' | 'dateTime' | 'none';

const KINDS: { [type: string]: SoqlKind } = {
  int: 'number',
  long: 'number',
  double: 'number',
  currency: 'number',
  percent: 'number',
  boolean: 'boolean',
  date: 'date',
  datetime: 'dateTime',
  time: 'none',
  address: 'none',
  location: 'none',
  base64: 'none',
  complexvalue: 'none',
};

/** Texts, picklists, ids and references are texts. */
export function kindOfType(type: string): SoqlKind {
  return KINDS[type] ?? 'text';
}

const ESCAPES: { [character: string]: string } = {
  '\\': '\\\\',
  "'": "\\'",
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

/** A text in quotes, so that nothing in it can end it (SOQL reference, "Quoted String Escape Sequences"). */
export function quote(text: string): string {
  return `'${text.replace(/[\\'\n\r\t\b\f]/g, (character) => ESCAPES[character]!)}'`;
}

/** A pattern in quotes: CEQL knows `%` alone as a wildcard, SOQL `_` too. */
export function quotePattern(pattern: string): string {
  return quote(pattern).replaceAll('_', '\\_');
}

/** A date-time is never quoted. Stamps have whole seconds; what a client compares with may not. */
export function dateTimeLiteral(at: EpochMs): string {
  return at % 1000 === 0 ? isoSeconds(at) : isoMillis(at);
}

/** The value as a literal for a kind; null when it is none, so that we must compare ourselves. */
export function literalFor(kind: SoqlKind, { type, value }: CeqlValue): string | null {
  const text = String(value);
  if (kind === 'text') return quote(text);
  if (kind === 'number') return /^[-+]?\d{1,30}(?:\.\d{1,30})?$/.test(text.trim()) ? text.trim() : null;
  if (kind === 'boolean') return /^(true|false)$/i.test(text) ? text.toUpperCase() : null;
  if (kind === 'none') return null;
  const at = type === 'boolean' ? undefined : readDate(value)?.at;
  if (at === undefined || !isWritable(at)) return null;
  return kind === 'dateTime' ? dateTimeLiteral(at) : isoSeconds(at).slice(0, 10);
}

/** Whether the instant a value names is the very beginning of a day in UTC, as days are compared. */
export function isMidnight({ value }: CeqlValue): boolean {
  const at = typeof value === 'boolean' ? undefined : readDate(value)?.at;
  return at !== undefined && at % 86_400_000 === 0;
}

/** SOQL's years have four digits and begin at 1700 ("Date Formats and Date Literals", read 2026-11). */
function isWritable(at: EpochMs): boolean {
  return at >= -8_520_336_000_000 && at < 253_402_300_800_000;
}
