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

/** Runs a program to its end. `complaint` is what it wrote on standard error when it failed. */
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
    errors = (errors + text).slice(-16_000);
  });
  try {
    const [status] = (await once(child, 'close')) as [number | null];
    return status === 0 ? { ok: true } : { ok: false, complaint: complaintOf(errors) };
  } catch (error) {
    return { ok: false, complaint: (error as Error).message };
  }
}

/**
 * What a program complained about, as one line for an error message: the lines that say so, without PostgreSQL's time
 * stamps, or its last ones.
 */
export function complaintOf(output: string): string {
  const lines = output
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\d{4}-\d\d-\d\d [\d:.]+ \w+ \[\d+\] /, '').trim());
  const telling = lines.filter((line) => /FATAL|PANIC|could not|invalid|error:/.test(line));
  const told = telling.length > 0 ? telling.slice(0, 2) : lines.slice(-3);
  return told.join(' ').replace(/\s+/g, ' ').slice(0, 600);
}
