import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const TIDINGS = fileURLToPath(new URL('../../bin/tidings.js', import.meta.url));

/** `tidings serve` as an operator sees it: its environment, what it prints, how it ends. */
export interface TidingsChild {
  child: ChildProcess;
  /** Everything on standard output so far. */
  out: () => string;
  /** Everything on standard error so far. */
  err: () => string;
  /** Resolves with its URL when it listens; throws when it ends before. */
  listening: () => Promise<string>;
  /** Resolves with exit code and signal. */
  exited: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
}

/** Starts it with exactly these variables, and `PATH`. */
export function spawnTidings(env: Record<string, string>): TidingsChild {
  const child = spawn(process.execPath, [TIDINGS, 'serve'], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    read.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    read.err += text;
  });
  const exited = once(child, 'close') as TidingsChild['exited'];
  return {
    child,
    out: () => read.out,
    err: () => read.err,
    exited,
    listening: async () => {
      for (;;) {
        const url = /"url":"(http:[^"]+)","publicUrl"/.exec(read.out)?.[1];
        if (url !== undefined) return url;
        if (child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`tidings ended before it listened: ${read.out}${read.err}`);
        }
        await sleep(20);
      }
    },
  };
}
