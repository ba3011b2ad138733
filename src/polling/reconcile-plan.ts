import type { Resource } from '../connectors/define-connector.ts';
import type { EventSettings } from '../instances/event-configuration.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { RECONCILE_SHARE } from './budget-window.ts';
import { nextSlot } from './phase.ts';
import type { ResourceRow } from './resource-queries.ts';

const DAY_MINUTES = 1440;
/** Unasked for, complete listings take this part of a day's allowance at most; larger ones come less often. */
const DEFAULT_SHARE = 0.1;

/**
 * How often a resource is swept; null: never. Unless set, daily where nothing shows deletions, weekly beside what
 * does, and not at all where the connector has no listing for it. A listing that costs much stretches the interval.
 */
export function reconcileMinutes(
  settings: Pick<EventSettings, 'reconcileIntervalMinutes'>,
  { polling }: Pick<Resource, 'polling'>,
  share: number,
): number | null {
  const asked = settings.reconcileIntervalMinutes;
  if (asked === 0 || polling === undefined) return null;
  if (asked === null && polling.sweep === undefined) return null;
  const wanted = asked ?? (polling.deletions === 'all' ? 7 * DAY_MINUTES : DAY_MINUTES);
  const affordable = Math.ceil((share / (asked === null ? DEFAULT_SHARE : RECONCILE_SHARE)) * DAY_MINUTES);
  return Math.max(wanted, affordable);
}

/** When the next sweep is due, given how often: the first one at once, unless every id is known already. */
export function nextReconcile(
  row: Pick<ResourceRow, 'instance_id' | 'reconciled_at' | 'id_list_complete' | 'reconcile_at'>,
  minutes: number,
  now: EpochMs,
): EpochMs {
  const intervalMs = minutes * 60_000;
  if (row.reconciled_at !== null) return row.reconciled_at + intervalMs;
  return row.id_list_complete ? nextSlot(row.instance_id, intervalMs, now) : now;
}
