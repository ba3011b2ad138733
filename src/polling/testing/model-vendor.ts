import type { Connector, Resource } from '../../connectors/define-connector.ts';
import { GiveUp, RestartPass } from '../../connectors/failures.ts';
import type { Feed, FeedStamp, Position, ReadMany, Row } from '../../connectors/feed.ts';
import type { VendorRequest, VendorResponse } from '../../connectors/vendor-http.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';

/** One state of one record; the vendor shows it from `visibleAt` on. */
export interface Version {
  id: string;
  /** Counts the record's states from 1. */
  n: number;
  stamp: EpochMs;
  created: EpochMs;
  visibleAt: EpochMs;
  deleted: boolean;
}

/**
 * A vendor in memory whose every version is known, so that a test can say what must have been reported. It has one
 * kind of record, whose list is ordered by change (or, as a scan, by id) and paged by offset or after the last row.
 */
export interface ModelVendor {
  versions: Version[];
  /** Adds a state; `stamp` and `visibleAt` are the vendor's now unless told. */
  write(id: string, how?: { stamp?: EpochMs; visibleAt?: EpochMs; deleted?: boolean }): Version;
  /** What is shown of a record now. */
  shown(id: string): Version | undefined;
  answer(request: VendorRequest): VendorResponse;
  requests: VendorRequest[];
  /** Pages are counted by offset, and shift when records change in between. */
  isShifting: boolean;
  /** Listed nowhere, as outside of a filter, yet readable by id. */
  hidden: Set<string>;
  /** Listed nowhere and not readable. */
  forbidden: Set<string>;
  /** A bulk read calls deleted records unknown (404) instead of gone (410). */
  isForgetful: boolean;
  /** Lists nothing and knows nobody, as to credentials that lost their rights. */
  isBlind: boolean;
  /** Lists lag behind what is read by id, as a search index does. */
  isReadAhead: boolean;
  /** Absent: no Date header. */
  date: (() => EpochMs) | undefined;
}

export function createModelVendor(now: () => EpochMs): ModelVendor {
  const versions: Version[] = [];
  const byId = new Map<string, Version[]>();

  const shown = (id: string): Version | undefined =>
    byId.get(id)?.findLast((version) => version.visibleAt <= now());
  const allShown = (): Version[] => [...byId.keys()].flatMap((id) => shown(id) ?? []);

  const model: ModelVendor = {
    versions,
    shown,
    requests: [],
    isShifting: false,
    hidden: new Set(),
    forbidden: new Set(),
    isForgetful: false,
    isBlind: false,
    isReadAhead: false,
    date: now,
    write: (id, { stamp = now(), visibleAt = now(), deleted = false } = {}) => {
      const before = byId.get(id) ?? [];
      const last = before.at(-1);
      const isBorn = last === undefined || last.deleted;
      const version = {
        id,
        n: before.length + 1,
        stamp,
        created: isBorn ? stamp : last.created,
        // A replica never shows a later state before an earlier one.
        visibleAt: Math.max(visibleAt, last?.visibleAt ?? 0),
        deleted,
      };
      byId.set(id, [...before, version]);
      versions.push(version);
      return version;
    },
    answer: (request) => {
      model.requests.push(request);
      const query = request.query as Record<string, string | undefined>;
      const date = model.date?.();
      const reply = (body: Json): VendorResponse => ({
        status: 200,
        headers: {},
        body,
        text: '',
        ...(date === undefined ? {} : { date }),
      });
      if (request.path === '/read') {
        const read = (id: string) => (model.isReadAhead ? byId.get(id)?.at(-1) : shown(id));
        return reply(query['ids']!.split(',').map((id) => presentState(id, read(id), model)));
      }
      const isDeletions = request.path === '/deletions';
      const from = Number(query['from'] ?? -Infinity);
      const isListed = ({ id }: Version) =>
        !model.isBlind && !model.hidden.has(id) && !model.forbidden.has(id);
      const listed = allShown().filter(
        (version) => version.deleted === isDeletions && version.stamp >= from && isListed(version),
      );
      const isScan = request.path === '/scan';
      listed.sort((a, b) => (isScan ? 0 : a.stamp - b.stamp) || Number(a.id) - Number(b.id));
      return reply(page(listed, query, isScan, model.isShifting));
    },
  };
  return model;
}

function page(
  listed: readonly Version[],
  query: Record<string, string | undefined>,
  isScan: boolean,
  isShifting: boolean,
): Json {
  const limit = Number(query['limit']);
  const offset = Number(query['offset'] ?? 0);
  const [afterStamp = -Infinity, afterId = -Infinity] = (query['after'] ?? '')
    .split('@')
    .filter(Boolean)
    .map(Number);
  const isAfter = (version: Version): boolean => {
    if (isScan) return Number(version.id) > afterId;
    return version.stamp > afterStamp || (version.stamp === afterStamp && Number(version.id) > afterId);
  };
  const rest = isShifting ? listed.slice(offset) : listed.filter(isAfter);
  const rows = rest.slice(0, limit);
  const last = rows.at(-1);
  const isMore = rest.length > rows.length && last !== undefined;
  return {
    rows: rows.map(present),
    next: isMore
      ? isShifting
        ? { offset: offset + rows.length }
        : { after: `${last.stamp}@${last.id}` }
      : null,
  };
}

