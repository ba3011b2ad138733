import type { Connector } from '../../connectors/define-connector.ts';
import type { Feed, FeedPage, Position } from '../../connectors/feed.ts';
import type { VendorResponse } from '../../connectors/vendor-http.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import { atPath } from '../../kernel/json.ts';
import { detect, type DetectedEvent } from '../detect.ts';
import type { KnownState } from '../known-state.ts';
import { addLateness, learnedOverlapMs, type DayOfLateness } from '../overlap.ts';
import type { Confirmation, PassFacts } from '../pass-facts.ts';
import { cursorAfter, isLastPage, maxSeenOf, passFrom } from '../pass-rules.ts';
import { seeRow, type RecordReader, type SeenRow } from '../seen-row.ts';
import type { ModelVendor } from './model-vendor.ts';

/** Algorithms that lose or invent events, to show that the oracle finds it. */
export type Mistake = 'strict_watermark' | 'cursor_first' | 'last_ids' | 'no_fence';

interface FeedState {
  cursor: EpochMs | null;
  previousStartedAt: EpochMs | null;
  lateness: DayOfLateness[];
  pass: Pass | null;
}

interface Pass {
  from: EpochMs | undefined;
  startedAt: EpochMs | null;
  maxSeen: EpochMs | null;
  position: Position;
}

/** A page that a worker has read and not yet written. */
interface Held {
  lease: number;
  feed: Feed;
  pass: Pass;
  page: FeedPage;
  startedAt: EpochMs;
  answeredAt: EpochMs;
  known: Map<string, KnownState>;
}

export interface ModelPollerOptions {
  now: () => EpochMs;
  connector: Connector;
  vendor: ModelVendor;
  /** The vendor's answer, perhaps from a replica that lags. */
  answer: (feed: Feed, position: Position) => VendorResponse;
  mistake: Mistake | null;
}

/**
 * The rules of a pass over memory in place of the database: a page is read, and written under a fence or not at all.
 * Small steps, so that a test can crash, stall and overtake between any two.
 */
