import { compileCeql } from '../../ceql/evaluate-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import { isoSeconds, type EpochMs } from '../../kernel/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { textOf } from '../configuration-text.ts';
import { UnreadableAnswer } from '../failures.ts';
import type { Feed, FeedPage, Position, Row } from '../feed.ts';
import type { VendorRequest, VendorResponse } from '../vendor-http.ts';
import { CHANGE_FIELDS, DELETED_DAYS, STAMP } from './feeds.ts';
import { COSTS, ITEM_NAMES, MAX_PAGE_SIZE, type Kind } from './kinds.ts';
import { ID_PATTERN, stampOf } from './records.ts';

const DAY_MS = 86_400_000;
/** How many entries of the page before are asked for again, to see that nothing moved in between. */
const REREAD = 100;
/** Entries remembered of the page before; one of them must be met again. */
const REMEMBERED = 5;

type RecentsPosition = {
  since: EpochMs;
  start: number;
  limit: number;
  /** The last entries of the page before, as `id@time`. */
  tail: string[];
  filter: Ceql | null;
  /** The pass asks from before what Pipedrive remembers. */
  gap: boolean;
};

/**
 * Deletions of persons and organizations, from `GET /v1/recents`: v1 still, not deprecated, and the only list that
 * shows them; it reaches back about a month (API v1 reference and changelog of 2024-12, read 2026-11). Its
 * entries that live are skipped: their v1 records have another shape, and the window feed shows them anyway.
 *
 * Pages are counted by offset and shift when a record changes between two requests; so each page begins before the
 * end of the last one, and the pass restarts when nothing of that is met again.
 */
export function recentsFeed(kind: Kind, now: EpochMs): Feed {
  const item = ITEM_NAMES[kind];
  return {
    name: 'recents',
    kind: 'deletions',
    order: 'none',
    changeFields: CHANGE_FIELDS,
    stamp: { ...STAMP, lookbackDays: DELETED_DAYS },
    start: ({ from, filter, pageSize }) => {
      const earliest = now - DELETED_DAYS * DAY_MS;
      return {
        since: Math.max(from ?? earliest, earliest),
        start: 0,
        limit: Math.min(pageSize ?? MAX_PAGE_SIZE, MAX_PAGE_SIZE),
        tail: [],
        filter,
        gap: from !== undefined && from < earliest,
      };
    },
    request: (position) => recentsRequest(item, position as RecentsPosition),
    read: (response, position) => readRecents(response, item, position as RecentsPosition),
  };
}

/** Whether `since_timestamp` is inclusive is not documented: one second earlier is asked for. */
function recentsRequest(item: string, { since, start, limit }: RecentsPosition): VendorRequest {
  const timestamp = isoSeconds(since - 1000)
    .replace('T', ' ')
    .replace('Z', '');
  return {
    method: 'GET',
    path: '/api/v1/recents',
    query: { since_timestamp: timestamp, items: item, start, limit },
    cost: COSTS.recents,
  };
}

function readRecents(
  response: VendorResponse,
  item: string,
  position: RecentsPosition,
): FeedPage | 'restart' {
  const { body } = response;
  const data = isJsonObject(body) ? body['data'] : undefined;
  // An empty v1 list is null.
  if (!isJsonObject(body) || (data !== null && !Array.isArray(data))) {
    throw new UnreadableAnswer('Pipedrive answered a request for recents without a list');
  }
  const entries = (data ?? []).map(readEntry);
  const keys = entries.map(({ id, data }) => `${id}@${textOf(data?.['update_time']) ?? ''}`);
  if (position.tail.length > 0 && !position.tail.some((key) => keys.includes(key))) return 'restart';
  const holds = position.filter === null ? () => true : compileCeql(position.filter);
  const rows = entries
    .filter((entry) => entry.item === item && isDeleted(entry.data))
    .filter(({ data }) => data === null || holds(withPlainReferences(data)))
    .map(deletionOf);
  return {
    rows,
    next: nextPosition(body, keys, position),
    ...(position.gap && { gap: true }),
  };
}

type Entry = { item: string; id: string; data: JsonObject | null };

function readEntry(entry: Json): Entry {
  const id = isJsonObject(entry) ? textOf(entry['id']) : undefined;
  if (!isJsonObject(entry) || id === undefined || !ID_PATTERN.test(id)) {
    throw new UnreadableAnswer('Pipedrive answered with a recent change that has no id');
  }
  const { item, data } = entry;
  return { item: textOf(item) ?? '', id, data: isJsonObject(data) ? data : null };
}

function isDeleted(data: JsonObject | null): boolean {
  return (
    data === null || data['active_flag'] === false || data['deleted'] === true || data['is_deleted'] === true
  );
}

/** No record goes with a deletion: v1's shape is not that of the other feeds. */
function deletionOf({ id, data }: Entry): Row {
  const changedAt = stampOf(data?.['delete_time']) ?? stampOf(data?.['update_time']);
  return { id, deleted: true, record: null, ...(changedAt !== undefined && { changedAt }) };
}

/** v1 nests what a reference points to (`org_id: {name, value: 12}`); filters are written for v2's plain ids. */
function withPlainReferences(data: JsonObject): JsonObject {
  const plain = Object.entries(data).map(([key, value]) => [
    key,
    isJsonObject(value) && 'value' in value ? value['value']! : value,
  ]);
  return Object.fromEntries(plain) as JsonObject;
}

function nextPosition(body: JsonObject, keys: string[], position: RecentsPosition): Position | null {
  const additional = body['additional_data'];
  const pagination = isJsonObject(additional) ? additional['pagination'] : undefined;
  if (!isJsonObject(pagination) || pagination['more_items_in_collection'] !== true || keys.length === 0) {
    return null;
  }
  const told = pagination['next_start'];
  const end = typeof told === 'number' && told > position.start ? told : position.start + keys.length;
  // A page of one leaves nothing to read again: the next must begin further down.
  const reread = keys.length === 1 ? 0 : Math.min(REREAD, Math.ceil(keys.length / 5));
  const tail = keys.slice(keys.length - Math.min(REMEMBERED, reread));
  return { ...position, start: end - reread, tail };
}
