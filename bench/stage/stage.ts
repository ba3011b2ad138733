/* Starts and stops what a bench run needs: PostgreSQL with fsync on, the world, nodes of Tidings, what they are held against. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { createLog } from '../../src/kernel/log.ts';
import { startServer } from './database.ts';
import { createInstances } from './instances.ts';
import type { LoadOrder, LoadResult, Sample, WorldPlaces, WorldRequest } from './load.ts';
import { parentOf } from './processes.ts';
import { startTidings, webhookPath, type TidingsNode, type TidingsNodeOptions } from './tidings-node.ts';

/** Where the server is, as the embedded one gives it. */
export interface Login {
  host: string;
  port: number;
  user: string;
  password?: string;
}

export interface Stage {
  /** A directory that goes with the stage. */
  directory: string;
  login: Login;
  db: Database;
  postgresPid: number;
  worldPid: number;
  places: WorldPlaces;
  /** Where the webhooks of each instance go. */
  paths: string[];
  /** Starts a node on the stage's database. */
  tidings(options?: Pick<TidingsNodeOptions, 'roles' | 'name'>): Promise<TidingsNode>;
  /** Runs a file of the bench as a process of its own and hands it `order`; what it answers. */
  child(file: URL, order: object): Promise<{ answer: unknown; pid: number; stop: () => void }>;
  load(order: Partial<LoadOrder> & { ports: number[] }): Promise<LoadResult>;
  /** What came since the last sample, of the load that runs. */
  sample(): Promise<Sample>;
  /** Nothing is open, no breaker, no row: as if nothing had been sent yet. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** What a load is unless told otherwise. */
const LOAD: Omit<LoadOrder, 'ports' | 'paths'> = {
  body: 'webhook',
  connections: 64,
  seconds: 8,
  warmUpSeconds: 2,
  rate: 0,
  payloadBytes: 1024,
  hanging: [],
};

export interface StageOptions {
  instances: number;
  /** How they hear of changes; by webhooks unless told. */
  method?: 'webhook' | 'polling';
  progress?: (created: number) => void;
}

/** PostgreSQL, the world, and instances created as a client does. The caller closes it, as a signal to stop does. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const stage = await raise();
  // A server left behind would go on running, with all that was stored.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stage.close().finally(() => process.exit(1)));
  }
  try {
    await populate(stage, options);
    return stage;
  } catch (error) {
    await stage.close();
    throw error;
  }
}

async function raise(): Promise<Stage> {
  const log = createLog('warn');
  const { root, embedded } = await startServer(log);
  const directory = join(root, 'nodes');
  await mkdir(directory);
  const login = embedded.connection;
  const db = createDatabase({ connection: login, poolSize: 4, log, statementTimeoutMs: 0 });
  const world = await startWorld();
  const children = new Set<ChildProcess>([world.process]);
  const nodes = new Set<TidingsNode>();
  const close = async (): Promise<void> => {
    await Promise.all([...nodes].map((node) => node.stop()));
    for (const child of children) child.kill('SIGKILL');
    await db.close();
    await embedded.stop();
    await rm(root, { recursive: true, force: true });
  };
  let closed: Promise<void> | undefined;
  const stage: Stage = {
    directory,
    login,
    db,
    postgresPid: await postmasterPid(db),
    worldPid: world.process.pid!,
    places: world.places,
    paths: [],
    tidings: async (options) => {
      const url = databaseUrl(login, login.database);
      const node = await startTidings({ databaseUrl: url, directory, ...options });
      nodes.add(node);
      return node;
    },
    child: async (file, order) => {
      const child = fork(fileURLToPath(file));
      children.add(child);
      child.send(order);
      const answer = await told<unknown>(child, 'started');
      return { answer, pid: child.pid!, stop: () => child.kill('SIGKILL') };
    },
    load: (order) => world.ask({ kind: 'load', order: { ...LOAD, paths: stage.paths, ...order } }),
    sample: () => world.ask({ kind: 'sample' }),
    clear: async () => {
      await db.execute('delete from outbox');
      await db.execute(`update subscriptions set open_until = '-infinity', active = true`);
    },
    close: () => (closed ??= close()),
  };
  return stage;
}

async function startWorld(): Promise<{
  process: ChildProcess;
  places: WorldPlaces;
  ask<T>(request: WorldRequest): Promise<T>;
}> {
  const world = fork(fileURLToPath(new URL('world.ts', import.meta.url)));
  const places = await told<WorldPlaces>(world, 'places');
  return {
    process: world,
    places,
    ask: async <T>(request: WorldRequest) => {
      const answer = told<T>(world, request.kind);
      world.send(request);
      return answer;
    },
  };
}

/** By a node that makes the schema and ends again, so that every section begins with a fresh one. */
async function populate(
  stage: Stage,
  { instances, method = 'webhook', progress }: StageOptions,
): Promise<void> {
  const { db } = stage;
  const [found] = await db.query<{ name: string }>('select current_database() as name');
  // What is made before the measurement need not wait for the disk.
  await db.execute(`alter database ${found!.name} set synchronous_commit = off`);
  const first = await stage.tidings(method === 'webhook' ? { roles: 'api' } : {});
  const wanted = { count: instances, method, ...(progress && { progress }) };
  stage.paths = (await createInstances(first, stage.places, wanted)).map(webhookPath);
  await first.stop();
  await db.execute(`alter database ${found!.name} reset synchronous_commit`);
}

/** The address of a database of this server, for programs that read a URL. */
export function databaseUrl({ host, port, user, password }: Login, database: string): string {
  const signIn = `${user}:${encodeURIComponent(password ?? '')}`;
  return `postgres://${signIn}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`;
}

async function postmasterPid(db: Database): Promise<number> {
  const [backend] = await db.query<{ pid: number }>('select pg_backend_pid() as pid');
  return parentOf(backend!.pid);
}

interface Told {
  kind: string;
  value: unknown;
}

/** The next message of a kind. */
function told<T>(child: ChildProcess, kind: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`a process of the bench ended with ${code}`));
    const heard = (message: unknown): void => {
      const { kind: of, value } = message as Told;
      if (of !== kind) return;
      child.off('exit', ended);
      child.off('message', heard);
      resolve(value as T);
    };
    child.once('exit', ended);
    child.on('message', heard);
  });
}
