import { createHash, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { openClient } from '../../src/database/connection.ts';
import { migrate } from '../../src/database/migrate.ts';
import { readMigrations } from '../../src/database/migration-files.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createSilentLog } from '../../src/kernel/log.ts';
import { TEST_SERVER_VARIABLE } from './postgres-server.ts';
import { findSharedServer } from './shared-server.ts';

export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../../migrations', import.meta.url));

export interface TestDatabase {
  db: Database;
  /** For a second pool, or as TIDINGS_DATABASE_URL of a process. */
  url: string;
  /** Closes `db` and removes the database, whoever else is connected. */
  drop: () => Promise<void>;
}

/**
 * A database of its own for a test file or a test, with all migrations applied: a copy of a template made once per state
 * of the migrations directory. `empty` is one without any table.
 */
export async function createTestDatabase(
  options: { empty?: boolean; poolSize?: number } = {},
): Promise<TestDatabase> {
  const server = process.env[TEST_SERVER_VARIABLE] ?? (await findSharedServer());
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await asAdmin(server, async (admin) => {
    const template = options.empty === true ? 'template0' : await ensureTemplate(server, admin);
    await admin.query(`create database ${name} template ${template} strategy file_copy`);
  });
  const url = databaseUrl(server, name);
  const db = createDatabase({ connection: { url }, poolSize: options.poolSize ?? 5, log: createSilentLog() });
  return {
    db,
    url,
    drop: async () => {
      await db.close();
      await asAdmin(server, (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

async function ensureTemplate(server: string, admin: pg.Client): Promise<string> {
  const hash = createHash('sha256');
  for (const { file, checksum } of await readMigrations(MIGRATIONS_DIRECTORY))
    hash.update(`${file} ${checksum}\n`);
  const template = `template_${hash.digest('hex').slice(0, 16)}`;
  if (await exists(admin, template)) return template;
  await admin.query('select pg_advisory_lock(hashtext($1))', [template]);
  try {
    if (await exists(admin, template)) return template;
    const draft = `${template}_draft`;
    await admin.query(`drop database if exists ${draft} with (force)`);
    await admin.query(`create database ${draft} template template0`);
    await migrate({
      connection: { url: databaseUrl(server, draft) },
      directory: MIGRATIONS_DIRECTORY,
      clock: systemClock,
      log: createSilentLog(),
    });
    await admin.query(`alter database ${draft} rename to ${template}`);
    return template;
  } finally {
    await admin.query('select pg_advisory_unlock(hashtext($1))', [template]);
  }
}

async function exists(admin: pg.Client, name: string): Promise<boolean> {
  return (await admin.query('select 1 from pg_database where datname = $1', [name])).rowCount === 1;
}

async function asAdmin<T>(server: string, use: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = await openClient({ url: server }, { applicationName: 'tests', statementTimeoutMs: 0 });
  try {
    return await use(admin);
  } finally {
    await admin.end();
  }
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
