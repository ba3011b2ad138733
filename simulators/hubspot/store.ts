import type { SimulatorClock } from '../core/clock.ts';
import { firstNotBefore } from '../core/sorted-index.ts';
import { createStore } from '../core/store.ts';
import type { Change, EntityStore, Lag, SortKey, WriteOptions } from '../core/store.ts';
import { standardProperties } from './property-definitions.ts';
import type { PropertyDefinition } from './property-definitions.ts';
import { KINDS } from './records.ts';
import type { CrmObject, Kind, ObjectFields } from './records.ts';

/** A binned record can be restored this long (vendor page: 90 days, not verified). */
export const BIN_KEPT_MS = 90 * 24 * 3_600_000;

/** What listeners are told about a change; passed as `options.context` of any write. */
export interface ChangeContext extends Record<string, unknown> {
  /** The `changeSource` of webhooks; `CRM_UI` when absent. */
  source?: string;
  sourceId?: string;
  /** On each loser's change. */
  mergedInto?: number;
  /** On the winner's change (or the new record's). */
  merge?: { primaryId: number; mergedIds: number[]; newId: number; moved: number };
  /** With the deletion that the law demands. */
  isPrivacyDeletion?: boolean;
  association?: { to: Kind; toId: number; removed: boolean };
}

export type Write = WriteOptions & { context?: ChangeContext };

export interface MergeOptions extends Write {
  /** As the newer merge does: both ids vanish, a record with a new one takes their place. */
  newId?: boolean;
}

/** The records of one kind in one portal. */
export interface ObjectStore {
  kind: Kind;
  /** Texts only, as the vendor keeps them; an empty one is no value. */
  create(properties: Record<string, string>, options?: Write & { id?: number }): CrmObject;
  /** Sets these properties; an empty text clears one. Moves the change stamp whatever the values. */
  update(id: number, properties: Record<string, string>, options?: Write): CrmObject;
  /** To the recycle bin. */
  remove(id: number, options?: Write): CrmObject;
  /** Throws when it is longer than 90 days in the bin. */
  restore(id: number, options?: Write): CrmObject;
  /** Erases for good; no list or bin shows it again. */
  gdprDelete(id: number, options?: Write): void;
  /** Returns the record that remains. */
  merge(primaryId: number, mergedId: number, options?: MergeOptions): CrmObject;
  /** Links two records, both ways; change stamps stay as they are. */
  associate(id: number, to: Kind, toId: number, options?: Write & { removed?: boolean }): void;
  /** A read by id, binned ones included for 90 days. */
  get(id: number): CrmObject | undefined;
  /** What search sees. */
  sorted(key?: SortKey): readonly CrmObject[];
  /** What lists see: up to `limit` records with `id > after` that `wanted` takes, and one more when there is one. */
  after(after: number, limit: number, wanted: (record: CrmObject) => boolean): CrmObject[];
  truth(id: number): CrmObject | undefined;
  size(): number;
  setLag(lag: Lag | null): void;
  onChange(listener: (change: Change<number, ObjectFields>) => void): () => void;
  /** Definitions by name. */
  properties: ReadonlyMap<string, PropertyDefinition>;
  addProperty(definition: PropertyDefinition): void;
}

export interface HubSpotStore extends Record<Kind, ObjectStore> {
  of(kind: Kind): ObjectStore;
  /** Late visibility for all kinds; null ends it. The vendor's is of kind `index`: only search is late. */
  setLag(lag: Lag | null): void;
}

// Ids pass 2^31, as the vendor's do.
const FIRST_ID: Record<Kind, number> = {
  contacts: 81_000_000_000,
  companies: 9_400_000_000,
  deals: 27_500_000_000,
};

type Base = EntityStore<number, ObjectFields>;

/** The records of one portal, with the vendor's rules. Stamps are milliseconds. */
export function createHubSpotStore({ clock }: { clock: SimulatorClock }): HubSpotStore {
  const bases = {} as Record<Kind, Base>;
  for (const kind of KINDS) {
    bases[kind] = createStore({ clock, resolutionMs: 1, makeId: (nth) => FIRST_ID[kind] + nth });
  }
  const stores = {} as Record<Kind, ObjectStore>;
  for (const kind of KINDS) stores[kind] = createObjectStore({ clock, kind, bases });
  return {
    ...stores,
    of: (kind) => stores[kind],
    setLag: (lag) => KINDS.forEach((kind) => stores[kind].setLag(lag)),
  };
}

