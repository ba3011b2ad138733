import { compileCeql } from '../ceql/evaluate-ceql.ts';
import { RetryAt } from '../connectors/failures.ts';
import { deleteHints, listHints, type HintRow } from '../events/hint-queries.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { isJsonObject } from '../kernel/json.ts';
import { attempt } from './attempt.ts';
import { confirmNow } from './confirm.ts';
import { OVERLAP_CAP_MS } from './overlap.ts';
import { Interrupted, recordPage, underHold, type ResourceRun } from './page.ts';
import type { Confirmation, PassFacts } from './pass-facts.ts';
import type { PolledResource } from './polled-resource.ts';
import type { ResourceRow } from './resource-queries.ts';
import { createRun, type Poll, type ReadDeps } from './resource-run.ts';
import type { SeenRow } from './seen-row.ts';
import { goneRow, sweepFacts } from './sweep.ts';
import { listOtherLive } from './sweep-queries.ts';

/** Whoever knows none of so many records that were there a moment ago says nothing by a 404. */
const CONTROLS = 3;
const ASK_AGAIN_MS = 60_000;
/** How long a deletion that no poll will ever show waits to be confirmed. */
const DELETION_WAITS_MS = 86_400_000;
/** Hints followed at once; some vendors are asked for each record alone. */
const HINTS_AT_ONCE = 100;

/**
 * Reads the records that webhooks hinted at (`event.vendor.type: both`) and sends them through the detector, under the
 * instance's lease: whoever of hint and poll comes second finds the version known. A hint ends when it is read, or when
 * a poll has passed over it; what can't be read now waits for that.
 */
export async function followHints(
  deps: ReadDeps,
  poll: Poll,
  polled: readonly PolledResource[],
  rows: readonly ResourceRow[],
): Promise<{ events: number }> {
  const hints = await listHints(deps.db, poll.instance.id, HINTS_AT_ONCE);
  const hold = {
    instanceId: poll.instance.id,
    lease: poll.lease,
    configVersion: poll.instance.configVersion,
  };
  let events = 0;
  const over: HintRow[] = [];
  const failures: unknown[] = [];
  for (const name of new Set(hints.map((hint) => hint.object_type))) {
    const about = hints.filter((hint) => hint.object_type === name);
    const one = polled.find((candidate) => candidate.name === name);
    const row = rows.find((candidate) => candidate.name === name);
    const passedOver = about.filter((hint) => isPassedOver(hint, one, row));
    const open = about.filter((hint) => !passedOver.includes(hint));
    if (one === undefined || row === undefined) over.push(...about);
    else over.push(...passedOver);
    if (one === undefined || row?.is_baseline_done !== true || open.length === 0) continue;
    try {
      const context = await attempt(deps, () => deps.contexts.of(poll.instance, one.resource));
      const run = createRun(deps, poll, { polled: one, resource: { ...row }, context, warn: () => {} });
      events += await follow(deps, run, open);
    } catch (error) {
      if (error instanceof Interrupted || poll.signal.aborted) throw error;
      // What the vendor refuses of one resource keeps no hints of another waiting.
      failures.push(error);
    }
  }
  if (over.length > 0) {
    const ids = over.map(({ id }) => id);
    await underHold(deps, hold, (tx) => deleteHints(tx, ids));
  }
  if (failures.length > 0) throw failures[0];
  return { events };
}

/** A poll that began after everything a hint may tell of could be seen has read it, where polls show such a thing. */
function isPassedOver(hint: HintRow, one: PolledResource | undefined, row: ResourceRow | undefined): boolean {
  const isShown = !hint.is_deletion || one?.resource.polling?.deletions === 'all';
  const waitMs = isShown ? OVERLAP_CAP_MS : DELETION_WAITS_MS;
  return row !== undefined && row.last_poll_at !== null && hint.received_at < row.last_poll_at - waitMs;
}

