/* PostgreSQL as an installation has it: the embedded server with its own settings, on a disk, fsync on. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbedded, type Embedded } from '../../src/database/embedded/start-embedded.ts';
import { migrate } from '../../src/database/migrate.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createSilentLog, type Log } from '../../src/kernel/log.ts';

const MIGRATIONS = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** A directory for a bench run and an empty database in it. The caller stops the server, then removes the directory. */
export async function startServer(log: Log): Promise<{ root: string; embedded: Embedded }> {
  const root = await mkdtemp(join(tmpdir(), 'tidings-bench-'));
  // As root PostgreSQL runs as another user, which must be able to enter.
  await chmod(root, 0o711);
  const places = { dataDir: join(root, 'data'), elsewhere: join(root, 'elsewhere') };
  return { root, embedded: await startEmbedded({ ...places, log, settings: { max_connections: 150 } }) };
}

/** A database with the schema, for what a bench drives in its own process. `close` removes all of it. */
export async function openDatabase(): Promise<{ db: Database; close: () => Promise<void> }> {
  const log = createSilentLog();
  const { root, embedded } = await startServer(log);
  await migrate({ connection: embedded.connection, directory: MIGRATIONS, clock: systemClock, log });
  const db = createDatabase({ connection: embedded.connection, poolSize: 5, log, statementTimeoutMs: 0 });
  return {
    db,
    close: async () => {
      await db.close();
      await embedded.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}
