import type { EpochMs, SimulatorClock } from './clock.ts';
import { createSortedIndex } from './sorted-index.ts';
import type { Lag, SortKey } from './store.ts';

/** What the versions of a record must have to be found and sorted. */
export interface Version {
  id: string | number;
  createdAt: EpochMs;
  updatedAt: EpochMs;
}

/** The newest version of each record, and the older ones that late visibility still shows. */
export interface VisibleVersions<V extends Version> {
  latest(id: V['id']): V | undefined;
  /** What a read by id shows now. */
  readable(id: V['id']): V | undefined;
  /** What lists show now, ascending by `key` then id. */
  sorted(key: SortKey): readonly V[];
  size(): number;
  /** Whether the id is or ever was in use. */
  isUsed(id: V['id']): boolean;
  /** Makes `version` (undefined: nothing) the newest; `committed` is called when reads show it, with the time. */
  put(
    id: V['id'],
    version: V | undefined,
    lag: Lag | undefined,
    committed: (before: V | undefined, at: EpochMs) => void,
  ): void;
}

interface Row<V> {
  latest: V | undefined;
  readable: V | undefined;
  indexed: V | undefined;
  committedAt: EpochMs;
  indexedAt: EpochMs;
}

/** Nobody overtakes an earlier change of the same record: a shorter lag waits for the longer one before it. */
export function createVisibleVersions<V extends Version>(clock: SimulatorClock): VisibleVersions<V> {
  const rows = new Map<V['id'], Row<V>>();
  const indexes = {
    id: createSortedIndex<V>(byId),
    createdAt: createSortedIndex<V>((a, b) => a.createdAt - b.createdAt || byId(a, b)),
    updatedAt: createSortedIndex<V>((a, b) => a.updatedAt - b.updatedAt || byId(a, b)),
  };
  let size = 0;

  const index = (row: Row<V>, version: V | undefined): void => {
    size += Number(version !== undefined) - Number(row.indexed !== undefined);
    for (const one of Object.values(indexes)) one.change(row.indexed, version);
    row.indexed = version;
  };

  const when = (at: EpochMs, task: () => void): void => {
    if (at <= clock.now()) task();
    else clock.schedule(at, task);
  };

  /** Timers of the running clock come late; what is due must be done before anyone looks. */
  const settled = <T>(read: () => T): T => {
    clock.settle();
    return read();
  };

  return {
    latest: (id) => rows.get(id)?.latest,
    readable: (id) => settled(() => rows.get(id)?.readable),
    sorted: (key) => settled(() => indexes[key].items()),
    size: () => settled(() => size),
    isUsed: (id) => rows.has(id),
    put(id, version, lag, committed) {
      clock.settle();
      const row = rows.get(id) ?? emptyRow<V>();
      rows.set(id, row);
      const before = row.latest;
      row.latest = version;
      const lagOf = (kind: Lag['kind']): number => (lag?.kind === kind ? lag.ms : 0);
      const at = Math.max(clock.now() + lagOf('commit'), row.committedAt);
      const indexedAt = Math.max(at + lagOf('index'), row.indexedAt);
      row.committedAt = at;
      row.indexedAt = indexedAt;
      when(at, () => {
        row.readable = version;
        // Before the listeners, who may look at lists.
        if (indexedAt === at) index(row, version);
        committed(before, at);
      });
      if (indexedAt > at) when(indexedAt, () => index(row, version));
    },
  };
}

const emptyRow = <V>(): Row<V> => ({
  latest: undefined,
  readable: undefined,
  indexed: undefined,
  committedAt: 0,
  indexedAt: 0,
});

function byId(a: Version, b: Version): number {
  if (typeof a.id === 'number' && typeof b.id === 'number') return a.id - b.id;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
