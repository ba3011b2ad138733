import type { Feed, FeedStamp } from '../connectors/feed.ts';
import type { EpochMs } from '../kernel/clock.ts';
import type { KnownState } from './known-state.ts';
import type { SeenRow } from './seen-row.ts';

/** What detection must know of the reading in which the rows were met. Instants are the vendor's time. */
export interface PassFacts {
  kind: Feed['kind'];
  /**
   * `silent`: the baseline while its request waits: everything read becomes known and gives no event.
   * `continuing`: a baseline that took longer: unknown rows give events only when changed after `enabledAt`.
   */
  mode: 'silent' | 'continuing' | 'changes';
  startedAt: EpochMs;
  /** When the pass before this one began: a new version stamped earlier than that was shown late. */
  previousStartedAt?: EpochMs;
  /** What the feed was asked for: changes since then, inclusively. Absent: everything. */
  from?: EpochMs;
  /** When polling was turned on: older changes are no news. */
  enabledAt: EpochMs;
  /** Where the baseline's window began. */
  baselineFrom: EpochMs;
  /** Every id that existed at some time after `enabledAt` is known, so an unknown one is new. */
  idListComplete: boolean;
  resolutionMs: number;
  late: FeedStamp['late'];
}

export interface DetectionSettings {
  /** `shapeOf` the records as they are read now. */
  shape: number;
  createdCheckToleranceMs: number;
  filterByUpdatedDate: boolean;
  filterByCurrentDate: boolean;
}

/** What a bulk read said of a record whose row alone can't be believed. */
export type Confirmation = { state: 'present'; row: SeenRow } | { state: 'gone' | 'absent' | 'forbidden' };

export interface DetectedEvent {
  type: 'CREATED' | 'UPDATED' | 'DELETED';
  /** The event's `date`. */
  date: EpochMs;
  row: SeenRow;
}

export interface Detection {
  /** In change order. */
  events: DetectedEvent[];
  /** States that are new or different: what must be written together with the events. */
  states: Map<string, KnownState>;
  /** Ids to read in bulk; detect again with what that said. With any of them the rest is not to be used. */
  confirm: string[];
  /** By how much each late version came late, in milliseconds. */
  lateMs: number[];
}

export interface DetectionInput {
  rows: readonly SeenRow[];
  known: ReadonlyMap<string, KnownState>;
  pass: PassFacts;
  settings: DetectionSettings;
  confirmed: ReadonlyMap<string, Confirmation>;
}

/** What becomes of one row. `state` undefined: what is known stays. */
interface Outcome {
  event?: DetectedEvent['type'];
  state?: KnownState;
}
/** `confirm`: the row alone can't be believed, the vendor must be asked by id. */
type Verdict = Outcome | 'confirm';

/**
 * Turns rows into events: every version that the vendor shows becomes one event, and none is invented. Pure: no
 * I/O, no clock. Rows met again give nothing, so pages may be read twice or shift, and passes may overlap.
 */
export function detect({ rows, known, pass, settings, confirmed }: DetectionInput): Detection {
  const detection: Detection = { events: [], states: new Map(), confirm: [], lateMs: [] };
  for (const row of inChangeOrder(rows)) {
    if (isFiltered(row, pass, settings)) continue;
    const before = detection.states.get(row.id) ?? known.get(row.id);
    let seen = row;
    let verdict = decide({ row, known: before, pass, settings });
    if (verdict === 'confirm') {
      const confirmation = confirmed.get(row.id);
      if (confirmation === undefined) {
        detection.confirm.push(row.id);
        continue;
      }
      if (confirmation.state === 'present') seen = confirmation.row;
      verdict = decideConfirmed({ row, known: before, confirmation, pass, settings });
    }
    if (verdict.state !== undefined) detection.states.set(row.id, verdict.state);
    if (verdict.event === undefined) continue;
    const event = { type: verdict.event, date: dateOf(verdict.event, seen, pass), row: seen };
    detection.events.push(event);
    const lateMs = latenessOf(event, pass);
    if (lateMs > 0) detection.lateMs.push(lateMs);
  }
  return detection;
}

/** Rows without a stamp come last; equal stamps keep the vendor's order. */
function inChangeOrder(rows: readonly SeenRow[]): SeenRow[] {
  return rows.toSorted((a, b) => (a.changedAt ?? Infinity) - (b.changedAt ?? Infinity) || 0);
}

