/* A real `tidings serve` in a process of its own, and its API. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const TIDINGS = fileURLToPath(new URL('../../bin/tidings.js', import.meta.url));
const API = '/elements/api-v2';
const SECRET = Buffer.alloc(32, 7).toString('base64');
const START_MS = 60_000;
const STOP_MS = 15_000;

export interface TidingsNode {
  url: string;
  port: number;
  pid: number;
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** One value of its `/metrics`; undefined when there is none of the name. */
  metric(name: string): Promise<number | undefined>;
  stop(): Promise<void>;
}

export interface TidingsNodeOptions {
  databaseUrl: string;
  /** Where its log goes, and what else it writes. */
  directory: string;
  /** `TIDINGS_ROLES`; all unless told. */
  roles?: string;
  /** Of more than one, as the log's name. */
  name?: string;
}

/** Starts it with the settings a new installation has, its log going into a file as under a service manager. */
export async function startTidings({
  databaseUrl,
  directory,
  roles,
  name = 'node',
}: TidingsNodeOptions): Promise<TidingsNode> {
  const logPath = join(directory, `${name}-${process.pid}-${Math.round(performance.now())}.log`);
  const log = openSync(logPath, 'a');
  const child = spawn(process.execPath, [TIDINGS, 'serve'], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      // To look into it: `--cpu-prof`, for one.
      ...(process.env['NODE_OPTIONS'] !== undefined && { NODE_OPTIONS: process.env['NODE_OPTIONS'] }),
      TIDINGS_PORT: '0',
      TIDINGS_DATABASE_URL: databaseUrl,
      TIDINGS_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
      TIDINGS_ADMIN_PASSWORD: 'a password',
      TIDINGS_USER_SECRET: SECRET,
      TIDINGS_ORGANIZATION_SECRET: SECRET,
      TIDINGS_ALLOW_PRIVATE_NETWORKS: 'true',
      ...(roles !== undefined && { TIDINGS_ROLES: roles }),
    },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const url = await readUrl(child, logPath);
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${url}${API}${path}`, {
      method,
      headers: {
        authorization: `User ${SECRET}, Organization ${SECRET}`,
        'content-type': 'application/json',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid!,
    call,
    metric: async (wanted) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const [, value] = new RegExp(`^${wanted}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text) ?? [];
      return value === undefined ? undefined : Number(value);
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const isLate = await Promise.race([ended.then(() => false), sleep(STOP_MS, true, { ref: false })]);
      if (!isLate) return;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function readUrl(child: ReturnType<typeof spawn>, logPath: string): Promise<string> {
  const until = performance.now() + START_MS;
  for (;;) {
    const text = readFileSync(logPath, 'utf8');
    const [, url] = /"url":"(http:[^"]+)","publicUrl"/.exec(text) ?? [];
    if (url !== undefined) return url;
    if (child.exitCode !== null || performance.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`tidings serve did not start: ${text.slice(-2000)}`);
    }
    await sleep(50);
  }
}

/** Where the vendors of an instance send its webhooks. */
export function webhookPath(instanceId: number): string {
  return `${API}/events/pipedrive/${Buffer.from(String(instanceId)).toString('base64url')}`;
}
