import type { Queryable } from '../database/pool.ts';
import { toDate, type EpochMs } from '../kernel/clock.ts';
import { uuidv7Floor } from '../kernel/ids.ts';

/** The tables that are partitioned by day. */
export const PARTITIONED = ['events', 'attempts'] as const;
export type Partitioned = (typeof PARTITIONED)[number];

/** Whether this transaction is the one that maintains partitions; until its end. ("partitio" in ASCII.) */
export async function lockMaintenance(tx: Queryable): Promise<boolean> {
  const rows = await tx.query<{ ok: boolean }>('select pg_try_advisory_xact_lock(8097873659150886255) as ok');
  // Rather try again later than hold up those who record.
  await tx.execute(`set local lock_timeout = '5s'`);
  return rows[0]!.ok;
}

/** The partitions of a table, by name: `events_20261121`, `events_kept`, `events_default`. */
export async function listPartitions(db: Queryable, table: Partitioned): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = $1::regclass order by c.relname`,
    [table],
  );
  return rows.map((row) => row.name);
}

/**
 * A partition for the ids or times from `from` until `until`; what fell into the default one moves into it. Where
 * rows of now go, writers must wait: one that was on its way to the default partition would be refused there.
 */
export async function createPartition(
  tx: Queryable,
  partition: { table: Partitioned; name: string; from: EpochMs | null; until: EpochMs; isInUse: boolean },
): Promise<void> {
  const { table, name } = partition;
  const column = COLUMN[table];
  const until = boundOf(table, partition.until);
  const from = partition.from === null ? 'minvalue' : boundOf(table, partition.from);
  const isInside = `${column} < ${until}${partition.from === null ? '' : ` and ${column} >= ${from}`}`;
  if (partition.isInUse) await tx.execute(`lock table ${table} in access exclusive mode`);
  await tx.execute(`create table ${name} (like ${table} including defaults including constraints)`);
  await tx.execute(
    `with moved as (delete from ${table}_default where ${isInside} returning *) insert into ${name} select * from moved`,
  );
  await tx.execute(`alter table ${table} attach partition ${name} for values from (${from}) to (${until})`);
}

export async function dropPartition(tx: Queryable, name: string): Promise<void> {
  await tx.execute(`drop table ${name}`);
}

/**
 * Drops a day of events after moving those still in the outbox to `events_kept`, the partition of everything older
 * than `until`: it grows by the day that goes, so that every statement on `events` goes on seeing them.
 */
export async function dropEventsDay(tx: Queryable, day: { name: string; until: EpochMs }): Promise<number> {
  await tx.execute('alter table events detach partition events_kept');
  await tx.execute(`alter table events detach partition ${day.name}`);
  const kept = await tx.execute(
    `insert into events_kept select e.* from ${day.name} e where e.id in (select id from outbox where id < ${boundOf('events', day.until)})`,
  );
  await tx.execute(`drop table ${day.name}`);
  await tx.execute(
    `alter table events attach partition events_kept for values from (minvalue) to (${boundOf('events', day.until)})`,
  );
  return kept;
}

/** Gives up deliveries that arrived before `before`, and the events kept for them. */
export async function dropUndelivered(db: Queryable, before: EpochMs): Promise<number> {
  const floor = uuidv7Floor(before);
  await db.execute('delete from events_kept where id < $1::uuid', [floor]);
  return db.execute(
    'delete from outbox o where id < $1::uuid and not exists (select from events e where e.id = o.id)',
    [floor],
  );
}

/** Undelivered events that will be given up when `before` is reached. */
export async function countExpiring(db: Queryable, before: EpochMs): Promise<number> {
  const rows = await db.query<{ count: number }>(
    'select count(*) as count from events_kept e where id < $1::uuid and exists (select from outbox o where o.id = e.id)',
    [uuidv7Floor(before)],
  );
  return rows[0]!.count;
}

const COLUMN: Record<Partitioned, string> = { events: 'id', attempts: 'at' };

/** A bound as a literal: data definition takes no parameters. */
function boundOf(table: Partitioned, at: EpochMs): string {
  return table === 'events' ? `'${uuidv7Floor(at)}'::uuid` : `'${toDate(at).toISOString()}'::timestamptz`;
}
