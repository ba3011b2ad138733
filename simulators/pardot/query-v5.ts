import type { EpochMs } from '../core/clock.ts';
import { PardotError } from './errors.ts';
import { OBJECTS, v5Fields } from './objects.ts';
import type { Kind, PardotRecord } from './objects.ts';
import { parseIsoTime } from './time-format.ts';

const LARGEST_PAGE = 1000;
const DEFAULT_PAGE = 200;
const LARGEST_OFFSET = 2000;
/** More distinct fields with filters are refused with code 209 (list of error codes, 2026-11-21). */
const MOST_FILTERED = 3;

const SORTABLE: { [field: string]: 'id' | 'createdAt' | 'updatedAt' } = {
  id: 'id',
  createdAt: 'createdAt',
  updatedAt: 'updatedAt',
};

export interface QueryV5 {
  fields: string;
  limit: number;
  offset: number;
  orderBy: 'id' | 'createdAt' | 'updatedAt';
  isDescending: boolean;
  deleted: 'all' | 'true' | 'false';
  fits(record: PardotRecord): boolean;
}

const USUAL = new Set(['fields', 'limit', 'offset', 'orderBy', 'deleted', 'nextPageToken', 'format']);
const FILTER =
  /^(id|createdAt|updatedAt)(GreaterThan|GreaterThanOrEqualTo|LessThan|LessThanOrEqualTo|After|AfterOrEqualTo|Before|BeforeOrEqualTo)?$/;

/** Reads the parameters of a query. @throws PardotError for what it does not take. */
export function readQuery(kind: Kind, query: URLSearchParams): QueryV5 {
  const deleted = query.get('deleted') ?? 'false';
  if (!['all', 'true', 'false'].includes(deleted) || (query.has('deleted') && !OBJECTS[kind].hasBin)) {
    throw new PardotError(5);
  }
  const [field = '', direction = 'ASC', ...more] = (query.get('orderBy') ?? 'id ASC').trim().split(/\s+/);
  const orderBy = SORTABLE[field];
  if (!orderBy || !/^(asc|desc)$/i.test(direction) || more.length > 0) throw new PardotError(19);
  return {
    fields: query.get('fields') ?? '',
    limit: readWhole(query.get('limit'), DEFAULT_PAGE, 1, LARGEST_PAGE, 23),
    offset: readWhole(query.get('offset'), 0, 0, LARGEST_OFFSET, 21),
    orderBy,
    isDescending: direction.toLowerCase() === 'desc',
    deleted: deleted as QueryV5['deleted'],
    fits: readFilters(kind, query),
  };
}

function readFilters(kind: Kind, query: URLSearchParams): (record: PardotRecord) => boolean {
  const filtered = new Set<string>();
  const tests: Array<(record: PardotRecord) => boolean> = [];
  for (const [name, text] of query) {
    if (USUAL.has(name)) continue;
    const match = FILTER.exec(name);
    const field = match?.[1] ?? name;
    filtered.add(field);
    tests.push(match ? boundOf(field, match[2] ?? '', text) : equalTo(kind, name, text));
  }
  if (filtered.size > MOST_FILTERED) throw new PardotError(209);
  return (record) => tests.every((test) => test(record));
}

/** Only what the vendor's pages name: a prospect's e-mail, names, and what an activity belongs to. */
const EQUALS: { [kind: string]: readonly string[] } = {
  prospect: ['email'],
  visitorActivity: ['prospectId', 'visitorId', 'type'],
  list: ['name'],
};

function equalTo(kind: Kind, name: string, text: string): (record: PardotRecord) => boolean {
  const kept = v5Fields(kind).get(name);
  if (!kept || EQUALS[kind]?.includes(name) !== true) throw new PardotError(5);
  return (record) => String(record.fields[kept]).toLowerCase() === text.toLowerCase();
}

function boundOf(field: string, kind: string, text: string): (record: PardotRecord) => boolean {
  const isId = field === 'id';
  if (isId !== /^(GreaterThan|LessThan|$)/.test(kind) && kind !== '') throw new PardotError(5);
  const bound = isId ? (/^\d+$/.test(text) ? Number(text) : undefined) : parseIsoTime(text);
  if (bound === undefined) throw new PardotError(isId ? 16 : 7);
  const read = (record: PardotRecord): EpochMs =>
    isId ? record.id : field === 'createdAt' ? record.createdAt : record.updatedAt;
  if (kind === '') return (record) => read(record) === bound;
  const isOver = /^(Greater|After)/.test(kind);
  const isInclusive = kind.endsWith('OrEqualTo');
  return (record) => {
    const value = read(record);
    return (isOver ? value > bound : value < bound) || (isInclusive && value === bound);
  };
}

function readWhole(text: string | null, usual: number, least: number, most: number, code: 21 | 23): number {
  if (text === null) return usual;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new PardotError(code);
  return value;
}
