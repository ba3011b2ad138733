import type { Feed, FeedPage, Position } from '../../connectors/feed.ts';
import type { VendorResponse } from '../../connectors/vendor-http.ts';
import type { EpochMs } from '../../kernel/clock.ts';
import { atPath } from '../../kernel/json.ts';
import type { DetectedEvent } from '../detect.ts';
import { addLateness, learnedOverlapMs, type DayOfLateness } from '../overlap.ts';
import type { PassFacts } from '../pass-facts.ts';
import { cursorAfter, isLastPage, maxSeenOf, passFrom, SCAN_RESOLUTION_MS } from '../pass-rules.ts';
import type { SeenRow } from '../seen-row.ts';
import { createModelCore, type Held, type ModelCoreOptions } from './model-core.ts';
import { createModelFollower } from './model-follower.ts';
import { createModelSweeper } from './model-sweeper.ts';

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

export interface ModelPollerOptions extends ModelCoreOptions {
  /** The vendor's answer, perhaps from a replica that lags. */
  answer: (feed: Feed, position: Position) => VendorResponse;
}

/**
 * The rules of passes, sweeps and hints over memory in place of the database: a step is read, and written under a
 * fence or not at all. Small steps, so that a test can crash, stall and overtake between any two.
 */
export function createModelPoller(options: ModelPollerOptions) {
  const { now, answer, mistake } = options;
  const core = createModelCore(options);
  const { feeds, resource, known } = core;
  const sweeper = createModelSweeper(core, options);
  const follower = createModelFollower(core, options);
  const states = new Map(
    feeds.map((feed): [string, FeedState] => [
      feed.name,
      { cursor: null, previousStartedAt: null, lateness: [], pass: null },
    ]),
  );
  const shown = new Set<string>();
  let isSilent = true;
  let turn = 0;
  let recent: string[] = [];

  const begin = (feed: Feed, state: FeedState): Pass => {
    const from = passFrom({
      kind: feed.kind,
      cursor: state.cursor,
      overlapMs: mistake === 'strict_watermark' ? 0 : learnedOverlapMs(feed.stamp, state.lateness, false),
      pollDelayMs: 0,
      baselineFrom: resource.baseline_from,
    });
    const position = feed.start({ ...(from === undefined ? {} : { from }), filter: null, fields: [] });
    if (mistake === 'cursor_first') state.cursor = now();
    return { from, startedAt: null, maxSeen: null, position };
  };

  /** A worker takes over, reads the next page, and has not written it yet. */
  const read = (): Held => {
    const feed = feeds[turn]!;
    const state = states.get(feed.name)!;
    const pass = state.pass ?? begin(feed, state);
    // Without a stored position a crash means that the pass is never gone on with.
    if (mistake !== 'cursor_first') state.pass = pass;
    const page = feed.read(answer(feed, pass.position), pass.position) as FeedPage;
    const startedAt = pass.startedAt ?? now();
    const answeredAt = now();
    const before = mistake === 'no_fence' ? new Map(known) : known;
    return core.hold(() => {
      const rows = core.see(page.rows);
      for (const row of rows) shown.add(nameOf(row));
      const facts = factsOf(feed, states.get(feed.name)!, pass.from, startedAt);
      const lateMs =
        mistake === 'last_ids' ? byLastIds(rows) : core.record(fresh(feed, rows), facts, { before });
      progress(feed, { pass, page, rows, startedAt, answeredAt, lateMs });
    });
  };

  const fresh = (feed: Feed, rows: SeenRow[]): SeenRow[] =>
    mistake === 'strict_watermark'
      ? rows.filter(({ changedAt }) => changedAt! > (states.get(feed.name)!.cursor ?? 0))
      : rows;

  const progress = (
    feed: Feed,
    of: {
      pass: Pass;
      page: FeedPage;
      rows: SeenRow[];
      startedAt: EpochMs;
      answeredAt: EpochMs;
      lateMs: number[];
    },
  ): void => {
    const { pass, page, rows, startedAt, answeredAt } = of;
    const state = states.get(feed.name)!;
    state.lateness = addLateness(state.lateness, of.lateMs, now());
    const maxSeen = maxSeenOf(pass.maxSeen, rows);
    if (isLastPage({ feed, page, rows, from: pass.from, startedAt, answeredAt })) {
      const cursor = cursorAfter({ cursor: state.cursor, startedAt, maxSeen, covered: page.covered });
      states.set(feed.name, { ...state, cursor, previousStartedAt: startedAt, pass: null });
      turn = (turn + 1) % feeds.length;
    } else {
      state.pass = { ...pass, startedAt, maxSeen, position: page.next! };
    }
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
    enabledAt: resource.enabled_at,
    baselineFrom: resource.baseline_from,
    idListComplete: resource.id_list_complete,
    resolutionMs: feed.stamp?.resolutionMs ?? SCAN_RESOLUTION_MS,
    late: feed.stamp?.late ?? 'index',
  });

  /** As many do it: what was among the last few is old, all else is new. */
  const byLastIds = (rows: SeenRow[]): number[] => {
    const unheard = rows.filter((row) => !recent.includes(nameOf(row)));
    recent = [...recent, ...unheard.map(nameOf)].slice(-6);
    const typeOf = (row: SeenRow): DetectedEvent['type'] =>
      row.deleted ? 'DELETED' : row.createdAt === row.changedAt ? 'CREATED' : 'UPDATED';
    if (!isSilent) core.events.push(...unheard.map((row) => ({ type: typeOf(row), date: now(), row })));
    return [];
  };

  const pass = (): void => {
    const isUnderWay = () => turn !== 0 || [...states.values()].some((state) => state.pass !== null);
    do core.write(read());
    while (isUnderWay());
  };

  return {
    enabledAt: resource.enabled_at,
    events: core.events,
    outside: core.outside,
    seen: core.seen,
    sweeper,
    follower,
    read,
    write: core.write,
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
