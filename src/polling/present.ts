import { isoMillis, isoSeconds } from '../kernel/clock.ts';
import type { BudgetLeft } from './budgets-left.ts';
import type { HeldRow } from './held-queries.ts';
import type { PollerRecordRow } from './resource-queries.ts';
import type { BudgetView, HeldDeletionView, PollerRecordView } from './schema.ts';

/** A resource's row as `GET /instances/event-poller-records` shows it. */
export function presentPollerRecord(row: PollerRecordRow): PollerRecordView {
  const isStopped = row.off !== null;
  const lastError = isStopped && row.off_reason !== null ? row.off_reason : row.last_error;
  return {
    id: row.id,
    instanceId: row.instance_id,
    objectType: row.name,
    lastPollDate: row.last_poll_at === null ? null : isoSeconds(row.last_poll_at),
    nextPollDate: isStopped ? null : isoSeconds(row.next_poll_at),
    status: isStopped ? 'stopped' : row.status,
    consecutiveFailures: row.failures,
    ...(lastError === null ? {} : { lastError }),
    warnings: [...row.warnings, ...heldWarnings(row)],
    polls: row.polls.map(({ at, ...figures }) => ({ date: isoMillis(at), ...figures })),
    ...(row.reconcile_minutes === null
      ? {}
      : {
          reconcile: {
            intervalMinutes: row.reconcile_minutes,
            lastDate: row.reconciled_at === null ? null : isoSeconds(row.reconciled_at),
            nextDate: isStopped || row.reconcile_at === null ? null : isoSeconds(row.reconcile_at),
            ...(row.reconcile_note === null ? {} : { note: row.reconcile_note }),
          },
        }),
  };
}

/** A deletion on hold as `GET /instances/{id}/deletions` shows it. */
export function presentHeldDeletion(row: HeldRow): HeldDeletionView {
  return {
    objectType: row.object_type,
    objectId: row.record_id,
    heldDate: isoSeconds(row.held_at),
    status: row.is_released ? 'released' : 'held',
  };
}

/** An allowance as `GET /instances/{id}/polling/budgets` shows it. */
export function presentBudget({
  name,
  scope,
  counts,
  used,
  allowance,
  resetsAt,
  pausedUntil,
}: BudgetLeft): BudgetView {
  return {
    name,
    sharedBy: scope,
    counts,
    used: Math.ceil(used),
    allowance: Math.floor(allowance),
    resetsDate: resetsAt === null ? null : isoSeconds(resetsAt),
    ...(pausedUntil !== null && { pausedUntil: isoSeconds(pausedUntil) }),
  };
}

function heldWarnings({ held }: PollerRecordRow): string[] {
  return held === 0 ? [] : [`${held} deletions are on hold until a person releases or discards them`];
}
