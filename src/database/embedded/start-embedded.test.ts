import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { testServerBase } from '../../../test/support/postgres-server.ts';
import { createSilentLog } from '../../kernel/log.ts';
import type { Connection } from '../connection.ts';
import { createDatabase } from '../pool.ts';
import { findAccount, isRoot } from './account.ts';
import { findBinaries } from './binaries.ts';
import { isPostmaster, readPostmasterFile } from './postmaster.ts';
import { startEmbedded, type Embedded, type EmbeddedOptions } from './start-embedded.ts';

const OWNER = fileURLToPath(new URL('../../../test/support/embedded-owner.ts', import.meta.url));
const log = createSilentLog();

let home: string;
let elsewhere: string;
before(async () => {
  home = await mkdtemp(join(await testServerBase(), 'tidings-embedded-'));
  await chmod(home, 0o711);
  elsewhere = join(home, 'elsewhere');
});
after(async () => {
  await rm(home, { recursive: true, force: true });
});

/** Starts a server in this process and stops it at the end of the test. */
async function start(
  t: { after(fn: () => Promise<void>): void },
  options: Partial<EmbeddedOptions>,
): Promise<Embedded> {
  const server = await startEmbedded({
    dataDir: join(home, 'unnamed'),
    elsewhere,
    durable: false,
    log,
    ...options,
  });
  t.after(() => server.stop());
  return server;
}

/** Runs one statement on a connection of its own. */
async function ask<Row extends object>(connection: Connection, text: string): Promise<Row[]> {
  const db = createDatabase({ connection, poolSize: 1, log });
  try {
    return await db.query<Row>(text);
  } finally {
    await db.close();
  }
}

/** The user id of the running server: whoever wrote its postmaster.pid. */
async function runsAs(dataDir: string): Promise<number> {
  return (await stat(join(dataDir, 'pg', 'postmaster.pid'))).uid;
}

interface Owner {
  child: ChildProcess;
  connection?: Connection & { host: string };
  error?: string;
}

async function startOwner(order: { dataDir: string; uid?: number; gid?: number }): Promise<Owner> {
  const child = spawn(process.execPath, [OWNER, JSON.stringify({ elsewhere, ...order })], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, ...(JSON.parse(line) as Omit<Owner, 'child'>) };
}

async function end(owner: Owner, signal: NodeJS.Signals): Promise<void> {
  owner.child.kill(signal);
  await once(owner.child, 'exit');
}

describe('an embedded PostgreSQL', () => {
  test('keeps its data from one start to the next and leaves nothing running or lying about', async () => {
    const dataDir = join(home, 'with blanks, and "quotes"');
    const first = await startEmbedded({ dataDir, elsewhere, durable: false, log });
    await ask(first.connection, 'create table kept as select 1 as one');
    const { pid } = (await readPostmasterFile(join(dataDir, 'pg')))!;
    await first.stop();
    assert.equal(await isPostmaster(pid, join(dataDir, 'pg')), false);
    await assert.rejects(stat(first.connection.host), { code: 'ENOENT' });

    const second = await startEmbedded({ dataDir, elsewhere, durable: false, log });
    assert.deepEqual(await ask(second.connection, 'select one from kept'), [{ one: 1 }]);
    await second.stop();
    assert.deepEqual((await readdir(dataDir)).sort(), ['pg', 'postgres.log']);
  });

  test('listens on a socket that others cannot enter and on no network address', async (t) => {
    const server = await start(t, { dataDir: join(home, 'private') });
    assert.equal((await stat(server.connection.host)).mode & 0o777, 0o700);
    assert.deepEqual(await ask(server.connection, "select current_setting('listen_addresses') as a"), [
      { a: '' },
    ]);
  });

  test('is started again when its postmaster is killed, and queries work again at the same address', async (t) => {
    const dataDir = join(home, 'killed postmaster');
    const server = await start(t, { dataDir, settings: { synchronous_commit: 'on' } });
    const db = createDatabase({ connection: server.connection, poolSize: 2, log });
    t.after(() => db.close());
    await db.execute('create table kept as select 1 as one');
    const restarted = new Promise<void>((resolve) => server.onRestart(resolve));
    const { pid } = (await readPostmasterFile(join(dataDir, 'pg')))!;
    process.kill(pid, 'SIGKILL');
    await restarted;
    assert.deepEqual(await db.query('select one from kept'), [{ one: 1 }]);
    assert.notEqual((await readPostmasterFile(join(dataDir, 'pg')))!.pid, pid);
  });

  test('survives a killed backend, which makes PostgreSQL cut every connection', async (t) => {
    const server = await start(t, { dataDir: join(home, 'killed backend') });
    const db = createDatabase({ connection: server.connection, poolSize: 1, log });
    t.after(() => db.close());
    const restarted = new Promise<void>((resolve) => server.onRestart(resolve));
    const [backend] = await db.query<{ pid: number }>('select pg_backend_pid() as pid');
    process.kill(backend!.pid, 'SIGKILL');
    await restarted;
    assert.deepEqual(await db.query('select 1 as one'), [{ one: 1 }]);
  });

  test('starts although the process id in a left postmaster.pid is now another process of ours', async (t) => {
    const dataDir = join(home, 'reused pid');
    const server = await startEmbedded({ dataDir, elsewhere, durable: false, log });
    const file = await readFile(join(dataDir, 'pg', 'postmaster.pid'), 'utf8');
    await server.stop();
    const account = isRoot() ? await findAccount() : undefined;
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
      stdio: 'ignore',
    });
    await once(stranger, 'spawn');
    t.after(async () => {
      stranger.kill();
    });
    const left = join(dataDir, 'pg', 'postmaster.pid');
    await writeFile(left, file.replace(/^\d+/, String(stranger.pid)));
    if (account !== undefined) await chown(left, account.uid, account.gid);

    const again = await start(t, { dataDir });
    assert.deepEqual(await ask(again.connection, 'select 1 as one'), [{ one: 1 }]);
  });
});

