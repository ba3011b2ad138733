import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClock } from '../../simulators/core/clock.ts';
import { createPipedriveSimulator, type PipedriveSimulator } from '../../simulators/pipedrive/simulator.ts';
import { readPostmasterFile } from '../../src/database/embedded/postmaster.ts';
import { startEmbedded, type Embedded } from '../../src/database/embedded/start-embedded.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { randomSecret } from '../../src/kernel/ids.ts';
import { createSilentLog } from '../../src/kernel/log.ts';
import { startCallback, type Callback } from '../support/callback.ts';
import { testServerBase } from '../support/postgres-server.ts';

const TIDINGS = fileURLToPath(new URL('../../bin/tidings.js', import.meta.url));
const userSecret = randomSecret();
const organizationSecret = randomSecret();
const authorization = `User ${userSecret}, Organization ${organizationSecret}`;

interface Node {
  url: string;
  process: ChildProcess;
}

let home: string;
let dataDir: string;
let postgres: Embedded;
let db: Database;
let callback: Callback;
let vendor: PipedriveSimulator;
const nodes: Node[] = [];

before(async () => {
  home = await mkdtemp(join(await testServerBase(), 'tidings-crash-'));
  // As root PostgreSQL runs as another user, which must be able to enter.
  await chmod(home, 0o711);
  dataDir = join(home, 'data');
  // Durable, unlike other tests' servers: what is committed must outlive the kill.
  postgres = await startEmbedded({ dataDir, elsewhere: join(home, 'elsewhere'), log: createSilentLog() });
  db = createDatabase({ connection: postgres.connection, poolSize: 2, log: createSilentLog() });
  callback = await startCallback();
  vendor = await createPipedriveSimulator({ clock: createClock() });
});
after(async () => {
  for (const node of nodes) node.process.kill('SIGKILL');
  await callback.close();
  await vendor.close();
  await db.close();
  await postgres.stop();
  await rm(home, { recursive: true, force: true });
});

/** A whole server in a process of its own, on the database that all share. */
async function startNode(): Promise<Node> {
  const { host, port, user, database, password } = postgres.connection;
  const login = `${user}:${encodeURIComponent(password ?? '')}`;
  const { PATH } = process.env;
  const child = spawn(process.execPath, [TIDINGS, 'serve'], {
    env: {
      PATH,
      TIDINGS_PORT: '0',
      TIDINGS_DATABASE_URL: `postgres://${login}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`,
      TIDINGS_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
      TIDINGS_ADMIN_PASSWORD: 'a password',
      TIDINGS_USER_SECRET: userSecret,
      TIDINGS_ORGANIZATION_SECRET: organizationSecret,
      TIDINGS_ALLOW_PRIVATE_NETWORKS: 'true',
      TIDINGS_ROLES: 'api,delivery',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let seen = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`a node ended: ${seen}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      if (seen.length < 100_000) seen += chunk.toString();
      const found = /"url":"(http:[^"]+)","publicUrl"/.exec(seen)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const node = { url, process: child };
  nodes.push(node);
  return node;
}

async function call<T>(node: Node, path: string, body: unknown): Promise<T> {
  const answer = await fetch(`${node.url}/elements/api-v2${path}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function createInstance(node: Node): Promise<number> {
  const made = await call<{ id: number }>(node, '/instances', {
    element: { key: 'pipedrive' },
    name: 'Acme',
    configuration: {
      'authentication.type': 'emailPassword',
      'pipedrive.email': vendor.credentials.email,
      'pipedrive.password': vendor.credentials.password,
      'event.notification.enabled': true,
      'event.vendor.type': 'webhook',
      'event.notification.callback.url': callback.url,
      'base.url': `${vendor.url}/v1`,
    },
  });
  return made.id;
}

/** Makes events over all nodes until stopped; the ids of those that were acknowledged. */
function startLoad(instanceId: number, targets: readonly Node[]): () => Promise<string[]> {
  const acknowledged: string[] = [];
  const over = new AbortController();
  const loops = Array.from({ length: 8 }, async (_, index) => {
    for (let n = index; !over.signal.aborted; n += 1) {
      const node = targets[n % targets.length]!;
      await call<{ id: string }>(node, `/instances/${instanceId}/events/test`, { objectId: String(n) }).then(
        ({ id }) => acknowledged.push(id),
        // A node or the database is away: not acknowledged, so nothing is owed.
        () => sleep(20),
      );
    }
  });
  return async () => {
    over.abort();
    await Promise.all(loops);
    return acknowledged;
  };
}

/** What a dead process held would be sent when its lease of a minute ends; this ends it now. */
async function endLeases(): Promise<void> {
  await db.execute(`update outbox set due_at = '-infinity' where lease is not null`);
}

async function assertAllArrived(acknowledged: readonly string[]): Promise<void> {
  const arrived = () => new Set(callback.received.map(({ message }) => message.eventId));
  await callback.until(() => acknowledged.every((id) => arrived().has(id)), 30_000);
  for (const tries of Map.groupBy(callback.received, ({ message }) => message.eventId).values()) {
    assert.ok(
      tries.every(({ body, headers }) => {
        const isSame = body.equals(tries[0]!.body);
        return isSame && headers['elements-webhook-id'] === tries[0]!.message.eventId;
      }),
      'what comes twice has the same id and the same bytes',
    );
  }
}

test('a node killed under load loses nothing that was acknowledged', async () => {
  const survivor = await startNode();
  const victim = await startNode();
  const instanceId = await createInstance(survivor);
  const stop = startLoad(instanceId, [survivor, victim]);
  await callback.until(() => callback.received.length > 200);
  victim.process.kill('SIGKILL');
  await once(victim.process, 'exit');
  await sleep(300);
  const acknowledged = await stop();
  assert.ok(acknowledged.length > 200);
  await endLeases();
  await assertAllArrived(acknowledged);
});

test('PostgreSQL killed under load loses nothing that was acknowledged, and the nodes go on with the next', async () => {
  const node = nodes[0]!;
  const instanceId = await createInstance(node);
  const before = callback.received.length;
  const stop = startLoad(instanceId, [node]);
  await callback.until(() => callback.received.length > before + 200);
  const file = await readPostmasterFile(`${dataDir}/pg`);
  const isBack = new Promise<void>((resolve) => {
    postgres.onRestart(resolve);
  });
  process.kill(file!.pid, 'SIGKILL');
  await isBack;
  const whenBack = callback.received.length;
  await callback.until(() => callback.received.length > whenBack + 200, 30_000);
  const acknowledged = await stop();
  await endLeases();
  await assertAllArrived(acknowledged);
});
