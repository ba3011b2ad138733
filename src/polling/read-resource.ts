import type { Connector, ConnectorContext } from '../connectors/define-connector.ts';
import type { Feed } from '../connectors/feed.ts';
import type { VendorRequest, VendorResponse } from '../connectors/vendor-http.ts';
import type { Contexts } from '../hubs/contexts.ts';
import type { EventSettings } from '../instances/event-configuration.ts';
import type { Instance } from '../instances/instance.ts';
import { isoSeconds, type EpochMs } from '../kernel/clock.ts';
import { attempt, type AttemptDeps } from './attempt.ts';
import type { PassFacts } from './detect.ts';
import { shapeOf } from './fingerprint.ts';
import { Interrupted, underHold, type PollDeps, type ResourceRun } from './page.ts';
import { readPass, type Tally } from './pass.ts';
import { readFeeds, type FeedRow } from './pass-queries.ts';
import { createRecordReader, type PolledResource } from './polled-resource.ts';
import { finishBaseline, restartBaselines, type ResourceRow } from './resource-queries.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** How far back the baseline of a window feed reads: what was changed then is known when it is shown late. */
export const BASELINE_REACH_MS = HOUR_MS;
const MAX_WARNINGS = 20;
const MAX_WARNING_LENGTH = 300;

/** The vendor of an instance, within its budgets. */
export interface PollerVendor {
  call(instance: Instance, request: VendorRequest, options: { signal: AbortSignal }): Promise<VendorResponse>;
}

export interface ReadDeps extends PollDeps, AttemptDeps {
  vendor: PollerVendor;
  contexts: Pick<Contexts, 'of' | 'forget'>;
}

/** One poll of one instance, under a lease. */
export interface Poll {
  instance: Instance;
  connector: Connector;
  settings: EventSettings;
  lease: string;
  startedAt: EpochMs;
  /** Read to the vendor's present state, even where an earlier poll left a pass half done. */
  isManual: boolean;
  /** While the request that turned polling on waits for its baseline. */
  isSilent: () => boolean;
  /** Aborted when the lease is lost or the process stops. */
  signal: AbortSignal;
}

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
  const warn = (text: string): void => {
    const short = text.slice(0, MAX_WARNING_LENGTH);
    if (reading.warnings.length < MAX_WARNINGS && !reading.warnings.includes(short))
      reading.warnings.push(short);
  };
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
  const first = await addTo(reading, readPass(deps, run, feed, row));
  if (!first.resumed || !poll.isManual) return;
  // What changed behind a resumed position was not seen: whoever asks now wants to see it.
  const [fresh] = await readFeeds(deps.db, run.resource.id, [feed.name]);
  if (fresh !== undefined) await addTo(reading, readPass(deps, run, feed, fresh));
}

async function addTo<T extends Tally>(reading: ResourceReading, work: Promise<T>): Promise<T> {
  const tally = await work;
  reading.records += tally.records;
  reading.events += tally.events;
  return tally;
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

function createRun(
  deps: ReadDeps,
  poll: Poll,
  given: Pick<ResourceRun, 'polled' | 'resource' | 'warn'> & { context: ConnectorContext },
): ResourceRun {
  const { polled, resource, warn, context } = given;
  const { instance, connector, settings, signal } = poll;
  const polling = polled.resource.polling!;
  const feeds = polling.feeds(context);
  warnOfBounds(polled, feeds, warn);
  return {
    hold: { instanceId: instance.id, lease: poll.lease, configVersion: instance.configVersion },
    polled,
    resource,
    feeds,
    readMany: polling.readMany(context),
    shape: shapeOf([polled.resource.shapeVersion, polled.fields, context.discovered]),
    isFullBaseline: settings.baseline === 'full',
    reader: createRecordReader(polled, warn),
    notification: {
      instance,
      hubKey: connector.hub,
      name: polled.name,
      idField: polled.idField,
      polledAt: poll.startedAt,
      ordered: settings.ordered,
    },
    mode: (): PassFacts['mode'] =>
      resource.is_baseline_done ? 'changes' : poll.isSilent() ? 'silent' : 'continuing',
    ask: (request, read) =>
      attempt(deps, async () => read(await deps.vendor.call(instance, request, { signal }))),
    warn,
    goOn: () => {
      if (signal.aborted) throw new Interrupted('the process stops, or another node polls the instance');
    },
  };
}

/** A date template on any other field than the feeds' own change stamps would be a filter we do not have. */
function warnOfBounds(polled: PolledResource, feeds: readonly Feed[], warn: (text: string) => void): void {
  const known = new Set(feeds.flatMap((feed) => feed.changeFields).map(lastName));
  for (const field of polled.boundFields) {
    if (known.has(lastName(field))) continue;
    warn(`the date condition on ${field} is not applied: changes are asked for by the vendor's own stamp`);
  }
}

/** `properties.lastmodifieddate` and `LastModifiedDate` are one field. */
function lastName(field: string): string {
  return field.slice(field.lastIndexOf('.') + 1).toLowerCase();
}
