import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import { createStore } from '../core/store.ts';
import type { Change, Lag, SortKey, WriteOptions } from '../core/store.ts';
import { makeId } from './ids.ts';
import { createObjectTypes } from './object-types.ts';
import type { ObjectType } from './object-types.ts';
import type { Lookup, SObject, Values } from './records.ts';
import { completeValues, consequencesOf } from './rules.ts';

const DAY_MS = 86_400_000;
/** How long the recycle bin keeps a record (vendor page, 2026-11). */
export const BIN_MS = 15 * DAY_MS;
// Stamps have whole seconds (recorded traffic, vendor page 2026-11).
const RESOLUTION_MS = 1000;

export interface Deletion {
  id: string;
  at: EpochMs;
}

/** The records of one type, as the vendor's own app would change them. */
export interface ObjectStore {
  create(values: Values, options?: WriteOptions & { id?: string }): SObject;
  /** A user's edit: moves `LastModifiedDate` and `SystemModstamp`. */
  update(id: string, values: Values, options?: WriteOptions): SObject;
  /** A write of the system's own: moves `SystemModstamp` only. */
  touch(id: string, values?: Values, options?: WriteOptions): SObject;
  /** Into the recycle bin. */
  remove(id: string, options?: WriteOptions): SObject;
  /** Out of the recycle bin. */
  restore(id: string, options?: WriteOptions): SObject;
  /** Leaves nothing behind but the entry in the deletion log: a hard delete, an emptied bin. */
  purge(id: string, options?: WriteOptions): void;
  /** The loser goes into the bin with `MasterRecordId`, the winner is touched. Returns the winner. */
  merge(winnerId: string, loserId: string, options?: WriteOptions): SObject;
  get(id: string): SObject | undefined;
  sorted(key?: SortKey): readonly SObject[];
  truth(id: string): SObject | undefined;
  size(): number;
  setLag(lag: Lag | null): void;
  onChange(listener: (change: Change<string, Values>) => void): () => void;
  /** What the deletion log holds, oldest first. */
  deletions(): readonly Deletion[];
  /** As the vendor does when the log is too long: forgets deletions before `at`. */
  forgetDeletions(at: EpochMs): void;
  /** Deletions before this are forgotten. */
  earliestDeletion(): EpochMs;
  /** The stamp of the oldest change that is made and not committed; undefined when there is none. */
  oldestOpenChange(): EpochMs | undefined;
}

/** Records of several types. */
export interface Records extends Lookup {
  types(): readonly ObjectType[];
  /** The records of a type, by its name in any case. Throws on an unknown type. */
  of(name: string): ObjectStore;
  /** Adds a type; records of it can be written at once. */
  addType(type: ObjectType): void;
  /** Late visibility for every type at once; null ends it. */
  setLag(lag: Lag | null): void;
  /** Called for each committed change of any type. */
  onChange(listener: (type: ObjectType, change: Change<string, Values>) => void): () => void;
}

