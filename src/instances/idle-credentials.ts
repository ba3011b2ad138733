import { setTimeout as sleep } from 'node:timers/promises';
import type { Connector } from '../connectors/define-connector.ts';
import type { Database } from '../database/pool.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { findStaleCredentials } from './credential-queries.ts';
import type { Instance } from './instance.ts';
import type { Vendor } from './vendor.ts';

const DAY_MS = 86_400_000;
/**
 * Credentials in use are refreshed long before; the shortest-lived refresh token, Keap's, ends after 45 days unused
 * (Keap "OAuth2", read 2026-11). That leaves 38 daily tries.
 */
const MOST_IDLE_MS = 7 * DAY_MS;
const LOOK_EVERY_MS = 60_000;
const AT_ONCE = 100;

export interface IdleCredentialsDeps {
  db: Database;
  clock: Clock;
  log: Log;
  connectors: readonly Connector[];
  vendor: Pick<Vendor, 'refreshIdle'>;
  loadInstance: (id: number) => Promise<Instance | undefined>;
}

/**
 * Keeps the connections of instances that nobody uses, disabled or with their events off, once at the start and then
 * daily. Any number of nodes may: an instance is refreshed by one of them.
 */
export function startIdleRefresh(deps: IdleCredentialsDeps): { stop(): Promise<void> } {
  const { clock, log } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = async (): Promise<void> => {
    for (let nextAt = clock.now(); !signal.aborted;) {
      if (clock.now() >= nextAt) {
        try {
          await refreshIdleCredentials(deps, () => signal.aborted);
          nextAt = clock.now() + DAY_MS;
        } catch (error) {
          log.warn({ reason: messageOf(error) }, 'connections out of use could not be looked after');
        }
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => {});
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

/** Refreshes what has lain idle for too long, one instance after another. How many it was. */
export async function refreshIdleCredentials(
  deps: IdleCredentialsDeps,
  isStopping = (): boolean => false,
): Promise<number> {
  const { db, clock, connectors } = deps;
  const elementKeys = connectors
    .filter(({ authentication }) => authentication.some(({ rotates }) => rotates === true))
    .map(({ key }) => key);
  const before = clock.now() - MOST_IDLE_MS;
  let refreshed = 0;
  for (let afterId = 0; ;) {
    const ids = await findStaleCredentials(db, { elementKeys, before, afterId, limit: AT_ONCE });
    for (const id of ids) {
      if (isStopping()) return refreshed;
      if (await refreshOne(deps, id, before)) refreshed += 1;
    }
    if (ids.length < AT_ONCE) return refreshed;
    afterId = ids.at(-1)!;
  }
}

/** What one vendor refuses or does not answer today keeps nobody else from being refreshed. */
async function refreshOne(
  { log, vendor, loadInstance }: IdleCredentialsDeps,
  instanceId: number,
  before: number,
): Promise<boolean> {
  try {
    const instance = await loadInstance(instanceId);
    return instance !== undefined && (await vendor.refreshIdle(instance, before));
  } catch (error) {
    log.warn({ instanceId, reason: messageOf(error) }, 'a connection out of use could not be refreshed');
    return false;
  }
}
