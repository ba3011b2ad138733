import type { Feed, ReadMany } from '../connectors/feed.ts';
import type { Database, Queryable } from '../database/pool.ts';
import type { NewEvent } from '../events/event.ts';
import type { Recorded, Recorder } from '../events/record.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Vault } from '../vault/vault.ts';
import { confirmNow, type Ask } from './confirm.ts';
import { detect, type Detection } from './detect.ts';
import { readKnown, writeKnown } from './known-queries.ts';
import type { KnownState } from './known-state.ts';
import { toNewEvents, type PolledEvents } from './notifications.ts';
import type { Confirmation, PassFacts } from './pass-facts.ts';
import type { PolledResource } from './polled-resource.ts';
import { holdPoller, type Hold } from './pass-queries.ts';
import type { ResourceRow } from './resource-queries.ts';
import type { RecordReader, SeenRow } from './seen-row.ts';
import { keepSnapshots, type ChangedEvent } from './snapshots.ts';
import { addSeen } from './sweep-queries.ts';

/** What polling needs of the rest of the process. */
export interface PollDeps {
  db: Database;
  clock: Clock;
  recorder: Pick<Recorder, 'record' | 'committed'>;
  /** Seals the records that `event.objects.snapshot` keeps. */
  vault: Vault;
}

/** One resource of one instance while it is polled. */
export interface ResourceRun {
  hold: Hold;
  polled: PolledResource;
  resource: ResourceRow;
  feeds: Feed[];
  readMany: ReadMany;
  shape: number;
  /** `event.poller.baseline: full`. */
  isFullBaseline: boolean;
  /** `event.objects.snapshot`. */
  keepsSnapshots: boolean;
  reader: RecordReader;
  notification: PolledEvents;
  mode: () => PassFacts['mode'];
  ask: Ask;
  warn: (text: string) => void;
  /** Throws `Interrupted` when the poll must end between two pages. */
  goOn: () => void;
}

/** The poll ends early and nothing is wrong: another took over, the instance was changed, the process stops. */
export class Interrupted extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'Interrupted';
  }
}

/** How long a lease lives without renewal; a dead node's instances are taken over after that. */
export const LEASE_MS = 60_000;

/**
 * Runs `work` in a transaction that only the holder of the lease, under the present configuration, can commit. `read`,
 * which must only read, is sent along at once; what it reads is read under the hold.
 */
export async function underHold<T, R = void>(
  { db, clock }: Pick<PollDeps, 'db' | 'clock'>,
  hold: Hold,
  work: (tx: Queryable, read: R) => Promise<T>,
  read?: (tx: Queryable) => Promise<R>,
): Promise<T> {
  const once = async (tx: Queryable): Promise<T> => {
    const holding = holdPoller(tx, hold, clock.now() + LEASE_MS);
    const reading = read?.(tx);
    reading?.catch(() => {});
    if (!(await holding)) {
      throw new Interrupted('the instance was changed, or is polled by another by now');
    }
    return work(tx, (await reading) as R);
  };
  // Without BEGIN, holding and reading would change nothing but the end of the lease.
  return db.transaction(once, { isEager: true });
}

export interface Page {
  rows: readonly SeenRow[];
  facts: PassFacts;
  /** What the vendor said already of rows that can't be believed alone. */
  confirmed?: ReadonlyMap<string, Confirmation>;
  /** Writes the progress of the pass. */
  advance: (tx: Queryable, detection: Detection) => Promise<void>;
}

/** How often the rows of one page may turn out to need the vendor's word again. */
const MAX_CONFIRM_ROUNDS = 3;

/**
 * Detects a page's changes and writes them down, with the states they leave and the pass's progress (`advance`), in
 * one transaction: all of it or nothing. What must be asked of the vendor first is asked between transactions.
 */
export async function recordPage(deps: PollDeps, run: ResourceRun, page: Page): Promise<{ events: number }> {
  const confirmed = new Map<string, Confirmation>(page.confirmed);
  for (let round = 0; ; round += 1) {
    const ids = [...new Set(page.rows.map((row) => row.id))];
    const detectAndWrite = async (tx: Queryable, known: Map<string, KnownState>) => {
      const { polled, shape } = run;
      const settings = { ...polled, shape };
      const detection = detect({ rows: page.rows, known, pass: page.facts, settings, confirmed });
      if (detection.confirm.length > 0) return { detection, recorded: [] };
      return { detection, recorded: await writePage(deps, run, tx, page, detection) };
    };
    const { detection, recorded } = await underHold(deps, run.hold, detectAndWrite, (tx) =>
      readKnown(tx, run.resource.id, ids),
    );
    if (detection.confirm.length === 0) {
      deps.recorder.committed(recorded);
      return { events: detection.events.length };
    }
    if (round === MAX_CONFIRM_ROUNDS)
      throw new Error('rows need the confirmation of the vendor again and again');
    const answers = await confirmNow(run.ask, run.readMany, detection.confirm, run.reader);
    // An id without an answer is one the bulk read could not name: nothing is known of it.
    for (const id of detection.confirm) confirmed.set(id, answers.get(id) ?? { state: 'forbidden' });
  }
}

/** Writes a page's states, its events and the progress of its pass, none waiting for the answer to another. */
async function writePage(
  deps: PollDeps,
  run: ResourceRun,
  tx: Queryable,
  { rows, advance }: Pick<Page, 'rows' | 'advance'>,
  detection: Detection,
): Promise<Recorded[]> {
  const resourceId = run.resource.id;
  const writing = writeKnown(tx, resourceId, detection.states);
  writing.catch(() => {});
  const events: readonly ChangedEvent[] = run.keepsSnapshots
    ? await keepSnapshots(tx, deps.vault, resourceId, detection)
    : detection.events;
  // Formed while the states are written: a fifth of the time of a page.
  const recording = recordAll(deps, tx, toNewEvents(run.notification, events));
  const live = run.resource.is_sweeping ? rows.filter((row) => !row.deleted).map((row) => row.id) : [];
  const [recorded] = await Promise.all([
    recording,
    writing,
    addSeen(tx, resourceId, live),
    advance(tx, detection),
  ]);
  return recorded;
}

/** The log refuses events of an instance that was changed meanwhile; then the page is not recorded either. */
async function recordAll(
  { recorder }: PollDeps,
  tx: Queryable,
  events: readonly NewEvent[],
): Promise<Recorded[]> {
  const recorded = await recorder.record(tx, events);
  if (recorded.length !== events.length) throw new Interrupted('the instance was changed meanwhile');
  return recorded;
}
