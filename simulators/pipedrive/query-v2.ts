import type { EpochMs } from '../core/clock.ts';
import type { SimulatorReply } from '../core/route.ts';
import { failure, invalid } from './errors.ts';
import { decodeCursor } from './list-v2.ts';
import type { Keyset, Order } from './list-v2.ts';
import { DEAL_STATUSES } from './records.ts';
import type { AnyRecord, Deal, Kind } from './records.ts';
import { parseTimeV2 } from './time-format.ts';

const LARGEST_PAGE = 500;
const DEFAULT_PAGE = 100;
const MOST_IDS = 100;
const MOST_CUSTOM_FIELDS = 15;
const SORT_BY = ['id', 'update_time', 'add_time'] as const;
const ID_FILTERS: Record<Kind, string[]> = {
  person: ['owner_id', 'org_id'],
  organization: ['owner_id'],
  deal: ['owner_id', 'person_id', 'org_id', 'pipeline_id', 'stage_id'],
};

/** A v2 list request that was understood. */
export interface ListQuery {
  order: Order;
  after: Keyset | undefined;
  limit: number;
  /** Only these custom field keys, when asked for. */
  customFields: string[] | undefined;
  includeFields: string[];
  ids: Set<number> | undefined;
  updatedSince: EpochMs | undefined;
  updatedUntil: EpochMs | undefined;
  equals: Array<[field: string, id: number]>;
  statuses: string[] | undefined;
}

/** Reads the query of `GET /api/v2/<kind>s`; a reply is the refusal. Unknown parameters are ignored. */
export function readListQuery(kind: Kind, query: URLSearchParams): ListQuery | { refusal: SimulatorReply } {
  try {
    return parse(kind, query);
  } catch (error) {
    if (error instanceof Refused) return { refusal: error.reply };
    throw error;
  }
}

class Refused extends Error {
  readonly reply: SimulatorReply;
  constructor(reply: SimulatorReply) {
    super('refused');
    this.reply = reply;
  }
}

function parse(kind: Kind, query: URLSearchParams): ListQuery {
  const order: Order = {
    sortBy: oneOf(query, 'sort_by', SORT_BY) ?? 'id',
    direction: oneOf(query, 'sort_direction', ['asc', 'desc'] as const) ?? 'asc',
  };
  // Filters are another API; none exists in the simulator, so none can be found.
  if (query.has('filter_id'))
    throw new Refused(failure(400, 'Filter not found', { code: 'ERR_BAD_REQUEST' }));
  const ids = listOf(query, 'ids')?.map((id) => wholeNumber('ids', id));
  if (ids && ids.length > MOST_IDS) throw new Refused(invalid('ids', `at most ${MOST_IDS} ids are allowed`));
  const customFields = listOf(query, 'custom_fields');
  if (customFields && customFields.length > MOST_CUSTOM_FIELDS) {
    throw new Refused(invalid('custom_fields', `at most ${MOST_CUSTOM_FIELDS} keys are allowed`));
  }
  return {
    order,
    after: cursorOf(query, order),
    limit: limitOf(query),
    customFields,
    includeFields: listOf(query, 'include_fields') ?? [],
    ids: ids && new Set(ids),
    updatedSince: timeOf(query, 'updated_since'),
    updatedUntil: timeOf(query, 'updated_until'),
    equals: ID_FILTERS[kind]
      .filter((field) => query.has(field))
      .map((field) => [field, wholeNumber(field, query.get(field) ?? '')]),
    statuses: kind === 'deal' ? statusesOf(query) : undefined,
  };
}

/** Whether a v2 list shows a record; `archived` is which of the two deal lists is asked. */
export function isListed(query: ListQuery, record: AnyRecord, archived: boolean): boolean {
  const { fields } = record;
  const isDeal = 'stage_id' in fields;
  if (isDeal && fields.is_archived !== archived) return false;
  const status = record.deletedAt !== null ? 'deleted' : isDeal ? fields.status : 'open';
  if (query.statuses ? !query.statuses.includes(status) : status === 'deleted') return false;
  if (query.ids && !query.ids.has(record.id)) return false;
  if (query.updatedSince !== undefined && record.updatedAt < query.updatedSince) return false;
  if (query.updatedUntil !== undefined && record.updatedAt >= query.updatedUntil) return false;
  return query.equals.every(([field, id]) => (fields as unknown as Deal['fields'])[field as 'org_id'] === id);
}

function limitOf(query: URLSearchParams): number {
  const limit = query.has('limit') ? wholeNumber('limit', query.get('limit') ?? '') : DEFAULT_PAGE;
  if (limit < 1 || limit > LARGEST_PAGE) {
    throw new Refused(invalid('limit', `limit must be between 1 and ${LARGEST_PAGE}`));
  }
  return limit;
}

/** The cursor holds the order it was made with; another order with it is refused, as is any other text. */
function cursorOf(query: URLSearchParams, order: Order): Keyset | undefined {
  const text = query.get('cursor');
  if (!text) return undefined;
  const keyset = decodeCursor(text);
  if (!keyset || keyset.sortBy !== order.sortBy || keyset.direction !== order.direction) {
    throw new Refused(invalid('cursor', 'cursor is not valid for this request'));
  }
  return keyset;
}

function timeOf(query: URLSearchParams, key: string): EpochMs | undefined {
  const text = query.get(key);
  if (text === null) return undefined;
  const at = parseTimeV2(text);
  if (at === undefined) throw new Refused(invalid(key, `${key} must be in RFC3339 format`));
  return at;
}

function statusesOf(query: URLSearchParams): string[] | undefined {
  const statuses = listOf(query, 'status');
  const unknown = statuses?.find((one) => ![...DEAL_STATUSES, 'deleted'].includes(one));
  if (unknown !== undefined) throw new Refused(invalid('status', `unknown status '${unknown}'`));
  return statuses;
}

function listOf(query: URLSearchParams, key: string): string[] | undefined {
  const text = query.get(key);
  return text ? text.split(',').map((part) => part.trim()) : undefined;
}

function oneOf<T extends string>(query: URLSearchParams, key: string, allowed: readonly T[]): T | undefined {
  const text = query.get(key);
  if (text === null) return undefined;
  const found = allowed.find((one) => one === text);
  if (!found) throw new Refused(invalid(key, `must be one of ${allowed.join(', ')}`));
  return found;
}

function wholeNumber(key: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Refused(invalid(key, `'${text}' is not an integer`));
  return Number(text);
}
