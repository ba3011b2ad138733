import type { EpochMs } from '../kernel/clock.ts';
import type { KnownState } from './known-state.ts';
import { OVERLAP_CAP_MS } from './overlap.ts';
import { tick, type Confirmation, type DetectionSettings, type PassFacts } from './pass-facts.ts';
import type { SeenRow } from './seen-row.ts';

export type ChangeType = 'CREATED' | 'UPDATED' | 'DELETED';

/** What becomes of one row. `state` undefined: what is known stays. */
export interface Outcome {
  event?: ChangeType;
  state?: KnownState;
}

/** `confirm`: the row alone can't be believed, the vendor must be asked by id. */
export type Verdict = Outcome | 'confirm';

export interface Case<Known = KnownState | undefined> {
  row: SeenRow;
  known: Known;
  pass: PassFacts;
  settings: DetectionSettings;
}

/** The decision table, for a row as the feed shows it. */
export function decide({ row, known, pass, settings }: Case): Verdict {
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
  return mayBeBehind(row.changedAt, pass) ? 'confirm' : loud('UPDATED', { ...state, fpPrev: known.fp }, pass);
}

/** A late list may show what a read by id has passed already in the same tick: only another tells which came last. */
function mayBeBehind(changedAt: EpochMs, pass: PassFacts): boolean {
  return pass.late === 'index' && pass.mode !== 'silent' && changedAt > pass.startedAt - OVERLAP_CAP_MS;
}

function liveUnknown(row: SeenRow, pass: PassFacts, settings: DetectionSettings): Outcome {
  if (pass.mode === 'listing') {
    return { state: { fp: null, fpPrev: null, changedAt: null, shape: settings.shape, kind: 'idOnly' } };
  }
  const state = liveState(row, settings);
  return isNews(row, pass)
    ? { event: bornOrChanged(row, pass, settings, pass.idListComplete), state }
    : { state };
}

/** An id that a listing has shown: it existed, so only its own creation date can make it CREATED. */
function liveListed(row: SeenRow, pass: PassFacts, settings: DetectionSettings): Outcome {
  if (pass.mode === 'listing') return {};
  const state = liveState(row, settings);
  const since = row.changedAt ?? row.createdAt;
  return since !== undefined && isNews(row, pass)
    ? { event: bornOrChanged(row, pass, settings, false), state }
    : { state };
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
  // Without a stamp all that is certain is that it happened after what was asked for.
  const since = row.changedAt ?? pass.from;
  // Read by id, it says nothing of when: a tombstone would hide the deletion from the feed that does.
  if (since === undefined) return {};
  const state = tombstone(row, undefined, pass, settings);
  const isNew =
    pass.mode === 'continuing'
      ? tick(since, pass) > tick(pass.enabledAt, pass)
      : tick(since, pass) >= tick(pass.enabledAt, pass);
  return isNew ? loud('DELETED', state, pass) : { state };
}

/** The vendor's answer by id is its present truth, whatever stamps say. */
export function decideConfirmed({
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
function loud(event: ChangeType, state: KnownState, pass: PassFacts): Outcome {
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
