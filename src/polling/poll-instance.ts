import { GiveUp, Reauthorize, RetryAt, UnreadableAnswer } from '../connectors/failures.ts';
import { setAttention } from '../instances/queries.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { Interrupted, underHold } from './page.ts';
import { nextSlot, slotAfterFailure } from './phase.ts';
import type { PolledResource } from './polled-resource.ts';
import type { Reconciled } from './reconcile.ts';
import { readResource, type ResourceReading } from './read-resource.ts';
import { isRefused, type Poll, type ReadDeps } from './resource-run.ts';
import {
  notePoll,
  readResources,
  saveOutcome,
  type PollerStatus,
  type PollFigures,
  type ResourceRow,
} from './resource-queries.ts';
import { disablePoller } from './schedule-queries.ts';
import { tracePoll } from './trace.ts';

/** So many failures of one resource in a row, and polling stops until a person acts. */
const MAX_FAILURES = 100;
const MAX_ERROR_LENGTH = 500;
/** Of each of the last polls; the whole error of the last one stands beside them. */
const MAX_NOTED_LENGTH = 200;

export interface PollInstanceDeps extends ReadDeps {
  log: Log;
}

/** How the poll of one resource went, as `POST /instances/{id}/poll` tells it. */
export interface Polled {
  objectType: string;
  records: number;
  events: number;
  error?: string;
  /** What its sweep found, when one was asked for. */
  reconcile?: Reconciled;
}

/** What a thrown error means for the schedule of its resource. */
type Failure =
  | { kind: 'failed'; why: string; notBefore: EpochMs }
  | { kind: 'paused'; why: string; until: EpochMs }
  | { kind: 'dead'; why: string };

/**
 * Polls the due resources of one instance (all of them when asked by hand), one after the other; the failure of one
 * does not keep the others from being read. `Interrupted` ends it early with nothing lost. `rows` are the resources as
 * they were before.
 */
export async function pollInstance(
  deps: PollInstanceDeps,
  poll: Poll,
  polled: readonly PolledResource[],
): Promise<{ outcomes: Polled[]; rows: ResourceRow[] }> {
  const rows = await readResources(deps.db, poll.instance.id);
  const outcomes: Polled[] = [];
  for (const one of polled) {
    const row = rows.find((candidate) => candidate.name === one.name);
    const isDue = row !== undefined && (poll.isManual || row.next_poll_at <= poll.startedAt);
    if (!isDue) continue;
    const { outcome, isDead } = await pollResource(deps, poll, one, row);
    outcomes.push(outcome);
    if (isDead) break;
  }
  return { outcomes, rows };
}

async function pollResource(
  deps: PollInstanceDeps,
  poll: Poll,
  polled: PolledResource,
  row: ResourceRow,
): Promise<{ outcome: Polled; isDead: boolean }> {
  const reading: ResourceReading = { records: 0, events: 0, warnings: [] };
  const at = deps.clock.now();
  const figures = (error: string | undefined): PollFigures => ({
    at,
    records: reading.records,
    events: reading.events,
    durationMs: Math.max(0, deps.clock.now() - at),
    ...(error !== undefined && { error: error.slice(0, MAX_NOTED_LENGTH) }),
  });
  let failure: Failure | undefined;
  try {
    const about = { instanceId: poll.instance.id, objectType: polled.name };
    await tracePoll(about, reading, () => readDiscovered(deps, poll, polled, row, reading));
  } catch (error) {
    if (isNobodysFailure(poll, error)) {
      // Where the database is what failed, that can't be noted either.
      await notePoll(deps.db, row.id, figures(`broken off: ${messageOf(error)}`)).catch(() => {});
      throw error;
    }
    failure = failureOf(deps, poll, polled, error);
  }
  await saveHow(deps, poll, { row, reading, failure, figures: figures(failure?.why) });
  const { records, events } = reading;
  const outcome = { objectType: polled.name, records, events, ...(failure && { error: failure.why }) };
  return { outcome, isDead: failure?.kind === 'dead' };
}

