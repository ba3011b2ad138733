import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthMethod, AuthReading, Credentials } from '../connectors/auth/method.ts';
import { Reauthorize, RetryAt } from '../connectors/failures.ts';
import type { Database, Queryable } from '../database/pool.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { Fault } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { Vault } from '../vault/vault.ts';
import {
  dropRefreshLease,
  findCredentials,
  markDead,
  replaceCredentials,
  replaceDerivedEntry,
  takeRefreshLease,
} from './credential-queries.ts';
import type { Instance } from './instance.ts';
import { credentialsPlace, entryPlace } from './sealed-places.ts';

/** Longer than a refresh may take, and all that a process which died in the middle of one costs the others. */
const LEASE_MS = 30_000;
/** Of the request to the token endpoint. */
export const REFRESH_TIMEOUT_MS = 20_000;
const WAIT_STEP_MS = 150;
/** Waiting a little longer than a lease lives. */
const WAIT_STEPS = Math.ceil((LEASE_MS + 5_000) / WAIT_STEP_MS);
/** A rotated refresh token exists only in this process until it is stored: a short outage must not lose it. */
const STORE_RETRY_DELAYS_MS = [100, 500, 2_000, 5_000];

/** Credentials as they were read, and the bytes in which they were stored. */
export interface Held {
  credentials: Credentials;
  sealed: Buffer;
  /** When the vendor gave them. */
  givenAt: EpochMs;
}

/** Asks the vendor for fresh credentials and reads its answer. Throws when there is none. */
type Renewal = (credentials: Credentials) => Promise<AuthReading>;

export interface CredentialKeeper {
  /** @throws Reauthorize when there are none, Fault `not_found` when the instance is deleted. */
  read(instance: Instance): Promise<Held>;
  /**
   * Newer credentials than `stale`: those another process has stored meanwhile, or those that `renew` gets. Only one
   * process asks the vendor, the others wait; no transaction stays open meanwhile.
   * @throws Reauthorize when the vendor refuses for good (the instance then needs attention), RetryAt else.
   */
  renew(instance: Instance, method: AuthMethod, stale: Held, renew: Renewal): Promise<Held>;
  /** Notes that nothing but a new sign-in helps; false when newer credentials are stored meanwhile. */
  markDead(instance: Instance, held: Held, why: string): Promise<boolean>;
}

export interface CredentialDeps {
  db: Database;
  vault: Vault;
  clock: Clock;
  log: Log;
}

export function createCredentialKeeper(deps: CredentialDeps): CredentialKeeper {
  const running = new Map<number, Promise<Held>>();
  return {
    read: async (instance) => (await readStored(deps, instance)).held,
    renew: (instance, method, stale, renew) => {
      const present = running.get(instance.id);
      if (present !== undefined) return present;
      const renewal = renewOnce(deps, { instance, method, stale, renew }).finally(() => {
        running.delete(instance.id);
      });
      running.set(instance.id, renewal);
      return renewal;
    },
    markDead: async (instance, held, why) => markStoredDead(deps, instance, held, why, null),
  };
}

interface Renewing {
  instance: Instance;
  method: AuthMethod;
  stale: Held;
  renew: Renewal;
}

async function renewOnce(deps: CredentialDeps, renewing: Renewing): Promise<Held> {
  const { instance, stale } = renewing;
  for (let step = 0; step < WAIT_STEPS; step += 1) {
    const stored = await readStored(deps, instance);
    if (!isSame(stored.held.credentials, stale.credentials)) return stored.held;
    // Whoever refreshed while this process waited was refused: asking again would tell nothing new.
    if (step > 0 && stored.deadBecause !== null) throw new Reauthorize(stored.deadBecause);
    const lease = randomUUID();
    const now = deps.clock.now();
    const isTaken = await takeRefreshLease(deps.db, {
      id: instance.id,
      lease,
      until: now + LEASE_MS,
      now,
      credentials: stored.held.sealed,
    });
    if (isTaken) {
      const renewed = await renewWithLease(deps, { ...renewing, stale: stored.held }, lease);
      if (renewed !== undefined) return renewed;
    }
    await sleep(WAIT_STEP_MS);
  }
  throw new RetryAt(deps.clock.now(), 'another process is still refreshing the access token');
}

