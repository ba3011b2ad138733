import { ApiFailure } from '../errors.ts';
import type { Field, FieldType } from '../fields.ts';
import { toId18 } from '../ids.ts';
import { follow, resolvePath, valueOf } from '../records.ts';
import type { Lookup, SObject } from '../records.ts';
import type { ObjectType } from '../object-types.ts';
import type { Condition, Literal, Operator } from './soql.ts';

type Holds = (record: SObject) => boolean;

/** What a literal must be for a field of a type; texts are everything else. */
const KINDS: Partial<Record<FieldType, Literal['kind']>> = {
  boolean: 'boolean',
  int: 'number',
  double: 'number',
  currency: 'number',
  percent: 'number',
  date: 'date',
  datetime: 'dateTime',
};

/** Checks a condition against the type's fields, as strictly as the vendor, and makes it a test of records. */
export function compileCondition(lookup: Lookup, type: ObjectType, condition: Condition): Holds {
  if (condition.kind === 'not') {
    const holds = compileCondition(lookup, type, condition.term);
    return (record) => !holds(record);
  }
  if (condition.kind !== 'compare') {
    const terms = condition.terms.map((term) => compileCondition(lookup, type, term));
    return condition.kind === 'and'
      ? (record) => terms.every((holds) => holds(record))
      : (record) => terms.some((holds) => holds(record));
  }
  const { path, operator, literals } = condition;
  const resolved = needPath(lookup, type, path);
  if (!resolved.field.filterable) {
    throw invalidField(`field '${path}' can not be filtered in a query call`);
  }
  const holds = compileComparison(resolved.field, operator, literals);
  const { steps, field } = resolved;
  return (record) => {
    const at = follow(lookup, record, steps);
    return holds(at === undefined ? null : valueOf(field, at));
  };
}

/** The field of a path; a query that names an unknown one is refused with the vendor's sentence. */
export function needPath(
  lookup: Lookup,
  type: ObjectType,
  path: string,
): NonNullable<ReturnType<typeof resolvePath>> {
  const found = resolvePath(lookup, type, path);
  if (found) return found;
  throw invalidField(
    `No such column '${path}' on entity '${type.name}'. If you are attempting to use a custom field, be sure to ` +
      "append the '__c' after the custom field name. Please reference your WSDL or the describe call for the " +
      'appropriate names.',
  );
}

export const invalidField = (message: string): ApiFailure => new ApiFailure(400, 'INVALID_FIELD', message);

function compileComparison(
  field: Field,
  operator: Operator,
  literals: Literal[],
): (value: unknown) => boolean {
  for (const literal of literals) checkLiteral(field, literal);
  const operands = literals.map((literal) => operandOf(field, literal));
  const [operand = null] = operands;
  switch (operator) {
    case '=':
      return (value) => same(value, operand);
    case '!=':
      return (value) => !same(value, operand);
    case 'IN':
      return (value) => operands.some((one) => same(value, one));
    case 'NOT IN':
      return (value) => !operands.some((one) => same(value, one));
    case 'INCLUDES':
    case 'EXCLUDES':
      return compileMulti(field, operator, operands);
    case 'LIKE':
      return compileLike(field, operand);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compileOrder(field, operator, operand);
  }
}

function checkLiteral(field: Field, { kind }: Literal): void {
  if (kind === 'null') return;
  const wanted = KINDS[field.type] ?? 'text';
  if (kind === wanted) return;
  const isText = kind === 'text';
  const quotes = isText ? 'should not be enclosed in quotes' : 'should be enclosed in quotes';
  const type = field.type === 'datetime' ? 'dateTime' : field.type;
  throw invalidField(
    `value of filter criterion for field '${field.name}' must be of type ${type}` +
      (isText || wanted === 'text' ? ` and ${quotes}` : ''),
  );
}

function operandOf(field: Field, literal: Literal): string | number | boolean | null {
  if (literal.kind === 'null') return null;
  const { value } = literal;
  return typeof value === 'string' && (field.type === 'id' || field.type === 'reference')
    ? toId18(value)
    : value;
}

/** Texts are equal whatever their case; ids are not. */
function same(value: unknown, operand: unknown): boolean {
  if (typeof value === 'string' && typeof operand === 'string') {
    return value === operand || (value.length !== 18 && value.toLowerCase() === operand.toLowerCase());
  }
  return (value ?? null) === operand;
}

function compileOrder(field: Field, operator: Operator, operand: unknown): (value: unknown) => boolean {
  if (field.type === 'boolean' || field.type === 'multipicklist') {
    throw new ApiFailure(400, 'INVALID_OPERATOR', `invalid operator on ${field.type} field`);
  }
  return (value) => {
    if (value === null || value === undefined || operand === null) return false;
    const order = compareValues(value, operand);
    if (operator === '<') return order < 0;
    if (operator === '<=') return order <= 0;
    return operator === '>' ? order > 0 : order >= 0;
  };
}

/** Ids (and only they are 18 characters of both cases everywhere) compare by their characters, texts without case. */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a !== 'string' || typeof b !== 'string') return Number(a) - Number(b);
  const isIds = a.length === 18 && b.length === 18;
  const left = isIds ? a : a.toLowerCase();
  const right = isIds ? b : b.toLowerCase();
  return left < right ? -1 : Number(left > right);
}

function compileMulti(field: Field, operator: Operator, operands: unknown[]): (value: unknown) => boolean {
  if (field.type !== 'multipicklist') {
    throw new ApiFailure(400, 'INVALID_OPERATOR', `${operator} is for multi-select picklists only`);
  }
  const includes = (value: unknown): boolean => {
    const chosen = typeof value === 'string' ? value.split(';') : [];
    return operands.some(
      (one) => typeof one === 'string' && one.split(';').every((part) => chosen.includes(part)),
    );
  };
  return operator === 'INCLUDES' ? includes : (value) => !includes(value);
}

const NO_LIKE: ReadonlySet<FieldType> = new Set(['id', 'reference', 'boolean', 'multipicklist']);

/** `%` any text, `_` one character, both escaped by a backslash; without case. */
function compileLike(field: Field, operand: unknown): (value: unknown) => boolean {
  if (typeof operand !== 'string' || NO_LIKE.has(field.type) || KINDS[field.type]) {
    throw new ApiFailure(400, 'INVALID_OPERATOR', `invalid operator on ${field.type} field`);
  }
  const source = operand.replace(/\\([\s\S])|([\s\S])/g, (_whole, escaped?: string, plain = '') => {
    if (escaped !== undefined) return escapeRegExp(escaped);
    if (plain === '%') return '[\\s\\S]*';
    return plain === '_' ? '[\\s\\S]' : escapeRegExp(String(plain));
  });
  const pattern = new RegExp(`^${source}$`, 'i');
  return (value) => typeof value === 'string' && pattern.test(value);
}

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
