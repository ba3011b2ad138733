import { parseCeql } from '../ceql/parse-ceql.ts';
import type { Ceql } from '../ceql/tree.ts';
import type { Listing } from '../connectors/define-connector.ts';
import { Fault } from '../kernel/errors.ts';

/** The query of a list as it came in, all texts; what is absent or empty is undefined. */
export interface ListRequest {
  where?: string | undefined;
  fields?: string | undefined;
  orderBy?: string | undefined;
  page?: string | undefined;
  pageSize?: string | undefined;
  nextPage?: string | undefined;
  includeDeleted?: string | undefined;
}

/** What a client asks of a list, checked. */
export interface CheckedQuery {
  where: Ceql | null;
  /** Empty: all. */
  fields: string[];
  orderBy?: NonNullable<Parameters<Listing['start']>[0]['orderBy']>;
  includeDeleted: boolean;
}

export const DEFAULT_PAGE_SIZE = 100;
export const MAX_PAGE_SIZE = 2000;
const MAX_PAGE = 1_000_000;
const MAX_FIELDS = 500;
const FIELD = /^[\p{L}\p{M}\p{N}_$@.-]{1,255}$/u;

/**
 * Reads the parts of a list's query that a page token remembers.
 * @throws Fault `bad_request` that names everything unusable at once; of a `where` the position and what was
 * expected there.
 */
export function checkQuery(request: ListRequest, listing: Listing): CheckedQuery {
  const problems: string[] = [];
  const where = request.where === undefined ? null : parseCeql(request.where);
  if (where?.ok === false) problems.push(where.message);
  const fields = (request.fields ?? '').split(',').flatMap((field) => field.trim() || []);
  const wrongField = fields.find((field) => !FIELD.test(field));
  if (wrongField !== undefined)
    problems.push(`fields: ${JSON.stringify(wrongField.slice(0, 50))} is no field`);
  if (fields.length > MAX_FIELDS) problems.push(`fields: at most ${MAX_FIELDS} can be named`);
  const orderBy = readOrder(request.orderBy, listing.orderFields, problems);
  if (request.includeDeleted !== undefined && !/^(true|false)$/i.test(request.includeDeleted)) {
    problems.push('includeDeleted must be true or false');
  }
  if (problems.length > 0) throw new Fault('bad_request', problems.join('; '));
  return {
    where: where?.ok === true ? where.tree : null,
    fields,
    ...(orderBy !== undefined && { orderBy }),
    includeDeleted: request.includeDeleted?.toLowerCase() === 'true',
  };
}

/**
 * The names of a comma list; none: all fields.
 * @throws Fault `bad_request` for what is no name.
 */
export function readFields(text: string): string[] {
  const problems: string[] = [];
  const fields = namesIn(text, problems);
  if (problems.length > 0) throw new Fault('bad_request', problems.join('; '));
  return fields;
}

function namesIn(text: string, problems: string[]): string[] {
  const names = text.split(',').flatMap((field) => field.trim() || []);
  const wrong = names.find((field) => !FIELD.test(field));
  if (wrong !== undefined) problems.push(`fields: ${JSON.stringify(wrong.slice(0, 50))} is no field`);
  if (names.length > MAX_FIELDS) problems.push(`fields: at most ${MAX_FIELDS} can be named`);
  return [...new Set(names)];
}

/** @throws Fault `bad_request` when a number is none or out of range. */
export function checkPaging(request: ListRequest): { pageSize?: number; page: number } {
  const problems: string[] = [];
  const pageSize = readCount('pageSize', request.pageSize, MAX_PAGE_SIZE, problems);
  const page = readCount('page', request.page, MAX_PAGE, problems);
  if (problems.length > 0) throw new Fault('bad_request', problems.join('; '));
  return { page: page ?? 1, ...(pageSize !== undefined && { pageSize }) };
}

function readCount(
  name: string,
  text: string | undefined,
  max: number,
  problems: string[],
): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= max) return count;
  problems.push(`${name} must be a whole number from 1 to ${max}`);
  return undefined;
}

/** `update_time`, `update_time desc`: one field, in any case. */
function readOrder(
  text: string | undefined,
  known: readonly string[] | undefined,
  problems: string[],
): CheckedQuery['orderBy'] {
  if (text === undefined) return undefined;
  const [field = '', direction = 'asc', ...more] = text.trim().split(/\s+/);
  const lower = direction.toLowerCase();
  if (!FIELD.test(field) || more.length > 0 || (lower !== 'asc' && lower !== 'desc')) {
    problems.push('orderBy must be one field, with asc or desc after it or nothing');
    return undefined;
  }
  const named = known?.find((candidate) => candidate.toLowerCase() === field.toLowerCase());
  if (known !== undefined && named === undefined) {
    problems.push(`orderBy: this list can be ordered by ${known.join(', ')}`);
    return undefined;
  }
  return { field: named ?? field, direction: lower };
}