function present(version: Version): JsonObject {
  return { id: Number(version.id), version: version.n, updated: version.stamp, created: version.created };
}

function presentState(
  id: string,
  version: Version | undefined,
  { forbidden, isForgetful, isBlind }: ModelVendor,
): JsonObject {
  if (isBlind) return { id: Number(id), state: 'absent' };
  if (forbidden.has(id)) return { id: Number(id), state: 'forbidden' };
  if (version === undefined || (version.deleted && isForgetful)) return { id: Number(id), state: 'absent' };
  return version.deleted ? { id: Number(id), state: 'gone' } : { ...present(version), state: 'present' };
}

export interface ModelConnectorOptions {
  stamp?: Partial<FeedStamp>;
  pageSize?: number;
  /** A listing of everything in place of the window. */
  isScan?: boolean;
  /** Everything can be listed, and nothing else shows deletions unless `hasDeletions` says so. */
  hasSweep?: boolean;
  hasDeletions?: boolean;
  /** Records of a scan carry no stamps. */
  isStampless?: boolean;
}

/** The connector of the model vendor; its one resource is `items`. */
export function modelConnector(options: ModelConnectorOptions = {}): Connector {
  const stamp: FeedStamp = { resolutionMs: 1000, late: 'index', overlapS: 120, ...options.stamp };
  const limit = options.pageSize ?? 10;
  const hasDeletions = options.hasDeletions ?? options.hasSweep !== true;
  const rowOf = (record: JsonObject, deleted: boolean): Row => ({
    id: idOf(record),
    ...(options.isStampless === true
      ? {}
      : { changedAt: record['updated'] as number, createdAt: record['created'] as number }),
    ...(deleted
      ? { deleted: true, record: null }
      : { record: options.isStampless === true ? withoutDates(record) : record }),
  });
  const feed = (name: string, kind: Feed['kind'], path: string): Feed => ({
    name,
    kind,
    order: kind === 'scan' ? 'none' : 'asc',
    changeFields: ['updated'],
    ...(kind === 'scan' ? {} : { stamp }),
    start: ({ from, pageSize }) => ({
      limit: pageSize ?? limit,
      // The vendor compares whole ticks: its filter is inclusive.
      ...(from === undefined ? {} : { from: Math.floor(from / stamp.resolutionMs) * stamp.resolutionMs }),
    }),
    request: (position) => ({ method: 'GET', path, query: asQuery(position) }),
    read: (response, position) => {
      const { rows, next } = response.body as { rows: JsonObject[]; next: JsonObject | null };
      return {
        rows: rows.map((record) => rowOf(record, kind === 'deletions')),
        next: next === null ? null : { ...position, ...next },
      };
    },
  });
  const readMany: ReadMany = {
    batchSize: 5,
    request: (ids) => ({ method: 'GET', path: '/read', query: { ids: ids.join(',') } }),
    read: (response) =>
      new Map(
        (response.body as JsonObject[]).map(({ state, ...record }) => [
          idOf(record),
          state === 'present'
            ? { state, row: rowOf(record, false) }
            : { state: state as 'gone' | 'absent' | 'forbidden' },
        ]),
      ),
  };
  const items = {
    name: 'items',
    vendorObject: 'Item',
    aliases: [],
    idField: 'id',
    idAliases: [],
    shapeVersion: 1,
    polling: {
      default: {
        url: "/hubs/crm/items?where=updated>'${date}'",
        idField: 'id',
        datesConfiguration: {
          updatedDateField: 'updated',
          updatedDateFormat: 'milliseconds',
          createdDateField: 'created',
        },
      },
      feeds: () => [
        options.isScan === true ? feed('all', 'scan', '/scan') : feed('changes', 'window', '/changes'),
        ...(hasDeletions ? [feed('deletions', 'deletions', '/deletions')] : []),
      ],
      ...(options.hasSweep === true && { sweep: () => feed('sweep', 'scan', '/scan') }),
      readMany: () => readMany,
      deletions: hasDeletions ? 'all' : 'none',
    },
  } as unknown as Resource;
  return {
    id: 1,
    key: 'model',
    name: 'Model',
    hub: 'crm',
    configuration: [],
    budgets: [],
    resources: [items, { ...items, name: 'things', vendorObject: 'Thing' }],
    events: { methods: ['polling', 'webhook'], defaultMethod: 'polling', defaultPolled: ['items'] },
  } as unknown as Connector;
}

function withoutDates(record: JsonObject): JsonObject {
  return { id: record['id']!, version: record['version']! };
}

function idOf(record: JsonObject): string {
  return String(Number(record['id']));
}

function asQuery(position: Position): Record<string, string> {
  return Object.fromEntries(
    Object.entries(position).map(([key, value]) => [key, String(value as string | number)]),
  );
}

/** What a test's vendor throws to say so. */
export const refusals = {
  position: () => new RestartPass('the cursor has expired'),
  request: () => new GiveUp('no', 400),
};