/** Reads a resource, and once more with a fresh discovery when the vendor refuses what was asked by a kept one. */
async function readDiscovered(
  deps: PollInstanceDeps,
  poll: Poll,
  polled: PolledResource,
  row: ResourceRow,
  reading: ResourceReading,
): Promise<void> {
  try {
    await readResource(deps, poll, polled, row, reading);
  } catch (error) {
    if (!isRefused(error) || polled.resource.discover === undefined) throw error;
    const present = (await readResources(deps.db, poll.instance.id)).find(({ id }) => id === row.id);
    if (present === undefined) throw error;
    await readResource(deps, poll, polled, present, reading);
  }
}

/** A stop, a lost lease, no database: it ends the poll of the whole instance and says nothing of the vendor. */
function isNobodysFailure(poll: Poll, error: unknown): boolean {
  if (error instanceof Interrupted || poll.signal.aborted) return true;
  return error instanceof Fault && (error.code === 'unavailable' || error.code === 'not_found');
}

function failureOf(deps: PollInstanceDeps, poll: Poll, polled: PolledResource, error: unknown): Failure {
  const why = messageOf(error).slice(0, MAX_ERROR_LENGTH);
  if (error instanceof Reauthorize) return { kind: 'dead', why: `re-authenticate: ${why}` };
  if (error instanceof RetryAt) {
    return error.quota
      ? { kind: 'paused', why, until: error.at }
      : { kind: 'failed', why, notBefore: error.at };
  }
  const isVendors = error instanceof GiveUp || error instanceof UnreadableAnswer;
  const about = { instanceId: poll.instance.id, objectType: polled.name };
  if (!isVendors) deps.log.error({ ...about, err: error }, 'a resource could not be polled');
  return { kind: 'failed', why, notBefore: 0 };
}

async function saveHow(
  deps: PollInstanceDeps,
  poll: Poll,
  how: { row: ResourceRow; reading: ResourceReading; failure: Failure | undefined; figures: PollFigures },
): Promise<void> {
  const { row, reading, failure, figures } = how;
  const { instance, settings, lease, startedAt } = poll;
  const now = deps.clock.now();
  const intervalMs = settings.refreshIntervalMinutes * 60_000;
  const failures = failure === undefined ? 0 : failure.kind === 'paused' ? row.failures : row.failures + 1;
  const isOver = failure?.kind === 'dead' || failures >= MAX_FAILURES;
  const why = failure?.why ?? '';
  const reason = failure?.kind === 'dead' ? why : `${row.name} failed ${failures} times in a row: ${why}`;
  const hold = { instanceId: instance.id, lease, configVersion: instance.configVersion };
  await underHold(deps, hold, async (tx) => {
    await saveOutcome(tx, {
      id: row.id,
      status: statusOf(failure),
      failures,
      lastError: failure?.why ?? null,
      warnings: reading.warnings,
      nextPollAt: nextPollAt({ failure, failures, instanceId: instance.id, intervalMs, now }),
      lastPollAt: failure === undefined ? startedAt : null,
      poll: figures,
    });
    if (isOver) await disablePoller(tx, { instanceId: instance.id, lease, reason, now });
  });
  if (!isOver) return;
  const kind = failure?.kind === 'dead' ? 'reauthorize' : 'polling_disabled';
  await setAttention(deps.db, instance.id, { kind, reason, at: now });
  deps.log.warn({ instanceId: instance.id, reason }, 'polling was disabled');
}

function statusOf(failure: Failure | undefined): PollerStatus {
  if (failure === undefined) return 'ok';
  return failure.kind === 'paused' ? 'paused' : 'failing';
}

function nextPollAt(given: {
  failure: Failure | undefined;
  failures: number;
  instanceId: number;
  intervalMs: number;
  now: EpochMs;
}): EpochMs {
  const { failure, failures, instanceId, intervalMs, now } = given;
  if (failure === undefined || failure.kind === 'dead') return nextSlot(instanceId, intervalMs, now);
  if (failure.kind === 'paused') return Math.max(failure.until, now);
  return Math.max(failure.notBefore, slotAfterFailure(instanceId, intervalMs, now, failures));
}
