import { compileCeql } from '../../ceql/evaluate-ceql.ts';
import type { Ceql } from '../../ceql/tree.ts';
import { isoSeconds } from '../../kernel/clock.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Feed, FeedStamp, Row } from '../feed.ts';
import { MAX_PAGE_SIZE, type Kind, type V2List } from './kinds.ts';
import { readV2Next, v2Request, type V2Position } from './listing.ts';
import { pushFilter } from './query.ts';
import { rowOf } from './records.ts';

/** The change field in our spelling and in those of old configurations. */
export const CHANGE_FIELDS = [
  'update_time',
  'updated_since',
  'updated_at',
  'since',
  'last_modified',
] as const;

/** Whole seconds; the search behind the lists shows changes late (vendor facts of 2026-11: overlap of 1-2 min). */
export const STAMP: FeedStamp = { resolutionMs: 1000, late: 'index', overlapS: 120 };

/** Deleted records can be seen for 30 days (Pipedrive knowledge base and API reference, read 2026-11). */
export const DELETED_DAYS = 30;

type FeedPosition = V2Position & {
  /** Lists to be read after this one. */
  later: V2List[];
  /** The part of the filter that is ours. */
  rest: Ceql | null;
};

type V2FeedOptions = {
  name: string;
  kind: Kind;
  /** Read one after the other in one pass. */
  lists: readonly [V2List, ...V2List[]];
  parameters: { [name: string]: string };
};

/** Records changed since an instant, in the order of their changes. `updated_since` is inclusive. */
export function windowFeed(name: string, kind: Kind, list: V2List): Feed {
  const parameters = { sort_by: 'update_time', sort_direction: 'asc' };
  return {
    ...v2Feed({ name, kind, lists: [list], parameters }, rowOf),
    kind: 'window',
    order: 'asc',
    stamp: STAMP,
  };
}

/** Deals deleted since an instant: `status=deleted` shows those of the last 30 days. Others have no such filter. */
export function deletedDealsFeed(): Feed {
  const parameters = { status: 'deleted', sort_by: 'update_time', sort_direction: 'asc' };
  return {
    ...v2Feed({ name: 'deleted', kind: 'deals', lists: ['deals'], parameters }, (record) => ({
      ...rowOf(record),
      deleted: true,
    })),
    kind: 'deletions',
    order: 'asc',
    stamp: { ...STAMP, lookbackDays: DELETED_DAYS },
  };
}

/** Everything, in the order of ids. Archived deals come after the others: one archived meanwhile is seen twice. */
export function sweepFeed(kind: Kind): Feed {
  const parameters = { sort_by: 'id', sort_direction: 'asc' };
  const lists: [V2List, ...V2List[]] = kind === 'deals' ? ['deals', 'deals/archived'] : [kind];
  return { ...v2Feed({ name: 'sweep', kind, lists, parameters }, rowOf), kind: 'scan', order: 'none' };
}

/** The reading of v2 lists that all of them share. The feed's own parameters win over those of the filter. */
function v2Feed(
  { name, kind, lists, parameters }: V2FeedOptions,
  toRow: (record: JsonObject) => Row,
): Pick<Feed, 'name' | 'changeFields' | 'start' | 'request' | 'read'> {
  const [first, ...others] = lists;
  return {
    name,
    changeFields: CHANGE_FIELDS,
    start: ({ from, filter, pageSize }) => {
      const { parameters: pushed, rest } = pushFilter(kind, filter);
      const since = later(from === undefined ? undefined : isoSeconds(from), pushed['updated_since']);
      return {
        list: first,
        later: others,
        parameters: { ...pushed, ...(since !== undefined && { updated_since: since }), ...parameters },
        limit: Math.min(pageSize ?? MAX_PAGE_SIZE, MAX_PAGE_SIZE),
        cursor: null,
        rest,
      };
    },
    request: (position) => v2Request(position as FeedPosition),
    read: (response, position) => {
      const at = position as FeedPosition;
      const { records, next } = readV2Next(response, at);
      const rows = (at.rest === null ? records : records.filter(compileCeql(at.rest))).map(toRow);
      const [following, ...later] = at.later;
      if (next !== null || following === undefined)
        return { rows, next: next && { ...at, cursor: next.cursor } };
      return { rows, next: { ...at, list: following, later, cursor: null } };
    },
  };
}

/** The later of two instants of the same format, either of which may be missing. */
function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
