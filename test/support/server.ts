import { readConfig } from '../../src/config/config.ts';
import type { Database } from '../../src/database/pool.ts';
import { createManualClock, type Clock, type ManualClock } from '../../src/kernel/clock.ts';
import { randomSecret } from '../../src/kernel/ids.ts';
import { createLog } from '../../src/kernel/log.ts';
import { start } from '../../src/main.ts';
import { createTestDatabase } from './database.ts';

export interface TestServerOptions<C extends Clock = ManualClock> {
  /** Further `TIDINGS_*` variables, over those of a test server. */
  env?: Record<string, string>;
  /** A clock that stands still at 2026-11-21T09:15:00Z unless given. */
  clock?: C;
  /** The URL of a database to share with another test server, which then drops it. */
  databaseUrl?: string;
}

export interface TestServer<C extends Clock = ManualClock> {
  /** Of the server, without the API's base path. */
  url: string;
  userSecret: string;
  organizationSecret: string;
  email: string;
  password: string;
  /** The Authorization header of the first user, who manages the organization. */
  authorization: string;
  db: Database;
  databaseUrl: string;
  clock: C;
  /** Sends a request to the API (`path` after the base path), as the first user unless told otherwise. */
  call: <T = unknown>(method: string, path: string, options?: CallOptions) => Promise<Answer<T>>;
  close: () => Promise<void>;
}

export interface CallOptions {
  body?: unknown;
  /** An instance's token, added to the credentials. */
  token?: string;
  /** Replaces the credentials; null sends none. */
  authorization?: string | null;
  headers?: Record<string, string>;
}

export interface Answer<T> {
  status: number;
  headers: Headers;
  /** Parsed when it is JSON, undefined when empty. */
  body: T;
}

const PASSWORD = 'a-test-password';
const EMAIL = 'admin@example.com';

/** Everything composed as `main` does it, in this process, on a database of its own and a free port. */
export async function startTestServer<C extends Clock = ManualClock>(
  options: TestServerOptions<C> = {},
): Promise<TestServer<C>> {
  const database = options.databaseUrl === undefined ? await createTestDatabase() : undefined;
  const databaseUrl = options.databaseUrl ?? database!.url;
  const clock = options.clock ?? (createManualClock(Date.UTC(2026, 10, 21, 9, 15)) as Clock as C);
  const config = readConfig(
    {
      TIDINGS_PORT: '0',
      TIDINGS_DATABASE_URL: databaseUrl,
      TIDINGS_DATABASE_POOL_SIZE: '5',
      TIDINGS_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      TIDINGS_ADMIN_EMAIL: EMAIL,
      TIDINGS_ADMIN_PASSWORD: PASSWORD,
      TIDINGS_USER_SECRET: randomSecret(),
      TIDINGS_ORGANIZATION_SECRET: randomSecret(),
      TIDINGS_ALLOW_PRIVATE_NETWORKS: 'true',
      TIDINGS_LOG_LEVEL: 'silent',
      ...options.env,
    },
    () => {
      throw new Error('a test server reads no files');
    },
  );
  const log = createLog(config.logLevel);
  const running = await start(config, { log, clock, announce: () => {} }).catch(async (error: unknown) => {
    await database?.drop();
    throw error;
  });
  const userSecret = config.userSecret!;
  const organizationSecret = config.organizationSecret!;
  const authorization = `User ${userSecret}, Organization ${organizationSecret}`;
  return {
    url: running.url,
    userSecret,
    organizationSecret,
    email: config.adminEmail,
    password: config.adminPassword!,
    authorization,
    db: running.db,
    databaseUrl,
    clock,
    call: (method, path, call = {}) => send(running.url, authorization, method, path, call),
    close: async () => {
      await running.close();
      await database?.drop();
    },
  };
}

async function send<T>(
  url: string,
  own: string,
  method: string,
  path: string,
  { body, token, authorization = own, headers = {} }: CallOptions,
): Promise<Answer<T>> {
  const credentials = [authorization, token === undefined ? null : `Element ${token}`]
    .filter((part) => part !== null)
    .join(', ');
  const answer = await fetch(`${url}/elements/api-v2${path}`, {
    method,
    headers: {
      ...(credentials === '' ? {} : { authorization: credentials }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true;
  const parsed: unknown = text === '' ? undefined : isJson ? JSON.parse(text) : text;
  return { status: answer.status, headers: answer.headers, body: parsed as T };
}
