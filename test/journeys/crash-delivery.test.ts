import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readPostmasterFile } from '../../src/database/embedded/postmaster.ts';
import { startEmbedded, type Embedded } from '../../src/database/embedded/start-embedded.ts';
import { createDatabase, type Database } from '../../src/database/pool.ts';
import { createSilentLog } from '../../src/kernel/log.ts';
import { startCrashWorld, type CrashWorld } from '../support/crash-world.ts';
import { serverUrl, testServerBase } from '../support/postgres-server.ts';
import {
  PROCESS_AUTHORIZATION,
  startTidingsProcess,
  type TidingsProcess,
} from '../support/tidings-process.ts';
import { startVendorLoad, type VendorLoad } from '../support/vendor-load.ts';

/** How often each killing is repeated under the same load: 1 in `npm test`. */
const ROUNDS = Number(process.env['TIDINGS_CRASH_ROUNDS'] ?? 1);

let home: string;
let dataDir: string;
let postgres: Embedded;
let db: Database;
let world: CrashWorld;
const nodes: TidingsProcess[] = [];

before(async () => {
  home = await mkdtemp(join(await testServerBase(), 'tidings-crash-'));
  // As root PostgreSQL runs as another user, which must be able to enter.
  await chmod(home, 0o711);
  dataDir = join(home, 'data');
  // Durable, unlike other tests' servers: what is committed must outlive the kill.
  postgres = await startEmbedded({ dataDir, elsewhere: join(home, 'elsewhere'), log: createSilentLog() });
  db = createDatabase({ connection: postgres.connection, poolSize: 2, log: createSilentLog() });
  world = await startCrashWorld();
  await startNode();
});
after(async () => {
  for (const node of nodes) await node.kill();
  await world.close();
  await db.close();
  await postgres.stop();
  await rm(home, { recursive: true, force: true });
});

async function startNode(): Promise<TidingsProcess> {
  const url = serverUrl(postgres, postgres.connection.database);
  const node = await startTidingsProcess(url, { TIDINGS_ROLES: 'api,delivery' });
  nodes.push(node);
  return node;
}

/** A load on an instance of its own, spread over these nodes. */
async function loadOn(targets: readonly TidingsProcess[]): Promise<VendorLoad> {
  const path = await world.createInstance(targets[0]!.url, PROCESS_AUTHORIZATION);
  const load = startVendorLoad({ urls: targets.map(({ url }) => `${url}${path}`) });
  await load.untilAcknowledged(200);
  return load;
}

/** Resolves when PostgreSQL was started again after it was lost. */
function restarted(): Promise<void> {
  return new Promise((resolve) => {
    postgres.onRestart(resolve);
  });
}

/** While PostgreSQL is away a webhook is answered 503 with the time to come back, or not at all; never anything else. */
function assertRefusedWell({ refused }: VendorLoad): void {
  assert.ok(refused.length > 0, 'some webhooks came while the database was away');
  for (const answer of refused) {
    assert.equal(answer.status, 503, answer.body);
    assert.match(String(answer.retryAfter), /^[1-9]\d*$/, answer.body);
  }
}

test('a node killed under load loses nothing that was acknowledged', async () => {
  const [survivor] = nodes;
  for (let round = 0; round < ROUNDS; round += 1) {
    const victim = await startNode();
    const load = await loadOn([survivor!, victim]);
    await victim.kill();
    await load.untilAcknowledged(50);
    await load.stop();
    assert.ok(load.unanswered() > 0, 'webhooks were under way to the node');
    await world.assertKept(load, db);
  }
});

test('a killed backend, which takes all connections with it, loses nothing that was acknowledged', async () => {
  const load = await loadOn(nodes.slice(0, 1));
  for (let round = 0; round < ROUNDS; round += 1) {
    const busy = await db.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'tidings' and pid <> pg_backend_pid()
       order by state_change desc limit 1`,
    );
    process.kill(busy[0]!.pid, 'SIGKILL');
    await load.untilAcknowledged(200);
  }
  await load.stop();
  assertRefusedWell(load);
  await world.assertKept(load, db);
});

test('PostgreSQL killed under load loses nothing that was acknowledged, and the nodes go on with the next', async () => {
  const load = await loadOn(nodes.slice(0, 1));
  for (let round = 0; round < ROUNDS; round += 1) {
    const file = await readPostmasterFile(`${dataDir}/pg`);
    const isBack = restarted();
    process.kill(file!.pid, 'SIGKILL');
    await isBack;
    await load.untilAcknowledged(200);
  }
  await load.stop();
  assertRefusedWell(load);
  await world.assertKept(load, db);
});