function isFiltered(row: SeenRow, pass: PassFacts, settings: DetectionSettings): boolean {
  if (row.changedAt === undefined) return false;
  if (settings.filterByCurrentDate && row.changedAt > pass.startedAt) return true;
  return (
    settings.filterByUpdatedDate &&
    pass.from !== undefined &&
    tick(row.changedAt, pass) < tick(pass.from, pass)
  );
}

interface Case<Known = KnownState | undefined> {
  row: SeenRow;
  known: Known;
  pass: PassFacts;
  settings: DetectionSettings;
}

/** The decision table, for a row as the feed shows it. */
function decide({ row, known, pass, settings }: Case): Verdict {
  if (row.deleted) {
    if (known === undefined) return deletedUnknown(row, pass, settings);
    return known.kind === 'deleted'
      ? deletedAgain(row, known, pass)
      : deletedKnown({ row, known, pass, settings });
  }
  if (known === undefined) return liveUnknown(row, pass, settings);
  if (known.kind === 'deleted') return liveAgain({ row, known, pass, settings });
  return known.kind === 'idOnly'
    ? liveListed(row, pass, settings)
    : liveKnown({ row, known, pass, settings });
}

function liveKnown({ row, known, pass, settings }: Case<KnownState>): Verdict {
  const state = liveState(row, settings);
  if (row.changedAt === undefined || known.changedAt === null) {
    if (settings.shape !== known.shape) return { state };
    return row.fp === known.fp ? {} : loud('UPDATED', state, pass);
  }
  const order = tick(row.changedAt, pass) - tick(known.changedAt, pass);
  if (order > 0) {
    // The very content that a back-dated edit replaced may be a lagging replica's.
    const wasReplaced = row.fp === known.fpPrev && pass.mode !== 'silent';
    return wasReplaced ? 'confirm' : loud('UPDATED', state, pass);
  }
  if (order < 0) return pass.kind === 'scan' && pass.mode !== 'silent' ? 'confirm' : {};
  if (settings.shape !== known.shape) return { state };
  if (row.fp === known.fp || row.fp === known.fpPrev) return {};
  return loud('UPDATED', { ...state, fpPrev: known.fp }, pass);
}

function liveUnknown(row: SeenRow, pass: PassFacts, settings: DetectionSettings): Outcome {
  const state = liveState(row, settings);
  return isNews(row, pass)
    ? { event: bornOrChanged(row, pass, settings, pass.idListComplete), state }
    : { state };
}

/** An id that a listing has shown: it existed, so only its own creation date can make it CREATED. */
function liveListed(row: SeenRow, pass: PassFacts, settings: DetectionSettings): Outcome {
  const state = liveState(row, settings);
  const since = row.changedAt ?? row.createdAt;
  const isNew =
    pass.mode !== 'silent' && since !== undefined && tick(since, pass) >= tick(pass.enabledAt, pass);
  return isNew ? { event: bornOrChanged(row, pass, settings, false), state } : { state };
}

function liveAgain({ row, known, pass, settings }: Case<KnownState>): Verdict {
  const isLater =
    row.changedAt !== undefined &&
    known.changedAt !== null &&
    tick(row.changedAt, pass) > tick(known.changedAt, pass);
  if (isLater) return loud('CREATED', liveState(row, settings), pass);
  return pass.mode === 'silent' ? {} : 'confirm';
}

function deletedKnown({ row, known, pass, settings }: Case<KnownState>): Verdict {
  // A feed goes on showing the deletion of a record that was restored since: only a later one can be believed.
  const isLater =
    row.changedAt !== undefined &&
    (known.changedAt === null
      ? known.kind === 'live' || tick(row.changedAt, pass) >= tick(pass.enabledAt, pass)
      : tick(row.changedAt, pass) > tick(known.changedAt, pass));
  if (isLater) return loud('DELETED', tombstone(row, known, pass, settings), pass);
  return pass.mode === 'silent' ? {} : 'confirm';
}

function deletedAgain(row: SeenRow, known: KnownState, pass: PassFacts): Outcome {
  if (row.changedAt === undefined || tick(row.changedAt, pass) <= tick(known.changedAt ?? -Infinity, pass))
    return {};
  return { state: { ...known, changedAt: row.changedAt } };
}

