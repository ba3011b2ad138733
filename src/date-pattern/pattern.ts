/**
 * The letters of a Java `SimpleDateFormat` pattern (Java SE 21 API documentation, read November 2026) that are
 * understood. `Y` is read and printed as the calendar year `y`: Java's week year would move the last days of
 * December into the next year, and no pattern seen so far means that.
 */
const LETTERS = 'GyYMLdDEuaHkKhmsSZXz';

export type PatternToken =
  | { type: 'literal'; text: string }
  | { type: 'field'; letter: string; width: number };

/** Patterns that are words, not letters: the value is a number of milliseconds or seconds since 1970. */
const EPOCH_PATTERNS = ['milliseconds', 'seconds'] as const;
export type EpochPattern = (typeof EPOCH_PATTERNS)[number];

const MAX_PATTERN_LENGTH = 200;

export function isEpochPattern(pattern: string): pattern is EpochPattern {
  return (EPOCH_PATTERNS as readonly string[]).includes(pattern);
}

/**
 * What is wrong with a date pattern, one text a problem; empty when it can be used. The keywords `milliseconds`
 * and `seconds` are patterns too.
 */
export function checkPattern(pattern: string): string[] {
  return isEpochPattern(pattern) ? [] : parsePattern(pattern).problems;
}

/**
 * Splits a pattern into fields and literal text. A pattern with problems still gives tokens: an unknown letter
 * stands for itself, an unbalanced quote opens literal text that reaches to the end.
 */
export function parsePattern(pattern: string): { tokens: PatternToken[]; problems: string[] } {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    return { tokens: [], problems: [`the pattern is longer than ${MAX_PATTERN_LENGTH} characters`] };
  }
  const tokens: PatternToken[] = [];
  const problems: string[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') tokens.push({ type: 'literal', text: literal });
    literal = '';
  };
  for (let i = 0; i < pattern.length;) {
    const letter = pattern.charAt(i);
    if (letter === "'") {
      const quoted = readQuoted(pattern, i);
      if (!quoted.closed) problems.push(`the quote at position ${i} is not closed`);
      literal += quoted.text;
      i = quoted.end;
    } else if (LETTERS.includes(letter)) {
      flush();
      let end = i + 1;
      while (pattern.charAt(end) === letter) end += 1;
      tokens.push({ type: 'field', letter, width: end - i });
      i = end;
    } else {
      if (/[A-Za-z]/.test(letter)) problems.push(`unknown letter "${letter}" at position ${i}`);
      literal += letter;
      i += 1;
    }
  }
  flush();
  if (tokens.length === 0) problems.push('the pattern is empty');
  return { tokens, problems };
}

/** Reads from an opening quote; `''` is a quote, inside and outside of quoted text. */
function readQuoted(pattern: string, start: number): { text: string; end: number; closed: boolean } {
  if (pattern.charAt(start + 1) === "'") return { text: "'", end: start + 2, closed: true };
  let text = '';
  for (let i = start + 1; i < pattern.length; i += 1) {
    if (pattern.charAt(i) !== "'") {
      text += pattern.charAt(i);
    } else if (pattern.charAt(i + 1) === "'") {
      text += "'";
      i += 1;
    } else {
      return { text, end: i + 1, closed: true };
    }
  }
  return { text, end: pattern.length, closed: false };
}

/** Whether a field is read and written as digits; such fields, when they touch, are read by their width. */
export function isNumeric(token: PatternToken | undefined): boolean {
  if (token === undefined || token.type === 'literal') return false;
  if (token.letter === 'M' || token.letter === 'L') return token.width < 3;
  return 'yYdDuHkKhmsS'.includes(token.letter);
}
