import { setTimeout as sleep } from 'node:timers/promises';
import { readEventSettings } from '../instances/event-configuration.ts';
import type { Instance } from '../instances/instance.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { nextCheck, RETRY_MS } from './next-check.ts';
import { claimDueSetups, findSetup, listStrays, postponeCheck } from './queries.ts';
import type { SetupDeps, Setups } from './setups.ts';

const LOOK_EVERY_MS = 30_000;
const AT_ONCE = 20;
const DAY_MS = 86_400_000;
/** What runs may only follow hints, and has not asked for everything: the catch-up poll waits for its end. */
const CATCH_UP_TRIES = 60;
const CATCH_UP_WAIT_MS = 500;

export interface WatchdogDeps extends Pick<SetupDeps, 'db' | 'clock' | 'log'> {
  setups: Setups;
  /** Elements whose webhooks can be set up. */
  elementKeys: readonly string[];
  loadInstance: (id: number) => Promise<Instance | undefined>;
  /** Polls an instance now, after its webhooks were away; `busy`: another poll of it is running. Must not throw. */
  catchUp: (instance: Instance) => Promise<'done' | 'busy'>;
  lookEveryMs?: number;
}

/** Looks after what is set up at vendors: daily, and when it is silent for too long. */
export function startWatchdog(deps: WatchdogDeps): { stop(): Promise<void> } {
  const { log, lookEveryMs = LOOK_EVERY_MS } = deps;
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await lookAfterSetups(deps, () => stopping.signal.aborted);
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'webhooks at vendors could not be looked after');
      }
      await sleep(lookEveryMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
  };
  const running = loop();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** What was changed and not brought in step, then everything that is due. */
export async function lookAfterSetups(deps: WatchdogDeps, isStopping = (): boolean => false): Promise<void> {
  const { db, clock, setups } = deps;
  const now = clock.now();
  for (const id of await listStrays(db, { elementKeys: deps.elementKeys, now, limit: AT_ONCE })) {
    if (isStopping()) return;
    const instance = await deps.loadInstance(id);
    if (instance !== undefined) await setups.apply(instance, { isForced: false });
  }
  const due = await claimDueSetups(db, { now, again: now + RETRY_MS, limit: AT_ONCE });
  for (const instanceId of due) {
    if (isStopping()) return;
    const instance = await deps.loadInstance(instanceId);
    if (instance !== undefined && !(await isHeardOf(deps, instance, now)))
      await check(deps, instance, isStopping);
  }
}

/** Came due by silence, and was heard of since: no look at the vendor is due before its day is over. */
async function isHeardOf(deps: WatchdogDeps, { id }: Instance, now: EpochMs): Promise<boolean> {
  const row = await findSetup(deps.db, id);
  if (row?.state !== 'set_up' || row.wanted === null || row.reason !== null) return false;
  const dayEndsAt = (row.checked_at ?? 0) + DAY_MS;
  const next = await nextCheck(deps, id, now);
  if (dayEndsAt <= now || next >= now + DAY_MS) return false;
  await postponeCheck(deps.db, id, Math.min(next, dayEndsAt));
  return true;
}

async function check(
  { setups, catchUp, log }: WatchdogDeps,
  instance: Instance,
  isStopping: () => boolean,
): Promise<void> {
  const { isChanged } = await setups.apply(instance, { isForced: true });
  if (!isChanged) return;
  log.warn({ instanceId: instance.id }, 'the vendor had dropped webhooks; they are set up again');
  // Without a detector nobody knows what was missed.
  if (readEventSettings(instance).vendorType !== 'both') return;
  for (let nth = 1; nth <= CATCH_UP_TRIES && !isStopping(); nth += 1) {
    if ((await catchUp(instance)) === 'done') return;
    await sleep(CATCH_UP_WAIT_MS, undefined, { ref: false });
  }
}
