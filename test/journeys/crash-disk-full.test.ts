import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../src/database/pool.ts';
import type { Embedded } from '../../src/database/embedded/start-embedded.ts';
import { createEventIds } from '../../src/events/event-ids.ts';
import { Fault } from '../../src/kernel/errors.ts';
import { startCrashWorld, type CrashWorld } from '../support/crash-world.ts';
import { embeddedTests, end, type Owner } from '../support/embedded.ts';
import { serverUrl } from '../support/postgres-server.ts';
import { createRunningClock } from '../support/running-clock.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { startVendorLoad, type VendorLoad } from '../support/vendor-load.ts';

/** How long the disk stays full: 1 s in `npm test`. */
const FULL_MS = 1000 * Number(process.env['TIDINGS_CRASH_FULL_SECONDS'] ?? 1);

/** More than a segment of the log ahead (16 MB), or PostgreSQL could not even be set up. */
const FILE_LIMIT_BYTES = 20 * 1024 * 1024;
const DISK_BYTES = 128 * 1024 * 1024;

const embedded = embeddedTests();
let world: CrashWorld;
before(async () => {
  world = await startCrashWorld();
});
after(() => world.close());

interface House {
  owner: Owner;
  db: Database;
  server: TestServer<ReturnType<typeof createRunningClock>>;
  load: VendorLoad;
}

/** A server whose PostgreSQL runs `under` a command that takes its space away, with a load on it. */
async function openHouse(
  t: { after(fn: () => Promise<void>): void },
  dataDir: string,
  under: readonly string[],
): Promise<House> {
  const owner = await embedded.startOwner({ dataDir }, under);
  assert.equal(owner.error, undefined);
  const connection = owner.connection as Embedded['connection'];
  const server = await startTestServer({
    databaseUrl: serverUrl({ connection }, connection.database),
    clock: createRunningClock(),
    env: { TIDINGS_ROLES: 'api,delivery' },
  });
  const path = await world.createInstance(server.url, server.authorization);
  const load = startVendorLoad({ urls: [`${server.url}${path}`] });
  t.after(async () => {
    await load.stop();
    await server.close();
    await end(owner, 'SIGTERM');
  });
  await load.untilAcknowledged(100);
  return { owner, db: server.db, server, load };
}

/** Without room a webhook is answered 503 with the time to come back; never 200, never "something went wrong". */
async function assertRefusedWell(load: VendorLoad): Promise<void> {
  const before = load.refused.length;
  for (let waited = 0; load.refused.length < before + 20; waited += 1) {
    assert.ok(waited < 1000, 'webhooks are refused');
    await sleep(20);
  }
  await sleep(FULL_MS);
  for (const { status, retryAfter, body } of load.refused) {
    assert.equal(status, 503, body);
    assert.match(String(retryAfter), /^[1-9]\d*$/, body);
  }
}

/** Writes events until their table can grow no more; a row takes 1.5 KB, too little to be stored elsewhere. */
async function fillEvents(db: Database): Promise<void> {
  const nextId = createEventIds();
  for (let rows = 2000; rows >= 1;) {
    const ids = Array.from({ length: rows }, () => nextId(Date.now()));
    try {
      await db.execute(
        `insert into events (id, instance_id, account_id, user_id, element_key, instance_name, instance_tags, source,
           received_at, payload_type, is_hint, payload, events)
         select id, 0, 0, 0, '', '', '{}', 'test', $2, 'json', false, $3, '[]' from unnest($1::uuid[]) id`,
        [ids, new Date(), randomBytes(1500)],
      );
    } catch (error) {
      if (!(error instanceof Fault) || !/could not extend|No space/.test(error.message)) throw error;
      rows = Math.floor(rows / 4);
    }
  }
}

/** Makes PostgreSQL begin another file of its log ahead: without room for one it gives up, and again at every start. */
async function endLogSegments(db: Database): Promise<void> {
  const end = async (): Promise<void> => {
    for (let tries = 0; tries < 500; tries += 1) {
      await db.query('select pg_switch_wal()');
      await sleep(20);
    }
  };
  await assert.rejects(end(), { code: 'unavailable', message: /No space left|does not answer/ });
}

test('a table that can grow no more refuses webhooks with 503, and takes them again when there is room', async (t) => {
  const blocks = String(FILE_LIMIT_BYTES / 512);
  const limited = ['sh', '-c', `ulimit -S -f ${blocks} && exec "$@"`, 'sh'];
  const { db, load } = await openHouse(t, embedded.path('limited'), limited);
  await fillEvents(db);
  await assertRefusedWell(load);
  await db.execute('delete from events where instance_id = 0');
  await db.execute('vacuum events');
  await load.untilAcknowledged(200);
  await load.stop();
  await world.assertKept(load, db);
});

/** Mounts a small disk for one process: as root, or where users may make namespaces of their own. */
const NAMESPACE = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-Umc', '--keep-caps'];
const canMount =
  spawnSync(NAMESPACE[0]!, [...NAMESPACE.slice(1), 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

// Elsewhere a disk cannot be made small; what PostgreSQL says of a full one is the same `unavailable`.
if (canMount) {
  test('a full disk, on which PostgreSQL itself gives up, loses nothing, and all goes on when there is room', async (t) => {
    const disk = embedded.path('disk');
    await mkdir(disk);
    const mounted = `mount -t tmpfs -o size=${DISK_BYTES},mode=0755 none ${disk} && exec "$@"`;
    const { owner, db, load } = await openHouse(t, join(disk, 'data'), [
      ...NAMESPACE,
      'sh',
      '-c',
      mounted,
      'sh',
    ]);
    // The disk as that process sees it.
    const ballast = join('/proc', String(owner.child.pid), 'root', disk, 'ballast');
    const fill = async (): Promise<void> => {
      const piece = Buffer.alloc(64 * 1024);
      for (;;) await appendFile(ballast, piece);
    };
    await assert.rejects(fill(), { code: 'ENOSPC' });
    await assertRefusedWell(load);
    await endLogSegments(db);
    await assertRefusedWell(load);
    assert.ok(
      load.refused.some(({ body }) => body.includes('does not answer')),
      'PostgreSQL was away',
    );
    await rm(ballast);
    await load.untilAcknowledged(200);
    await load.stop();
    await world.assertKept(load, db);
  });
}
