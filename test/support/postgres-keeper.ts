/*
 * The PostgreSQL of tests, kept by a process of its own so that it ends whatever becomes of those who use it.
 *
 *   node postgres-keeper.ts <directory> attached   for one test run: ends when its standard input does
 *   node postgres-keeper.ts <directory> shared     for test files run one by one: ends when unused for some minutes
 *
 * It says where the server is by one line on standard output and in the file `server-url` of the directory, and removes
 * the directory at its end.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../src/database/embedded/cluster.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { createSilentLog } from '../../src/kernel/log.ts';
import { serverUrl, startTestServer } from './postgres-server.ts';
import { SERVER_FILE, START_FILE } from './shared-server.ts';

const IDLE_LIMIT_MS = 5 * 60_000;
const CHECK_EVERY_MS = 5_000;

const [dataDir = '', mode] = process.argv.slice(2);
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());
if (mode === 'attached') process.stdin.on('close', () => stopping.abort()).resume();

const server = await startTestServer(dataDir);
const url = serverUrl(server, 'postgres');
await announce();
await (mode === 'attached' ? untilStopped() : untilUnused());
await server.stop();
await rm(dataDir, { recursive: true, force: true });
process.exit();

/** The file is written whole or not at all, so that a reader never sees half an address. */
async function announce(): Promise<void> {
  const file = join(dataDir, SERVER_FILE);
  await writeFile(`${file}.new`, url);
  await rename(`${file}.new`, file);
  await rm(join(dataDir, START_FILE), { force: true });
  process.stdout.write(`${url}\n`);
}

async function untilStopped(): Promise<void> {
  while (!stopping.signal.aborted) {
    await sleep(CHECK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
  }
}

async function untilUnused(): Promise<void> {
  const db = createDatabase({ connection: server.connection, poolSize: 1, log: createSilentLog() });
  let usedAt = performance.now();
  while (!stopping.signal.aborted && performance.now() - usedAt < IDLE_LIMIT_MS) {
    await sleep(CHECK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
    await dropAbandoned(db).catch(() => {});
    if (await isUsed(db).catch(() => true)) usedAt = performance.now();
  }
  await db.close();
}

async function isUsed(db: Database): Promise<boolean> {
  const found = await db.query<{ used: boolean }>(
    `select count(*) > 0 as used from pg_stat_activity
     where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name not like 'tidings owner %'`,
  );
  return found[0]!.used;
}

/** Databases of test processes that were killed before they dropped them; the name holds the process id. */
async function dropAbandoned(db: Database): Promise<void> {
  const found = await db.query<{ name: string }>(
    "select datname as name from pg_database where datname ~ '^test_[0-9]+_'",
  );
  for (const { name } of found) {
    if (!isAlive(Number(name.split('_')[1])))
      await db.execute(`drop database if exists "${name}" with (force)`);
  }
}
