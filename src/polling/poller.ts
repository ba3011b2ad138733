import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connector } from '../connectors/define-connector.ts';
import { findElement } from '../elements/catalogue.ts';
import { listHintedInstances } from '../events/hint-queries.ts';
import type { Instance, Lifecycle } from '../instances/instance.ts';
import { Fault } from '../kernel/errors.ts';
import { createAfterPoll } from './after-poll.ts';
import { forgetSome } from './known-queries.ts';
import { createLeases, WHY_ABORTED } from './leases.ts';
import { Interrupted } from './page.ts';
import { pollInstance, type Polled, type PollInstanceDeps } from './poll-instance.ts';
import type { Preview } from './preview.ts';
import { readAgain, type ReadAgainWish } from './read-again.ts';
import type { Poll } from './resource-run.ts';
import { deletePoller, makeAllDue, release, stopPoller, type ClaimedPoller } from './schedule-queries.ts';
import { syncPoller, type Synced } from './sync-poller.ts';
import { whyOff } from './why-off.ts';

/** How long the request that turns polling on waits for the baseline; the rest goes on as the first pass. */
const BASELINE_WAIT_MS = 10_000;
/** A poll that broke off for no reason of the vendor's is not repeated at once. */
const INTERRUPTED_PAUSE_MS = 1_000;
const BROKEN_PAUSE_MS = 60_000;
const FORGET_AT_ONCE = 50_000;
const HINTED_AT_ONCE = 500;
/** Where no sweep may begin, the instance is looked at again after this. */
const SWEEP_PAUSE_MS = 5_000;

export interface PollerDeps extends Omit<PollInstanceDeps, 'wait'> {
  connectors: readonly Connector[];
  /** The instance as it is now, secrets in the clear; undefined when it is deleted. */
  loadInstance(id: number): Promise<Instance | undefined>;
  baselineWaitMs?: number;
}

export interface Poller {
  /** Baselines, and everything else that a change of an instance means for its polling. */
  lifecycle: Lifecycle;
  /**
   * Polls now, whatever the schedule; `reconcile` sweeps every resource too.
   * @throws Fault `conflict` while the instance is polled, `forbidden` while its events or its polling are off.
   */
  pollNow(instance: Instance, options?: { reconcile: boolean }): Promise<Polled[]>;
  /** Sets a resource back to an instant, or says what that would give. @throws as `readAgain` of its own file. */
  readAgain(instance: Instance, wish: ReadAgainWish): Promise<Preview | null>;
  /** Makes every instance due that webhooks hinted at changes of. */
  wakeHinted(): Promise<void>;
  /** Makes an instance due now: there is something to do for it. */
  wake(instanceId: number): Promise<void>;
  /** Polls an instance that was claimed. Never throws. */
  pollClaimed(claimed: ClaimedPoller, lease: string): Promise<void>;
  /** Ends every poll at its next page and waits for that; what was read stays. */
  stop(): Promise<void>;
}

type How = Pick<Poll, 'lease' | 'isManual' | 'isSilent' | 'signal'>;
type On = Extract<Synced, { state: 'on' }>;

