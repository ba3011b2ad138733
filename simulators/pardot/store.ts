import type { SimulatorClock } from '../core/clock.ts';
import { createStore } from '../core/store.ts';
import type { EntityStore, Lag, WriteOptions } from '../core/store.ts';
import { OBJECTS } from './objects.ts';
import type { Fields, Kind, PardotRecord } from './objects.ts';

/** Records of one kind. `remove` moves to the recycle bin, `restore` brings back, `erase` leaves no trace. */
export interface RecordStore extends Omit<EntityStore<number, Fields>, 'create'> {
  /** Missing fields get the vendor's defaults. */
  create(fields: Fields, options?: WriteOptions & { id?: number }): PardotRecord;
}

export interface ProspectStore extends RecordStore {
  /** The loser goes to the recycle bin; the winner takes what it lacks. Returns the winner. */
  merge(winnerId: number, loserId: number): PardotRecord;
}

export interface PardotStore {
  prospects: ProspectStore;
  opportunities: RecordStore;
  campaigns: RecordStore;
  lists: RecordStore;
  visitorActivities: RecordStore;
  of(kind: Kind): RecordStore;
  /** Late visibility of every kind at once, such as v5's caches of up to 60 s; null ends it. */
  setLag(lag: Lag | null): void;
}

// Pardot stamps whole seconds (vendor page section 3, 2026-11-21).
const RESOLUTION_MS = 1000;
const FIRST_IDS: Record<Kind, number> = {
  prospect: 331,
  opportunity: 1,
  campaign: 890,
  list: 750,
  visitorActivity: 5001,
};

/** The records of one business unit. */
export function createPardotStore({ clock }: { clock: SimulatorClock }): PardotStore {
  const create = (kind: Kind): RecordStore => {
    const makeId = (nth: number): number => FIRST_IDS[kind] + nth - 1;
    const store = createStore<number, Fields>({ clock, resolutionMs: RESOLUTION_MS, makeId });
    return {
      ...store,
      create: (fields, options) => store.create({ ...OBJECTS[kind].defaults, ...fields }, options),
    };
  };
  const prospects = create('prospect');
  const stores: Record<Kind, RecordStore> = {
    prospect: prospects,
    opportunity: create('opportunity'),
    campaign: create('campaign'),
    list: create('list'),
    visitorActivity: create('visitorActivity'),
  };
  return {
    prospects: {
      ...prospects,
      merge(winnerId, loserId) {
        const winner = prospects.truth(winnerId);
        const loser = prospects.truth(loserId);
        if (!winner || !loser || winnerId === loserId) throw new Error('merging needs two different records');
        prospects.remove(loserId);
        const missing = Object.entries(loser.fields).filter(
          ([name]) => (winner.fields[name] ?? null) === null,
        );
        return prospects.update(winnerId, Object.fromEntries(missing));
      },
    },
    opportunities: stores.opportunity,
    campaigns: stores.campaign,
    lists: stores.list,
    visitorActivities: stores.visitorActivity,
    of: (kind) => stores[kind],
    setLag: (lag) => Object.values(stores).forEach((store) => store.setLag(lag)),
  };
}

/** What reads through the API's cache show of one id: as late as the lists. */
export function findListed(store: RecordStore, id: number): PardotRecord | undefined {
  const all = store.sorted('id');
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  return all[low]?.id === id ? all[low] : undefined;
}
