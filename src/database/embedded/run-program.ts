import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import type { Account } from './account.ts';

/** Whom a program runs as, where, and free of the PG… variables of our environment. */
export function spawnOptions(account: Account | undefined, cwd: string): SpawnOptions {
  return {
    cwd,
    windowsHide: true,
    ...(process.platform === 'win32' ? {} : { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } }),
    ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
  };
}

/** Runs a program to its end. `complaint` is the last of what it wrote on standard error when it failed. */
export async function runProgram(
  path: string,
  args: string[],
  options: { account: Account | undefined; cwd: string },
): Promise<{ ok: true } | { ok: false; complaint: string }> {
  const child = spawn(path, args, {
    ...spawnOptions(options.account, options.cwd),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4_000);
  });
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    return status === 0 ? { ok: true } : { ok: false, complaint: lastLines(errors) };
  } catch (error) {
    return { ok: false, complaint: (error as Error).message };
  }
}

/** The last lines of a program's output as one line, for an error message. */
export function lastLines(output: string): string {
  return output.trim().split('\n').slice(-3).join(' ').replace(/\s+/g, ' ').slice(-600);
}
