import type { EpochMs, SimulatorClock } from '../core/clock.ts';
import { ApiFailure } from './errors.ts';
import type { QueryRun } from './soql/run-soql.ts';

// Two days of idleness, ten open ones a user, the oldest is dropped (vendor page, 2026-11).
const LIFE_MS = 2 * 86_400_000;
const MAX_OPEN = 10;

/** Results that are read in pages. */
export interface Cursors {
  /** Keeps a result and names it. */
  open(run: QueryRun): string;
  /** Finds the result and the offset of a locator such as `0r8…-2000`. Throws ApiFailure. */
  find(locator: string): { id: string; run: QueryRun; offset: number };
  /** Drops all, as a release of the vendor's does. */
  dropAll(): void;
}

export function createCursors({ clock }: { clock: SimulatorClock }): Cursors {
  const cursors = new Map<string, { run: QueryRun; usedAt: EpochMs }>();
  let lastId = 0;
  return {
    open(run) {
      lastId += 1;
      const id = `0r8xx${String(lastId).padStart(13, '0')}`;
      cursors.set(id, { run, usedAt: clock.now() });
      const [oldest] = cursors.keys();
      if (cursors.size > MAX_OPEN && oldest !== undefined) cursors.delete(oldest);
      return id;
    },
    find(locator) {
      const [, id = '', offset = ''] = /^(\w{18})-(\d+)$/.exec(locator) ?? [];
      const cursor = cursors.get(id);
      const isAlive = cursor !== undefined && clock.now() - cursor.usedAt < LIFE_MS;
      if (!isAlive || Number(offset) > cursor.run.rows.length) {
        throw new ApiFailure(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
      }
      cursors.delete(id);
      cursors.set(id, { ...cursor, usedAt: clock.now() });
      return { id, run: cursor.run, offset: Number(offset) };
    },
    dropAll: () => cursors.clear(),
  };
}