describe('the owner of an embedded PostgreSQL', () => {
  test('that was killed with SIGKILL leaves a server that the next one adopts', async (t) => {
    const dataDir = join(home, 'adopted');
    const killed = await startOwner({ dataDir });
    await ask(killed.connection!, 'create table kept as select 1 as one');
    const { pid } = (await readPostmasterFile(join(dataDir, 'pg')))!;
    await end(killed, 'SIGKILL');
    assert.equal(await isPostmaster(pid, join(dataDir, 'pg')), true);

    const server = await start(t, { dataDir });
    assert.equal((await readPostmasterFile(join(dataDir, 'pg')))!.pid, pid);
    assert.equal(server.connection.host, killed.connection!.host);
    assert.deepEqual(await ask(server.connection, 'select one from kept'), [{ one: 1 }]);
    await server.stop();
    assert.equal(await isPostmaster(pid, join(dataDir, 'pg')), false);
  });

  test('gets a Ctrl-C alone: the server is not in its process group', async (t) => {
    const dataDir = join(home, 'group');
    const owner = await startOwner({ dataDir });
    const { pid } = (await readPostmasterFile(join(dataDir, 'pg')))!;
    process.kill(-owner.child.pid!, 'SIGINT');
    await once(owner.child, 'exit');
    await sleep(100);
    assert.equal(await isPostmaster(pid, join(dataDir, 'pg')), true);
    await start(t, { dataDir });
  });

  test('that lives is named to a second one, which gives up and harms nothing', async (t) => {
    const dataDir = join(home, 'taken');
    const first = await startOwner({ dataDir });
    t.after(() => end(first, 'SIGTERM'));
    await assert.rejects(startEmbedded({ dataDir, elsewhere, durable: false, log }), {
      code: 'conflict',
      message: `The data directory ${dataDir} is in use by pid ${first.child.pid}. Stop it, or set another TIDINGS_DATA_DIR.`,
    });
    assert.deepEqual(await ask(first.connection!, 'select 1 as one'), [{ one: 1 }]);
  });

  test('is exactly one of three that start at once on a directory that does not exist yet', async () => {
    const dataDir = join(home, 'race');
    const owners = await Promise.all([1, 2, 3].map(() => startOwner({ dataDir })));
    const winners = owners.filter((owner) => owner.connection !== undefined);
    const errors = owners.flatMap((owner) => owner.error ?? []);
    assert.equal(winners.length, 1, errors.join('\n'));
    for (const error of errors)
      assert.match(error, new RegExp(`is in use by pid ${winners[0]!.child.pid}\\.`));
    assert.deepEqual(await ask(winners[0]!.connection!, 'select 1 as one'), [{ one: 1 }]);
    await end(winners[0]!, 'SIGTERM');
    assert.deepEqual((await readdir(dataDir)).sort(), ['pg', 'postgres.log']);
  });

  test('that gets SIGTERM stops the server after itself', async () => {
    const dataDir = join(home, 'terminated');
    const owner = await startOwner({ dataDir });
    const { pid } = (await readPostmasterFile(join(dataDir, 'pg')))!;
    await end(owner, 'SIGTERM');
    assert.equal(await isPostmaster(pid, join(dataDir, 'pg')), false);
    await assert.rejects(stat(join(dataDir, 'pg', 'postmaster.pid')), { code: 'ENOENT' });
  });

  test('waits for a server that is still shutting down and starts it anew', async (t) => {
    const dataDir = join(home, 'shutting down');
    const killed = await startOwner({ dataDir });
    const { pid } = (await readPostmasterFile(join(dataDir, 'pg')))!;
    await end(killed, 'SIGKILL');
    // A smart shutdown: no new connections, but it goes on while this one lasts.
    const db = createDatabase({ connection: killed.connection!, poolSize: 1, log });
    await db.query('select 1');
    process.kill(pid, 'SIGTERM');
    await sleep(100);
    const starting = start(t, { dataDir });
    await sleep(200);
    await db.close();
    const server = await starting;
    assert.deepEqual(await ask(server.connection, 'select 1 as one'), [{ one: 1 }]);
    assert.notEqual((await readPostmasterFile(join(dataDir, 'pg')))!.pid, pid);
  });
});

