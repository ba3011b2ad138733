import { compileCeql } from '../ceql/evaluate-ceql.ts';
import { deleteHints, listHints, type HintRow } from '../events/hint-queries.ts';
import { isJsonObject } from '../kernel/json.ts';
import { attempt } from './attempt.ts';
import { confirm } from './confirm.ts';
import { OVERLAP_CAP_MS } from './overlap.ts';
import { recordPage, underHold, type ResourceRun } from './page.ts';
import type { Confirmation } from './pass-facts.ts';
import type { PolledResource } from './polled-resource.ts';
import type { ResourceRow } from './resource-queries.ts';
import { createRun, type Poll, type ReadDeps } from './resource-run.ts';
import type { SeenRow } from './seen-row.ts';
import { goneRow, sweepFacts } from './sweep.ts';

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
  for (const name of new Set(hints.map((hint) => hint.object_type))) {
    const about = hints.filter((hint) => hint.object_type === name);
    const one = polled.find((candidate) => candidate.name === name);
    const row = rows.find((candidate) => candidate.name === name);
    const passedOver = about.filter((hint) => isPassedOver(hint, row));
    const open = about.filter((hint) => !passedOver.includes(hint));
    if (one === undefined || row === undefined) over.push(...about);
    else over.push(...passedOver);
    if (one === undefined || row?.is_baseline_done !== true || open.length === 0) continue;
    const context = await attempt(deps, () => deps.contexts.of(poll.instance, one.resource));
    const run = createRun(deps, poll, { polled: one, resource: { ...row }, context, warn: () => {} });
    events += await follow(deps, run, open);
  }
  if (over.length > 0) {
    const ids = over.map(({ id }) => id);
    await underHold(deps, hold, (tx) => deleteHints(tx, ids));
  }
  return { events };
}

/** A poll that began after everything a hint may tell of could be seen has read it. */
function isPassedOver(hint: HintRow, row: ResourceRow | undefined): boolean {
  return (
    row !== undefined && row.last_poll_at !== null && hint.received_at < row.last_poll_at - OVERLAP_CAP_MS
  );
}

async function follow(deps: ReadDeps, run: ResourceRun, hints: readonly HintRow[]): Promise<number> {
  const ids = [...new Set(hints.map((hint) => hint.object_id))];
  const answers = await confirm(run.ask, run.readMany, ids, run.reader);
  const deletions = new Set(hints.filter((hint) => hint.is_deletion).map((hint) => hint.object_id));
  const gone = ids.filter((id) => isGone(answers.get(id), deletions.has(id)));
  const live = ids.flatMap((id) => {
    const answer = answers.get(id);
    return answer?.state === 'present' && isWanted(run, answer.row) ? [answer.row] : [];
  });
  const { events } = await recordPage(deps, run, {
    rows: [...live, ...gone.map(goneRow)],
    facts: { ...sweepFacts(run, deps.clock.now()), kind: 'window', mode: 'changes' },
    confirmed: new Map(gone.map((id) => [id, { state: 'gone' }])),
    advance: (tx) =>
      deleteHints(
        tx,
        hints.map(({ id }) => id),
      ),
  });
  return events;
}

/** A 404 alone is no deletion; with the vendor's own word that it was deleted it is. */
function isGone(answer: Confirmation | undefined, isDeletion: boolean): boolean {
  return answer?.state === 'gone' || (answer?.state === 'absent' && isDeletion);
}

/** What the filter can't be evaluated for is left to the poll. */
function isWanted({ polled }: ResourceRun, { record }: SeenRow): boolean {
  if (polled.filter === null) return true;
  return isJsonObject(record) && compileCeql(polled.filter)(record);
}
