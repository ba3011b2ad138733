import type { Queryable } from '../database/pool.ts';
import { confirm } from './confirm.ts';
import { clearReleased, deleteHeld, holdMissing, listReleased } from './held-queries.ts';
import { recordPage, underHold, type PollDeps } from './page.ts';
import type { Confirmation } from './pass-facts.ts';
import { goneRow, sweepFacts, type SweepRun } from './sweep.ts';
import {
  listMissing,
  listShown,
  markOutside,
  sampleMissing,
  saveConfirmed,
  type SweepRow,
} from './sweep-queries.ts';

/** More than this many missing at once, and more than `HOLD_SHARE` of the known, are held: nobody deletes so much. */
const HOLD_ABOVE = 20;
const HOLD_SHARE = 0.05;
/** Everything gone at once is believed without proof for fewer than this. */
const HOLD_ALL_FROM = 3;
const SAMPLE = 20;
const CONFIRM_AT_ONCE = 100;
/** Records that were just listed: the vendor must know one of them, or its 404s say nothing. */
const CONTROLS = 3;

/** What became of records that a complete listing did not show. */
export interface Settled {
  events: number;
  held: number;
  isDone: boolean;
}

/**
 * Asks the vendor about every missing record, and reports what is deleted. Too many of them are held for a person to
 * judge: an empty listing or lost rights look just like a mass deletion.
 */
export async function settleMissing(deps: PollDeps, run: SweepRun, sweep: SweepRow): Promise<Settled> {
  const settled: Settled = { events: 0, held: 0, isDone: false };
  if (await holdWhenMany(deps, run, sweep, settled)) return settled;
  let after = sweep.confirmed_to;
  while (!run.isOver()) {
    run.goOn();
    const ids = await listMissing(deps.db, run.resource.id, { after, limit: CONFIRM_AT_ONCE });
    if (ids.length === 0) return { ...settled, isDone: true };
    after = ids.at(-1)!;
    const answers = await ask(run, ids);
    const isBelieved = answers.absent.length === 0 || (await doControlsAnswer(deps, run));
    if (!isBelieved) run.warn('records are missing, but the vendor does not answer for any other record');
    const spent = run.spent();
    settled.events += await bury(deps, run, {
      ids: [...answers.gone, ...(isBelieved ? answers.absent : [])],
      outside: answers.present,
      also: (tx) => saveConfirmed(tx, { resourceId: run.resource.id, confirmedTo: after, ...spent }),
    });
  }
  return settled;
}

/** Held deletions that a person released: asked about once more, and a 404 is believed now. */
export async function settleReleased(deps: PollDeps, run: SweepRun): Promise<Settled> {
  const settled: Settled = { events: 0, held: 0, isDone: false };
  const resourceId = run.resource.id;
  while (!run.isOver()) {
    run.goOn();
    const ids = await listReleased(deps.db, resourceId, CONFIRM_AT_ONCE);
    if (ids.length === 0) {
      await underHold(deps, run.hold, (tx) => clearReleased(tx, resourceId));
      return { ...settled, isDone: true };
    }
    const answers = await ask(run, ids);
    settled.events += await bury(deps, run, {
      ids: [...answers.gone, ...answers.absent],
      outside: answers.present,
      also: (tx) => deleteHeld(tx, resourceId, ids),
    });
  }
  return settled;
}

/** Why what a complete listing did not show is not simply confirmed; null: it is. */
export function holdReason({ missing, known }: Pick<SweepRow, 'missing' | 'known'>): 'many' | 'all' | null {
  if (missing > Math.max(HOLD_ABOVE, HOLD_SHARE * known)) return 'many';
  return missing === known && missing >= HOLD_ALL_FROM ? 'all' : null;
}

/** True when the missing were held, but for those of a sample that the vendor itself calls deleted. */
async function holdWhenMany(
  deps: PollDeps,
  run: SweepRun,
  sweep: SweepRow,
  settled: Settled,
): Promise<boolean> {
  const { resource_id } = sweep;
  const reason = holdReason(sweep);
  if (reason === null) return false;
  const answers = await ask(run, await sampleMissing(deps.db, resource_id, SAMPLE));
  if (reason === 'all' && answers.gone.length > 0) return false;
  settled.events += await bury(deps, run, {
    ids: answers.gone,
    outside: answers.present,
    also: async (tx) => {
      settled.held = await holdMissing(tx, resource_id, deps.clock.now());
    },
  });
  settled.isDone = true;
  return true;
}

interface Answers {
  gone: string[];
  absent: string[];
  present: string[];
}

async function ask(run: SweepRun, ids: readonly string[]): Promise<Answers> {
  const confirmed = await confirm(run.ask, run.readMany, ids, run.reader);
  const of = (state: Confirmation['state']) => ids.filter((id) => confirmed.get(id)?.state === state);
  const hidden = ids.length - confirmed.size + of('forbidden').length;
  if (hidden > 0) run.warn(`${hidden} missing records can't be read with these credentials; they are kept`);
  return { gone: of('gone'), absent: of('absent'), present: of('present') };
}

async function doControlsAnswer(deps: PollDeps, run: SweepRun): Promise<boolean> {
  const ids = await listShown(deps.db, run.resource.id, CONTROLS);
  if (ids.length === 0) return false;
  const confirmed = await confirm(run.ask, run.readMany, ids, run.reader);
  return ids.some((id) => confirmed.get(id)?.state === 'present');
}

/** Records deletions, and marks what exists outside of the listing, in one transaction. */
async function bury(
  deps: PollDeps,
  run: SweepRun,
  page: { ids: readonly string[]; outside: readonly string[]; also: (tx: Queryable) => Promise<void> },
): Promise<number> {
  const { events } = await recordPage(deps, run, {
    rows: page.ids.map(goneRow),
    facts: { ...sweepFacts(run, deps.clock.now()), mode: 'changes' },
    confirmed: new Map(page.ids.map((id) => [id, { state: 'gone' }])),
    advance: async (tx) => {
      await markOutside(tx, run.resource.id, page.outside);
      await page.also(tx);
    },
  });
  return events;
}