export function createPoller(deps: PollerDeps): Poller {
  const { db, clock, log } = deps;
  const leases = createLeases(deps);
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();
  const pollDeps: PollInstanceDeps = {
    ...deps,
    wait: async (ms) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {}),
  };
  const after = createAfterPoll(pollDeps);

  const connectorOf = (instance: Instance): Connector => {
    const connector = findElement(deps.connectors, instance.elementKey);
    if (connector === undefined) throw new Fault('internal', `No connector ${instance.elementKey}.`);
    return connector;
  };

  /** Keeps the lease while `work` runs, and gives it back whatever happens. */
  const underLease = async <T>(
    instanceId: number,
    lease: string,
    work: (signal: AbortSignal, pause: (ms: number) => void) => Promise<T>,
  ): Promise<T> => {
    const { signal, end } = leases.begin(instanceId, lease);
    let pauseMs = 0;
    try {
      return await work(signal, (ms) => {
        pauseMs = ms;
      });
    } catch (error) {
      // A request that was under way fails by the signal, wherever it had come to.
      const isInterrupted = error instanceof Interrupted || signal.aborted;
      pauseMs = isInterrupted ? INTERRUPTED_PAUSE_MS : BROKEN_PAUSE_MS;
      throw isInterrupted && !(error instanceof Interrupted) ? new Interrupted(WHY_ABORTED) : error;
    } finally {
      end();
      const notBefore = clock.now() + (stopping.signal.aborted ? 0 : pauseMs);
      await release(db, { instanceId, lease, notBefore }).catch((error: unknown) => {
        log.warn({ instanceId, err: error }, 'the lease of a poll could not be given back; it will end');
      });
    }
  };

  const track = <T>(work: Promise<T>): Promise<T> => {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
    tracked.catch(() => {});
    return tracked;
  };

  const pollOf = (instance: Instance, on: On, how: How): Poll => ({
    ...how,
    instance,
    connector: connectorOf(instance),
    settings: on.settings,
    startedAt: clock.now(),
  });

  const poll = (one: Poll, on: On) => pollInstance(pollDeps, one, on.polled);

  /** Brings the poller up to date with the instance, and reads the baselines that are due. */
  const apply = async (instance: Instance): Promise<void> => {
    const lease = randomUUID();
    const synced = await syncPoller(deps, instance, connectorOf(instance), {
      lease,
      how: 'take',
      resume: true,
    });
    if (synced.state !== 'on') return;
    const polled = synced.polled.filter(({ name }) => synced.fresh.includes(name));
    let isSilent = true;
    const baseline = track(
      underLease(instance.id, lease, (signal) =>
        poll(pollOf(instance, synced, { lease, isManual: false, isSilent: () => isSilent, signal }), {
          ...synced,
          polled,
        }),
      ),
    );
    const waited = new AbortController();
    const limit = sleep(deps.baselineWaitMs ?? BASELINE_WAIT_MS, undefined, { signal: waited.signal });
    // A failure stands on the resource's own row; what remains is a lost lease or a lost database.
    const ended = baseline.catch((error: unknown) => {
      log.warn({ instanceId: instance.id, err: error }, 'a baseline broke off; it will be gone on with');
    });
    await Promise.race([ended, limit.catch(() => {})]);
    waited.abort();
    isSilent = false;
  };

  return {
    lifecycle: {
      started: apply,
      changed: (_before, after) => apply(after),
      removed: async ({ id }) => {
        await stopPoller(db, id);
        // Millions of records in one statement would run into its time limit.
        while ((await forgetSome(db, id, FORGET_AT_ONCE)) > 0);
        await deletePoller(db, id);
      },
    },
    pollNow: async (instance, options) => {
      const lease = randomUUID();
      const request = { lease, how: 'if_free', resume: true } as const;
      const synced = await syncPoller(deps, instance, connectorOf(instance), request);
      if (synced.state === 'busy') throw new Fault('conflict', 'Another poll of this instance is running.');
      if (synced.state === 'off') throw new Fault('forbidden', whyOff(synced.why, synced.reason));
      const isSilent = () => false;
      const work = underLease(instance.id, lease, async (signal) => {
        const one = pollOf(instance, synced, { lease, isManual: true, isSilent, signal });
        const { outcomes } = await poll(one, synced);
        return options?.reconcile === true ? after.sweepNow(one, synced.polled, outcomes) : outcomes;
      });
      return track(work).catch((error: unknown) => {
        if (!(error instanceof Interrupted)) throw error;
        throw new Fault('conflict', `The poll was broken off: ${error.message}.`);
      });
    },
    readAgain: (instance, wish) =>
      track(readAgain(pollDeps, instance, connectorOf(instance), { ...wish, signal: stopping.signal })),
    wake: (instanceId) => makeAllDue(db, [instanceId], clock.now()),
    wakeHinted: async () => {
      for (let from = 0, isMore = true; isMore;) {
        const ids = await listHintedInstances(db, from, HINTED_AT_ONCE);
        const open = ids.filter((id) => !after.isPaused(id));
        if (open.length > 0) await makeAllDue(db, open, clock.now());
        isMore = ids.length === HINTED_AT_ONCE;
        from = ids.at(-1) ?? 0;
      }
    },
    pollClaimed: async (claimed, lease) => {
      const instanceId = claimed.instance_id;
      const work = underLease(instanceId, lease, async (signal, pause) => {
        const instance = await deps.loadInstance(instanceId);
        if (instance === undefined) return;
        const request = { lease, how: 'held', resume: false } as const;
        const synced = await syncPoller(deps, instance, connectorOf(instance), request);
        if (synced.state !== 'on') return;
        const one = pollOf(instance, synced, { lease, isManual: false, isSilent: () => false, signal });
        const { rows } = await poll(one, synced);
        await after.hints(one, synced.polled);
        if (!(await after.reconcile(one, synced.polled, rows))) pause(SWEEP_PAUSE_MS);
      });
      await track(work).catch((error: unknown) => {
        if (error instanceof Interrupted || stopping.signal.aborted) return;
        log.warn({ instanceId, err: error }, 'a poll broke off; it will be repeated');
      });
    },
    stop: async () => {
      stopping.abort();
      leases.stop();
      await Promise.allSettled(running);
    },
  };
}
