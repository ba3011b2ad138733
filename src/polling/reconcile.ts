import { Reauthorize, RetryAt } from '../connectors/failures.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import { attempt } from './attempt.ts';
import { settleMissing, settleReleased } from './missing.ts';
import { Interrupted, underHold } from './page.ts';
import { nextSlot } from './phase.ts';
import type { PolledResource } from './polled-resource.ts';
import { nextReconcile, reconcileMinutes } from './reconcile-plan.ts';
import { saveReconcile, type ResourceRow } from './resource-queries.ts';
import { createRun, createWarn, type Poll, type ReadDeps } from './resource-run.ts';
import { listEverything, type SweepRun } from './sweep.ts';
import { endSweep, type Spent, type SweepRow } from './sweep-queries.ts';

/** A sweep makes way for others after this, and goes on from there. */
const SLICE_MS = 60_000;
const RETRY_MS = 15 * 60_000;
const MAX_NOTE_LENGTH = 500;

export interface ReconcileDeps extends ReadDeps {
  log: Log;
}

/** How the sweep of one resource went, as far as it came. */
export interface Reconciled {
  records: number;
  events: number;
  /** Known records that the complete listing did not show. */
  missing: number;
  /** Deletions put on hold. */
  held: number;
  /** False: it goes on later. */
  isDone: boolean;
  error?: string;
}

type Plan = Omit<Parameters<typeof saveReconcile>[1], 'note'>;

/** Whether a sweep of the resource is due, or one is to be planned or called off. */
export function isReconcileDue(poll: Poll, polled: PolledResource, row: ResourceRow, now: EpochMs): boolean {
  if (!row.is_baseline_done) return false;
  if (row.has_released || (row.reconcile_at !== null && row.reconcile_at <= now)) return true;
  const minutes = reconcileMinutes(poll.settings, polled.resource, row.reconcile_share);
  return minutes !== row.reconcile_minutes || (minutes === null) !== (row.reconcile_at === null);
}

/**
 * Confirms what was released and carries the resource's sweep on for a while, when they are due; else only plans the
 * next one. A failure stands on the resource's row; it is no failure of its polling.
 */
export async function reconcileResource(
  deps: ReconcileDeps,
  poll: Poll,
  polled: PolledResource,
  row: ResourceRow,
): Promise<Reconciled> {
  const reconciled: Reconciled = { records: 0, events: 0, missing: 0, held: 0, isDone: false };
  const minutes = reconcileMinutes(poll.settings, polled.resource, row.reconcile_share);
  const now = deps.clock.now();
  const planned = minutes === null ? null : plannedAt(row, minutes, now);
  const isDue = poll.isManual || (planned !== null && planned <= now);
  const plan: Plan = { id: row.id, at: planned, minutes, reconciledAt: null, share: row.reconcile_share };
  const hold = { instanceId: row.instance_id, lease: poll.lease, configVersion: poll.instance.configVersion };
  if (!isDue && !row.has_released) {
    await underHold(deps, hold, (tx) => saveReconcile(tx, { ...plan, note: row.reconcile_note }));
    return reconciled;
  }
  const warnings: string[] = [];
  let outcome = plan;
  try {
    const run = await createSweepRun(deps, poll, polled, row, createWarn(warnings));
    const released = await settleReleased(deps, run);
    reconciled.events += released.events;
    if (isDue && released.isDone) {
      const ended = await sweep(deps, run, reconciled);
      if (ended === undefined) outcome = { ...plan, at: deps.clock.now() };
      else {
        const share = deps.vendor.shareOf?.(poll.instance, ended) ?? 0;
        outcome = planAfter(deps, poll, polled, { ...row, reconcile_share: share });
      }
    }
  } catch (error) {
    outcome = { ...plan, at: planned === null ? null : retryAt(deps, poll, error) };
    reconciled.error = messageOf(error).slice(0, MAX_NOTE_LENGTH);
  }
  const note = reconciled.error ?? (warnings.join('; ').slice(0, MAX_NOTE_LENGTH) || null);
  await underHold(deps, hold, (tx) => saveReconcile(tx, { ...outcome, note }));
  if (reconciled.held > 0) {
    deps.log.warn(
      { instanceId: row.instance_id, objectType: row.name, held: reconciled.held },
      'deletions are on hold until a person releases or discards them',
    );
  }
  return reconciled;
}

