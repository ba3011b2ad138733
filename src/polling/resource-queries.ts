import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';

export type PollerStatus = 'waiting' | 'ok' | 'failing' | 'paused';

export interface ResourceRow {
  id: number;
  instance_id: number;
  name: string;
  identity: string;
  enabled_at: EpochMs;
  is_vendor_time: boolean;
  baseline_from: EpochMs;
  is_baseline_done: boolean;
  id_list_complete: boolean;
  next_poll_at: EpochMs;
  last_poll_at: EpochMs | null;
  status: PollerStatus;
  failures: number;
  last_error: string | null;
  warnings: string[];
  /** When its next sweep is due; null: never. */
  reconcile_at: EpochMs | null;
  reconciled_at: EpochMs | null;
  reconcile_minutes: number | null;
  reconcile_share: number;
  reconcile_note: string | null;
  has_released: boolean;
  is_sweeping: boolean;
  /** Some of its deletions wait for a person. */
  has_held: boolean;
}

/** One poll of a resource, as it is kept for whoever looks. */
export interface PollFigures {
  at: EpochMs;
  records: number;
  events: number;
  durationMs: number;
  error?: string;
}

/** Polls kept of each resource. */
const POLLS_KEPT = 24;

const COLUMNS = `r.id, r.instance_id, r.name, r.identity, r.enabled_at, r.is_vendor_time, r.baseline_from,
  r.is_baseline_done, r.id_list_complete, r.next_poll_at, r.last_poll_at, r.status, r.failures, r.last_error,
  r.warnings, r.reconcile_at, r.reconciled_at, r.reconcile_minutes, r.reconcile_share, r.reconcile_note,
  r.has_released`;

export function readResources(db: Queryable, instanceId: number): Promise<ResourceRow[]> {
  return db.query<ResourceRow>(
    `select ${COLUMNS}, exists (select from sweeps s where s.resource_id = r.id) as is_sweeping,
       exists (select from held_deletions h where h.resource_id = r.id and not h.is_released) as has_held
     from polled_resources r where instance_id = $1 order by id`,
    [instanceId],
    { name: 'read-resources' },
  );
}

/** A resource that begins to be polled, with its baseline still to be read. */
export async function insertResource(
  tx: Queryable,
  resource: { instanceId: number; name: string; identity: string; enabledAt: EpochMs; baselineFrom: EpochMs },
): Promise<void> {
  await tx.execute(
    `insert into polled_resources (instance_id, name, identity, enabled_at, baseline_from, next_poll_at)
     values ($1, $2, $3, $4, $5, $4)`,
    [
      resource.instanceId,
      resource.name,
      resource.identity,
      toDate(resource.enabledAt),
      toDate(resource.baselineFrom),
    ],
  );
}

/** Resources no longer polled, with all that is known of their records. */
export async function deleteResources(tx: Queryable, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.execute('delete from swept_ids where resource_id = any($1::int4[])', [ids]);
  await tx.execute('delete from polled_resources where id = any($1::int4[])', [ids]);
}

/**
 * Starts the baselines of resources anew: what is known of their records stays, their cursors go. Ids that came
 * meanwhile are not known, so the list of ids has to be completed anew too.
 */
export async function restartBaselines(
  tx: Queryable,
  restart: { resourceIds: readonly number[]; enabledAt: EpochMs; baselineFrom: EpochMs },
): Promise<void> {
  await tx.execute(
    `with restarted as (
       update polled_resources set enabled_at = $2, baseline_from = $3, is_vendor_time = false,
         is_baseline_done = false, next_poll_at = $2, status = 'waiting', failures = 0, last_error = null,
         id_list_complete = false, reconcile_at = null, has_released = false
       where id = any($1::int4[]) returning id
     ), swept as (
       delete from sweeps s using restarted where s.resource_id = restarted.id
     ), held as (
       delete from held_deletions h using restarted where h.resource_id = restarted.id
     )
     update polled_feeds f set cursor_at = null, previous_started_at = null, pass_definition = null, pass_from = null,
       pass_started_at = null, pass_max_seen = null, pass_position = null
     from restarted where f.resource_id = restarted.id`,
    [restart.resourceIds, toDate(restart.enabledAt), toDate(restart.baselineFrom)],
  );
}

