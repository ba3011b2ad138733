import { firstNotBefore } from '../core/sorted-index.ts';
import type { SortKey } from '../core/store.ts';
import type { AnyRecord } from './records.ts';

/** The order of a v2 list. */
export interface Order {
  sortBy: 'id' | 'update_time' | 'add_time';
  direction: 'asc' | 'desc';
}

/** Where the last page ended: the place is kept, so records coming and going before it move nothing. */
export interface Keyset extends Order {
  value: number;
  id: number;
}

export const SORT_KEYS: Record<Order['sortBy'], SortKey> = {
  id: 'id',
  update_time: 'updatedAt',
  add_time: 'createdAt',
};

/** The cursor's text: opaque to clients. */
export const encodeCursor = (keyset: Keyset): string =>
  Buffer.from(
    JSON.stringify({ f: keyset.sortBy, v: keyset.value, d: keyset.direction, i: keyset.id }),
  ).toString('base64');

/** The keyset of a cursor, or undefined when it is not one of ours. */
export function decodeCursor(text: string): Keyset | undefined {
  try {
    const { f, v, d, i } = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as Record<
      string,
      unknown
    >;
    if (typeof v !== 'number' || typeof i !== 'number' || !Object.hasOwn(SORT_KEYS, String(f)))
      return undefined;
    if (d !== 'asc' && d !== 'desc') return undefined;
    return { sortBy: f as Order['sortBy'], value: v, direction: d, id: i };
  } catch {
    return undefined;
  }
}

/**
 * One page of a list that is sorted ascending by the order's key then id: the next `limit` records after
 * `after` that `wanted` takes, and where to go on when there are more.
 */
export function pageByKeyset(
  records: readonly AnyRecord[],
  order: Order,
  after: Keyset | undefined,
  limit: number,
  wanted: (record: AnyRecord) => boolean,
): { page: AnyRecord[]; next: Keyset | null } {
  const step = order.direction === 'asc' ? 1 : -1;
  const page: AnyRecord[] = [];
  for (let index = startOf(records, order, after); index >= 0 && index < records.length; index += step) {
    const record = records[index]!;
    if (!wanted(record)) continue;
    const last = page.at(-1);
    if (page.length === limit && last) {
      return { page, next: { ...order, value: valueOf(last, order), id: last.id } };
    }
    page.push(record);
  }
  return { page, next: null };
}

function startOf(records: readonly AnyRecord[], order: Order, after: Keyset | undefined): number {
  if (!after) return order.direction === 'asc' ? 0 : records.length - 1;
  const compare = (one: AnyRecord): number => valueOf(one, order) - after.value || one.id - after.id;
  if (order.direction === 'asc') return firstNotBefore(records, (one) => compare(one) <= 0);
  return firstNotBefore(records, (one) => compare(one) < 0) - 1;
}

function valueOf(record: AnyRecord, { sortBy }: Order): number {
  return record[SORT_KEYS[sortBy]];
}
