import type { EpochMs, SimulatorClock } from './clock.ts';
import { createVisibleVersions } from './visible-versions.ts';
import type { VisibleVersions } from './visible-versions.ts';

/** One version of a record. Never altered: a change makes a new object, so it can key a WeakMap cache. */
export interface Stored<Id extends string | number, Fields extends object> {
  id: Id;
  fields: Fields;
  createdAt: EpochMs;
  updatedAt: EpochMs;
  /** Set while softly deleted. */
  deletedAt: EpochMs | null;
  /** 1 for the first version of this id, then counting. */
  revision: number;
}

/**
 * How much later than its stamp a change can be seen. `commit`: no read shows it before (a long transaction
 * whose stamp precedes its commit). `index`: reads by id show it at once, lists and searches later.
 */
export interface Lag {
  kind: 'commit' | 'index';
  ms: number;
}

export interface Change<Id extends string | number, Fields extends object> {
  kind: 'created' | 'updated' | 'deleted' | 'restored' | 'erased';
  before: Stored<Id, Fields> | null;
  /** Null only when erased. A deleted record is here with its `deletedAt`. */
  after: Stored<Id, Fields> | null;
  /** When it was committed. */
  at: EpochMs;
  /** What the caller passed, such as who made the change and through what. */
  context: Record<string, unknown>;
}

export interface WriteOptions {
  /** Writes this stamp instead of the clock's time (back-dating, future dates). */
  createdAt?: EpochMs;
  updatedAt?: EpochMs;
  /** Instead of the store's own lag. */
  lag?: Lag;
  /** Passed on to the listeners. */
  context?: Record<string, unknown>;
  /** Tell no listener (seeding). */
  silent?: boolean;
}

export type SortKey = 'id' | 'createdAt' | 'updatedAt';

export interface EntityStore<Id extends string | number, Fields extends object> {
  create(fields: Fields, options?: WriteOptions & { id?: Id }): Stored<Id, Fields>;
  /** Merges `patch` into the fields and moves `updatedAt`, also when nothing differs. Throws on an unknown id. */
  update(id: Id, patch: Partial<Fields>, options?: WriteOptions): Stored<Id, Fields>;
  /** Soft deletion; moves `updatedAt`. Throws on an unknown or deleted id. */
  remove(id: Id, options?: WriteOptions): Stored<Id, Fields>;
  /** Undoes `remove`; moves `updatedAt`. Throws on an unknown or live id. */
  restore(id: Id, options?: WriteOptions): Stored<Id, Fields>;
  /** Leaves nothing behind. Throws on an unknown id. */
  erase(id: Id, options?: WriteOptions): void;
  /** A read by id, deleted ones included. */
  get(id: Id): Stored<Id, Fields> | undefined;
  /** What lists and searches see, ascending by `key` then id, deleted ones included. Do not alter the array. */
  sorted(key?: SortKey): ReadonlyArray<Stored<Id, Fields>>;
  /** The newest version whatever the lag; for tests that want to know the truth. */
  truth(id: Id): Stored<Id, Fields> | undefined;
  /** Number of records that lists see, deleted ones included. */
  size(): number;
  /** From now on changes are seen this much later; null: at once. Earlier ones keep theirs. */
  setLag(lag: Lag | null): void;
  /** Called once for each committed change, in commit order. Returns the way to stop. */
  onChange(listener: (change: Change<Id, Fields>) => void): () => void;
}

export interface StoreOptions<Id extends string | number> {
  clock: SimulatorClock;
  /** Stamps are cut to a multiple of this: 1 or 1000. */
  resolutionMs: number;
  /** The id of the nth record, counted from 1. */
  makeId(nth: number): Id;
}

/** Records of one kind, with the stamps, soft deletion and late visibility that vendors have. */
export function createStore<Id extends string | number, Fields extends object>(
  options: StoreOptions<Id>,
): EntityStore<Id, Fields> {
  const { clock } = options;
  const versions = createVisibleVersions<Stored<Id, Fields>>(clock);
  const listeners = new Set<(change: Change<Id, Fields>) => void>();
  let sequence = 0;
  let storeLag: Lag | null = null;

  const freshId = (): Id => {
    for (;;) {
      sequence += 1;
      const id = options.makeId(sequence);
      if (!versions.isUsed(id)) return id;
    }
  };

  const write: Write<Id, Fields> = (id, kind, version, { lag, context = {}, silent = false }) => {
    versions.put(id, version, lag ?? storeLag ?? undefined, (before, at) => {
      const change = { kind, before: before ?? null, after: version ?? null, at, context };
      if (!silent) for (const listener of listeners) listener(change);
    });
  };

  return {
    ...createWrites(options, versions, write, freshId),
    get: (id) => versions.readable(id),
    sorted: (key = 'id') => versions.sorted(key),
    truth: (id) => versions.latest(id),
    size: () => versions.size(),
    setLag(lag) {
      storeLag = lag;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

type Write<Id extends string | number, Fields extends object> = (
  id: Id,
  kind: Change<Id, Fields>['kind'],
  version: Stored<Id, Fields> | undefined,
  options: WriteOptions,
) => void;

/** The five writes: each makes the next version of a record and hands it to `write`. */
function createWrites<Id extends string | number, Fields extends object>(
  { clock, resolutionMs }: StoreOptions<Id>,
  versions: VisibleVersions<Stored<Id, Fields>>,
  write: Write<Id, Fields>,
  freshId: () => Id,
): Pick<EntityStore<Id, Fields>, 'create' | 'update' | 'remove' | 'restore' | 'erase'> {
  const cut = (at: EpochMs): EpochMs => Math.floor(at / resolutionMs) * resolutionMs;

  const need = (id: Id, deleted?: boolean): Stored<Id, Fields> => {
    const latest = versions.latest(id);
    if (!latest) throw new Error(`there is no record ${id}`);
    if (deleted !== undefined && (latest.deletedAt !== null) !== deleted) {
      throw new Error(`record ${id} is ${deleted ? 'not ' : ''}deleted`);
    }
    return latest;
  };

  const next = (
    kind: 'updated' | 'deleted' | 'restored',
    latest: Stored<Id, Fields>,
    part: Partial<Stored<Id, Fields>>,
    options: WriteOptions,
  ): Stored<Id, Fields> => {
    const version: Stored<Id, Fields> = {
      ...latest,
      createdAt: cut(options.createdAt ?? latest.createdAt),
      updatedAt: cut(options.updatedAt ?? clock.now()),
      revision: latest.revision + 1,
      ...part,
    };
    write(latest.id, kind, version, options);
    return version;
  };

  return {
    create(fields, options = {}) {
      const id = options.id ?? freshId();
      if (versions.latest(id)) throw new Error(`record ${id} exists already`);
      const createdAt = cut(options.createdAt ?? clock.now());
      const updatedAt = options.updatedAt === undefined ? createdAt : cut(options.updatedAt);
      const version = { id, fields, createdAt, updatedAt, deletedAt: null, revision: 1 };
      write(id, 'created', version, options);
      return version;
    },
    update(id, patch, options = {}) {
      const latest = need(id);
      return next('updated', latest, { fields: { ...latest.fields, ...patch } }, options);
    },
    remove: (id, options = {}) =>
      next('deleted', need(id, false), { deletedAt: cut(options.updatedAt ?? clock.now()) }, options),
    restore: (id, options = {}) => next('restored', need(id, true), { deletedAt: null }, options),
    erase(id, options = {}) {
      need(id);
      write(id, 'erased', undefined, options);
    },
  };
}
