import { spawn } from 'node:child_process';
import { open, readFile, readlink, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../kernel/errors.ts';
import type { Account } from './account.ts';
import { program, type Binaries } from './binaries.ts';
import { isAlive } from './cluster.ts';
import { complaintOf, runProgram, spawnOptions } from './run-program.ts';

/** What a running server wrote into postmaster.pid (PostgreSQL 18, src/include/utils/pidfile.h). */
export interface PostmasterFile {
  pid: number;
  port: number;
  /** The directory of the socket, or the loopback address on Windows. */
  host: string;
  status: string;
}

/** Reads postmaster.pid; undefined when there is none, or only the beginning of one. */
export async function readPostmasterFile(clusterDir: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const [pid = '', , , port = '', socketDir = '', address = '', , status = ''] = text.split('\n');
  if (!/^\d+$/.test(pid)) return undefined;
  return { pid: Number(pid), port: Number(port), host: socketDir || address, status: status.trim() };
}

/** Whether `pid` is a server of this cluster, not a later process that was given the same number. */
export async function isPostmaster(pid: number, clusterDir: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return (await readPostmasterFile(clusterDir))?.pid === pid;
  return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === clusterDir;
}

/** The cluster's server, if one runs. */
export async function findLive(clusterDir: string): Promise<PostmasterFile | undefined> {
  const file = await readPostmasterFile(clusterDir);
  return file !== undefined && (await isPostmaster(file.pid, clusterDir)) ? file : undefined;
}

export interface PostmasterOptions {
  binaries: Binaries;
  account: Account | undefined;
  clusterDir: string;
  /** The directory of the socket, or the loopback address on Windows. */
  host: string;
  port: number;
  settings: Record<string, string | number>;
  /** The process id in postmaster.pid of a server that is dead; it may be another process's by now. */
  stalePid: number | undefined;
}

const IS_WINDOWS = process.platform === 'win32';
const LOG_LIMIT_BYTES = 10_000_000;

/**
 * Starts the server in its own process group, so that a Ctrl-C meant for us does not stop it before we are done, and
 * waits until it takes connections.
 * Throws `Fault('unavailable')` with what the server complained about.
 */
export async function startPostmaster(options: PostmasterOptions): Promise<void> {
  const { binaries, account, clusterDir, stalePid } = options;
  const logPath = join(dirname(clusterDir), 'postgres.log');
  const isLong = await stat(logPath).then(
    ({ size }) => size > LOG_LIMIT_BYTES,
    () => false,
  );
  const logFile = await open(logPath, isLong ? 'w' : 'a', 0o600);
  try {
    const { size: logStart } = await logFile.stat();
    const base = spawnOptions(account, clusterDir);
    const args = settingArguments(options);
    const [path, all] = IS_WINDOWS
      ? // An administrator's server must shed rights first, which pg_ctl does.
        [program(binaries, 'pg_ctl'), ['start', '-D', clusterDir, '-o', args.join(' ')]]
      : [program(binaries, 'postgres'), ['-D', clusterDir, ...args]];
    const child = spawn(path, all, {
      ...base,
      // The server takes this process id in postmaster.pid for a dead server's, as it does with its parent's.
      ...(stalePid === undefined || IS_WINDOWS
        ? {}
        : { env: { ...base.env, PG_GRANDPARENT_PID: String(stalePid) } }),
      detached: true,
      stdio: ['ignore', logFile.fd, logFile.fd],
    });
    const end: { how?: string } = {};
    child.on('error', (error) => (end.how = error.message));
    child.on('exit', (status, signal) => (end.how ??= `it ended with ${status ?? signal}`));
    child.unref();
    while (end.how === undefined) {
      const file = await readPostmasterFile(clusterDir);
      if ((IS_WINDOWS || file?.pid === child.pid) && file?.status === 'ready') return;
      await sleep(10);
    }
    const complaint = complaintOf((await readFile(logPath)).subarray(logStart).toString('utf8'));
    throw new Fault('unavailable', `PostgreSQL does not start in ${clusterDir}: ${complaint || end.how}`);
  } finally {
    await logFile.close();
  }
}

function settingArguments(options: PostmasterOptions): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: IS_WINDOWS ? options.host : '',
    // Quoted, because the setting is a list and the path may hold a comma.
    unix_socket_directories: IS_WINDOWS ? '' : `"${options.host}"`,
    port: options.port,
    timezone: 'UTC',
    // One server, no replicas: less to write.
    wal_level: 'minimal',
    max_wal_senders: 0,
    // The statements that clients hear about anyway stay out of the log file.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    ...options.settings,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

const FAST_STOP_MS = 30_000;

/** Stops a server: clients are cut off, everything is written; if that takes too long it recovers at its next start. */
export async function stopPostmaster(options: {
  binaries: Binaries;
  clusterDir: string;
  pid: number;
}): Promise<void> {
  const { binaries, clusterDir, pid } = options;
  if (IS_WINDOWS) {
    const args = ['stop', '-D', clusterDir, '-m', 'fast'];
    await runProgram(program(binaries, 'pg_ctl'), args, { account: undefined, cwd: clusterDir });
    return;
  }
  for (const [signal, patienceMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 1_000],
  ] as const) {
    if (!(await isPostmaster(pid, clusterDir))) return;
    process.kill(pid, signal);
    const until = performance.now() + patienceMs;
    while (performance.now() < until) {
      if (!(await isPostmaster(pid, clusterDir))) return;
      await sleep(10);
    }
  }
}
