import type { Queryable } from '../database/pool.ts';
import type { Clock, EpochMs } from '../kernel/clock.ts';
import { uuidv7Floor } from '../kernel/ids.ts';
import { timeOfId } from './event-ids.ts';
import { findDepth, listEventsAfter, selectEvents, type EventRow, type EventScope } from './log-queries.ts';
import { findOldestWriter, listEventIds } from './stream-queries.ts';

const PAGE = 200;
const LOOK_BACK_EVERY_MS = 1000;
/** An id is made this long before the transaction that writes it, at most: nodes' clocks differ a little. */
const AHEAD_MS = 3000;
/** A tail that is resumed starts this long before the last id: what was committed late behind it was not seen. */
const RESUME_MS = 6000;
/** So many ids are remembered as shown; beyond that what comes late is looked for less far back. */
const MOST_REMEMBERED = 20_000;

export type TailScope = EventScope & { instanceId?: number | undefined };

export interface Tail {
  /** What was committed since the last look: the new in the order of their ids, and once a second what came late. */
  look(): AsyncGenerator<EventRow>;
  /** Whether a tail resumed at this id misses nothing that was not shown by now. */
  isSafe(id: string): boolean;
}

interface TailDependencies {
  db: Queryable;
  clock: Clock;
}

/**
 * The end of the log, each event once, from `lastEventId` on (and some seconds before it) or from now on. Ids are made
 * before the commit, by several nodes, so that one may come behind those shown already: whatever was not visible at a
 * look belongs to a transaction that was open then or began later, and is looked for from the oldest one's beginning.
 */
export async function startTail(
  deps: TailDependencies,
  scope: TailScope,
  lastEventId: string | undefined,
): Promise<Tail> {
  const { db, clock } = deps;
  let complete = await findComplete(deps);
  let lookedBackAt = clock.now();
  const begin = uuidv7Floor(lastEventId === undefined ? complete : timeOfId(lastEventId) - RESUME_MS);
  const shown = createShown(begin);
  let last = begin;
  if (lastEventId === undefined) {
    last = max(begin, (await findDepth(db, scope, 1)) ?? begin);
    const range = { ...scope, after: begin, until: last, limit: MOST_REMEMBERED };
    for (const id of await listEventIds(db, range)) shown.add(id);
  } else shown.add(lastEventId);

  async function* lookBack(): AsyncGenerator<EventRow> {
    const after = shown.forget(uuidv7Floor(complete));
    complete = await findComplete(deps);
    lookedBackAt = clock.now();
    const ids = await listEventIds(db, { ...scope, after, until: last, limit: MOST_REMEMBERED });
    const late = ids.filter((id) => !shown.has(id));
    for (let at = 0; at < late.length; at += PAGE) {
      const rows = await selectEvents(db, scope, late.slice(at, at + PAGE));
      for (const row of rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
        shown.add(row.id);
        yield row;
      }
    }
  }
  async function* look(): AsyncGenerator<EventRow> {
    if (Math.abs(clock.now() - lookedBackAt) >= LOOK_BACK_EVERY_MS) yield* lookBack();
    for (let isMore = true; isMore;) {
      const rows = await listEventsAfter(db, { ...scope, after: last, limit: PAGE });
      for (const row of rows) {
        last = row.id;
        if (shown.has(row.id)) continue;
        shown.add(row.id);
        yield row;
      }
      isMore = rows.length === PAGE;
    }
  }
  return { look, isSafe: (id) => timeOfId(id) - RESUME_MS <= complete };
}

/** Ids of events that are not visible now will be later than this. */
async function findComplete({ db, clock }: TailDependencies): Promise<EpochMs> {
  const now = clock.now();
  return Math.min(now, (await findOldestWriter(db)) ?? now) - AHEAD_MS;
}

/** Which ids behind `begin` were shown. */
function createShown(begin: string): {
  has(id: string): boolean;
  add(id: string): void;
  /** Nobody asks any more for ids up to this one, or to one that had to be forgotten before: the later of them. */
  forget(until: string): string;
} {
  const ids = new Set<string>();
  let forgotten = begin;
  return {
    has: (id) => ids.has(id),
    add: (id) => {
      ids.add(id);
      if (ids.size <= MOST_REMEMBERED) return;
      const [oldest] = ids;
      ids.delete(oldest!);
      forgotten = max(forgotten, oldest!);
    },
    forget: (until) => {
      forgotten = max(forgotten, until);
      for (const id of ids) if (id <= forgotten) ids.delete(id);
      return forgotten;
    },
  };
}

function max(a: string, b: string): string {
  return a > b ? a : b;
}
