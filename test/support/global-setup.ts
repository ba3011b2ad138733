import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Embedded } from '../../src/database/embedded/start-embedded.ts';
import { serverUrl, startTestServer, TEST_SERVER_VARIABLE, testServerBase } from './postgres-server.ts';

let server: Embedded | undefined;
let dataDir: string | undefined;

/** Starts one PostgreSQL for the whole run; the test processes inherit its address. Called by `--test-global-setup`. */
export async function globalSetup(): Promise<void> {
  dataDir = await mkdtemp(join(await testServerBase(), 'tidings-tests-'));
  // As root, PostgreSQL's own user has to get in.
  await chmod(dataDir, 0o711);
  server = await startTestServer(dataDir);
  process.env[TEST_SERVER_VARIABLE] = serverUrl(server, 'postgres');
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
  if (dataDir !== undefined) await rm(dataDir, { recursive: true });
}