/** The start of polling in the vendor's own time, learnt from its first answer. */
export async function correctEnabledAt(
  tx: Queryable,
  resource: { id: number; enabledAt: EpochMs; baselineFrom: EpochMs },
): Promise<void> {
  await tx.execute(
    'update polled_resources set enabled_at = $2, baseline_from = $3, is_vendor_time = true where id = $1',
    [resource.id, toDate(resource.enabledAt), toDate(resource.baselineFrom)],
  );
}

export async function finishBaseline(tx: Queryable, id: number, idListComplete: boolean): Promise<void> {
  await tx.execute(
    'update polled_resources set is_baseline_done = true, id_list_complete = id_list_complete or $2 where id = $1',
    [id, idListComplete],
  );
}

/** The polls of a resource with one more (the parameter of that number): the oldest beyond those kept fall out. */
const withPoll = (parameter: number): string =>
  `polls = jsonb_path_query_array(polls || $${parameter}::jsonb, '$[last - ${POLLS_KEPT - 1} to last]')`;

/** How one resource's poll ended. */
export async function saveOutcome(
  tx: Queryable,
  outcome: {
    id: number;
    status: PollerStatus;
    failures: number;
    lastError: string | null;
    warnings: readonly string[];
    nextPollAt: EpochMs;
    /** Null when it was not read to the end. */
    lastPollAt: EpochMs | null;
    poll: PollFigures;
  },
): Promise<void> {
  await tx.execute(
    `update polled_resources set status = $2, failures = $3, last_error = $4, warnings = $5, next_poll_at = $6,
       last_poll_at = coalesce($7, last_poll_at), ${withPoll(8)} where id = $1`,
    [
      outcome.id,
      outcome.status,
      outcome.failures,
      outcome.lastError,
      outcome.warnings,
      toDate(outcome.nextPollAt),
      outcome.lastPollAt === null ? null : toDate(outcome.lastPollAt),
      JSON.stringify(outcome.poll),
    ],
  );
}

/** A poll that broke off: what it read stands, and its schedule stays as it was. */
export async function notePoll(db: Queryable, id: number, poll: PollFigures): Promise<void> {
  await db.execute(`update polled_resources set ${withPoll(2)} where id = $1`, [id, JSON.stringify(poll)]);
}

/** All resources are due then (a changed interval, polling switched on again). */
export async function rescheduleResources(
  tx: Queryable,
  instanceId: number,
  schedule: { at: EpochMs; resetFailures: boolean },
): Promise<void> {
  await tx.execute(
    `update polled_resources set next_poll_at = $2, failures = case when $3 then 0 else failures end
     where instance_id = $1 and is_baseline_done`,
    [instanceId, toDate(schedule.at), schedule.resetFailures],
  );
}

/** A sweep is due: deletions were lost. Where none is wanted the plan takes that back. */
export async function requestSweep(tx: Queryable, id: number, now: EpochMs): Promise<void> {
  await tx.execute(
    'update polled_resources set reconcile_at = least(reconcile_at, $2::timestamptz) where id = $1',
    [id, toDate(now)],
  );
}

/** When the next sweep of a resource is due, and what there is to say of the last one. */
export async function saveReconcile(
  tx: Queryable,
  reconcile: {
    id: number;
    at: EpochMs | null;
    minutes: number | null;
    /** Null when none ended just now. */
    reconciledAt: EpochMs | null;
    share: number;
    note: string | null;
  },
): Promise<void> {
  await tx.execute(
    `update polled_resources set reconcile_at = $2, reconcile_minutes = $3,
       reconciled_at = coalesce($4, reconciled_at), reconcile_share = $5, reconcile_note = $6 where id = $1`,
    [
      reconcile.id,
      reconcile.at === null ? null : toDate(reconcile.at),
      reconcile.minutes,
      reconcile.reconciledAt === null ? null : toDate(reconcile.reconciledAt),
      reconcile.share,
      reconcile.note,
    ],
  );
}

export interface PollerRecordRow extends Omit<ResourceRow, 'is_sweeping' | 'has_held'> {
  polls: PollFigures[];
  held: number;
  off: string | null;
  off_reason: string | null;
}

/** The resources of an instance with whether they are polled at all. */
export function listPollerRecords(db: Queryable, instanceId: number): Promise<PollerRecordRow[]> {
  return db.query<PollerRecordRow>(
    `select ${COLUMNS}, r.polls, p.off, p.off_reason,
       (select count(*) from held_deletions h where h.resource_id = r.id and not h.is_released) as held
     from polled_resources r join pollers p using (instance_id)
     where r.instance_id = $1 order by r.id`,
    [instanceId],
  );
}