export function createModelPoller({ now, connector, vendor, answer, mistake }: ModelPollerOptions) {
  const polling = connector.resources[0]!.polling!;
  const feeds = polling.feeds({ configuration: {}, facts: {}, discovered: null, now: now() });
  const readMany = polling.readMany({ configuration: {}, facts: {}, discovered: null, now: now() });
  const states = new Map(
    feeds.map((feed): [string, FeedState] => [
      feed.name,
      { cursor: null, previousStartedAt: null, lateness: [], pass: null },
    ]),
  );
  const known = new Map<string, KnownState>();
  const events: DetectedEvent[] = [];
  const shown = new Set<string>();
  const enabledAt = now();
  let isSilent = true;
  let turn = 0;
  let lease = 0;
  let recent: string[] = [];

  const reader: RecordReader = {
    objectId: () => undefined,
    updatedDate: () => undefined,
    createdDate: () => undefined,
  };

  const begin = (feed: Feed, state: FeedState): Pass => {
    const from = passFrom({
      kind: feed.kind,
      cursor: state.cursor,
      overlapMs: mistake === 'strict_watermark' ? 0 : learnedOverlapMs(feed.stamp, state.lateness, false),
      pollDelayMs: 0,
      baselineFrom: enabledAt - 3_600_000,
    });
    const position = feed.start({ ...(from === undefined ? {} : { from }), filter: null, fields: [] });
    if (mistake === 'cursor_first') state.cursor = now();
    return { from, startedAt: null, maxSeen: null, position };
  };

  /** A worker takes over, reads the next page, and has not written it yet. */
  const read = (): Held => {
    lease += 1;
    const feed = feeds[turn]!;
    const state = states.get(feed.name)!;
    const pass = state.pass ?? begin(feed, state);
    // Without a stored position a crash means that the pass is never gone on with.
    if (mistake !== 'cursor_first') state.pass = pass;
    const response = answer(feed, pass.position);
    const page = feed.read(response, pass.position) as FeedPage;
    return {
      lease,
      feed,
      pass,
      page,
      startedAt: pass.startedAt ?? now(),
      answeredAt: now(),
      known: new Map(known),
    };
  };

  const write = (held: Held): boolean => {
    const { feed, pass, page, startedAt } = held;
    if (mistake !== 'no_fence' && held.lease !== lease) return false;
    const state = states.get(feed.name)!;
    const rows = page.rows.map((row) => seeRow(row, reader)).filter((row) => row !== undefined);
    for (const row of rows) shown.add(nameOf(row));
    const facts = factsOf(feed, state, pass.from, startedAt);
    const seen =
      mistake === 'strict_watermark'
        ? rows.filter(({ changedAt }) => changedAt! > (state.cursor ?? 0))
        : rows;
    const found =
      mistake === 'last_ids'
        ? byLastIds(seen)
        : detectAll(seen, facts, mistake === 'no_fence' ? held.known : known);
    for (const [id, one] of found.states) known.set(id, one);
    events.push(...found.events);
    state.lateness = addLateness(state.lateness, found.lateMs, now());
    const maxSeen = maxSeenOf(pass.maxSeen, rows);
    if (isLastPage({ feed, page, rows, from: pass.from, startedAt, answeredAt: held.answeredAt })) {
      const cursor = cursorAfter({ cursor: state.cursor, startedAt, maxSeen, covered: page.covered });
      states.set(feed.name, { ...state, cursor, previousStartedAt: startedAt, pass: null });
      turn = (turn + 1) % feeds.length;
    } else {
      state.pass = { ...pass, startedAt, maxSeen, position: page.next! };
    }
    return true;
  };

  const factsOf = (
    feed: Feed,
    state: FeedState,
    from: EpochMs | undefined,
    startedAt: EpochMs,
  ): PassFacts => ({
    kind: feed.kind,
    mode: isSilent ? 'silent' : 'changes',
    startedAt,
    ...(state.previousStartedAt === null ? {} : { previousStartedAt: state.previousStartedAt }),
    ...(from === undefined ? {} : { from }),
    enabledAt,
    baselineFrom: enabledAt - 3_600_000,
    idListComplete: feeds[0]!.kind === 'scan',
    resolutionMs: feeds.find((one) => one.stamp)?.stamp?.resolutionMs ?? 1000,
    late: feed.stamp?.late ?? 'index',
  });

  const detectAll = (rows: SeenRow[], pass: PassFacts, before: Map<string, KnownState>) => {
    const settings = {
      shape: 1,
      createdCheckToleranceMs: 10_000,
      filterByUpdatedDate: true,
      filterByCurrentDate: false,
    };
    const confirmed = new Map<string, Confirmation>();
    for (;;) {
      const detection = detect({ rows, known: before, pass, settings, confirmed });
      if (detection.confirm.length === 0) return detection;
      const response = vendor.answer(readMany.request(detection.confirm));
      for (const [id, state] of readMany.read(response, detection.confirm)) {
        const row = state.state === 'present' ? seeRow(state.row, reader) : undefined;
        if (state.state === 'present' && row !== undefined) confirmed.set(id, { state: 'present', row });
        else if (state.state !== 'present') confirmed.set(id, state);
      }
    }
  };

  /** As many do it: what was among the last few is old, all else is new. */
  const byLastIds = (rows: SeenRow[]) => {
    const fresh = rows.filter((row) => !recent.includes(nameOf(row)));
    recent = [...recent, ...fresh.map(nameOf)].slice(-6);
    const typeOf = (row: SeenRow): DetectedEvent['type'] =>
      row.deleted ? 'DELETED' : row.createdAt === row.changedAt ? 'CREATED' : 'UPDATED';
    const found = isSilent ? [] : fresh.map((row) => ({ type: typeOf(row), date: now(), row }));
    return { events: found, states: new Map<string, KnownState>(), lateMs: [] };
  };

  const pass = (): void => {
    const isUnderWay = () => turn !== 0 || [...states.values()].some((state) => state.pass !== null);
    do write(read());
    while (isUnderWay());
  };

  return {
    enabledAt,
    events,
    read,
    write,
    /** Everything once, to the end. */
    pass,
    baseline: (): ReadonlySet<string> => {
      pass();
      isSilent = false;
      return new Set(shown);
    },
  };
}

/** Which of the record's states a row shows; null for a deletion. */
export function versionOf(row: SeenRow): number | null {
  const version = row.record === null ? undefined : atPath(row.record, 'version');
  return typeof version === 'number' ? version : null;
}

/** `7#3`: the third version of record 7; `7#-…`: its deletion at that time. */
function nameOf(row: SeenRow): string {
  return `${row.id}#${versionOf(row) ?? `-${row.changedAt}`}`;
}
