import type { EpochMs } from '../kernel/clock.ts';
import type { KnownState } from './known-state.ts';
import { tick, type Confirmation, type DetectionSettings, type PassFacts } from './pass-facts.ts';
import type { SeenRow } from './seen-row.ts';
import { decide, decideConfirmed, type ChangeType } from './verdict.ts';

export interface DetectedEvent {
  type: ChangeType;
  /** The event's `date`. */
  date: EpochMs;
  row: SeenRow;
}

export interface Detection {
  /** In change order. */
  events: DetectedEvent[];
  /** States that are new or different: what must be written together with the events. */
  states: Map<string, KnownState>;
  /** The row behind each of `states`. */
  rows: Map<string, SeenRow>;
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

/**
 * Turns rows into events: every version that the vendor shows becomes one event, and none is invented. Pure: no
 * I/O, no clock. Rows met again give nothing, so pages may be read twice or shift, and passes may overlap.
 */
export function detect({ rows, known, pass, settings, confirmed }: DetectionInput): Detection {
  const detection: Detection = { events: [], states: new Map(), rows: new Map(), confirm: [], lateMs: [] };
  for (const row of inChangeOrder(rows)) {
    const before = detection.states.get(row.id) ?? known.get(row.id);
    const isIdWanted = pass.mode === 'listing' && before === undefined;
    if (!isIdWanted && isFiltered(row, pass, settings)) continue;
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
    if (verdict.state !== undefined) {
      detection.states.set(row.id, verdict.state);
      detection.rows.set(row.id, seen);
    }
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
