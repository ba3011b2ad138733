import type { EpochMs, SimulatorClock } from './clock.ts';
import { createSortedIndex } from './sorted-index.ts';
import type { SortedIndex } from './sorted-index.ts';

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

interface Row<Id extends string | number, Fields extends object> {
  latest: Stored<Id, Fields> | undefined;
  readable: Stored<Id, Fields> | undefined;
  indexed: Stored<Id, Fields> | undefined;
  committedAt: EpochMs;
  indexedAt: EpochMs;
}

/** Records of one kind, with the stamps, soft deletion and late visibility that vendors have. */
export function createStore<Id extends string | number, Fields extends object>(
  options: StoreOptions<Id>,
): EntityStore<Id, Fields> {
  type Version = Stored<Id, Fields>;
  const { clock, resolutionMs } = options;
  const rows = new Map<Id, Row<Id, Fields>>();
  const listeners = new Set<(change: Change<Id, Fields>) => void>();
  const indexes: Record<SortKey, SortedIndex<Version>> = {
    id: createSortedIndex<Version>(byId),
    createdAt: createSortedIndex<Version>((a, b) => a.createdAt - b.createdAt || byId(a, b)),
    updatedAt: createSortedIndex<Version>((a, b) => a.updatedAt - b.updatedAt || byId(a, b)),
  };
  let sequence = 0;
  let visible = 0;
  let lag: Lag | null = null;

  const cut = (at: EpochMs): EpochMs => Math.floor(at / resolutionMs) * resolutionMs;

  const freshId = (): Id => {
    for (;;) {
      sequence += 1;
      const id = options.makeId(sequence);
      if (!rows.has(id)) return id;
    }
  };

  const index = (row: Row<Id, Fields>, version: Version | undefined): void => {
    visible += Number(version !== undefined) - Number(row.indexed !== undefined);
    for (const one of Object.values(indexes)) one.change(row.indexed, version);
    row.indexed = version;
  };

  const when = (at: EpochMs, task: () => void): void => {
    if (at <= clock.now()) task();
    else clock.schedule(at, task);
  };

  /** Makes `version` the newest and shows it as the lag allows; nobody overtakes an earlier change. */
  const write = (
    id: Id,
    kind: Change<Id, Fields>['kind'],
    version: Version | undefined,
    { lag: ownLag = lag ?? undefined, context = {}, silent = false }: WriteOptions,
  ): void => {
    clock.settle();
    const row = rows.get(id) ?? emptyRow<Id, Fields>();
    rows.set(id, row);
    const before = row.latest ?? null;
    row.latest = version;
    const lagOf = (wanted: Lag['kind']): number => (ownLag?.kind === wanted ? ownLag.ms : 0);
    row.committedAt = Math.max(clock.now() + lagOf('commit'), row.committedAt);
    row.indexedAt = Math.max(row.committedAt + lagOf('index'), row.indexedAt);
    const change: Change<Id, Fields> = { kind, before, after: version ?? null, at: row.committedAt, context };
    when(row.committedAt, () => {
      row.readable = version;
      if (!silent) for (const listener of listeners) listener(change);
    });
    when(row.indexedAt, () => index(row, version));
  };

  const need = (id: Id, deleted?: boolean): Version => {
    const latest = rows.get(id)?.latest;
    if (!latest) throw new Error(`there is no record ${id}`);
    if (deleted !== undefined && (latest.deletedAt !== null) !== deleted) {
      throw new Error(`record ${id} is ${deleted ? 'not ' : ''}deleted`);
    }
    return latest;
  };

  const next = (
    kind: 'updated' | 'deleted' | 'restored',
    latest: Version,
    part: Partial<Version>,
    options: WriteOptions,
  ): Version => {
    const version: Version = {
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
      if (rows.get(id)?.latest) throw new Error(`record ${id} exists already`);
      const createdAt = cut(options.createdAt ?? clock.now());
      const updatedAt = options.updatedAt === undefined ? createdAt : cut(options.updatedAt);
      const version: Version = { id, fields, createdAt, updatedAt, deletedAt: null, revision: 1 };
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
    get(id) {
      clock.settle();
      return rows.get(id)?.readable;
    },
    sorted(key = 'id') {
      clock.settle();
      return indexes[key].items();
    },
    truth: (id) => rows.get(id)?.latest,
    size() {
      clock.settle();
      return visible;
    },
    setLag(to) {
      lag = to;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function byId(a: { id: string | number }, b: { id: string | number }): number {
  if (typeof a.id === 'number' && typeof b.id === 'number') return a.id - b.id;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

function emptyRow<Id extends string | number, Fields extends object>(): Row<Id, Fields> {
  return { latest: undefined, readable: undefined, indexed: undefined, committedAt: 0, indexedAt: 0 };
}
