import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import { createStore } from '../core/store.ts';
import type { Change, EntityStore, Lag, Stored, WriteOptions } from '../core/store.ts';
import { dealConsequences, newDeal, newOrganization, newPerson, newUser, splitName } from './defaults.ts';
import { mergeFields } from './merge.ts';
import { PLURALS } from './records.ts';
import type {
  AnyRecord,
  Deal,
  DealFields,
  Kind,
  OrganizationFields,
  PersonFields,
  UserFields,
} from './records.ts';

/** A deleted record can be read and restored this long, then it is gone for good. */
export const DELETED_KEPT_MS = 30 * 24 * 3_600_000;

/** What listeners are told about a change; passed as `options.context` of any write. */
export interface ChangeContext extends Record<string, unknown> {
  source?: 'api' | 'app';
  userId?: number;
  isBulk?: boolean;
  /** On the loser's change. */
  mergedTo?: number;
  /** On the winner's change. */
  mergedFrom?: number;
}

type Write = WriteOptions & { context?: ChangeContext };

export interface RecordStore<Fields extends object> extends Omit<EntityStore<number, Fields>, 'create'> {
  /** Missing fields get the vendor's defaults. Omit `owner_id` for the company's first user. */
  create(fields: Partial<Fields>, options?: Write & { id?: number }): Stored<number, Fields>;
  /** Throws when the deletion is 30 days old. */
  restore(id: number, options?: Write): Stored<number, Fields>;
  /** The loser vanishes, the winner takes what it lacks, links move to the winner. Returns the winner. */
  merge(winnerId: number, loserId: number, options?: Write): Stored<number, Fields>;
}

export interface DealStore extends RecordStore<DealFields> {
  archive(id: number, options?: Write): Deal;
  unarchive(id: number, options?: Write): Deal;
}

/** What vanished without a trace but in `/recents`. */
export interface Vanished {
  kind: Kind;
  id: number;
  at: EpochMs;
}

export interface PipedriveStore {
  persons: RecordStore<PersonFields>;
  organizations: RecordStore<OrganizationFields>;
  deals: DealStore;
  users: Omit<EntityStore<number, UserFields>, 'create'> & {
    create(fields: Partial<UserFields>, options?: Write & { id?: number }): Stored<number, UserFields>;
  };
  /** The store of a kind, for code that treats all alike. */
  of(kind: Kind): Readable;
  vanished(): readonly Vanished[];
  /** Late visibility for persons, organizations and deals at once; null ends it. */
  setLag(lag: Lag | null): void;
}

/** The part of a record store that does not depend on the kind. */
export interface Readable {
  get(id: number): AnyRecord | undefined;
  sorted(key?: 'id' | 'createdAt' | 'updatedAt'): readonly AnyRecord[];
  remove(id: number, options?: Write): AnyRecord;
  merge(winnerId: number, loserId: number, options?: Write): AnyRecord;
  onChange(listener: (change: Change<number, never>) => void): () => void;
}

// Pipedrive stamps whole seconds (vendor page, 2026-11).
const RESOLUTION_MS = 1000;

