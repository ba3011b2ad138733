import type { EpochMs } from '../core/clock.ts';
import { PardotError } from './errors.ts';
import { OBJECTS } from './objects.ts';
import type { Kind, PardotRecord } from './objects.ts';
import type { Session } from './session.ts';
import { parseLegacyTime } from './time-format.ts';

const LARGEST_PAGE = 200;
const DEFAULT_ORDER: { [field: string]: Order } = { id: 'ascending', name: 'ascending' };
type Order = 'ascending' | 'descending';

/** Rows of a v3/v4 query and how many fit its criteria in all. */
export function queryLegacy(
  session: Session,
  kind: Kind,
  parameters: URLSearchParams,
): { page: PardotRecord[]; total: number } {
  const limit = readNumber(parameters, 'limit', 23) ?? LARGEST_PAGE;
  if (limit > LARGEST_PAGE || limit < 1) throw new PardotError(23);
  const offset = readNumber(parameters, 'offset', 21) ?? 0;
  const fits = criteria(session, kind, parameters);
  const sorts = readSorts(kind, parameters);
  const { store } = session.account;
  const isByChange = sorts[0]?.field === 'updated_at';
  const found = store
    .of(kind)
    .sorted(isByChange ? 'updatedAt' : 'id')
    .filter(fits);
  found.sort((a, b) => {
    for (const { field, order } of sorts) {
      const difference = compare(valueOf(a, field), valueOf(b, field));
      if (difference !== 0) return order === 'ascending' ? difference : -difference;
    }
    return 0;
  });
  return { page: found.slice(offset, offset + limit), total: found.length };
}

/** Unknown parameters change nothing. Times are exclusive, whole seconds, on the API user's clock. */
function criteria(
  { clock, account }: Session,
  kind: Kind,
  parameters: URLSearchParams,
): (record: PardotRecord) => boolean {
  const { hasUpdatedFilter, hasLegacyBin } = OBJECTS[kind];
  const time = (name: string): EpochMs | undefined => {
    const text = parameters.get(name);
    if (text === null) return undefined;
    const at = parseLegacyTime(text, account.userTimezone, clock.now());
    if (at === undefined) throw new PardotError(7);
    return at;
  };
  const tests: Array<(record: PardotRecord) => boolean> = [];
  const between = (name: string, read: (record: PardotRecord) => EpochMs): void => {
    const after = time(`${name}_after`);
    const before = time(`${name}_before`);
    if (after !== undefined) tests.push((record) => read(record) > after);
    if (before !== undefined) tests.push((record) => read(record) < before);
  };
  between('created', (record) => record.createdAt);
  if (hasUpdatedFilter) between('updated', (record) => record.updatedAt);
  const over = readNumber(parameters, 'id_greater_than', 16);
  const under = readNumber(parameters, 'id_less_than', 16);
  if (over !== undefined) tests.push((record) => record.id > over);
  if (under !== undefined) tests.push((record) => record.id < under);
  tests.push(...fieldCriteria(kind, parameters));
  const deleted = hasLegacyBin ? (parameters.get('deleted') ?? 'false') : 'false';
  if (deleted !== 'all') tests.push((record) => (record.deletedAt !== null) === (deleted === 'true'));
  return (record) => tests.every((test) => test(record));
}

function fieldCriteria(kind: Kind, parameters: URLSearchParams): Array<(record: PardotRecord) => boolean> {
  const equals = (parameter: string, field: string): Array<(record: PardotRecord) => boolean> => {
    const wanted = parameters.get(parameter);
    return wanted === null ? [] : [(record) => String(record.fields[field]) === wanted];
  };
  const bounds = (field: string): Array<(record: PardotRecord) => boolean> => {
    const over = readNumber(parameters, `${field}_greater_than`, 5);
    const under = readNumber(parameters, `${field}_less_than`, 5);
    return [
      ...(over === undefined ? [] : [(record: PardotRecord) => Number(record.fields[field]) > over]),
      ...(under === undefined ? [] : [(record: PardotRecord) => Number(record.fields[field]) < under]),
    ];
  };
  if (kind === 'prospect') {
    const starred = parameters.get('is_starred');
    return [
      ...equals('score_equal_to', 'score'),
      ...bounds('score'),
      ...equals('grade_equal_to', 'grade'),
      ...(starred === null
        ? []
        : [(record: PardotRecord) => Boolean(record.fields['is_starred']) === (starred === 'true')]),
    ];
  }
  if (kind === 'opportunity') {
    const prospect = readNumber(parameters, 'prospect_id', 3);
    const linked = (record: PardotRecord): boolean =>
      (record.fields['prospect_ids'] as readonly number[]).includes(prospect ?? 0);
    return [...bounds('value'), ...bounds('probability'), ...(prospect === undefined ? [] : [linked])];
  }
  if (kind === 'visitorActivity') {
    return ['prospect_id', 'visitor_id', 'campaign_id', 'type'].flatMap((name) => equals(name, name));
  }
  return equals('name', 'name');
}

/** One field, or two of which one is `id` (codes 133 to 135). Dates are descending unless it is said otherwise. */
function readSorts(kind: Kind, parameters: URLSearchParams): Array<{ field: string; order: Order }> {
  const fields = (parameters.get('sort_by') ?? 'id').split(',');
  const orders = (parameters.get('sort_order') ?? '').split(',').filter((order) => order !== '');
  if (fields.length > 2) throw new PardotError(133);
  if (orders.length > 2) throw new PardotError(134);
  if (fields.length === 2 && !fields.includes('id')) throw new PardotError(135);
  return fields.map((field, index) => {
    if (!OBJECTS[kind].sorts.includes(field)) throw new PardotError(19);
    const order = orders[index] ?? orders[0] ?? DEFAULT_ORDER[field] ?? 'descending';
    if (order !== 'ascending' && order !== 'descending') throw new PardotError(20);
    return { field, order };
  });
}

function valueOf(record: PardotRecord, field: string): string | number {
  if (field === 'id') return record.id;
  if (field === 'created_at') return record.createdAt;
  if (field === 'updated_at') return record.updatedAt;
  const value = record.fields[field];
  return typeof value === 'number' || typeof value === 'string' ? value : '';
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : Number(String(a) > String(b));
}

function readNumber(
  parameters: URLSearchParams,
  name: string,
  code: 3 | 5 | 16 | 21 | 23,
): number | undefined {
  const text = parameters.get(name);
  if (text === null) return undefined;
  if (!/^\d+$/.test(text)) throw new PardotError(code);
  return Number(text);
}
