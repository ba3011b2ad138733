import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import type { Account } from './account.ts';
import { program, type Binaries } from './binaries.ts';
import { runProgram } from './run-program.ts';

/** The superuser of an embedded server; only those who can enter its socket's directory get to use it. */
export const SUPERUSER = 'postgres';

export interface ClusterOptions {
  binaries: Binaries;
  account: Account | undefined;
  /** What PostgreSQL calls a data directory. */
  clusterDir: string;
  /** False leaves out flushing to disk (tests). */
  durable: boolean;
  /** Required of connections; only where the server listens on TCP. */
  password: string | undefined;
  log: Log;
}

/**
 * Makes the cluster unless it is there, complete or not at all: initdb works in `<dir>.tmp-<pid>`, which is renamed.
 * Leftovers of processes that died meanwhile are removed. Of two processes at once one wins, both go on with its work.
 */
export async function ensureCluster(options: ClusterOptions): Promise<void> {
  const { binaries, clusterDir: dir, log } = options;
  await removeLeftovers(dir);
  if (await isDirectory(dir)) return checkVersion(binaries, dir);
  log.info({ dir }, 'setting up an embedded PostgreSQL');
  const draft = `${dir}.tmp-${process.pid}`;
  try {
    await initialize(options, draft);
    await rename(draft, dir);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await isDirectory(dir))) throw error;
    await checkVersion(binaries, dir);
  }
}

async function initialize(options: ClusterOptions, draft: string): Promise<void> {
  const { binaries, account, durable, password, clusterDir: dir } = options;
  await mkdir(draft, { mode: 0o700 });
  if (account !== undefined) await chown(draft, account.uid, account.gid);
  const passwordFile = `${draft}.password`;
  const auth =
    password === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  if (password !== undefined) await writeFile(passwordFile, password, { mode: 0o600 });
  const args = [
    '-D',
    draft,
    '-U',
    SUPERUSER,
    ...auth,
    '--no-instructions',
    // One order of text on every platform: bytes, with Unicode's letters and digits.
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    ...(durable ? [] : ['--no-sync']),
  ];
  const outcome = await runProgram(program(binaries, 'initdb'), args, { account, cwd: draft });
  await rm(passwordFile, { force: true });
  if (!outcome.ok) {
    throw new Fault('unavailable', `PostgreSQL could not be set up in ${dir}: ${outcome.complaint}`);
  }
}

/** A cluster of another major release needs its own programs; better one line here than PostgreSQL's. */
async function checkVersion(binaries: Binaries, dir: string): Promise<void> {
  const version = await readFile(join(dir, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new Fault('unavailable', `The embedded database in ${dir} cannot be read: ${messageOf(error)}`);
  });
  if (version.trim() === binaries.major) return;
  const found = /^\d+(\.\d+)?$/.test(version.trim())
    ? `is of PostgreSQL ${version.trim()}`
    : 'is damaged or not a PostgreSQL data directory (its PG_VERSION cannot be understood)';
  throw new Fault(
    'unavailable',
    `The embedded database in ${dir} ${found}; this release runs PostgreSQL ${binaries.major}. ` +
      'Move its data over with pg_dump of that release, restore a backup, or set another TIDINGS_DATA_DIR.',
  );
}

async function removeLeftovers(dir: string): Promise<void> {
  const prefix = `${dir}.tmp-`;
  const parent = dirname(dir);
  for (const entry of await readdir(parent)) {
    const path = join(parent, entry);
    if (!path.startsWith(prefix)) continue;
    const pid = Number.parseInt(path.slice(prefix.length), 10);
    if (pid === process.pid || !isAlive(pid)) await rm(path, { recursive: true, force: true });
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