function createObjectStore(deps: {
  clock: SimulatorClock;
  kind: Kind;
  bases: Record<Kind, Base>;
}): ObjectStore {
  const { clock, kind, bases } = deps;
  const base = bases[kind];
  const definitions = new Map(standardProperties(kind).map((one) => [one.name, one]));
  const ids = createIdList();

  const create: ObjectStore['create'] = (properties, options = {}) => {
    const made = base.create(
      { properties: withValues({}, properties), associations: NO_ASSOCIATIONS },
      options,
    );
    ids.add(made.id);
    return made;
  };

  const update: ObjectStore['update'] = (id, properties, options) => {
    const before = base.truth(id)?.fields.properties ?? {};
    return base.update(id, { properties: withValues(before, properties) }, options);
  };

  const readable = (id: number): CrmObject | undefined => {
    const found = base.get(id);
    return isGone(found, clock.now()) ? undefined : found;
  };

  return {
    kind,
    create,
    update,
    remove: (id, options) => base.remove(id, options),
    restore(id, options) {
      if (isGone(base.truth(id), clock.now())) throw new Error(`record ${id} is no longer in the bin`);
      return base.restore(id, options);
    },
    gdprDelete: (id, options = {}) =>
      base.erase(id, { ...options, context: { ...options.context, isPrivacyDeletion: true } }),
    merge: (primaryId, mergedId, options = {}) =>
      mergeObjects({ base, create }, primaryId, mergedId, options),
    associate(id, to, toId, options = {}) {
      link(base, id, to, toId, options);
      link(bases[to], toId, kind, id, options);
    },
    get: readable,
    sorted: (key) => base.sorted(key),
    after: (after, limit, wanted) => ids.after(after, limit, readable, wanted),
    truth: (id) => base.truth(id),
    size: () => base.size(),
    setLag: (lag) => base.setLag(lag),
    onChange: (listener) => base.onChange(listener),
    properties: definitions,
    addProperty: (definition) => {
      definitions.set(definition.name, definition);
    },
  };
}

/** The ids of all records there ever were, ascending: the order of lists, which the index's lateness does not touch. */
function createIdList(): {
  add(id: number): void;
  after(
    after: number,
    limit: number,
    read: (id: number) => CrmObject | undefined,
    wanted: (record: CrmObject) => boolean,
  ): CrmObject[];
} {
  const ids: number[] = [];
  return {
    add(id) {
      const at = firstNotBefore(ids, (one) => one < id);
      if (ids[at] !== id) ids.splice(at, 0, id);
    },
    after(after, limit, read, wanted) {
      const found: CrmObject[] = [];
      for (let at = firstNotBefore(ids, (id) => id <= after); at < ids.length; at += 1) {
        const record = read(ids[at]!);
        if (record && wanted(record)) found.push(record);
        if (found.length > limit) break;
      }
      return found;
    },
  };
}

const NO_ASSOCIATIONS: ObjectFields['associations'] = { contacts: [], companies: [], deals: [] };

function withValues(
  before: Readonly<Record<string, string>>,
  patch: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...before, ...patch }).filter(([, value]) => value !== ''));
}

/** Out of the bin for good. */
function isGone(record: CrmObject | undefined, now: number): boolean {
  return record !== undefined && record.deletedAt !== null && now - record.deletedAt >= BIN_KEPT_MS;
}

/** One direction of a link. The change stamp stays where it is (vendor page, airbyte #27199 and #44554). */
function link(base: Base, id: number, to: Kind, toId: number, options: Write & { removed?: boolean }): void {
  const latest = base.truth(id);
  if (!latest) throw new Error(`there is no record ${id}`);
  const { removed = false, ...write } = options;
  const others = latest.fields.associations[to].filter((one) => one !== toId);
  const linked = removed ? others : [...others, toId];
  const associations = { ...latest.fields.associations, [to]: linked };
  const context = { ...options.context, association: { to, toId, removed } };
  base.update(id, { associations }, { ...write, updatedAt: latest.updatedAt, context });
}

/** The primary record's values win; what it lacks comes from the other. */
function mergeObjects(
  { base, create }: { base: Base; create: ObjectStore['create'] },
  primaryId: number,
  mergedId: number,
  { newId = false, ...options }: MergeOptions,
): CrmObject {
  const primary = base.truth(primaryId);
  const loser = base.truth(mergedId);
  if (!primary || !loser || primaryId === mergedId) throw new Error('merging needs two different records');
  const kept = primary.fields.properties;
  const moved = Object.keys(loser.fields.properties).filter((name) => kept[name] === undefined);
  const earlier = [kept['hs_merged_object_ids'], loser.fields.properties['hs_merged_object_ids']];
  const mergedIds = newId ? [primaryId, mergedId] : [mergedId];
  const all = [
    ...earlier.flatMap((ids) => (ids === undefined ? [] : ids.split(';'))),
    ...mergedIds.map(String),
  ];
  const properties = {
    ...loser.fields.properties,
    ...kept,
    hs_merged_object_ids: [...new Set(all)].join(';'),
  };
  const into = (id: number): Write => ({ ...options, context: { ...options.context, mergedInto: id } });
  const merge = (id: number): ChangeContext => ({
    ...options.context,
    merge: { primaryId, mergedIds, newId: id, moved: moved.length },
  });
  if (!newId) {
    base.erase(mergedId, into(primaryId));
    return base.update(primaryId, { properties }, { ...options, context: merge(primaryId) });
  }
  const made = create(properties, { ...options, silent: true });
  for (const id of mergedIds) base.erase(id, into(made.id));
  return base.update(made.id, {}, { ...options, context: merge(made.id) });
}
