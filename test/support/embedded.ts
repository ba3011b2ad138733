import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Connection } from '../../src/database/connection.ts';
import { isPostmaster, readPostmasterFile } from '../../src/database/embedded/postmaster.ts';
import {
  startEmbedded,
  type Embedded,
  type EmbeddedOptions,
} from '../../src/database/embedded/start-embedded.ts';
import { createDatabase } from '../../src/database/pool.ts';
import { createSilentLog } from '../../src/kernel/log.ts';
import { testServerBase } from './postgres-server.ts';

const OWNER = fileURLToPath(new URL('embedded-owner.ts', import.meta.url));
const log = createSilentLog();

/** A process that owns an embedded PostgreSQL, or was refused. */
export interface Owner {
  child: ChildProcess;
  connection?: Connection & { host: string };
  error?: string;
}

/** Where the tests of one file have their data directories, and how they start servers there. */
export interface EmbeddedTests {
  /** A path in the file's own directory, which PostgreSQL's user can enter. */
  path(name: string): string;
  /** The directory for what PostgreSQL's user cannot reach. */
  elsewhere(): string;
  /** Starts a server in this process. */
  start(options: Partial<EmbeddedOptions> & { dataDir: string }): Promise<Embedded>;
  /** The same, stopped at the end of the test. */
  startFor(
    t: { after(fn: () => Promise<void>): void },
    options: Partial<EmbeddedOptions> & { dataDir: string },
  ): Promise<Embedded>;
  /**
   * Starts a server in a process of its own, which leads its process group; as root it can become another user first.
   * `under` is a command that runs the rest of its arguments, such as one that sets limits.
   */
  startOwner(
    order: { dataDir: string; uid?: number; gid?: number },
    under?: readonly string[],
  ): Promise<Owner>;
}

/** To be called once at the top of a test file: makes and removes its directory. */
export function embeddedTests(): EmbeddedTests {
  let home = '';
  before(async () => {
    home = await mkdtemp(join(await testServerBase(), 'tidings-embedded-'));
    await chmod(home, 0o711);
  });
  after(() => rm(home, { recursive: true, force: true }));

  const elsewhere = () => join(home, 'elsewhere');
  const start: EmbeddedTests['start'] = (options) =>
    startEmbedded({ elsewhere: elsewhere(), durable: false, log, ...options });
  return {
    path: (name) => join(home, name),
    elsewhere,
    start,
    startFor: async (t, options) => {
      const server = await start(options);
      t.after(() => server.stop());
      return server;
    },
    startOwner: async (order, under = []) => {
      const own = [process.execPath, OWNER, JSON.stringify({ elsewhere: elsewhere(), ...order })];
      const [command, ...args] = [...under, ...own];
      const child = spawn(command!, args, {
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
      return { child, ...(JSON.parse(line) as Omit<Owner, 'child'>) };
    },
  };
}

/** Sends a signal to an owner and waits for its end. */
export async function end(owner: Owner, signal: NodeJS.Signals): Promise<void> {
  const ended = once(owner.child, 'exit');
  owner.child.kill(signal);
  await ended;
}

/** Runs one statement on a connection of its own. */
export async function ask<Row extends object>(connection: Connection, text: string): Promise<Row[]> {
  const db = createDatabase({ connection, poolSize: 1, log });
  try {
    return await db.query<Row>(text);
  } finally {
    await db.close();
  }
}

/** The process id of a data directory's server, from its postmaster.pid. */
export async function serverPid(dataDir: string): Promise<number> {
  return (await readPostmasterFile(join(dataDir, 'pg')))!.pid;
}

export function isServing(pid: number, dataDir: string): Promise<boolean> {
  return isPostmaster(pid, join(dataDir, 'pg'));
}

/** The user id of the running server: whoever wrote its postmaster.pid. */
export async function runsAs(dataDir: string): Promise<number> {
  return (await stat(join(dataDir, 'pg', 'postmaster.pid'))).uid;
}
