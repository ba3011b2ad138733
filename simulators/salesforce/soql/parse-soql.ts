import { parseDateTime } from '../time-format.ts';
import { SoqlSyntaxError } from './soql.ts';
import type { Condition, Literal, Operator, Ordering, Soql } from './soql.ts';
import { plainText, tokenize } from './tokens.ts';
import type { Token } from './tokens.ts';

/** Reads a query. Throws SoqlSyntaxError. */
export function parseSoql(soql: string): Soql {
  return new Parser(tokenize(soql)).query();
}

class Parser {
  private readonly tokens: Token[];
  private index = 0;

  constructor(tokens: Token[]) {
    this.tokens = tokens;
  }

  query(): Soql {
    this.need('SELECT');
    const select: string[] = [];
    const fieldSets: Soql['fieldSets'] = [];
    let isCount = false;
    do {
      const item = this.word();
      if (!this.sign('(')) {
        select.push(item);
        continue;
      }
      if (/^count$/i.test(item) && this.sign(')')) {
        isCount = true;
        continue;
      }
      const set = /^fields$/i.test(item) ? this.word().toUpperCase() : '';
      if (set !== 'ALL' && set !== 'STANDARD' && set !== 'CUSTOM') throw this.unexpected(this.index - 1);
      fieldSets.push(set);
      this.needSign(')');
    } while (this.sign(','));
    this.need('FROM');
    const from = this.word();
    const where = this.keyword('WHERE') ? this.condition() : null;
    const orderBy = this.keyword('ORDER') ? this.ordering() : [];
    const limit = this.keyword('LIMIT') ? this.count() : null;
    const offset = this.keyword('OFFSET') ? this.count() : 0;
    if (this.peek().kind !== 'end') throw this.unexpected(this.index);
    return { select, isCount, fieldSets, from, where, orderBy, limit, offset };
  }

  /** AND and OR may not be mixed without parentheses. */
  private condition(): Condition {
    const terms = [this.term()];
    let joined: 'AND' | 'OR' | undefined;
    for (;;) {
      const word = this.keyword('AND') ? 'AND' : this.keyword('OR') ? 'OR' : undefined;
      if (!word) break;
      if (joined && joined !== word) throw this.unexpected(this.index - 1);
      joined = word;
      terms.push(this.term());
    }
    if (!joined) return terms[0]!;
    return { kind: joined === 'AND' ? 'and' : 'or', terms };
  }

  private term(): Condition {
    if (this.keyword('NOT')) return { kind: 'not', term: this.term() };
    if (this.sign('(')) {
      const inner = this.condition();
      this.needSign(')');
      return inner;
    }
    const path = this.word();
    const operator = this.operator();
    if (operator !== 'IN' && operator !== 'NOT IN' && operator !== 'INCLUDES' && operator !== 'EXCLUDES') {
      return { kind: 'compare', path, operator, literals: [this.literal(operator === 'LIKE')] };
    }
    this.needSign('(');
    const literals = [this.literal()];
    while (this.sign(',')) literals.push(this.literal());
    this.needSign(')');
    return { kind: 'compare', path, operator, literals };
  }

  private operator(): Operator {
    const { kind, text } = this.take();
    if (kind === 'sign' && ['=', '!=', '<', '>', '<=', '>='].includes(text)) return text as Operator;
    if (kind === 'sign' && text === '<>') return '!=';
    const word = kind === 'word' ? text.toUpperCase() : '';
    if (word === 'LIKE' || word === 'IN' || word === 'INCLUDES' || word === 'EXCLUDES') return word;
    if (word === 'NOT' && this.keyword('IN')) return 'NOT IN';
    throw this.unexpected(this.index - 1);
  }

  private literal(keepsEscapes = false): Literal {
    const { kind, text } = this.take();
    if (kind === 'text') return { kind, value: keepsEscapes ? text : plainText(text) };
    if (kind === 'number') return { kind, value: Number(text) };
    if (kind === 'date') return { kind, value: text };
    const at = kind === 'dateTime' ? parseDateTime(text) : undefined;
    if (at !== undefined) return { kind: 'dateTime', value: at };
    const word = kind === 'word' ? text.toLowerCase() : '';
    if (word === 'null') return { kind: 'null' };
    if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true' };
    throw this.unexpected(this.index - 1);
  }

  private ordering(): Ordering[] {
    this.need('BY');
    const orderings: Ordering[] = [];
    do {
      const path = this.word();
      const descending = this.keyword('DESC');
      if (!descending) this.keyword('ASC');
      let nullsLast = false;
      if (this.keyword('NULLS')) {
        nullsLast = this.keyword('LAST');
        if (!nullsLast) this.need('FIRST');
      }
      orderings.push({ path, descending, nullsLast });
    } while (this.sign(','));
    return orderings;
  }

  private count(): number {
    const { kind, text } = this.take();
    if (kind !== 'number' || !/^\d+$/.test(text)) throw this.unexpected(this.index - 1);
    return Number(text);
  }

  private peek(): Token {
    return this.tokens[Math.min(this.index, this.tokens.length - 1)]!;
  }

  private take(): Token {
    const token = this.peek();
    this.index += 1;
    return token;
  }

  private word(): string {
    const { kind, text } = this.take();
    if (kind !== 'word') throw this.unexpected(this.index - 1);
    return text;
  }

  private keyword(word: string): boolean {
    const { kind, text } = this.peek();
    if (kind !== 'word' || text.toUpperCase() !== word) return false;
    this.index += 1;
    return true;
  }

  private need(word: string): void {
    if (!this.keyword(word)) throw this.unexpected(this.index);
  }

  private sign(sign: string): boolean {
    const { kind, text } = this.peek();
    if (kind !== 'sign' || text !== sign) return false;
    this.index += 1;
    return true;
  }

  private needSign(sign: string): void {
    if (!this.sign(sign)) throw this.unexpected(this.index);
  }

  private unexpected(index: number): SoqlSyntaxError {
    const { text, at } = this.tokens[Math.min(index, this.tokens.length - 1)]!;
    return new SoqlSyntaxError(`unexpected token: '${text}'`, at);
  }
}
