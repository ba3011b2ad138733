import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const TIDINGS = fileURLToPath(new URL('../../bin/tidings.js', import.meta.url));

/** `tidings serve` as a process of its own, to be killed. */
export interface TidingsProcess {
  url: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export const PROCESS_SECRETS = {
  TIDINGS_USER_SECRET: Buffer.alloc(32, 2).toString('base64'),
  TIDINGS_ORGANIZATION_SECRET: Buffer.alloc(32, 3).toString('base64'),
};

/** The Authorization header of its first user. */
export const PROCESS_AUTHORIZATION = `User ${PROCESS_SECRETS.TIDINGS_USER_SECRET}, Organization ${PROCESS_SECRETS.TIDINGS_ORGANIZATION_SECRET}`;

/** Starts a server on an existing database; resolves when it listens. */
export async function startTidingsProcess(
  databaseUrl: string,
  env: Record<string, string> = {},
): Promise<TidingsProcess> {
  const child = spawn(process.execPath, [TIDINGS, 'serve'], {
    env: {
      PATH: process.env['PATH'],
      TIDINGS_PORT: '0',
      TIDINGS_DATABASE_URL: databaseUrl,
      TIDINGS_DATABASE_POOL_SIZE: '5',
      TIDINGS_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
      TIDINGS_ADMIN_PASSWORD: 'a-test-password',
      TIDINGS_ALLOW_PRIVATE_NETWORKS: 'true',
      ...PROCESS_SECRETS,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    const [code] = await exited;
    return code;
  };
  return {
    url: await listening(child),
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}

async function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      if (seen.length > 1_000_000) return;
      seen += chunk.toString();
      const url = /"url":"(http:[^"]+)","publicUrl"/.exec(seen)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.on('exit', () => reject(new Error(`tidings ended before it listened: ${seen}`)));
  });
}
