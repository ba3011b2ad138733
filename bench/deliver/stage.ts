/* Starts and stops what a bench run needs: PostgreSQL with fsync on, the world, nodes. */
import { fork, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { insertAccount } from '../../test/support/rows.ts';
import type { Connection } from '../../src/database/connection.ts';
import { startEmbedded } from '../../src/database/embedded/start-embedded.ts';
import { migrate } from '../../src/database/migrate.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { maintainOnce } from '../../src/events/maintain.ts';
import { systemClock, toDate } from '../../src/kernel/clock.ts';
import { createLog } from '../../src/kernel/log.ts';
import type { LoadOrder, LoadResult } from './world.ts';
import type { NodeOrder } from './node.ts';

const log = createLog('warn');

export interface Stage {
  connection: Connection;
  db: Database;
  callbackPort: number;
  worldPid: number;
  /** Starts a node; what it listens on, and how to end it. */
  node(order: Pick<NodeOrder, 'kind'> & Partial<NodeOrder>): Promise<{ port: number; process: ChildProcess }>;
  load(order: Partial<LoadOrder> & { port: number }): Promise<LoadResult>;
  close(): Promise<void>;
}

export async function openStage({ instances }: { instances: number }): Promise<Stage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidings-bench-'));
  // As root PostgreSQL runs as another user, which must be able to enter.
  await chmod(dataDir, 0o711);
  const elsewhere = join(dataDir, 'elsewhere');
  const embedded = await startEmbedded({ dataDir, elsewhere, log, settings: { max_connections: 100 } });
  const { connection } = embedded;
  await migrate({
    connection,
    directory: fileURLToPath(new URL('../../migrations', import.meta.url)),
    clock: systemClock,
    log,
  });
  const db = createDatabase({ connection, poolSize: 4, log, statementTimeoutMs: 0 });
  await maintainOnce({ db, clock: systemClock, log, retentionDays: 30, queueRetentionDays: 90 });
  const world = fork(fileURLToPath(new URL('world.ts', import.meta.url)));
  const { port: callbackPort } = (await message(world)) as { port: number };
  await fillInstances(db, instances, callbackPort);
  const children = new Set<ChildProcess>([world]);
  return {
    connection,
    db,
    callbackPort,
    worldPid: world.pid!,
    node: async (order) => {
      const child = fork(fileURLToPath(new URL('node.ts', import.meta.url)));
      children.add(child);
      child.send({ callbackPort, connection, hangingInstance: 0, sends: true, jobQueue: '', ...order });
      const { port } = (await message(child)) as { port: number };
      return { port, process: child };
    },
    load: async (order) => {
      const whole: LoadOrder = {
        path: '/events/pipedrive',
        connections: 64,
        seconds: 8,
        rate: 0,
        instances: 100,
        payloadBytes: 1024,
        warmUpSeconds: 2,
        ...order,
      };
      world.send(whole);
      return (await message(world)) as LoadResult;
    },
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      await db.close();
      await embedded.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function fillInstances(db: Database, count: number, callbackPort: number): Promise<void> {
  const { accountId, userId } = await insertAccount(db);
  const at = toDate(systemClock.now());
  await db.execute(
    `with made as (
       insert into instances (account_id, user_id, element_key, name, token_hash, token_sealed, tags, events_enabled, created_at)
       select $1, $2, 'pipedrive', 'An instance', int4send(n), '', '{tag}', true, $4 from generate_series(1, $3::int) n
       returning id
     )
     insert into subscriptions (account_id, instance_id, topics, url, created_at, updated_at)
     select $1, id, '{t}', $5, $4, $4 from made order by id`,
    [accountId, userId, count, at, `http://127.0.0.1:${callbackPort}/`],
  );
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`a process of the bench ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (value) => {
      child.off('exit', ended);
      resolve(value);
    });
  });
}