async function follow(deps: ReadDeps, run: ResourceRun, hints: readonly HintRow[]): Promise<number> {
  const ids = [...new Set(hints.map((hint) => hint.object_id))];
  const answers = await confirmNow(run.ask, run.readMany, ids, run.reader);
  const { rows, confirmed, isDoubtful } = hintedRows(hints, answers, (row) => isWanted(run, row));
  if (isDoubtful && !(await doOthersAnswer(deps, run, ids))) {
    throw new RetryAt(
      deps.clock.now() + ASK_AGAIN_MS,
      'the vendor finds no other record by its id either, so a deletion is not believed yet',
    );
  }
  const { events } = await recordPage(deps, run, {
    // With a filter nobody can say whether a record nobody knew was one of those that are polled: the polls can.
    rows: run.polled.filter === null ? rows.map((row) => dated(row, hints, run.resource)) : rows,
    facts: hintFacts(run, deps.clock.now()),
    confirmed,
    advance: (tx) =>
      deleteHints(
        tx,
        hints.map(({ id }) => id),
      ),
  });
  return events;
}

/**
 * What the vendor's answers make of hints: rows for the detector, and the vendor's word on each. `isDoubtful`: nothing
 * but 404s says that records are gone, and no answer says that this vendor finds any.
 */
export function hintedRows(
  hints: readonly Pick<HintRow, 'object_id' | 'is_deletion'>[],
  answers: ReadonlyMap<string, Confirmation>,
  isWanted: (row: SeenRow) => boolean,
): { rows: SeenRow[]; confirmed: Map<string, Confirmation>; isDoubtful: boolean } {
  const deletions = new Set(hints.filter((hint) => hint.is_deletion).map((hint) => hint.object_id));
  const rows: SeenRow[] = [];
  const confirmed = new Map<string, Confirmation>();
  let absent = 0;
  for (const [id, answer] of answers) {
    // A 404 alone is no deletion; with the vendor's own word that it was deleted it is.
    const isAbsent = answer.state === 'absent' && deletions.has(id);
    const isGone = answer.state === 'gone' || isAbsent;
    const row = answer.state === 'present' ? answer.row : goneRow(id);
    if (isAbsent) absent += 1;
    if (!(isGone || (answer.state === 'present' && isWanted(row)))) continue;
    rows.push(row);
    confirmed.set(id, isGone ? { state: 'gone' } : answer);
  }
  const isAnswering = [...answers.values()].some(({ state }) => state === 'present' || state === 'gone');
  return { rows, confirmed, isDoubtful: absent > 0 && !isAnswering };
}

/** Whether the vendor still finds a record it has shown; true when no other is known. */
async function doOthersAnswer(deps: ReadDeps, run: ResourceRun, ids: readonly string[]): Promise<boolean> {
  const others = await listOtherLive(deps.db, run.resource.id, { than: ids, limit: CONTROLS });
  if (others.length === 0) return true;
  const answers = await confirmNow(run.ask, run.readMany, others, run.reader);
  return [...answers.values()].some(({ state }) => state === 'present' || state === 'gone');
}

/** A deletion the vendor told of happened before it was told, and after events were turned on: it is news of any record. */
export function dated(
  row: SeenRow,
  hints: readonly Pick<HintRow, 'object_id' | 'is_deletion' | 'received_at'>[],
  resource: Pick<ResourceRow, 'enabled_at'>,
): SeenRow {
  const told = hints.find((hint) => hint.is_deletion && hint.object_id === row.id);
  if (!row.deleted || told === undefined) return row;
  return { ...row, changedAt: Math.max(told.received_at, resource.enabled_at) };
}

/** A record that is read by id is what a window of changes shows: what carries an older stamp was read late. */
export function hintFacts(run: Parameters<typeof sweepFacts>[0], readAt: EpochMs): PassFacts {
  return { ...sweepFacts(run, readAt), kind: 'window', mode: 'changes' };
}

/** What the filter can't be evaluated for is left to the poll. */
function isWanted({ polled }: ResourceRun, { record }: SeenRow): boolean {
  if (polled.filter === null) return true;
  return isJsonObject(record) && compileCeql(polled.filter)(record);
}