function deletedUnknown(row: SeenRow, pass: PassFacts, settings: DetectionSettings): Outcome {
  const state = tombstone(row, undefined, pass, settings);
  // Without a stamp all that is certain is that it happened after what was asked for.
  const since = row.changedAt ?? pass.from ?? -Infinity;
  const isNew =
    pass.mode === 'continuing'
      ? tick(since, pass) > tick(pass.enabledAt, pass)
      : tick(since, pass) >= tick(pass.enabledAt, pass);
  return isNew ? loud('DELETED', state, pass) : { state };
}

/** The vendor's answer by id is its present truth, whatever stamps say. */
function decideConfirmed({
  row,
  known,
  confirmation,
  pass,
  settings,
}: Case & { confirmation: Confirmation }): Outcome {
  if (known === undefined || confirmation.state === 'forbidden') return {};
  if (row.deleted) {
    return confirmation.state === 'present'
      ? {}
      : loud('DELETED', tombstone(row, known, pass, settings), pass);
  }
  if (confirmation.state !== 'present') return {};
  const state = liveState(confirmation.row, settings);
  if (known.kind === 'deleted') return loud('CREATED', state, pass);
  if (settings.shape !== known.shape) return { state };
  if (confirmation.row.fp === known.fp) return { state: { ...state, fpPrev: known.fpPrev } };
  return loud('UPDATED', { ...state, fpPrev: known.fp }, pass);
}

/** The event, unless this is the silent part of a baseline; the state in any case. */
function loud(event: DetectedEvent['type'], state: KnownState, pass: PassFacts): Outcome {
  return pass.mode === 'silent' ? { state } : { event, state };
}

/** Whether an unknown record's change belongs to the time after polling was turned on. */
function isNews(row: SeenRow, pass: PassFacts): boolean {
  if (pass.mode === 'silent') return false;
  const since = row.changedAt ?? row.createdAt;
  // A listing without stamps was whole at the baseline: what it did not have then is new.
  if (since === undefined) return pass.mode === 'changes' && pass.idListComplete;
  const changed = tick(since, pass);
  if (pass.mode === 'continuing') return changed > tick(pass.enabledAt, pass);
  if (changed >= tick(pass.enabledAt, pass)) return true;
  // A stamp set before the commit may be older than the baseline that could not see it.
  return pass.late === 'commit' && changed >= tick(pass.baselineFrom, pass);
}

function bornOrChanged(
  row: SeenRow,
  pass: PassFacts,
  settings: DetectionSettings,
  idListComplete: boolean,
): 'CREATED' | 'UPDATED' {
  if (idListComplete) return 'CREATED';
  if (row.createdAt === undefined) return 'UPDATED';
  if (tick(row.createdAt, pass) >= tick(pass.enabledAt, pass)) return 'CREATED';
  const changed = row.updatedDate ?? row.changedAt;
  const isFresh =
    changed !== undefined && Math.abs(changed - row.createdAt) <= settings.createdCheckToleranceMs;
  return isFresh ? 'CREATED' : 'UPDATED';
}

function liveState(row: SeenRow, settings: DetectionSettings): KnownState {
  return { fp: row.fp, fpPrev: null, changedAt: row.changedAt ?? null, shape: settings.shape, kind: 'live' };
}

/** Remembers the newest stamp of the record, or a lagging replica's last sight of it would pass for a restore. */
function tombstone(
  row: SeenRow,
  known: KnownState | undefined,
  pass: PassFacts,
  settings: DetectionSettings,
): KnownState {
  const changedAt = Math.max(row.changedAt ?? pass.startedAt, known?.changedAt ?? 0);
  return { fp: null, fpPrev: null, changedAt, shape: settings.shape, kind: 'deleted' };
}

function dateOf(type: DetectedEvent['type'], row: SeenRow, pass: PassFacts): EpochMs {
  const changedAt = row.changedAt ?? row.updatedDate ?? pass.startedAt;
  if (type === 'DELETED') return row.changedAt ?? pass.startedAt;
  return type === 'CREATED' ? (row.createdAt ?? changedAt) : (row.updatedDate ?? changedAt);
}

function latenessOf(event: DetectedEvent, pass: PassFacts): number {
  const { changedAt } = event.row;
  const isMeasured = pass.kind !== 'scan' && pass.mode === 'changes';
  if (!isMeasured || pass.previousStartedAt === undefined || changedAt === undefined) return 0;
  return Math.max(0, pass.previousStartedAt - changedAt);
}

/** Stamps are compared at the vendor's resolution: two in one tick are equal. */
function tick(at: EpochMs, pass: PassFacts): number {
  return Math.floor(at / pass.resolutionMs);
}
