import type { Connector } from '../../connectors/define-connector.ts';
import type { Feed } from '../../connectors/feed.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import { detect, type DetectedEvent } from '../detect.ts';
import type { KnownState } from '../known-state.ts';
import type { Confirmation, PassFacts } from '../pass-facts.ts';
import { seeRow, type RecordReader, type SeenRow } from '../seen-row.ts';
import type { ModelVendor } from './model-vendor.ts';

/** Algorithms that lose or invent events, to show that the oracle finds it. */
export type Mistake =
  | 'strict_watermark'
  | 'cursor_first'
  | 'last_ids'
  | 'no_fence'
  | 'unconfirmed_sweep'
  | 'hint_as_event';

/** Work that was read under a lease and is not written yet. */
export interface Held {
  lease: number;
  commit: () => void;
}

/** What is remembered of the resource beside its feeds, in place of its row. */
interface ResourceState {
  enabled_at: EpochMs;
  baseline_from: EpochMs;
  id_list_complete: boolean;
}

/** The memory that feeds, sweeps and hints of one resource share, and the lease under which they write to it. */
export interface ModelCore {
  feeds: Feed[];
  sweepFeed: Feed;
  resource: ResourceState;
  known: Map<string, KnownState>;
  /** Known records that exist outside of what is listed: not missing until something shows them again. */
  outside: Set<string>;
  /** Ids seen while a sweep is under way, and how often one was added; null without a sweep. */
  listing: { ids: Set<string>; count: number } | null;
  /** Ids of which a feed or a sweep has shown a live record. */
  seen: Set<string>;
  /** In the order in which they were recorded. */
  events: DetectedEvent[];
  see: (rows: Parameters<typeof seeRow>[0][]) => SeenRow[];
  /** The vendor's word on records, by id. */
  ask: (ids: readonly string[]) => Map<string, Confirmation>;
  /** Takes the lease over; `commit` counts only while nobody else has done so. */
  hold: (commit: () => void) => Held;
  write: (held: Held) => boolean;
  /** Sends rows through the detector and keeps what it says. By how much each version came late. */
  record: (rows: readonly SeenRow[], facts: PassFacts, how?: RecordOptions) => number[];
}

interface RecordOptions {
  confirmed?: ReadonlyMap<string, Confirmation>;
  /** What was known when the rows were read; absent: what is known now. */
  before?: ReadonlyMap<string, KnownState>;
}

export interface ModelCoreOptions {
  now: () => EpochMs;
  connector: Connector;
  vendor: ModelVendor;
  mistake: Mistake | null;
}

const SETTINGS = {
  shape: 1,
  createdCheckToleranceMs: 10_000,
  filterByUpdatedDate: true,
  filterByCurrentDate: false,
};

const READER: RecordReader = {
  objectId: () => undefined,
  updatedDate: () => undefined,
  createdDate: () => undefined,
};

export function createModelCore({ now, connector, vendor, mistake }: ModelCoreOptions): ModelCore {
  const polling = connector.resources[0]!.polling!;
  const context = { configuration: {}, facts: {}, discovered: null, now: now() };
  const feeds = polling.feeds(context);
  const readMany = polling.readMany(context);
  const enabledAt = now();
  let lease = 0;

  const detectAll = (rows: readonly SeenRow[], pass: PassFacts, how: RecordOptions) => {
    const confirmed = new Map(how.confirmed);
    for (;;) {
      const known = how.before ?? core.known;
      const detection = detect({ rows, known, pass, settings: SETTINGS, confirmed });
      if (detection.confirm.length === 0) return detection;
      for (const [id, answer] of core.ask(detection.confirm)) confirmed.set(id, answer);
    }
  };

  const core: ModelCore = {
    feeds,
    sweepFeed: polling.sweep?.(context) ?? feeds[0]!,
    resource: {
      enabled_at: enabledAt,
      baseline_from: enabledAt - 3_600_000,
      id_list_complete: feeds[0]!.kind === 'scan',
    },
    known: new Map(),
    outside: new Set(),
    listing: null,
    seen: new Set(),
    events: [],
    see: (rows) => rows.map((row) => seeRow(row, READER)).filter((row) => row !== undefined),
    ask: (ids) => {
      const answers = new Map<string, Confirmation>();
      if (ids.length === 0) return answers;
      for (const [id, state] of readMany.read(vendor.answer(readMany.request(ids)), ids)) {
        if (state.state !== 'present') answers.set(id, state);
        else answers.set(id, { state: 'present', row: core.see([state.row])[0]! });
      }
      return answers;
    },
    hold: (commit) => {
      lease += 1;
      return { lease, commit };
    },
    write: (held) => {
      if (mistake !== 'no_fence' && held.lease !== lease) return false;
      held.commit();
      return true;
    },
    record: (rows, facts, how = {}) => {
      const { states, events, lateMs } = detectAll(rows, facts, how);
      for (const [id, state] of states) {
        core.known.set(id, state);
        core.outside.delete(id);
      }
      core.events.push(...events);
      for (const row of rows) {
        if (!row.deleted) core.seen.add(row.id);
        if (row.deleted || core.listing === null || core.listing.ids.has(row.id)) continue;
        core.listing.ids.add(row.id);
        core.listing.count += 1;
      }
      return lateMs;
    },
  };
  return core;
}