describe('a data directory', () => {
  test('with the leftovers of a set-up that was cut off is cleaned and used', async (t) => {
    const dataDir = join(home, 'half made');
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    await mkdir(join(dataDir, `pg.tmp-${dead.pid}`, 'base'), { recursive: true });
    await chmod(dataDir, 0o711);
    await start(t, { dataDir });
    assert.deepEqual((await readdir(dataDir)).sort(), ['pg', 'postgres.log']);
  });

  const versions = [
    { text: '15\n', found: /is of PostgreSQL 15; this release runs PostgreSQL \d+\./ },
    { text: '\0\0garbage', found: /is damaged or not a PostgreSQL data directory/ },
  ];
  for (const { text, found } of versions) {
    test(`whose PG_VERSION is ${JSON.stringify(text)} is refused in one clear line`, async () => {
      const dataDir = join(home, `version ${text.length}`);
      await mkdir(join(dataDir, 'pg'), { recursive: true });
      await writeFile(join(dataDir, 'pg', 'PG_VERSION'), text);
      await chmod(dataDir, 0o711);
      await assert.rejects(startEmbedded({ dataDir, elsewhere, durable: false, log }), (error: Error) => {
        assert.match(error.message, found);
        assert.ok(!error.message.includes('\n'));
        return true;
      });
      assert.equal(await readFile(join(dataDir, 'pg', 'PG_VERSION'), 'utf8'), text);
    });
  }

  test('that is a file is refused by name', async () => {
    const dataDir = join(home, 'file');
    await writeFile(dataDir, '');
    await assert.rejects(startEmbedded({ dataDir, elsewhere, log }), {
      message: new RegExp(
        `^The data directory ${dataDir} cannot be used: .+ Set TIDINGS_DATA_DIR to one that can\\.$`,
      ),
    });
  });

  test('with a damaged configuration file fails with what PostgreSQL complained about', async () => {
    const dataDir = join(home, 'damaged');
    await (await startEmbedded({ dataDir, elsewhere, durable: false, log })).stop();
    await writeFile(join(dataDir, 'pg', 'postgresql.conf'), 'max_connections = many\n');
    await assert.rejects(startEmbedded({ dataDir, elsewhere, durable: false, log }), {
      message: /^PostgreSQL does not start in .*max_connections/,
    });
  });
});

describe('as an unprivileged user', () => {
  test('everything runs as that user inside the data directory', async () => {
    const { uid, gid } = await unprivileged();
    const dataDir = join(home, 'unprivileged');
    await mkdir(dataDir, { mode: 0o700 });
    if (isRoot()) await chown(dataDir, uid, gid);
    const owner = await startOwner({ dataDir, uid, gid });
    assert.equal(owner.error, undefined);
    const { pid } = (await readPostmasterFile(join(dataDir, 'pg')))!;
    assert.equal(await runsAs(dataDir), uid);
    assert.equal((await stat(join(dataDir, 'pg'))).uid, uid);
    await end(owner, 'SIGTERM');
    assert.equal(await isPostmaster(pid, join(dataDir, 'pg')), false);
  });
});

