import { SoqlSyntaxError } from './soql.ts';

export interface Token {
  kind: 'word' | 'text' | 'number' | 'date' | 'dateTime' | 'sign' | 'end';
  /** Of a text its content, else as written. */
  text: string;
  at: number;
}

const PATTERNS: Array<[Token['kind'], RegExp]> = [
  ['dateTime', /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/y],
  ['date', /\d{4}-\d\d-\d\d(?![\w:])/y],
  ['number', /[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ['word', /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/y],
  ['sign', /<=|>=|!=|<>|[=<>(),]/y],
];

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** Splits a query. Texts stand in single quotes; a backslash escapes (SOQL reference, "Quoted String Escape Sequences"). */
export function tokenize(soql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < soql.length) {
    const char = soql.charAt(at);
    if (/\s/.test(char)) {
      at += 1;
      continue;
    }
    const token = char === "'" ? readText(soql, at) : readPlain(soql, at);
    tokens.push(token.token);
    at = token.end;
  }
  tokens.push({ kind: 'end', text: '<EOF>', at });
  return tokens;
}

function readPlain(soql: string, at: number): { token: Token; end: number } {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const text = pattern.exec(soql)?.[0];
    if (text !== undefined) return { token: { kind, text, at }, end: at + text.length };
  }
  throw new SoqlSyntaxError(`unexpected token: '${soql.charAt(at)}'`, at);
}

function readText(soql: string, start: number): { token: Token; end: number } {
  let text = '';
  for (let at = start + 1; at < soql.length; at += 1) {
    const char = soql.charAt(at);
    if (char === "'") return { token: { kind: 'text', text, at: start }, end: at + 1 };
    if (char !== '\\') {
      text += char;
      continue;
    }
    at += 1;
    const escaped = soql.charAt(at);
    // Wildcards keep their backslash: LIKE reads it.
    if (escaped === '%' || escaped === '_') text += `\\${escaped}`;
    else if (ESCAPES[escaped] !== undefined) text += ESCAPES[escaped];
    else if (`'"\\`.includes(escaped) && escaped !== '') text += escaped === '\\' ? '\\\\' : escaped;
    else throw new SoqlSyntaxError('Illegal string literal: Invalid string escape sequence', at);
  }
  throw new SoqlSyntaxError("line contains a text that does not end: expecting '''", start);
}

/** A text with its remaining backslashes taken away, for every comparison but LIKE. */
export const plainText = (text: string): string => text.replace(/\\([\\%_])/g, '$1');
