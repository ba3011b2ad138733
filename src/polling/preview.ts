import type { Feed } from '../connectors/feed.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { confirmNow } from './confirm.ts';
import { detect, type Detection } from './detect.ts';
import { readKnown } from './known-queries.ts';
import type { KnownState } from './known-state.ts';
import type { ResourceRun } from './page.ts';
import { askForPage, startOf } from './pass.ts';
import type { Confirmation, PassFacts } from './pass-facts.ts';
import { isLastPage, vendorTime } from './pass-rules.ts';
import type { ReadDeps } from './resource-run.ts';
import type { SeenRow } from './seen-row.ts';
import { sweepFacts } from './sweep.ts';

/** A person waits for it: it ends after so many pages of all feeds together, or after so long. */
const MAX_PAGES = 20;
const LONGEST_MS = 30_000;

/** What reading a resource from an instant on would read and give. */
export interface Preview {
  records: number;
  events: number;
  /** False: it was cut, there is more. */
  isComplete: boolean;
}

/** Reads the feeds of a resource from `from` on, through the detector, and stores nothing. */
export async function previewFeeds(deps: ReadDeps, run: ResourceRun, from: EpochMs): Promise<Preview> {
  const preview: Preview = { records: 0, events: 0, isComplete: true };
  const endsAt = deps.clock.now() + LONGEST_MS;
  const seen = new Map<string, KnownState>();
  let pages = 0;
  const isOver = (): boolean => pages >= MAX_PAGES || deps.clock.now() >= endsAt;
  for (const feed of run.feeds) {
    const bound = feed.kind === 'scan' ? undefined : from;
    let position = startOf(run, feed, bound);
    let startedAt: EpochMs | undefined;
    const recordsBefore = preview.records;
    for (let isDone = false; !isDone;) {
      if (isOver()) return { ...preview, isComplete: false };
      pages += 1;
      const answer = await askForPage(run, feed, position);
      if (answer === 'restart') {
        position = startOf(run, feed, bound);
        preview.records = recordsBefore;
        continue;
      }
      const { page, rows, date } = answer;
      const answeredAt = vendorTime(date, deps.clock.now()).at;
      startedAt ??= answeredAt;
      const facts = factsOf(run, feed, { from: bound, startedAt });
      const detection = await detectAlone(deps, run, { rows, facts, seen });
      for (const [id, state] of detection.states) seen.set(id, state);
      preview.records += rows.length;
      preview.events += detection.events.length;
      isDone = isLastPage({ feed, page, rows, from: bound, startedAt, answeredAt });
      position = page.next ?? position;
    }
  }
  return preview;
}

function factsOf(
  run: ResourceRun,
  feed: Feed,
  { from, startedAt }: { from: EpochMs | undefined; startedAt: EpochMs },
): PassFacts {
  return {
    ...sweepFacts(run, startedAt),
    kind: feed.kind,
    mode: 'changes',
    ...(from !== undefined && { from }),
    resolutionMs: feed.stamp?.resolutionMs ?? 1,
    late: feed.stamp?.late ?? 'index',
  };
}

/** `seen`: states that the pages before would have left. */
async function detectAlone(
  { db }: ReadDeps,
  run: ResourceRun,
  { rows, facts, seen }: { rows: readonly SeenRow[]; facts: PassFacts; seen: Map<string, KnownState> },
): Promise<Detection> {
  const ids = [...new Set(rows.map((row) => row.id))];
  const known = await readKnown(db, run.resource.id, ids);
  for (const id of ids) {
    const state = seen.get(id);
    if (state !== undefined) known.set(id, state);
  }
  const given = { rows, known, pass: facts, settings: { ...run.polled, shape: run.shape } };
  const detection = detect({ ...given, confirmed: new Map() });
  if (detection.confirm.length === 0) return detection;
  const answers = await confirmNow(run.ask, run.readMany, detection.confirm, run.reader);
  const unanswered: Confirmation = { state: 'forbidden' };
  const confirmed = new Map(detection.confirm.map((id) => [id, answers.get(id) ?? unanswered]));
  return detect({ ...given, confirmed });
}