async function unprivileged(): Promise<{ uid: number; gid: number }> {
  return isRoot() ? findAccount() : { uid: process.getuid!(), gid: process.getgid!() };
}

describe('as root', () => {
  // There is nothing like it for another user: what root cannot do alone is what is tested.
  if (!isRoot()) return;

  test('the server runs as another user and its data is in the data directory if that user can get there', async (t) => {
    const dataDir = join(home, 'reachable');
    await start(t, { dataDir });
    const { uid } = await findAccount();
    assert.equal(await runsAs(dataDir), uid);
    assert.equal((await lstat(join(dataDir, 'pg'))).isDirectory(), true);
  });

  test('a data directory that only root can enter gets its data elsewhere, found again at the next start', async (t) => {
    const dataDir = join(home, 'locked');
    await mkdir(dataDir, { mode: 0o700 });
    const first = await startEmbedded({ dataDir, elsewhere, durable: false, log });
    await ask(first.connection, 'create table kept as select 1 as one');
    await first.stop();
    assert.equal((await lstat(join(dataDir, 'pg'))).isSymbolicLink(), true);
    const second = await start(t, { dataDir });
    assert.deepEqual(await ask(second.connection, 'select one from kept'), [{ one: 1 }]);
  });

  test('a data directory made anew does not get the data of the deleted one, which stays', async (t) => {
    const dataDir = join(home, 'deleted');
    await mkdir(dataDir, { mode: 0o700 });
    const first = await startEmbedded({ dataDir, elsewhere, durable: false, log });
    await ask(first.connection, 'create table old_data as select 1 as one');
    await first.stop();
    const oldPlace = await readlink(join(dataDir, 'pg'));
    await rm(dataDir, { recursive: true });
    await mkdir(dataDir, { mode: 0o700 });
    const second = await start(t, { dataDir });
    await assert.rejects(ask(second.connection, 'select one from old_data'), { code: '42P01' });
    assert.equal(await readlink(join(dataDir, 'pg')), `${dirname(oldPlace)}-2/pg`);
    assert.ok((await readdir(oldPlace)).includes('PG_VERSION'));
  });

  test('of three that start at once on a directory only root can enter one owns it, and all agree on the place', async () => {
    const dataDir = join(home, 'locked race');
    await mkdir(dataDir, { mode: 0o700 });
    const owners = await Promise.all([1, 2, 3].map(() => startOwner({ dataDir })));
    const winners = owners.filter((owner) => owner.connection !== undefined);
    const errors = owners.flatMap((owner) => owner.error ?? []);
    assert.equal(winners.length, 1, errors.join('\n'));
    for (const error of errors)
      assert.match(error, new RegExp(`is in use by pid ${winners[0]!.child.pid}\\.`));
    await end(winners[0]!, 'SIGTERM');
  });

  test('a place elsewhere that another user planted is refused', async () => {
    const dataDir = join(home, 'planted');
    const planted = join(home, 'planted elsewhere');
    await mkdir(dataDir, { mode: 0o700 });
    await mkdir(planted);
    const { uid, gid } = await findAccount();
    await chown(planted, uid, gid);
    await assert.rejects(startEmbedded({ dataDir, elsewhere: planted, durable: false, log }), {
      message: /planted elsewhere must be a directory that belongs to this process's user/,
    });
  });

  test('programs that only root can read are copied to where the user can', async (t) => {
    const binaries = await findBinaries();
    const root = join(home, 'locked programs', 'native');
    await cp(binaries.root, root, { recursive: true, verbatimSymlinks: true });
    await chmod(join(home, 'locked programs'), 0o700);
    const server = await start(t, { dataDir: join(home, 'with copy'), binaries: { ...binaries, root } });
    assert.deepEqual(await ask(server.connection, 'select 1 as one'), [{ one: 1 }]);
    assert.ok((await readdir(elsewhere)).includes(`postgresql-${binaries.version}`));
  });

  test('a data directory of another user is run as that user', async (t) => {
    const { uid, gid } = await findAccount();
    const dataDir = join(home, 'of another');
    await mkdir(dataDir);
    await chown(dataDir, uid, gid);
    await end(await startOwner({ dataDir, uid, gid }), 'SIGTERM');
    await start(t, { dataDir });
    assert.equal(await runsAs(dataDir), uid);
  });
});
