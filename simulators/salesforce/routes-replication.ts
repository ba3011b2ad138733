import type { EpochMs } from '../core/clock.ts';
import type { Route, SimulatorRequest } from '../core/route.ts';
import { ApiFailure } from './errors.ts';
import { api, param } from './guarded.ts';
import type { ObjectType } from './object-types.ts';
import type { Org } from './org.ts';
import { needType } from './routes-sobjects.ts';
import { timeText, parseDateTime } from './time-format.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MAX_IDS = 600_000;
// How far back they reach (vendor page, 2026-11).
const UPDATED_DAYS = 30;
const DELETED_DAYS = 15;

/** `updated` and `deleted` of a type: what data replication reads. */
export function replicationRoutes(org: Org): Route[] {
  const { clock, store } = org;
  /** Pulled back to the oldest change that is made and not yet committed. */
  const latestCovered = (type: ObjectType, end: EpochMs): string => {
    const open = store.of(type.name).oldestOpenChange() ?? Infinity;
    return timeText(Math.min(end, Math.floor(clock.now() / 1000) * 1000, open));
  };
  return [
    api('GET', '/sobjects/:object/updated', (request) => {
      const type = replicated(org, request);
      const { start, end } = rangeOf(request, clock.now() - UPDATED_DAYS * DAY_MS);
      const ids = store
        .of(type.name)
        .sorted('updatedAt')
        .filter((one) => one.updatedAt >= start && one.updatedAt < end && one.deletedAt === null)
        .map(({ id }) => id);
      needFew(ids);
      return { status: 200, body: { ids, latestDateCovered: latestCovered(type, end) } };
    }),
    api('GET', '/sobjects/:object/deleted', (request) => {
      const type = replicated(org, request);
      const { start, end } = rangeOf(request, clock.now() - DELETED_DAYS * DAY_MS);
      const records = store.of(type.name);
      const deletions = records.deletions().filter(({ at }) => at >= start && at < end);
      needFew(deletions);
      return {
        status: 200,
        body: {
          deletedRecords: deletions.map(({ id, at }) => ({ id, deletedDate: timeText(at) })),
          earliestDateAvailable: timeText(records.earliestDeletion()),
          latestDateCovered: latestCovered(type, end),
        },
      };
    }),
  ];
}

function replicated(org: Org, request: SimulatorRequest): ObjectType {
  const type = needType(org, param(request, 'object'));
  if (type.replicateable) return type;
  throw new ApiFailure(400, 'INVALID_TYPE_FOR_OPERATION', `type ${type.name} is not replicateable`);
}

/** Seconds count for nothing, and a minute at least lies between start and end. */
function rangeOf(request: SimulatorRequest, earliest: EpochMs): { start: EpochMs; end: EpochMs } {
  const minute = (name: string): EpochMs => {
    const at = parseDateTime(request.query.get(name) ?? '');
    if (at === undefined) {
      throw new ApiFailure(
        400,
        'INVALID_REPLICATION_DATE',
        `${name} is missing or not an ISO 8601 date-time`,
      );
    }
    return Math.floor(at / MINUTE_MS) * MINUTE_MS;
  };
  const start = minute('start');
  const end = minute('end');
  if (end <= start) {
    throw new ApiFailure(400, 'INVALID_REPLICATION_DATE', 'startDate cannot be the same as or after endDate');
  }
  if (start < Math.floor(earliest / MINUTE_MS) * MINUTE_MS) {
    throw new ApiFailure(400, 'INVALID_REPLICATION_DATE', 'startDate is too long ago');
  }
  return { start, end };
}

function needFew(list: readonly unknown[]): void {
  if (list.length > MAX_IDS) {
    throw new ApiFailure(400, 'EXCEEDED_ID_LIMIT', 'too many ids: choose dates that are closer together');
  }
}
