import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/pool.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { findSealedOtherwise, replaceSealed, type SealedRow } from './queries.ts';
import type { SealedColumn } from './sealed-column.ts';
import { VaultError, type Vault } from './vault.ts';

/** Rows read at once. */
const PAGE = 100;
const RETRY_MS = 60_000;

export interface ResealingDeps {
  db: Database;
  vault: Vault;
  log: Log;
  /** Everything sealed that is kept for good. */
  columns: readonly SealedColumn[];
  /** Called once everything is under the first key. */
  finish: () => Promise<void>;
  retryMs?: number;
}

/**
 * Seals anew, in the background, what is stored under another key than the first. Whatever is stored meanwhile wins;
 * any node may do so at any time, and go on after a stop, as each row tells whether it is done. Whenever there is a
 * second key, it looks through everything: nodes that were started with the old order may have written meanwhile.
 */
export function startResealing(deps: ResealingDeps): { done: Promise<void>; stop: () => Promise<void> } {
  const stopping = new AbortController();
  const done = deps.vault.hasOldKeys ? resealAll(deps, stopping.signal) : Promise.resolve();
  return {
    done,
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

async function resealAll(deps: ResealingDeps, signal: AbortSignal): Promise<void> {
  const { log, columns, finish, retryMs = RETRY_MS } = deps;
  while (!signal.aborted) {
    try {
      const counts = { resealed: 0, unreadable: 0 };
      for (const column of columns) await resealColumn(deps, column, counts, signal);
      if (signal.aborted) return;
      if (counts.unreadable > 0) {
        log.error(counts, 'some stored secrets cannot be opened: keep the old encryption keys');
        return;
      }
      await finish();
      log.info(counts, 'every stored secret is encrypted with the first key: the others may be dropped');
      return;
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'stored secrets could not be encrypted anew yet');
      await sleep(retryMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}

async function resealColumn(
  { db, vault, log }: ResealingDeps,
  column: SealedColumn,
  counts: { resealed: number; unreadable: number },
  signal: AbortSignal,
): Promise<void> {
  const start = vault.currentStart;
  let after: SealedRow['key'] | null = null;
  for (;;) {
    const rows: SealedRow[] = await findSealedOtherwise(db, column, { start, after, limit: PAGE });
    for (const row of rows) {
      if (signal.aborted) return;
      const sealed = sealAnew(vault, column, row, log);
      if (sealed === null) counts.unreadable += 1;
      else if (await replaceSealed(db, column, row, sealed)) counts.resealed += 1;
    }
    const last = rows.at(-1);
    if (last === undefined || signal.aborted) return;
    after = last.key;
  }
}

function sealAnew(
  vault: Vault,
  { placeOf }: SealedColumn,
  { key, sealed }: SealedRow,
  log: Log,
): Buffer | null {
  const place = (placeOf as (...values: unknown[]) => string)(...key);
  try {
    return vault.seal(vault.open(sealed, place), place);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    log.error({ place, reason: error.message }, 'a stored secret cannot be opened');
    return null;
  }
}
