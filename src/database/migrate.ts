import pg from 'pg';
import { toDate, type Clock } from '../kernel/clock.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { openClient, type Connection } from './connection.ts';
import { readMigrations, type Migration } from './migration-files.ts';

export interface MigrateOptions {
  connection: Connection;
  /** The directory of the `NNNN-name.sql` files. */
  directory: string;
  clock: Clock;
  log: Log;
}

/** The key of the advisory lock that lets one process migrate at a time ("migrate" in ASCII). */
const MIGRATION_LOCK = 0x6d_69_67_72_61_74_65n;
const OLDEST_SERVER = 150_000;
/** A statement that waits longer for a table in use fails, so that it does not hold up everybody behind it. */
const LOCK_TIMEOUT = '10s';

/**
 * Brings the schema up to this release: every migration that is not applied yet, each in its own transaction. Any
 * number of processes may call this at once; one works, the others wait. Throws a Fault, and changes nothing, when
 * the schema is newer than this release, a landed migration was edited, or the server is too old.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const { connection, directory, log } = options;
  const migrations = await readMigrations(directory);
  const client = await openClient(connection, { applicationName: 'tidings migrate', statementTimeoutMs: 0 });
  try {
    await assertServer(client);
    const free = await client.query<{ ok: boolean }>('select pg_try_advisory_lock($1) as ok', [
      MIGRATION_LOCK,
    ]);
    if (free.rows[0]?.ok !== true) {
      log.info('waiting for another process that migrates the database');
      await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    }
    await client.query(
      `create table if not exists migrations (
         number int primary key, file text not null, checksum text not null, applied_at timestamptz not null)`,
    );
    for (const migration of await findPending(client, migrations)) await apply(client, migration, options);
  } finally {
    await client.end();
  }
}

async function assertServer(client: pg.Client): Promise<void> {
  const found = await client.query<{ version: number; release: string; encoding: string }>(
    `select current_setting('server_version_num')::int as version, current_setting('server_version') as release,
            current_setting('server_encoding') as encoding`,
  );
  const { version, release, encoding } = found.rows[0]!;
  if (version < OLDEST_SERVER) {
    throw new Fault('unavailable', `The database server is PostgreSQL ${release}; 15 or newer is needed.`);
  }
  if (encoding !== 'UTF8') {
    throw new Fault('unavailable', `The database is encoded in ${encoding}; create one with encoding UTF8.`);
  }
}

async function findPending(client: pg.Client, migrations: Migration[]): Promise<Migration[]> {
  const applied = await client.query<{ number: number; file: string; checksum: string }>(
    'select number, file, checksum from migrations order by number',
  );
  const ours = new Map(migrations.map((migration) => [migration.number, migration]));
  for (const { number, file, checksum } of applied.rows) {
    const migration = ours.get(number);
    if (migration === undefined) {
      throw new Fault(
        'conflict',
        `The database's schema is newer than this release, which does not know the migration ${file}. ` +
          'Start the newer release.',
      );
    }
    if (migration.checksum !== checksum || migration.file !== file) {
      throw new Fault(
        'conflict',
        `The migration ${migration.file} was edited after it was applied${migration.file === file ? '' : ` as ${file}`}. ` +
          'Restore it and put the change into a new one.',
      );
    }
  }
  const last = applied.rows.at(-1);
  const pending = migrations.filter(({ number }) => !applied.rows.some((row) => row.number === number));
  const late = pending.find(({ number }) => last !== undefined && number < last.number);
  if (late !== undefined) {
    throw new Fault(
      'conflict',
      `The migration ${late.file} comes after ${last!.file}, which is applied already: give it a higher number.`,
    );
  }
  return pending;
}

async function apply(client: pg.Client, migration: Migration, options: MigrateOptions): Promise<void> {
  const { clock, log } = options;
  const { number, file, sql, checksum } = migration;
  await client.query(`begin; set local lock_timeout = '${LOCK_TIMEOUT}'`);
  try {
    await client.query(sql);
    await client.query(
      'insert into migrations (number, file, checksum, applied_at) values ($1, $2, $3, $4)',
      [number, file, checksum, toDate(clock.now())],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw new Fault('unavailable', `The migration ${file} failed${lineOf(error, sql)}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  log.info({ migration: file }, 'migrated the database');
}

function lineOf(error: unknown, sql: string): string {
  const position = error instanceof pg.DatabaseError ? Number(error.position) : Number.NaN;
  return Number.isNaN(position) ? '' : ` in line ${sql.slice(0, position).split('\n').length}`;
}
