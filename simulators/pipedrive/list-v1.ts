import type { AnyRecord } from './records.ts';

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 500;

/** v1 paging: `start` and `limit`; what is no number or too large is put right without a word. */
export function readPaging(query: URLSearchParams): { start: number; limit: number } {
  const number = (key: string, otherwise: number): number => {
    const value = Number(query.get(key) ?? otherwise);
    return Number.isInteger(value) && value >= 0 ? value : otherwise;
  };
  return {
    start: number('start', 0),
    limit: Math.min(number('limit', DEFAULT_PAGE) || DEFAULT_PAGE, LARGEST_PAGE),
  };
}

/** A page and its `additional_data.pagination`; `next_start` is there only when there is more. */
export function pageByOffset<T>(
  all: readonly T[],
  { start, limit }: { start: number; limit: number },
): { page: T[]; pagination: Record<string, unknown> } {
  const page = all.slice(start, start + limit);
  const more = start + limit < all.length;
  return {
    page,
    pagination: {
      start,
      limit,
      more_items_in_collection: more,
      ...(more ? { next_start: start + limit } : {}),
    },
  };
}

/** The compare function of `sort=update_time DESC, id ASC`, or undefined when it names nothing known. */
export function readSort(text: string | null): ((a: AnyRecord, b: AnyRecord) => number) | undefined {
  const parts = (text ?? '')
    .split(',')
    .map((part) => part.trim().match(/^(\w+)(?:\s+(ASC|DESC))?$/i))
    .filter((match) => match !== null)
    .filter(([, field = '']) => SORTABLE.has(field))
    .map(([, field = '', direction]) => ({ field, sign: direction?.toUpperCase() === 'DESC' ? -1 : 1 }));
  if (parts.length === 0) return undefined;
  return (a, b) => {
    for (const { field, sign } of parts) {
      const order = compare(valueOf(a, field), valueOf(b, field));
      if (order !== 0) return order * sign;
    }
    return a.id - b.id;
  };
}

const SORTABLE = new Set([
  'id',
  'name',
  'title',
  'value',
  'status',
  'add_time',
  'update_time',
  'owner_id',
  'org_id',
]);

function valueOf(record: AnyRecord, field: string): string | number {
  if (field === 'id') return record.id;
  if (field === 'add_time') return record.createdAt;
  if (field === 'update_time') return record.updatedAt;
  const value = (record.fields as unknown as Record<string, unknown>)[field];
  return typeof value === 'number' || typeof value === 'string' ? value : '';
}

function compare(a: string | number, b: string | number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
