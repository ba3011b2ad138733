import { isoSeconds } from '../kernel/clock.ts';
import type { PollerRecordRow } from './resource-queries.ts';
import type { PollerRecordView } from './schema.ts';

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
    warnings: row.warnings,
  };
}
