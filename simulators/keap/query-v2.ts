import type { SimulatorReply, SimulatorRequest } from '../core/route.ts';
import { failureV2 } from './errors.ts';

const MOST = 1000;

interface Clause {
  field: string;
  operator: string;
  value: string;
}

/** What may be filtered and ordered of one kind of record. */
export interface Grammar<T> {
  /** The list's name in the answer. */
  name: string;
  filters: Record<string, Filter<T>>;
  orders: Record<string, (one: T) => number | string>;
  /** The order when none is asked for. */
  usual: string;
}

/** Undefined: the value is no value of this field. */
export interface Filter<T> {
  operators: readonly string[];
  compile(operator: string, value: string): ((one: T) => boolean) | undefined;
}

/**
 * `filter`, `order_by`, `page_size`, `page_token` of a v2 list (OpenAPI of 2026-08, vendor page 2026-11). What an
 * unknown filter field gets is not documented; here it is the 400 that older applications give for `modified_…`.
 *
 * Whether a page token keeps its place while records change is not documented either: here it is a plain offset,
 * the worst case.
 */
export function listV2<T>(
  { query }: SimulatorRequest,
  all: readonly T[],
  grammar: Grammar<T>,
  present: (one: T) => unknown,
): SimulatorReply {
  const refuse = (message: string, resource: string): SimulatorReply =>
    failureV2(400, message, resource, grammar.name);
  const clauses = readClauses(query.get('filter') ?? '');
  if (typeof clauses === 'string') return refuse(`Invalid filter: ${clauses}`, 'filter');
  const tests: Array<(one: T) => boolean> = [];
  for (const { field, operator, value } of clauses) {
    const filter = grammar.filters[field];
    if (!filter?.operators.includes(operator)) return refuse(`Invalid filter: ${field}${operator}`, field);
    const test = filter.compile(operator, value);
    if (!test) return refuse(`Invalid value for ${field}`, field);
    tests.push(test);
  }
  const [orderField = '', direction = 'asc'] = (query.get('order_by') ?? grammar.usual).split(' ');
  const key = grammar.orders[orderField];
  if (!key || !/^(asc|desc)$/.test(direction)) return refuse('Invalid order_by', 'order_by');
  const size = Number(query.get('page_size') ?? 50);
  if (!Number.isInteger(size) || size < 1 || size > MOST) return refuse('Invalid page_size', 'page_size');
  const start = readToken(query.get('page_token'));
  if (start === undefined) return refuse('Invalid page_token', 'page_token');
  const matching = all.filter((one) => tests.every((test) => test(one)));
  matching.sort((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b))));
  if (direction === 'desc') matching.reverse();
  const isLast = start + size >= matching.length;
  return {
    status: 200,
    body: {
      [grammar.name]: matching.slice(start, start + size).map(present),
      next_page_token: isLast ? '' : writeToken(start + size),
    },
  };
}

function readClauses(filter: string): Clause[] | string {
  if (filter === '') return [];
  const clauses: Clause[] = [];
  for (const text of filter.split(';')) {
    const match = /^(\w+)(==|!=|<=|>=|<|>)(.*)$/.exec(text);
    if (!match) return text;
    clauses.push({ field: match[1]!, operator: match[2]!, value: match[3]! });
  }
  return clauses;
}

const writeToken = (start: number): string => Buffer.from(`o${start}`).toString('base64url');

function readToken(token: string | null): number | undefined {
  if (token === null || token === '') return 0;
  const start = /^o(\d+)$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  return start === undefined ? undefined : Number(start);
}
