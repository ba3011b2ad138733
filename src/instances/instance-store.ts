import type { Database } from '../database/pool.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { hashToken } from '../vault/hash-token.ts';
import type { Instance } from './instance.ts';
import { findInstance, findInstanceByToken, isInScope, type Scope } from './queries.ts';
import { recordOf, type InstanceRecord, type RecordDeps } from './record.ts';

export interface StoreDeps extends RecordDeps {
  db: Database;
  clock: Clock;
}

/** Reading instances. */
export interface InstanceStore {
  /** As it is now; undefined when there is none of that id. */
  load(id: number): Promise<Instance | undefined>;
  /**
   * As it was at most `RECENT_MS` ago: from memory for hot paths, which must check `configVersion` when they write
   * (`events.record` does).
   */
  recent(id: number): Promise<Instance | undefined>;
  /** The instance of an `Element <token>`. */
  byToken(token: string): Promise<Instance | undefined>;
  /** With what its routes need. */
  record(id: number): Promise<InstanceRecord | undefined>;
  /** As `record`, and undefined as well for whom it does not exist. */
  recordFor(scope: Scope, id: number): Promise<InstanceRecord | undefined>;
  /** Drops the copy in memory. */
  forget(id: number): void;
}

const RECENT_MS = 5_000;
const MAX_RECENT = 10_000;

export function createInstanceStore(deps: StoreDeps): InstanceStore {
  const { db, clock } = deps;
  /** In the order of loading. */
  const copies = new Map<number, { loadedAt: EpochMs; instance: Promise<Instance | undefined> }>();

  const record = async (id: number): Promise<InstanceRecord | undefined> => {
    const row = await findInstance(db, id);
    return row === undefined ? undefined : recordOf(deps, row);
  };
  const load = async (id: number): Promise<Instance | undefined> => (await record(id))?.instance;

  return {
    load,
    record,
    recent: (id) => {
      const now = clock.now();
      const copy = copies.get(id);
      if (copy !== undefined && now - copy.loadedAt < RECENT_MS) return copy.instance;
      // Not kept: an id nobody has must not fill the memory, a failed read must not be remembered.
      const instance = load(id);
      copies.delete(id);
      copies.set(id, { loadedAt: now, instance });
      if (copies.size > MAX_RECENT) copies.delete(copies.keys().next().value!);
      const drop = (): void => {
        if (copies.get(id)?.instance === instance) copies.delete(id);
      };
      instance.then((found) => (found === undefined ? drop() : undefined), drop);
      return instance;
    },
    byToken: async (token) => {
      const row = await findInstanceByToken(db, hashToken(token));
      return row === undefined ? undefined : recordOf(deps, row).instance;
    },
    recordFor: async (scope, id) => ((await isInScope(db, scope, id)) ? record(id) : undefined),
    forget: (id) => {
      copies.delete(id);
    },
  };
}
