import type { ReadMany, ReadState } from '../connectors/feed.ts';
import type { VendorRequest, VendorResponse } from '../connectors/vendor-http.ts';
import type { Confirmation } from './pass-facts.ts';
import { seeRow, type RecordReader } from './seen-row.ts';

/** Asks the vendor, and reads its answer by `read`. */
export type Ask = <T>(request: VendorRequest, read: (response: VendorResponse) => T) => Promise<T>;

/** Reads records by id, in batches; a second bulk read is asked about what the first calls absent. */
export async function confirm(
  ask: Ask,
  readMany: ReadMany,
  ids: readonly string[],
  reader: RecordReader,
): Promise<Map<string, Confirmation>> {
  const confirmed = new Map<string, Confirmation>();
  for (const [id, state] of await readStates(ask, readMany, ids)) {
    const row = state.state === 'present' ? seeRow(state.row, reader) : undefined;
    if (state.state !== 'present') confirmed.set(id, state);
    else if (row !== undefined) confirmed.set(id, { state: 'present', row });
  }
  return confirmed;
}

/** As the records are now: by a read that no late list stands behind, where the vendor has one. */
export function confirmNow(
  ask: Ask,
  readMany: ReadMany,
  ids: readonly string[],
  reader: RecordReader,
): Promise<Map<string, Confirmation>> {
  return confirm(ask, readMany.atOnce ?? readMany, ids, reader);
}

async function readStates(
  ask: Ask,
  readMany: ReadMany,
  ids: readonly string[],
): Promise<Map<string, ReadState>> {
  const states = new Map<string, ReadState>();
  for (let start = 0; start < ids.length; start += readMany.batchSize) {
    const batch = ids.slice(start, start + readMany.batchSize);
    const answer = await ask(readMany.request(batch), (response) => readMany.read(response, batch));
    for (const [id, state] of answer) states.set(id, state);
  }
  if (readMany.otherwise === undefined) return states;
  const absent = ids.filter((id) => states.get(id)?.state === 'absent');
  for (const [id, state] of await readStates(ask, readMany.otherwise, absent)) states.set(id, state);
  return states;
}
