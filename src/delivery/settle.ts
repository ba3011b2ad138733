import type { EpochMs } from '../kernel/clock.ts';
import type { Settlement } from './outbox-queries.ts';
import type { Outgoing } from './outgoing.ts';
import { nextTryAt } from './retry-schedule.ts';
import type { TryResult } from './send.ts';

/** What a finished try means for its row, and whether the whole subscription must stop. */
export interface Verdict {
  settlement: Settlement;
  /** Why the subscription is deactivated by this try. */
  deactivate?: string;
}

/**
 * The failure policy: a success ends the row; `retry` tries again along the schedule and deactivates the
 * subscription when the tries have run out; `queue` keeps the row until asked for; 410 deactivates at once.
 */
export function judgeTry(
  row: Outgoing,
  result: TryResult,
  { lease, now, random }: { lease: string; now: EpochMs; random: number },
): Verdict {
  const attempt = row.attempt + 1;
  const firstFailedAt = row.firstFailedAt ?? result.at;
  const delivered = result.outcome === 'delivered';
  const settle = (dueAt: EpochMs | null): Settlement => ({
    laneId: row.laneId,
    id: row.id,
    instanceId: row.instanceId,
    lease,
    attempt,
    at: result.at,
    outcome: result.outcome,
    status: result.status,
    latencyMs: result.latencyMs,
    response: result.response,
    delivered,
    isOrdered: row.orderKey !== null,
    dueAt,
    firstFailedAt: delivered ? row.firstFailedAt : firstFailedAt,
  });
  if (delivered) return { settlement: settle(null) };
  if (result.outcome === 'gone') {
    return { settlement: settle(null), deactivate: 'The callback answered 410 Gone.' };
  }
  if (!row.retries) return { settlement: settle(null) };
  const next = nextTryAt({ attempt, firstFailedAt, now, retryAfter: result.retryAfter, random });
  if (next !== undefined) return { settlement: settle(next) };
  return {
    settlement: settle(null),
    deactivate: `Event ${row.id} could not be delivered in ${attempt} tries; the last one: ${describe(result)}.`,
  };
}

function describe(result: TryResult): string {
  return result.status === null ? result.response : `status ${result.status}`;
}