/** A sweep is due when its plan says so, or earlier when something asked for it. */
function plannedAt(row: ResourceRow, minutes: number, now: EpochMs): EpochMs {
  const regular = nextReconcile(row, minutes, now);
  const isSameInterval = row.reconcile_minutes === minutes && row.reconcile_at !== null;
  return isSameInterval ? row.reconcile_at! : Math.min(row.reconcile_at ?? regular, regular);
}

function planAfter(deps: ReconcileDeps, { settings }: Poll, polled: PolledResource, row: ResourceRow): Plan {
  const reconciledAt = deps.clock.now();
  const minutes = reconcileMinutes(settings, polled.resource, row.reconcile_share);
  const at = minutes === null ? null : reconciledAt + minutes * 60_000;
  return { id: row.id, at, minutes, reconciledAt, share: row.reconcile_share };
}

/** What the whole sweep has cost when it ended; undefined when it goes on later. */
async function sweep(deps: ReconcileDeps, run: SweepRun, reconciled: Reconciled): Promise<Spent | undefined> {
  const listed = await listEverything(deps, run);
  reconciled.records += listed.records;
  reconciled.events += listed.events;
  if (listed.sweep.position !== null) return undefined;
  reconciled.missing = listed.sweep.missing;
  const settled = await settleMissing(deps, run, listed.sweep);
  reconciled.events += settled.events;
  reconciled.held = settled.held;
  reconciled.isDone = settled.isDone;
  if (!settled.isDone) return undefined;
  await underHold(deps, run.hold, (tx) => endSweep(tx, run.resource.id));
  return totalOf(listed.sweep, run.spent());
}

function totalOf(sweep: SweepRow, rest: Spent): Spent {
  return { calls: sweep.calls + rest.calls, units: sweep.units + rest.units };
}

async function createSweepRun(
  deps: ReconcileDeps,
  poll: Poll,
  polled: PolledResource,
  row: ResourceRow,
  warn: (text: string) => void,
): Promise<SweepRun> {
  const context = await attempt(deps, () => deps.contexts.of(poll.instance, polled.resource));
  const run = createRun(deps, poll, {
    polled,
    resource: { ...row },
    context,
    warn,
    isReconcile: !poll.isManual,
  });
  const listing = polled.resource.polling!.sweep?.(context) ?? run.feeds.find((feed) => feed.kind === 'scan');
  if (listing === undefined) throw new Error(`${polled.resource.name} has no complete listing to sweep`);
  let spent: Spent = { calls: 0, units: 0 };
  const nextPollAt = nextSlot(row.instance_id, poll.settings.refreshIntervalMinutes * 60_000, poll.startedAt);
  const endsAt = Math.min(nextPollAt, deps.clock.now() + SLICE_MS);
  return {
    ...run,
    listing,
    ask: (request, read) => {
      spent = { calls: spent.calls + 1, units: spent.units + (request.cost ?? 1) };
      return run.ask(request, read);
    },
    spent: () => {
      const all = spent;
      spent = { calls: 0, units: 0 };
      return all;
    },
    isOver: () => !poll.isManual && deps.clock.now() >= endsAt,
  };
}

/** When a sweep that failed goes on. What is nobody's failure is thrown on. */
function retryAt({ clock }: ReconcileDeps, poll: Poll, error: unknown): EpochMs {
  if (error instanceof Interrupted || poll.signal.aborted) throw error;
  if (error instanceof Fault && (error.code === 'unavailable' || error.code === 'not_found')) throw error;
  // The poll that comes next meets it as well, and says so.
  if (error instanceof Reauthorize) return clock.now() + RETRY_MS;
  return error instanceof RetryAt ? Math.max(error.at, clock.now()) : clock.now() + RETRY_MS;
}
