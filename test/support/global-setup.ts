import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { TEST_SERVER_VARIABLE, testServerBase } from './postgres-server.ts';
import { KEEPER } from './shared-server.ts';

let keeper: ChildProcessByStdio<Writable, Readable, null> | undefined;

/** Starts one PostgreSQL for the whole run; the test processes inherit its address. Called by `--test-global-setup`. */
export async function globalSetup(): Promise<void> {
  const dataDir = await mkdtemp(join(await testServerBase(), 'tidings-tests-'));
  // As root, PostgreSQL's own user has to get in.
  await chmod(dataDir, 0o711);
  // In its own process group: a Ctrl-C ends this process, and the end of its input then tells the keeper.
  keeper = spawn(process.execPath, [KEEPER, dataDir, 'attached'], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const failed = once(keeper, 'exit').then(() => {
    throw new Error('The PostgreSQL for the tests did not start.');
  });
  const [url] = (await Promise.race([once(createInterface(keeper.stdout), 'line'), failed])) as [string];
  failed.catch(() => {});
  process.env[TEST_SERVER_VARIABLE] = url;
}

export async function globalTeardown(): Promise<void> {
  if (keeper === undefined || keeper.exitCode !== null) return;
  const ended = once(keeper, 'exit');
  keeper.stdin.end();
  await ended;
}
