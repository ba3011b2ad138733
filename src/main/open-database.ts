import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/config.ts';
import type { Connection } from '../database/connection.ts';
import { startEmbedded } from '../database/embedded/start-embedded.ts';
import { migrate } from '../database/migrate.ts';
import { createDatabase } from '../database/pool.ts';
import type { Database } from '../database/pool.ts';
import { systemClock } from '../kernel/clock.ts';
import type { Closers } from '../kernel/closers.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

/** For what has connections beside the pool: migrating, listening, the owner's lock, a person with psql. */
const SPARE_CONNECTIONS = 20;

/** The configured database, or the private one of the data directory, with the schema of this release. */
export async function openDatabase({
  config,
  log,
  closers,
}: {
  config: Config;
  log: Log;
  closers: Closers;
}): Promise<{ db: Database; connection: Connection }> {
  const connection =
    config.databaseUrl === null ? await openEmbedded({ config, log, closers }) : { url: config.databaseUrl };
  try {
    // Its own clock until the database's can be asked: only what `migrations.applied_at` shows depends on it.
    await migrate({ connection, directory: MIGRATIONS, clock: systemClock, log });
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('unavailable', `The database cannot be used: ${reasonOf(error)}`, { cause: error });
  }
  const db = createDatabase({ connection, poolSize: config.databasePoolSize, log });
  closers.push('the database connections', () => db.close());
  return { db, connection };
}

async function openEmbedded({
  config,
  log,
  closers,
}: {
  config: Config;
  log: Log;
  closers: Closers;
}): Promise<Connection> {
  const embedded = await startEmbedded({
    dataDir: resolve(config.dataDir),
    log,
    settings: { max_connections: config.databasePoolSize + SPARE_CONNECTIONS },
  });
  closers.push('the embedded database', () => embedded.stop());
  return embedded.connection;
}

/** Of a host with several addresses Node throws an AggregateError without a text. */
function reasonOf(error: unknown): string {
  return messageOf(error) || String((error as NodeJS.ErrnoException).code);
}