/** The records of one company, with the vendor's rules. `firstUserId` owns what names no owner. */
export function createPipedriveStore(deps: { clock: SimulatorClock; firstUserId: number }): PipedriveStore {
  const { clock, firstUserId } = deps;
  const settings = { clock, resolutionMs: RESOLUTION_MS, makeId: (nth: number) => nth };
  const persons = createStore<number, PersonFields>(settings);
  const organizations = createStore<number, OrganizationFields>(settings);
  const deals = createStore<number, DealFields>(settings);
  const users = createStore<number, UserFields>({ ...settings, makeId: (nth) => firstUserId + nth - 1 });
  const vanished: Vanished[] = [];

  const relink: Relink = (kind, from, to, options) => {
    if (kind === 'deal') return;
    const key = kind === 'person' ? 'person_id' : 'org_id';
    for (const deal of deals.sorted()) {
      if (deal.fields[key] === from) deals.update(deal.id, { [key]: to }, options);
    }
    for (const person of kind === 'organization' ? persons.sorted() : []) {
      if (person.fields.org_id === from) persons.update(person.id, { org_id: to }, options);
    }
  };
  const rest = { clock, vanished, relink };
  const updateDeal: DealStore['update'] = (id, patch, options) => {
    const before = deals.truth(id)?.fields;
    const consequences = before ? dealConsequences(before, patch, clock.now()) : {};
    return deals.update(id, { ...patch, ...consequences }, options);
  };
  const stores: Pick<PipedriveStore, 'persons' | 'organizations' | 'deals'> = {
    persons: {
      ...complete('person', persons, (given) => newPerson(given, firstUserId), rest),
      update: (id, patch, options) => persons.update(id, withName(persons.truth(id)?.fields, patch), options),
    },
    organizations: complete(
      'organization',
      organizations,
      (given) => newOrganization(given, firstUserId),
      rest,
    ),
    deals: {
      ...complete('deal', deals, (given) => newDeal(given, firstUserId, clock.now()), rest),
      update: updateDeal,
      archive: (id, options) => updateDeal(id, { is_archived: true }, options),
      unarchive: (id, options) => updateDeal(id, { is_archived: false }, options),
    },
  };
  return {
    ...stores,
    users: { ...users, create: (fields, options) => users.create(newUser(fields), options) },
    of: (kind) => stores[PLURALS[kind]] as unknown as Readable,
    vanished: () => vanished,
    setLag: (lag) => [persons, organizations, deals].forEach((one) => one.setLag(lag)),
  };
}

/** Points what refers to the loser of a merge at its winner. */
type Relink = (kind: Kind, from: number, to: number, options: Write) => void;

/** A plain store with the vendor's defaults, 30 days of restoring, and merging. */
function complete<Fields extends PersonFields | OrganizationFields | DealFields>(
  kind: Kind,
  store: EntityStore<number, Fields>,
  fill: (given: Partial<Fields>) => Fields,
  { clock, vanished, relink }: { clock: SimulatorClock; vanished: Vanished[]; relink: Relink },
): RecordStore<Fields> {
  return {
    ...store,
    create: (fields, options) => store.create(fill(fields), options),
    restore(id, options) {
      if (isGone(store.truth(id), clock.now())) throw new Error(`record ${id} was deleted over 30 days ago`);
      return store.restore(id, options);
    },
    merge(winnerId, loserId, options = {}) {
      const winner = store.truth(winnerId);
      const loser = store.truth(loserId);
      if (!winner || !loser || winnerId === loserId) throw new Error('merging needs two different records');
      store.erase(loserId, { ...options, context: { ...options.context, mergedTo: winnerId } });
      vanished.push({ kind, id: loserId, at: clock.now() });
      relink(kind, loserId, winnerId, options);
      const context = { ...options.context, mergedFrom: loserId };
      return store.update(winnerId, mergeFields(winner.fields, loser.fields), { ...options, context });
    },
  };
}

/** Deleted so long ago that no read shows it any more. */
export function isGone(record: { deletedAt: EpochMs | null } | undefined, now: EpochMs): boolean {
  return record !== undefined && record.deletedAt !== null && now - record.deletedAt >= DELETED_KEPT_MS;
}

/** `name` and its two parts follow each other. */
function withName(before: PersonFields | undefined, patch: Partial<PersonFields>): Partial<PersonFields> {
  if (patch.name !== undefined) return { ...splitName(patch.name), ...patch };
  if (!before || (patch.first_name === undefined && patch.last_name === undefined)) return patch;
  const first = patch.first_name === undefined ? before.first_name : patch.first_name;
  const last = patch.last_name === undefined ? before.last_name : patch.last_name;
  return { ...patch, name: [first, last].filter(Boolean).join(' ') };
}
