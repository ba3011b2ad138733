/*
 * The PostgreSQL of test files run one by one (`node --test src/x/y.test.ts`): a process of its own that many such runs,
 * one after the other or at once, use; started by the first (shared-server.ts), it ends when unused for some minutes.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { createSilentLog } from '../../src/kernel/log.ts';
import { isAlive } from '../../src/database/embedded/cluster.ts';
import { serverUrl, startTestServer } from './postgres-server.ts';
import { SERVER_FILE, START_FILE } from './shared-server.ts';

const IDLE_LIMIT_MS = 5 * 60_000;
const CHECK_EVERY_MS = 5_000;

const dataDir = process.argv[2]!;
const server = await startTestServer(dataDir);
const db = createDatabase({ connection: server.connection, poolSize: 1, log: createSilentLog() });
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());

await announce();
await rm(join(dataDir, START_FILE), { force: true });
let usedAt = performance.now();
while (!stopping.signal.aborted && performance.now() - usedAt < IDLE_LIMIT_MS) {
  await sleep(CHECK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
  await dropAbandoned(db).catch(() => {});
  if (await isUsed(db)) usedAt = performance.now();
}
await db.close();
await server.stop();
await rm(dataDir, { recursive: true, force: true });

/** Written whole or not at all, so that a reader never sees half an address. */
async function announce(): Promise<void> {
  const file = join(dataDir, SERVER_FILE);
  await writeFile(`${file}.new`, serverUrl(server, 'postgres'));
  await rename(`${file}.new`, file);
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
  const found = await db.query<{ datname: string }>(
    "select datname from pg_database where datname like 'test_%'",
  );
  for (const { datname } of found) {
    const pid = Number(datname.split('_')[1]);
    if (!isAlive(pid)) await db.execute(`drop database if exists "${datname}" with (force)`);
  }
}
