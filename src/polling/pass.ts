import { RestartPass, UnreadableAnswer } from '../connectors/failures.ts';
import type { Feed, FeedPage, Position } from '../connectors/feed.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { addLateness, learnedOverlapMs, OVERLAP_CAP_MS } from './overlap.ts';
import { recordPage, underHold, type PollDeps, type ResourceRun } from './page.ts';
import type { PassFacts } from './pass-facts.ts';
import { finishPass, savePosition, type FeedRow } from './pass-queries.ts';
import {
  cursorAfter,
  isLastPage,
  maxSeenOf,
  passFrom,
  SCAN_RESOLUTION_MS,
  vendorTime,
} from './pass-rules.ts';
import { definitionOf } from './polled-resource.ts';
import { correctEnabledAt, requestSweep } from './resource-queries.ts';
import { seeRow, type SeenRow } from './seen-row.ts';

const HOUR_MS = 3_600_000;
/** A vendor whose clock differs more than this is asked again, from the right time. */
const MAX_SKEW_MS = 60_000;
/** A vendor that refuses its own positions more often than that within one poll has failed. */
const MAX_RESTARTS = 3;

/** A complete reading of a feed, as far as it has come. */
interface Pass {
  from: EpochMs | undefined;
  /** Null before the first answer. */
  startedAt: EpochMs | null;
  maxSeen: EpochMs | null;
  position: Position;
  /** When it was asked with the largest overlap; null when not. */
  cappedAt: EpochMs | null;
  restarts: number;
}

/** What was read and found. */
export interface Tally {
  records: number;
  events: number;
}

/**
 * Reads one feed to its end, page by page, from where its pass stands; every page is kept when it is read, so a
 * crash or a limit costs one page. `tally` counts page by page. `resumed`: the pass had begun in an earlier poll.
 */
export async function readPass(
  deps: PollDeps,
  run: ResourceRun,
  feed: Feed,
  row: FeedRow,
  tally: Tally,
): Promise<{ resumed: boolean }> {
  const resumed = row.pass_position !== null && row.pass_definition === definitionOf(run.polled);
  const pass = resumed ? resume(row) : begin(deps, run, feed, row);
  const state = { ...row };
  let ahead: ReturnType<typeof askForPage> | undefined;
  for (;;) {
    run.goOn();
    const answer = await (ahead ?? askForPage(run, feed, pass.position));
    ahead = undefined;
    if (answer === 'restart') {
      restart(run, feed, pass);
      continue;
    }
    const time = vendorTime(answer.date, deps.clock.now());
    if (await learnVendorTime(deps, run, time)) {
      Object.assign(pass, begin(deps, run, feed, row));
      continue;
    }
    state.is_undated = !time.isDated;
    if (!time.isDated)
      run.warn('the vendor sends no usable Date header; its records are read with a larger overlap');
    const startedAt = pass.startedAt ?? time.at;
    const page = seePage(run, { feed, pass, answer, startedAt, answeredAt: time.at });
    // The next page is read while this one is written; it counts only when that has happened.
    if (!page.isDone) {
      ahead = askForPage(run, feed, page.next);
      ahead.catch(() => {});
    }
    await keepPage(deps, run, { feed, state, pass, page, tally });
    if (page.isDone) return { resumed };
  }
}

function resume(row: FeedRow): Pass {
  return {
    from: row.pass_from ?? undefined,
    startedAt: row.pass_started_at,
    maxSeen: row.pass_max_seen,
    position: row.pass_position!,
    cappedAt: null,
    restarts: 0,
  };
}

/** Once an hour a pass reaches back as far as it may: lateness beyond the learned overlap can't be seen otherwise. */
function begin({ clock }: PollDeps, run: ResourceRun, feed: Feed, row: FeedRow): Pass {
  const now = clock.now();
  const isCapped = row.capped_at === null || row.capped_at <= now - HOUR_MS || row.capped_at > now;
  const learned = learnedOverlapMs(feed.stamp, row.lateness, row.is_undated);
  const isWhole = run.isFullBaseline && !run.resource.is_baseline_done && feed.kind === 'window';
  const from = isWhole
    ? undefined
    : passFrom({
        kind: feed.kind,
        cursor: row.cursor_at,
        overlapMs: isCapped ? Math.max(OVERLAP_CAP_MS, learned) : learned,
        pollDelayMs: run.polled.pollDelayMs,
        baselineFrom: run.resource.baseline_from,
      });
  const position = startOf(run, feed, from);
  return { from, startedAt: null, maxSeen: null, position, cappedAt: isCapped ? now : null, restarts: 0 };
}

/** The first position of a pass that asks for what changed since then; undefined: for everything. */
export function startOf({ polled }: ResourceRun, feed: Feed, from: EpochMs | undefined): Position {
  return feed.start({
    ...(from === undefined ? {} : { from }),
    filter: polled.filter,
    fields: polled.fields,
    ...(polled.pageSize === null ? {} : { pageSize: polled.pageSize }),
  });
}

function restart(run: ResourceRun, feed: Feed, pass: Pass): void {
  pass.restarts += 1;
  if (pass.restarts > MAX_RESTARTS) throw new UnreadableAnswer('the vendor refuses its own page positions');
  pass.position = startOf(run, feed, pass.from);
}

/** A page as it was answered, its rows made ready for detection. */
export interface Answered {
  page: FeedPage;
  rows: SeenRow[];
  /** The answer's Date. */
  date: EpochMs | undefined;
}

