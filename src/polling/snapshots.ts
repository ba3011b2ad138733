import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Queryable } from '../database/pool.ts';
import type { Json } from '../kernel/json.ts';
import type { SealedColumn } from '../vault/sealed-column.ts';
import type { Vault } from '../vault/vault.ts';
import type { DetectedEvent, Detection } from './detect.ts';
import { recordChanges, type RecordChange } from './record-changes.ts';
import { deleteSnapshots, readSnapshots, writeSnapshots } from './snapshot-queries.ts';

/** An event with what changed since the version before, where that is known. */
export type ChangedEvent = DetectedEvent & { changes?: RecordChange[] };

/** What this room keeps sealed. */
export const sealedInPolling: readonly SealedColumn[] = [
  {
    table: 'snapshots',
    column: 'sealed',
    key: [
      ['resource_id', 'int4'],
      ['record_id', 'text'],
    ],
    placeOf,
  },
];

/**
 * Keeps the last version of each record (`event.objects.snapshot`), compressed and then sealed for its own row, and
 * tells what each UPDATED event changed. Everything in the page's own transaction, as the states it belongs to.
 */
export async function keepSnapshots(
  tx: Queryable,
  vault: Vault,
  resourceId: number,
  { events, states, rows }: Pick<Detection, 'events' | 'states' | 'rows'>,
): Promise<ChangedEvent[]> {
  const updated = events.filter(({ type }) => type === 'UPDATED').map(({ row }) => row.id);
  const stored = await readSnapshots(tx, resourceId, [...new Set(updated)]);
  const last = new Map<string, Json>();
  for (const { record_id, sealed } of stored) {
    const plain = inflateRawSync(vault.open(sealed, placeOf(resourceId, record_id)));
    last.set(record_id, JSON.parse(plain.toString()) as Json);
  }
  const changed = events.map((event) => withChanges(event, last));
  const live: { id: string; sealed: Buffer }[] = [];
  const gone: string[] = [];
  for (const [id, { kind }] of states) {
    const record = rows.get(id)?.record ?? null;
    if (kind === 'live' && record !== null) live.push({ id, sealed: seal(vault, resourceId, id, record) });
    else if (kind === 'deleted') gone.push(id);
  }
  await writeSnapshots(tx, resourceId, live);
  await deleteSnapshots(tx, resourceId, gone);
  return changed;
}

/** `last` moves on with every event, as two versions of one record may stand in one page. */
function withChanges(event: DetectedEvent, last: Map<string, Json>): ChangedEvent {
  const { id, record } = event.row;
  const before = last.get(id);
  if (record === null) last.delete(id);
  else last.set(id, record);
  const isKnown = event.type === 'UPDATED' && before !== undefined && record !== null;
  return isKnown ? { ...event, changes: recordChanges(before, record) } : event;
}

function seal(vault: Vault, resourceId: number, id: string, record: Json): Buffer {
  const plain = deflateRawSync(JSON.stringify(record), { level: constants.Z_BEST_SPEED });
  return vault.seal(plain, placeOf(resourceId, id));
}

function placeOf(resourceId: number, id: string): string {
  return `snapshots:${resourceId}:${id}`;
}
