import type { Connector } from '../connectors/define-connector.ts';
import type { Feed } from '../connectors/feed.ts';
import { vendorFault } from '../hubs/vendor-fault.ts';
import { readEventSettings } from '../instances/event-configuration.ts';
import type { Instance } from '../instances/instance.ts';
import { isoSeconds, type EpochMs } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import { attempt } from './attempt.ts';
import { TOMBSTONE_DAYS } from './known-state.ts';
import type { ResourceRun } from './page.ts';
import { readPollerConfiguration } from './poller-configuration.ts';
import { previewFeeds, type Preview } from './preview.ts';
import { findOff, interruptPoller, setBack } from './reset-queries.ts';
import { readResources } from './resource-queries.ts';
import { createRun, type ReadDeps } from './resource-run.ts';
import { lockPoller, type Off } from './schedule-queries.ts';
import { whyOff } from './why-off.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface ReadAgainWish {
  objectType: string;
  from: EpochMs;
  /** Only says what would be read and given. */
  isDryRun: boolean;
}

/**
 * Sets the feeds of a resource back, so that its next poll (due at once) reads everything changed since `from` through
 * the detector: versions that are known give nothing, what was never reported is. Whoever polls it now loses the
 * lease, so a pass under way can't put the cursor forward again. Null unless it is a dry run.
 * @throws Fault `bad_request` for what is not polled, a `from` in the future or too far back, and polling that is off;
 * `conflict` before the baseline is read; of a dry run, and where feeds must be discovered, the vendor's failures.
 */
export async function readAgain(
  deps: ReadDeps,
  instance: Instance,
  connector: Connector,
  wish: ReadAgainWish & { signal: AbortSignal },
): Promise<Preview | null> {
  try {
    const run = await runOf(deps, instance, connector, wish);
    if (wish.isDryRun) return await previewFeeds(deps, run, wish.from);
    await reset(deps, run, wish.from);
    return null;
  } catch (error) {
    throw vendorFault(error, deps.clock);
  }
}

/** The resource as it would be polled after the reset. */
async function runOf(
  deps: ReadDeps,
  instance: Instance,
  connector: Connector,
  { objectType, from, signal }: ReadAgainWish & { signal: AbortSignal },
): Promise<ResourceRun> {
  const now = deps.clock.now();
  if (from > now) throw new Fault('bad_request', `from lies in the future: it is ${isoSeconds(now)} now.`);
  assertOn((await findOff(deps.db, instance.id)) ?? { off: 'events_off', off_reason: null });
  const settings = readEventSettings(instance);
  const { polled } = readPollerConfiguration(connector, settings);
  const rows = await readResources(deps.db, instance.id);
  const one = polled.find(({ name }) => name === objectType);
  const row = rows.find(({ name }) => name === objectType);
  if (one === undefined || row === undefined) {
    const names = rows.map(({ name }) => name).join(', ');
    throw new Fault('bad_request', `objectType "${objectType}" is not polled; what is polled: ${names}.`);
  }
  const context = await attempt(deps, () => deps.contexts.of(instance, one.resource));
  const resource = {
    ...row,
    enabled_at: Math.min(row.enabled_at, from),
    baseline_from: Math.min(row.baseline_from, from),
  };
  // Without a lease nothing can be written.
  const poll = { instance, connector, settings, lease: '', startedAt: now, isManual: true, signal };
  const run = createRun(
    deps,
    { ...poll, isSilent: () => false },
    { polled: one, resource, context, warn: () => {} },
  );
  assertInReach(connector, run.feeds, from, now);
  return run;
}

function assertOn({ off, off_reason }: { off: Off | null; off_reason: string | null }): void {
  if (off !== null) throw new Fault('bad_request', whyOff(off, off_reason));
}

function assertInReach(connector: Connector, feeds: readonly Feed[], from: EpochMs, now: EpochMs): void {
  const days = Math.min(...feeds.map((feed) => feed.stamp?.lookbackDays ?? Infinity));
  // The next poll comes a little later, and must find it within the look-back still.
  const shownFrom = now - days * DAY_MS + HOUR_MS;
  if (from < shownFrom) {
    throw new Fault(
      'bad_request',
      `from is too far back: ${connector.name} shows what changed within ${days} days, and polling that is set back ` +
        `further would begin anew with a silent baseline. Take ${isoSeconds(shownFrom)} or later.`,
    );
  }
  const rememberedFrom = now - TOMBSTONE_DAYS * DAY_MS + DAY_MS;
  if (from < rememberedFrom) {
    throw new Fault(
      'bad_request',
      `from is too far back: deletions are remembered for ${TOMBSTONE_DAYS} days, older ones would be reported twice. ` +
        `Take ${isoSeconds(rememberedFrom)} or later.`,
    );
  }
}

async function reset(
  { db, clock }: ReadDeps,
  { resource, feeds }: ResourceRun,
  from: EpochMs,
): Promise<void> {
  const { instance_id: instanceId, id: resourceId, name } = resource;
  // A scan has no cursor: every pass of it reads everything.
  const names = feeds.filter((feed) => feed.kind !== 'scan').map((feed) => feed.name);
  await db.transaction(async (tx) => {
    const poller = await lockPoller(tx, instanceId);
    if (poller === undefined) throw new Fault('not_found', 'The instance is deleted.');
    assertOn(poller);
    const now = clock.now();
    if (!(await setBack(tx, { resourceId, feeds: names, from, now }))) {
      throw new Fault('conflict', `The baseline of ${name} is not read yet: poll it first.`);
    }
    await interruptPoller(tx, instanceId, now);
  });
}
