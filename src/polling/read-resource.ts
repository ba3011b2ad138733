import type { Feed } from '../connectors/feed.ts';
import { isoSeconds } from '../kernel/clock.ts';
import { attempt } from './attempt.ts';
import { underHold, type ResourceRun } from './page.ts';
import { readPass, type Tally } from './pass.ts';
import { readFeeds, type FeedRow } from './pass-queries.ts';
import type { PolledResource } from './polled-resource.ts';
import { finishBaseline, restartBaselines, type ResourceRow } from './resource-queries.ts';
import { createRun, createWarn, type Poll, type ReadDeps } from './resource-run.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** How far back the baseline of a window feed reads: what was changed then is known when it is shown late. */
export const BASELINE_REACH_MS = HOUR_MS;

/** What one resource's poll read; `warnings` for its poller record. */
export interface ResourceReading extends Tally {
  warnings: string[];
}

/** Reads all feeds of one resource, changes first, deletions last. `tally` is kept up to date while it goes. */
export async function readResource(
  deps: ReadDeps,
  poll: Poll,
  polled: PolledResource,
  resource: ResourceRow,
  reading: ResourceReading,
): Promise<void> {
  const warn = createWarn(reading.warnings);
  for (const warning of polled.warnings) warn(warning);
  const context = await attempt(deps, () => deps.contexts.of(poll.instance, polled.resource));
  const run = createRun(deps, poll, { polled, resource: { ...resource }, context, warn });
  const rows = await readFeeds(
    deps.db,
    resource.id,
    run.feeds.map((feed) => feed.name),
  );
  const byName = new Map(rows.map((row) => [row.name, row]));
  if (resource.is_baseline_done) await startOverBeyondLookback(deps, run, byName);
  for (const feed of run.feeds) await readFeed(deps, poll, run, feed, byName.get(feed.name)!, reading);
  if (!run.resource.is_baseline_done) {
    const idListComplete = run.isFullBaseline || run.feeds.some((feed) => feed.kind === 'scan');
    await underHold(deps, run.hold, (tx) => finishBaseline(tx, resource.id, idListComplete));
  }
}

async function readFeed(
  deps: ReadDeps,
  poll: Poll,
  run: ResourceRun,
  feed: Feed,
  row: FeedRow,
  reading: ResourceReading,
): Promise<void> {
  // Of a baseline that an earlier poll left half done, this feed's pass is complete.
  if (!run.resource.is_baseline_done && row.cursor_at !== null && !poll.isManual) return;
  const first = await readPass(deps, run, feed, row, reading);
  if (!first.resumed || !poll.isManual) return;
  // What changed behind a resumed position was not seen: whoever asks now wants to see it.
  const [fresh] = await readFeeds(deps.db, run.resource.id, [feed.name]);
  if (fresh !== undefined) await readPass(deps, run, feed, fresh, reading);
}

/** The vendor has forgotten what changed since the last poll: what can still be seen is a new beginning. */
async function startOverBeyondLookback(
  deps: ReadDeps,
  run: ResourceRun,
  rows: Map<string, FeedRow>,
): Promise<void> {
  const now = deps.clock.now();
  const lost = run.feeds.find((feed) => {
    const cursorAt = rows.get(feed.name)?.cursor_at ?? null;
    const { lookbackDays } = feed.stamp ?? {};
    return cursorAt !== null && lookbackDays !== undefined && cursorAt < now - lookbackDays * DAY_MS;
  });
  if (lost === undefined) return;
  const since = isoSeconds(rows.get(lost.name)!.cursor_at!);
  run.warn(
    `the vendor no longer shows what changed since ${since}; polling began anew at ${isoSeconds(now)}`,
  );
  const enabledAt = now;
  const baselineFrom = now - BASELINE_REACH_MS;
  await underHold(deps, run.hold, (tx) =>
    restartBaselines(tx, { resourceIds: [run.resource.id], enabledAt, baselineFrom }),
  );
  Object.assign(run.resource, {
    enabled_at: enabledAt,
    baseline_from: baselineFrom,
    is_vendor_time: false,
    is_baseline_done: false,
  });
  for (const row of await readFeeds(deps.db, run.resource.id, [...rows.keys()])) rows.set(row.name, row);
}
