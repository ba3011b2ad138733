import { spawn } from 'node:child_process';
import { lstat, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openClient } from '../../src/database/connection.ts';
import { messageOf } from '../../src/kernel/errors.ts';
import { testServerBase } from './postgres-server.ts';

/** In the keeper's directory: the server's URL while it runs, and the mark of whoever is starting it. */
export const SERVER_FILE = 'server-url';
export const START_FILE = 'starting';

/** The program that keeps a server for tests. */
export const KEEPER = fileURLToPath(new URL('postgres-keeper.ts', import.meta.url));

const START_LIMIT_MS = 60_000;
const STALE_START_MS = 15_000;

/** The URL of the PostgreSQL that test files run on their own share on this machine; starts its keeper when needed. */
export async function findSharedServer(): Promise<string> {
  const dataDir = join(await testServerBase(), `tidings-test-postgres-${userInfo().uid}`);
  const until = performance.now() + START_LIMIT_MS;
  for (;;) {
    await mkdir(dataDir, { recursive: true, mode: 0o711 });
    if ((await lstat(dataDir)).uid !== userInfo().uid)
      throw new Error(`${dataDir} belongs to somebody else.`);
    const url = await readFile(join(dataDir, SERVER_FILE), 'utf8').catch(() => undefined);
    const failure = url === undefined ? 'it was not started' : await knock(url);
    if (url !== undefined && failure === undefined) return url;
    if (performance.now() > until)
      throw new Error(`No PostgreSQL for tests (${failure}); see ${dataDir}/keeper.log`);
    if (await mayStart(dataDir)) await startKeeper(dataDir);
    await sleep(50);
  }
}

async function knock(url: string): Promise<string | undefined> {
  try {
    const client = await openClient({ url }, { applicationName: 'tests', statementTimeoutMs: 0 });
    await client.end();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** One of the processes that find no server starts it; a mark left by one that died is taken away. */
async function mayStart(dataDir: string): Promise<boolean> {
  const mark = join(dataDir, START_FILE);
  const age = await stat(mark).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  if (age > STALE_START_MS) await rm(mark, { force: true });
  return open(mark, 'wx').then(
    async (file) => {
      await file.close();
      return true;
    },
    () => false,
  );
}

async function startKeeper(dataDir: string): Promise<void> {
  const log = await open(join(dataDir, 'keeper.log'), 'a');
  spawn(process.execPath, [KEEPER, dataDir, 'shared'], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  }).unref();
  await log.close();
}
