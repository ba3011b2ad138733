import type { Connector } from '../connectors/define-connector.ts';
import type { Queryable } from '../database/pool.ts';
import { elementDefaults } from '../elements/catalogue.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import type { Vault } from '../vault/vault.ts';
import { deleteEntries, upsertEntries } from './queries.ts';
import { secretKeys } from './record.ts';
import { entryPlace } from './sealed-places.ts';

export interface EntryChange {
  instanceId: number;
  connector: Connector;
  /** What the rows hold now. */
  before: { values: JsonObject; keys: Iterable<string> };
  /** What they are to hold, without defaults. */
  after: JsonObject;
}

/**
 * Writes what differs, so that entries keep their ids; entries of which only the default is left stay as rows without
 * a value. Whether anything was written.
 */
export async function writeEntries(
  tx: Queryable,
  vault: Vault,
  { instanceId, connector, before, after }: EntryChange,
): Promise<boolean> {
  const isSecret = secretKeys(connector);
  const present = new Set(before.keys);
  const wanted = new Set([...Object.keys(elementDefaults(connector)), ...Object.keys(after)]);
  const changed = [...wanted].filter(
    (key) => !present.has(key) || textOf(before.values[key]) !== textOf(after[key]),
  );
  const gone = [...present].filter((key) => !wanted.has(key));
  if (changed.length > 0) {
    const rows = changed.map((key) => {
      const value = after[key];
      if (value === undefined || !isSecret(key)) return { key, value, sealed: null };
      const sealed = vault.seal(JSON.stringify(value), entryPlace(instanceId, key));
      return { key, value: undefined, sealed };
    });
    await upsertEntries(tx, instanceId, rows);
  }
  if (gone.length > 0) await deleteEntries(tx, instanceId, gone);
  return changed.length > 0 || gone.length > 0;
}

/** The order of an object's keys counts: it is echoed. */
function textOf(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
