import { messageOf } from '../kernel/errors.ts';
import { followHints } from './follow-hints.ts';
import { noteHeld } from './held-attention.ts';
import { Interrupted } from './page.ts';
import type { Polled, PollInstanceDeps } from './poll-instance.ts';
import type { PolledResource } from './polled-resource.ts';
import { isReconcileDue, reconcileResource } from './reconcile.ts';
import { readResources, type ResourceRow } from './resource-queries.ts';
import type { Poll } from './resource-run.ts';
import { yieldLease } from './schedule-queries.ts';

/** Sweeps one node carries on at the same time: the rest of its slots are for due polls. */
const MAX_SWEEPS = 4;
const HINT_PAUSE_MS = 30_000;

/** What is done for an instance after its due resources were polled, under the same lease. */
export interface AfterPoll {
  /** Reads what webhooks hinted at. A vendor that can't be read now is left alone for a while. */
  hints(poll: Poll, polled: readonly PolledResource[]): Promise<void>;
  /** Whether an instance's hints are left alone for now. */
  isPaused(instanceId: number): boolean;
  /** Carries sweeps on that are due; `before` are the resources as they were. False when too many sweep already. */
  reconcile(poll: Poll, polled: readonly PolledResource[], before: readonly ResourceRow[]): Promise<boolean>;
  /** Sweeps every resource that was polled to the end, for whoever waits for it. */
  sweepNow(poll: Poll, polled: readonly PolledResource[], outcomes: readonly Polled[]): Promise<Polled[]>;
}

export function createAfterPoll(deps: PollInstanceDeps): AfterPoll {
  const { db, clock, log } = deps;
  const pauses = new Map<number, number>();
  let sweeping = 0;

  /** The resources of which a sweep is due, each with what is polled of it. */
  const due = (poll: Poll, polled: readonly PolledResource[], rows: readonly ResourceRow[]) =>
    rows.flatMap((row) => {
      const one = polled.find(({ name }) => name === row.name);
      return one !== undefined && isReconcileDue(poll, one, row, clock.now()) ? [{ one, row }] : [];
    });

  return {
    hints: async (poll, polled) => {
      if (poll.settings.vendorType !== 'both') return;
      const { id } = poll.instance;
      try {
        await followHints(deps, poll, polled, await readResources(db, id));
        pauses.delete(id);
      } catch (error) {
        if (error instanceof Interrupted || poll.signal.aborted) throw error;
        pauses.set(id, clock.now() + HINT_PAUSE_MS);
        log.warn({ instanceId: id, reason: messageOf(error) }, 'hints could not be followed yet');
      }
    },
    isPaused: (instanceId) => {
      const until = pauses.get(instanceId);
      if (until === undefined || until > clock.now()) return until !== undefined;
      pauses.delete(instanceId);
      return false;
    },
    reconcile: async (poll, polled, before) => {
      if (due(poll, polled, before).length === 0) return true;
      if (sweeping >= MAX_SWEEPS) return false;
      sweeping += 1;
      try {
        if (!(await yieldLease(db, { instanceId: poll.instance.id, lease: poll.lease }))) return true;
        const rows = await readResources(db, poll.instance.id);
        let held = 0;
        for (const { one, row } of due(poll, polled, rows))
          held += (await reconcileResource(deps, poll, one, row)).held;
        if (held > 0) await noteHeld(deps, poll.instance.id);
        return true;
      } finally {
        sweeping -= 1;
      }
    },
    sweepNow: async (poll, polled, outcomes) => {
      const rows = await readResources(db, poll.instance.id);
      const swept: Polled[] = [];
      for (const outcome of outcomes) {
        const one = polled.find(({ name }) => name === outcome.objectType);
        const row = rows.find(({ name }) => name === outcome.objectType);
        const canSweep = one !== undefined && row?.is_baseline_done === true;
        const reconcile = canSweep ? await reconcileResource(deps, poll, one, row) : undefined;
        swept.push({ ...outcome, ...(reconcile !== undefined && { reconcile }) });
      }
      if (swept.some(({ reconcile }) => (reconcile?.held ?? 0) > 0)) await noteHeld(deps, poll.instance.id);
      return swept;
    },
  };
}