/** The page at a position; `restart` when it can't be gone on from there. */
export async function askForPage(
  run: ResourceRun,
  feed: Feed,
  position: Position,
): Promise<Answered | 'restart'> {
  try {
    return await run.ask(feed.request(position), (response) => {
      const page = feed.read(response, position);
      if (page === 'restart') return page;
      const rows = page.rows.map((row) => seeRow(row, run.reader)).filter((row) => row !== undefined);
      return { page, rows, date: response.date };
    });
  } catch (error) {
    if (error instanceof RestartPass) return 'restart';
    throw error;
  }
}

/**
 * Until a resource's first answer the time at which its polling was turned on is known by our clock only. True when
 * the vendor's clock differs so much that it was asked for the wrong window.
 */
async function learnVendorTime(
  deps: PollDeps,
  run: ResourceRun,
  time: { at: EpochMs; isDated: boolean },
): Promise<boolean> {
  const { resource } = run;
  if (resource.is_vendor_time) return false;
  const skewMs = time.isDated ? time.at - deps.clock.now() : 0;
  const corrected = {
    id: resource.id,
    enabledAt: resource.enabled_at + skewMs,
    baselineFrom: resource.baseline_from + skewMs,
  };
  await underHold(deps, run.hold, (tx) => correctEnabledAt(tx, corrected));
  resource.enabled_at = corrected.enabledAt;
  resource.baseline_from = corrected.baselineFrom;
  resource.is_vendor_time = true;
  return Math.abs(skewMs) > MAX_SKEW_MS;
}

/** A page as a part of its pass. */
interface SeenPage {
  rows: SeenRow[];
  isDone: boolean;
  /** Where the pass goes on; of the last page its own position. */
  next: Position;
  startedAt: EpochMs;
  maxSeen: EpochMs | null;
  covered: EpochMs | undefined;
  gap: boolean;
}

function seePage(
  run: ResourceRun,
  of: { feed: Feed; pass: Pass; answer: Answered; startedAt: EpochMs; answeredAt: EpochMs },
): SeenPage {
  const { feed, pass, startedAt, answeredAt } = of;
  const { page, rows } = of.answer;
  if (rows.length < page.rows.length) run.warn('records without a usable id were left out');
  const gap = page.gap === true;
  if (gap) run.warn('the vendor has forgotten deletions since the last poll; a sweep looks for them');
  const isDone = isLastPage({ feed, page, rows, from: pass.from, startedAt, answeredAt });
  const next = page.next ?? pass.position;
  if (!isDone && JSON.stringify(next) === JSON.stringify(pass.position)) {
    throw new UnreadableAnswer("the vendor's pages do not go on: the next page is the same again");
  }
  const maxSeen = maxSeenOf(pass.maxSeen, rows);
  return { rows, isDone, next, startedAt, maxSeen, covered: page.covered, gap };
}

interface PageOfPass {
  feed: Feed;
  state: FeedRow;
  pass: Pass;
  page: SeenPage;
  tally: Tally;
}

/** Records a page together with the progress of its pass. */
async function keepPage(
  deps: PollDeps,
  run: ResourceRun,
  { feed, state, pass, page, tally }: PageOfPass,
): Promise<void> {
  const { rows, isDone, next, startedAt, maxSeen, covered } = page;
  const recorded = await recordPage(deps, run, {
    rows,
    facts: factsOf(run, { feed, state, from: pass.from, startedAt }),
    advance: async (tx, { lateMs }) => {
      if (page.gap) await requestSweep(tx, run.resource.id, deps.clock.now());
      const lateness = addLateness(state.lateness, lateMs, deps.clock.now());
      const progress = { feedId: state.id, startedAt, isUndated: state.is_undated, lateness };
      state.lateness = lateness;
      if (isDone) {
        const cursorAt = cursorAfter({ cursor: state.cursor_at, startedAt, maxSeen, covered });
        await finishPass(tx, { ...progress, cursorAt, cappedAt: pass.cappedAt });
      } else {
        const definition = definitionOf(run.polled);
        await savePosition(tx, { ...progress, definition, from: pass.from ?? null, maxSeen, position: next });
      }
    },
  });
  Object.assign(pass, { startedAt, maxSeen, position: next });
  tally.records += rows.length;
  tally.events += recorded.events;
}

function factsOf(
  { resource, mode }: ResourceRun,
  pass: { feed: Feed; state: FeedRow; from: EpochMs | undefined; startedAt: EpochMs },
): PassFacts {
  const { feed, state, from, startedAt } = pass;
  // A listing that joins a resource polled already: what changed before it joined is not its news.
  const isLateJoiner =
    feed.kind === 'scan' && resource.is_baseline_done && state.previous_started_at === null;
  const joinedAt = isLateJoiner ? (state.cursor_at ?? startedAt) : 0;
  return {
    kind: feed.kind,
    mode: isLateJoiner ? 'continuing' : mode(),
    startedAt,
    ...(state.previous_started_at === null ? {} : { previousStartedAt: state.previous_started_at }),
    ...(from === undefined ? {} : { from }),
    enabledAt: Math.max(resource.enabled_at, joinedAt),
    baselineFrom: resource.baseline_from,
    idListComplete: resource.id_list_complete,
    resolutionMs: feed.stamp?.resolutionMs ?? SCAN_RESOLUTION_MS,
    late: feed.stamp?.late ?? 'index',
  };
}