/** The records of some types. `userId()` is who owns and writes what names nobody. */
export function createRecords(
  deps: { clock: SimulatorClock; userId: () => string },
  initial: readonly ObjectType[],
): Records {
  const types: ObjectType[] = [];
  const stores = new Map<string, ObjectStore>();
  const listeners = new Set<(type: ObjectType, change: Change<string, Values>) => void>();

  const find = (name: string): ObjectType | undefined =>
    types.find((type) => type.name.toLowerCase() === name.toLowerCase());
  const of = (name: string): ObjectStore => {
    const store = stores.get(name.toLowerCase());
    if (!store) throw new Error(`there is no object type ${name}`);
    return store;
  };
  const addType = (type: ObjectType): void => {
    types.push(type);
    const store = createObjectStore(deps, type);
    store.onChange((change) => listeners.forEach((listener) => listener(type, change)));
    stores.set(type.name.toLowerCase(), store);
  };
  initial.forEach(addType);

  return {
    types: () => types,
    type: find,
    record: (type, id) => stores.get(type.toLowerCase())?.get(id),
    of,
    addType,
    setLag: (lag) => stores.forEach((store) => store.setLag(lag)),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The records of an org, with its usual types at hand. */
export interface SalesforceStore extends Records {
  accounts: ObjectStore;
  contacts: ObjectStore;
  leads: ObjectStore;
  opportunities: ObjectStore;
}

export function createSalesforceStore(deps: {
  clock: SimulatorClock;
  userId: () => string;
}): SalesforceStore {
  const records = createRecords(deps, createObjectTypes());
  return {
    ...records,
    accounts: records.of('Account'),
    contacts: records.of('Contact'),
    leads: records.of('Lead'),
    opportunities: records.of('Opportunity'),
  };
}

function createObjectStore(
  { clock, userId }: { clock: SimulatorClock; userId: () => string },
  type: ObjectType,
): ObjectStore {
  const records = createStore<string, Values>({
    clock,
    resolutionMs: RESOLUTION_MS,
    makeId: (nth) => makeId(type.keyPrefix, nth),
  });
  const deletionLog = createDeletionLog(clock);
  records.onChange((change) => deletionLog.note(change));
  let uncommitted: SObject[] = [];
  const kept = (version: SObject): SObject => {
    if (records.get(version.id) !== version) uncommitted.push(version);
    return version;
  };
  const stamp = (at: EpochMs | undefined): EpochMs => Math.floor((at ?? clock.now()) / 1000) * 1000;

  const store: ObjectStore = {
    create(values, options = {}) {
      const at = stamp(options.updatedAt ?? options.createdAt);
      const authors = { CreatedById: userId(), LastModifiedById: userId(), LastModifiedDate: at };
      const fields = { ...completeValues(type, values, userId()), ...authors };
      return kept(records.create(fields, options));
    },
    update(id, values, options = {}) {
      const before = records.truth(id)?.fields ?? {};
      const edit = { LastModifiedById: userId(), LastModifiedDate: stamp(options.updatedAt) };
      const patch = { ...values, ...consequencesOf(type, { ...before, ...values }), ...edit };
      return kept(records.update(id, patch, options));
    },
    touch: (id, values = {}, options = {}) => kept(records.update(id, values, options)),
    remove: (id, options = {}) => kept(records.remove(id, options)),
    restore: (id, options = {}) => kept(records.restore(id, options)),
    purge: (id, options) => records.erase(id, options),
    merge(winnerId, loserId, options = {}) {
      if (winnerId === loserId) throw new Error('merging needs two different records');
      const link = { MasterRecordId: winnerId };
      store.touch(loserId, link, { ...options, silent: true });
      store.remove(loserId, options);
      return store.update(winnerId, {}, options);
    },
    get: (id) => records.get(id),
    sorted: (key) => records.sorted(key),
    truth: (id) => records.truth(id),
    size: () => records.size(),
    setLag: (lag) => records.setLag(lag),
    onChange: (listener) => records.onChange(listener),
    deletions: () => deletionLog.entries(),
    forgetDeletions: (at) => deletionLog.forget(at),
    earliestDeletion: () => deletionLog.earliest(),
    oldestOpenChange() {
      uncommitted = uncommitted.filter(({ id, revision }) => (records.get(id)?.revision ?? 0) < revision);
      const stamps = uncommitted.map(({ updatedAt }) => updatedAt);
      return stamps.length === 0 ? undefined : Math.min(...stamps);
    },
  };
  return store;
}

/** What `getDeleted` reads: deletions in the order of their commit; what is restored leaves it. */
function createDeletionLog(clock: SimulatorClock): {
  note(change: Change<string, Values>): void;
  entries(): readonly Deletion[];
  forget(at: EpochMs): void;
  earliest(): EpochMs;
} {
  let entries: Deletion[] = [];
  let forgottenBefore = -Infinity;
  return {
    note({ kind, before, after, at }) {
      const id = (after ?? before)?.id ?? '';
      if (kind === 'deleted') entries.push({ id, at: after?.deletedAt ?? at });
      if (kind === 'erased' && before?.deletedAt === null) entries.push({ id, at });
      if (kind === 'restored') entries = entries.filter((entry) => entry.id !== id);
    },
    entries: () => entries.filter(({ at }) => at >= forgottenBefore),
    forget(at) {
      forgottenBefore = at;
    },
    earliest: () => Math.max(forgottenBefore, clock.now() - BIN_MS),
  };
}

/** Deleted so long ago that the bin no longer has it. */
export const isOutOfBin = ({ deletedAt }: SObject, now: EpochMs): boolean =>
  deletedAt !== null && now - deletedAt >= BIN_MS;
