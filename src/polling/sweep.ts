import { UnreadableAnswer } from '../connectors/failures.ts';
import type { Feed, Position } from '../connectors/feed.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { letGoListed } from './held-queries.ts';
import { recordPage, underHold, type PollDeps, type ResourceRun } from './page.ts';
import { askForPage, type Answered } from './pass.ts';
import type { PassFacts } from './pass-facts.ts';
import { SCAN_RESOLUTION_MS, vendorTime } from './pass-rules.ts';
import { definitionOf } from './polled-resource.ts';
import type { ResourceRow } from './resource-queries.ts';
import type { SeenRow } from './seen-row.ts';
import {
  beginSweep,
  countMissing,
  forgetUnlisted,
  isListWhole,
  readSweep,
  saveListing,
  unmarkListed,
  type Spent,
  type SweepRow,
} from './sweep-queries.ts';

/** A resource of which everything is listed, to find what is gone. */
export interface SweepRun extends ResourceRun {
  /** Shows every record that there is. */
  listing: Feed;
  /** What was spent since this was last asked. */
  spent: () => Spent;
  /** Whether the sweep must make way for now. */
  isOver: () => boolean;
}

/** A vendor that refuses its own positions, or a work table that is lost, more often than that: given up for now. */
const MAX_RESTARTS = 3;

/** How far listing came, and what was read. */
interface Listed {
  sweep: SweepRow;
  records: number;
  events: number;
}

/**
 * Lists everything, from where the sweep stands; `sweep.position` null: everything is listed and the missing are
 * counted. Every page goes through the detector as pages of feeds do, which finds edits with an older stamp.
 */
export async function listEverything(deps: PollDeps, run: SweepRun): Promise<Listed> {
  const stored = await readSweep(deps.db, run.resource.id);
  const isSame = stored?.definition === definitionOf(run.polled);
  const listed: Listed = { sweep: isSame ? stored : await begin(deps, run), records: 0, events: 0 };
  run.resource.is_sweeping = true;
  let restarts = 0;
  while (listed.sweep.position !== null && !run.isOver()) {
    run.goOn();
    const { position } = listed.sweep;
    const answer = await askForPage(run, run.listing, position);
    const again = answer === 'restart' || !(await keepPage(deps, run, listed, answer));
    if (!again) continue;
    restarts += 1;
    if (restarts > MAX_RESTARTS) throw new UnreadableAnswer('a complete listing did not come to its end');
    listed.sweep = await begin(deps, run);
  }
  return listed;
}

function begin(deps: PollDeps, run: SweepRun): Promise<SweepRow> {
  return underHold(deps, run.hold, (tx) =>
    beginSweep(tx, {
      resourceId: run.resource.id,
      definition: definitionOf(run.polled),
      startedAt: deps.clock.now(),
      position: startOf(run),
    }),
  );
}

function startOf({ polled, listing }: SweepRun): Position {
  const { filter, fields, pageSize } = polled;
  return listing.start({ filter, fields, ...(pageSize === null ? {} : { pageSize }) });
}

/** False when the ids that were listed are lost, and the sweep has to begin anew. */
async function keepPage(
  deps: PollDeps,
  run: SweepRun,
  listed: Listed,
  { page, rows, date }: Answered,
): Promise<boolean> {
  const { sweep } = listed;
  if (page.next !== null && JSON.stringify(page.next) === JSON.stringify(sweep.position)) {
    throw new UnreadableAnswer("the vendor's pages do not go on: the next page is the same again");
  }
  const isFirstPage = sweep.listed === 0 && sweep.calls === 0;
  const startedAt = isFirstPage ? vendorTime(date, deps.clock.now()).at : sweep.started_at;
  const spent = run.spent();
  let isWhole = true;
  const recorded = await recordPage(deps, run, {
    rows,
    facts: sweepFacts(run, startedAt),
    advance: async (tx) => {
      const { id: resourceId } = run.resource;
      await saveListing(tx, { resourceId, startedAt, position: page.next, ...spent });
      if (page.next !== null) return;
      isWhole = await isListWhole(tx, resourceId);
      if (!isWhole) return;
      await unmarkListed(tx, resourceId);
      await letGoListed(tx, resourceId);
      if (!run.resource.id_list_complete) await forgetUnlisted(tx, resourceId, run.resource.baseline_from);
      await countMissing(tx, resourceId);
    },
  });
  listed.records += rows.length;
  listed.events += recorded.events;
  listed.sweep = (await readSweep(deps.db, run.resource.id))!;
  return isWhole;
}

interface SweptResource {
  resource: Pick<ResourceRow, 'id_list_complete' | 'enabled_at' | 'baseline_from'>;
  feeds: readonly Feed[];
}

/** The first sweep notes ids only; later ones tell what is new by them. */
export function sweepFacts({ resource, feeds }: SweptResource, startedAt: EpochMs): PassFacts {
  const stamp = feeds.find((feed) => feed.stamp !== undefined)?.stamp;
  return {
    kind: 'scan',
    mode: resource.id_list_complete ? 'changes' : 'listing',
    startedAt,
    enabledAt: resource.enabled_at,
    baselineFrom: resource.baseline_from,
    idListComplete: resource.id_list_complete,
    resolutionMs: stamp?.resolutionMs ?? SCAN_RESOLUTION_MS,
    late: stamp?.late ?? 'index',
  };
}

/** A record of which only the id is known, as gone. */
export function goneRow(id: string): SeenRow {
  return { id, objectId: id, deleted: true, fp: null, record: null };
}
