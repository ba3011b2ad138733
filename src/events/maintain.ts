import { setTimeout as sleep } from 'node:timers/promises';
import { Gauge, type Registry } from 'prom-client';
import type { Database, Queryable } from '../database/pool.ts';
import { isoMillis, toDate, type Clock, type EpochMs } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import {
  countExpiring,
  createPartition,
  dropEventsDay,
  dropPartition,
  dropUndelivered,
  listPartitions,
  lockMaintenance,
  PARTITIONED,
  type Partitioned,
} from './partition-queries.ts';
import { pruneWebhookKeys } from './record-queries.ts';

const DAY_MS = 24 * 3_600_000;
const DAYS_AHEAD = 3;
const EVERY_MS = 10 * 60_000;
const RETRY_MS = 30_000;
const WEBHOOK_KEYS_MS = 3 * DAY_MS;
const NOTICE_MS = 7 * DAY_MS;
const PRUNE_ROWS = 10_000;

export interface MaintainDependencies {
  db: Database;
  clock: Clock;
  log: Log;
  retentionDays: number;
  queueRetentionDays: number;
}

/** Partitions for the days to come, and the end of what is older than it may be kept. Any number of nodes may call. */
export async function maintainOnce(deps: MaintainDependencies): Promise<void> {
  const { db, clock, log, retentionDays, queueRetentionDays } = deps;
  const now = clock.now();
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  if (!(await db.transaction((tx) => createPartitions(tx, today)))) return;
  const oldest = now - retentionDays * DAY_MS;
  for (const table of PARTITIONED) await dropOld(deps, table, oldest);
  const undelivered = await dropUndelivered(db, now - Math.max(queueRetentionDays, retentionDays) * DAY_MS);
  if (undelivered > 0)
    log.error({ deliveries: undelivered }, 'deliveries were given up: nobody asked for them in time');
  while ((await pruneWebhookKeys(db, toDate(now - WEBHOOK_KEYS_MS), PRUNE_ROWS)) === PRUNE_ROWS);
}

/** False when another node is at it. */
async function createPartitions(tx: Queryable, today: EpochMs): Promise<boolean> {
  if (!(await lockMaintenance(tx))) return false;
  for (const table of PARTITIONED) {
    const names = new Set(await listPartitions(tx, table));
    if (table === 'events' && !names.has('events_kept')) {
      const first = Math.min(today, ...[...names].flatMap((name) => dayOf(table, name) ?? []));
      await createPartition(tx, { table, name: 'events_kept', from: null, until: first, isInUse: true });
    }
    for (let day = today; day <= today + DAYS_AHEAD * DAY_MS; day += DAY_MS) {
      const name = nameOf(table, day);
      if (names.has(name)) continue;
      await createPartition(tx, { table, name, from: day, until: day + DAY_MS, isInUse: day === today });
    }
  }
  return true;
}

/** One day a transaction, the oldest first. */
async function dropOld(
  { db, log }: MaintainDependencies,
  table: Partitioned,
  oldest: EpochMs,
): Promise<void> {
  for (;;) {
    const dropped = await db.transaction(async (tx) => {
      if (!(await lockMaintenance(tx))) return undefined;
      const [first] = (await listPartitions(tx, table))
        .flatMap((name) => ({ name, day: dayOf(table, name) }))
        .filter(
          (one): one is { name: string; day: number } => one.day !== undefined && one.day + DAY_MS <= oldest,
        )
        .sort((a, b) => a.day - b.day);
      if (first === undefined) return undefined;
      if (table === 'attempts') await dropPartition(tx, first.name);
      const kept =
        table === 'events' ? await dropEventsDay(tx, { name: first.name, until: first.day + DAY_MS }) : 0;
      return { day: isoMillis(first.day).slice(0, 10), kept };
    });
    if (dropped === undefined) return;
    log.info({ table, ...dropped }, 'a day beyond retention was dropped');
  }
}

/** Maintains at the start and every ten minutes after, until stopped; shows what will soon be given up. */
export function startMaintenance(deps: MaintainDependencies & { registry: Registry }): {
  stop(): Promise<void>;
} {
  const { db, clock, log, queueRetentionDays, registry } = deps;
  const stopping = new AbortController();
  const expiring = new Gauge({
    name: 'tidings_undelivered_expiring',
    help: 'Undelivered events that are given up within seven days.',
    registers: [registry],
  });
  const round = async (): Promise<void> => {
    await maintainOnce(deps);
    const count = await countExpiring(db, clock.now() - queueRetentionDays * DAY_MS + NOTICE_MS);
    expiring.set(count);
    if (count > 0) log.warn({ events: count }, 'undelivered events will be given up within seven days');
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const waitMs = await round().then(
        () => EVERY_MS,
        (error: unknown) => {
          log.warn({ reason: messageOf(error) }, 'maintaining the partitions failed; trying again');
          return RETRY_MS;
        },
      );
      await sleep(waitMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function nameOf(table: Partitioned, day: EpochMs): string {
  return `${table}_${isoMillis(day).slice(0, 10).replaceAll('-', '')}`;
}

/** The day of a partition's name; undefined for the default and the kept one. */
function dayOf(table: Partitioned, name: string): EpochMs | undefined {
  const digits = new RegExp(`^${table}_(\\d{4})(\\d{2})(\\d{2})$`).exec(name);
  return digits === null ? undefined : Date.UTC(Number(digits[1]), Number(digits[2]) - 1, Number(digits[3]));
}
