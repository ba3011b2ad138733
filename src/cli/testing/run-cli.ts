import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const TIDINGS = fileURLToPath(new URL('../../../bin/tidings.js', import.meta.url));

/** What a command printed and how it ended. */
export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** A command that runs until it is stopped. */
export interface Going {
  /** Everything so far. */
  printed(): string;
  /** Resolves with everything printed so far once it matches; throws after 20 s. */
  until(pattern: RegExp): Promise<string>;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
}

/** The variables of somebody who works with that server. */
export function clientEnvironment(server: { userSecret: string; organizationSecret: string }) {
  return {
    TIDINGS_USER_SECRET: server.userSecret,
    TIDINGS_ORGANIZATION_SECRET: server.organizationSecret,
  };
}

function begin(args: readonly string[], env: Record<string, string>) {
  const { PATH } = process.env;
  return spawn(process.execPath, [TIDINGS, ...args], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** `tidings <args>` as a process of its own, to its end. */
export async function runCli(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = begin(args, env);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, out, err };
}

/** `tidings <args>` whose output nobody reads: the pipe is broken from the start. */
export async function runUnread(args: readonly string[], env: Record<string, string>): Promise<Ended> {
  const child = begin(args, env);
  child.stdout.destroy();
  const [err, [code]] = await Promise.all([
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, out: '', err };
}

/** `tidings <args>` as a process that goes on; its two outputs are read as one. */
export function startCli(args: readonly string[], env: Record<string, string> = {}): Going {
  const child = begin(args, env);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let seen = '';
  let check = (): void => {};
  const read = (chunk: Buffer): void => {
    seen += chunk.toString();
    check();
  };
  child.stdout.on('data', read);
  child.stderr.on('data', read);
  return {
    printed: () => seen,
    until: async (pattern) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${String(pattern)} in: ${seen}`)), 20_000);
        check = () => {
          if (!pattern.test(seen)) return;
          clearTimeout(timer);
          resolve(seen);
        };
        check();
      }),
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}