/** Undefined when another process has stored something else meanwhile: look again. */
async function renewWithLease(
  deps: CredentialDeps,
  { instance, method, stale, renew }: Renewing,
  lease: string,
): Promise<Held | undefined> {
  let reading: AuthReading;
  try {
    reading = await renew(stale.credentials);
  } catch (error) {
    await dropRefreshLease(deps.db, instance.id, lease);
    throw error;
  }
  if (reading.ok) {
    const sealed = deps.vault.seal(JSON.stringify(reading.credentials), credentialsPlace(instance.id));
    const givenAt = deps.clock.now();
    const fresh: Held = { credentials: reading.credentials, sealed, givenAt };
    if (!(await storePatiently(deps, () => replaceSame(deps, instance, stale, fresh)))) return undefined;
    await storeDerived(deps, instance, method, reading.credentials);
    deps.log.debug({ instanceId: instance.id }, 'access token refreshed');
    return fresh;
  }
  if (!reading.permanent) {
    await dropRefreshLease(deps.db, instance.id, lease);
    throw new RetryAt(deps.clock.now(), `the access token could not be refreshed: ${reading.why}`);
  }
  const why = `the vendor refuses to refresh the access token: ${reading.why}`;
  if (await markStoredDead(deps, instance, stale, why, lease)) throw new Reauthorize(why);
  return undefined;
}

async function storePatiently<T>({ log }: CredentialDeps, store: () => Promise<T>): Promise<T> {
  for (const delayMs of STORE_RETRY_DELAYS_MS) {
    try {
      return await store();
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'unavailable')) throw error;
      log.warn({ reason: error.message }, 'fresh credentials could not be stored yet');
      await sleep(delayMs);
    }
  }
  return store();
}

/** The same credentials may meanwhile have been sealed anew, under another key: that is nobody else's refresh. */
async function replaceSame(
  deps: CredentialDeps,
  instance: Instance,
  stale: Held,
  fresh: Held,
): Promise<boolean> {
  for (let previous = stale; ;) {
    const replacement = {
      id: instance.id,
      previous: previous.sealed,
      credentials: fresh.sealed,
      now: fresh.givenAt,
    };
    if (await replaceCredentials(deps.db, replacement)) return true;
    const { held } = await readStored(deps, instance);
    const isOnlyResealed =
      !held.sealed.equals(previous.sealed) && isSame(held.credentials, stale.credentials);
    if (!isOnlyResealed) return false;
    previous = held;
  }
}

function isSame(one: Credentials, other: Credentials): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** A login that gave another token than before shows in the configuration as well. */
async function storeDerived(
  { db, vault }: CredentialDeps,
  instance: Instance,
  method: AuthMethod,
  credentials: Credentials,
): Promise<void> {
  for (const [key, value] of Object.entries(method.derived?.(credentials) ?? {})) {
    if (instance.configuration[key] === value) continue;
    const sealed = vault.seal(JSON.stringify(value), entryPlace(instance.id, key));
    await replaceDerivedEntry(db, { id: instance.id, key, sealed });
  }
}

async function markStoredDead(
  { db, clock, log }: CredentialDeps,
  instance: Instance,
  held: Held,
  why: string,
  lease: string | null,
): Promise<boolean> {
  const now = clock.now();
  const attention = { kind: 'reauthorize', reason: why, at: now } as const;
  const isMarked = await markDead(db, {
    id: instance.id,
    credentials: held.sealed,
    lease,
    now,
    attention,
  });
  if (isMarked) log.warn({ instanceId: instance.id, reason: why }, 'the instance must be authorized again');
  return isMarked;
}

/** What is stored, dead or alive; null when there is nothing. */
export async function readStoredCredentials(
  db: Queryable,
  vault: Vault,
  instanceId: number,
): Promise<Credentials | null> {
  const sealed = (await findCredentials(db, instanceId))?.credentials ?? null;
  return sealed === null ? null : openCredentials(vault, instanceId, sealed);
}

function openCredentials(vault: Vault, instanceId: number, sealed: Buffer): Credentials {
  return JSON.parse(vault.openText(sealed, credentialsPlace(instanceId))) as Credentials;
}

async function readStored(
  { db, vault }: CredentialDeps,
  instance: Instance,
): Promise<{ held: Held; deadBecause: string | null }> {
  const row = await findCredentials(db, instance.id);
  if (row === undefined) throw new Fault('not_found', `Instance ${instance.id} does not exist any more.`);
  const sealed = row.credentials;
  if (sealed === null) throw new Reauthorize('the instance has never signed in');
  const credentials = openCredentials(vault, instance.id, sealed);
  const deadBecause = row.attention?.kind === 'reauthorize' ? row.attention.reason : null;
  return { held: { credentials, sealed, givenAt: row.given_at }, deadBecause };
}
