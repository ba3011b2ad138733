import type { EpochMs } from '../../core/clock.ts';
import { firstNotBefore } from '../../core/sorted-index.ts';
import { ApiFailure } from '../errors.ts';
import type { ObjectType } from '../object-types.ts';
import { follow, valueOf } from '../records.ts';
import type { FieldPath, SObject } from '../records.ts';
import { isOutOfBin } from '../store.ts';
import type { Records } from '../store.ts';
import { compareValues, compileCondition, invalidField, needPath } from './compile-condition.ts';
import { parseSoql } from './parse-soql.ts';
import { SoqlSyntaxError } from './soql.ts';
import type { Condition, Ordering, Soql } from './soql.ts';

const MAX_OFFSET = 2000;
const MAX_FIELDS_ROWS = 200;

export interface QueryRun {
  type: ObjectType;
  paths: FieldPath[];
  rows: readonly SObject[];
  /** `SELECT COUNT()`: the number is all there is. */
  isCount: boolean;
}

/** Runs a query; `all` shows the recycle bin too. Throws ApiFailure with the vendor's code. */
export function runSoql(store: Records, text: string, all: boolean, now: EpochMs): QueryRun {
  const soql = parse(text);
  const type = store.type(soql.from);
  if (!type) {
    throw new ApiFailure(400, 'INVALID_TYPE', `sObject type '${soql.from}' is not supported.`);
  }
  const paths = selectPaths(store, type, soql);
  const holds = soql.where ? compileCondition(store, type, soql.where) : (): boolean => true;
  const isVisible = (record: SObject): boolean =>
    all ? !isOutOfBin(record, now) : record.deletedAt === null;
  const { records, orderBy } = source(store, type, soql);
  const found = records.filter((record) => isVisible(record) && holds(record));
  const ordered = orderBy.length > 0 ? found.sort(ordering(store, type, orderBy)) : found;
  if (soql.offset > MAX_OFFSET) {
    throw new ApiFailure(400, 'NUMBER_OUTSIDE_VALID_RANGE', 'Maximum SOQL offset allowed is 2000');
  }
  const end = soql.limit === null ? undefined : soql.offset + soql.limit;
  return { type, paths, rows: ordered.slice(soql.offset, end), isCount: soql.isCount };
}

function parse(text: string): Soql {
  try {
    return parseSoql(text);
  } catch (error) {
    if (!(error instanceof SoqlSyntaxError)) throw error;
    const near = text.slice(Math.max(0, error.position - 20), error.position + 20);
    const message = `\n${near}\nERROR at Row:1:Column:${error.position + 1}\n${error.message}`;
    throw new ApiFailure(400, 'MALFORMED_QUERY', message);
  }
}

function selectPaths(store: Records, type: ObjectType, soql: Soql): FieldPath[] {
  if (soql.fieldSets.some((set) => set !== 'STANDARD') && (soql.limit ?? Infinity) > MAX_FIELDS_ROWS) {
    throw new ApiFailure(400, 'MALFORMED_QUERY', 'The SOQL FIELDS function must have a LIMIT of at most 200');
  }
  const bySets = type.fields.filter((field) =>
    soql.fieldSets.some((set) => set === 'ALL' || (set === 'CUSTOM') === field.custom),
  );
  const named = soql.select.map((path) => needPath(store, type, path));
  const paths = [...bySets.map((field): FieldPath => ({ steps: [], field })), ...named];
  const keys = paths.map(({ steps, field }) => [...steps, field].map(({ name }) => name).join('.'));
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) {
    throw invalidField(`duplicate field selected: ${twice}`);
  }
  return paths;
}

/**
 * The records in an order that saves sorting: the index of stamps where the first order is SystemModstamp and then
 * Id, from the first one a lower bound allows.
 */
function source(
  store: Records,
  type: ObjectType,
  { where, orderBy }: Soql,
): { records: readonly SObject[]; orderBy: Ordering[] } {
  const records = store.of(type.name);
  const names = orderBy.map(({ path, descending }) => `${path.toLowerCase()}${descending ? ' desc' : ''}`);
  const isByStamp = ['systemmodstamp', 'systemmodstamp,id'].includes(names.join(','));
  if (isByStamp) {
    const sorted = records.sorted('updatedAt');
    const from = lowerBound(where);
    const start = firstNotBefore(sorted, (record) => record.updatedAt < from);
    return { records: start === 0 ? sorted : sorted.slice(start), orderBy: [] };
  }
  return { records: records.sorted('id'), orderBy: names.join(',') === 'id' ? [] : orderBy };
}

function lowerBound(where: Condition | null): EpochMs {
  if (where?.kind === 'and') return Math.max(...where.terms.map(lowerBound));
  if (where?.kind !== 'compare' || where.path.toLowerCase() !== 'systemmodstamp') return -Infinity;
  const [literal] = where.literals;
  const isLower = where.operator === '>' || where.operator === '>=';
  return isLower && literal?.kind === 'dateTime' ? literal.value : -Infinity;
}

function ordering(store: Records, type: ObjectType, orderBy: Ordering[]): (a: SObject, b: SObject) => number {
  const keys = orderBy.map(({ path, descending, nullsLast }) => {
    const { steps, field } = needPath(store, type, path);
    if (!field.sortable) throw invalidField(`field '${path}' can not be sorted in a query call`);
    const value = (record: SObject): unknown => {
      const at = follow(store, record, steps);
      return (at && valueOf(field, at)) ?? null;
    };
    return { value, sign: descending ? -1 : 1, nulls: nullsLast ? 1 : -1 };
  });
  return (a, b) => {
    for (const { value, sign, nulls } of keys) {
      const left = value(a);
      const right = value(b);
      if (left === null || right === null) {
        if (left === right) continue;
        return left === null ? nulls : -nulls;
      }
      const order = compareValues(left, right);
      if (order !== 0) return order * sign;
    }
    return 0;
  };
}
