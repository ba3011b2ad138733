import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ask, embeddedTests, isServing, serverPid } from '../../../test/support/embedded.ts';
import { createSilentLog } from '../../kernel/log.ts';
import { createDatabase } from '../pool.ts';
import { findAccount, isRoot } from './account.ts';

const log = createSilentLog();
const tests = embeddedTests();

describe('an embedded PostgreSQL', () => {
  test('keeps its data from one start to the next and leaves nothing running or lying about', async () => {
    const dataDir = tests.path('with blanks, and "quotes"');
    const first = await tests.start({ dataDir });
    await ask(first.connection, 'create table kept as select 1 as one');
    const pid = await serverPid(dataDir);
    await first.stop();
    assert.equal(await isServing(pid, dataDir), false);
    await assert.rejects(stat(first.connection.host), { code: 'ENOENT' });

    const second = await tests.start({ dataDir });
    assert.deepEqual(await ask(second.connection, 'select one from kept'), [{ one: 1 }]);
    await second.stop();
    assert.deepEqual((await readdir(dataDir)).sort(), ['pg', 'postgres.log']);
  });

  test('listens on a socket that others cannot enter and on no network address', async (t) => {
    const server = await tests.startFor(t, { dataDir: tests.path('private') });
    assert.equal((await stat(server.connection.host)).mode & 0o777, 0o700);
    assert.deepEqual(await ask(server.connection, "select current_setting('listen_addresses') as a"), [
      { a: '' },
    ]);
  });

  test('is started again when its postmaster is killed, and queries work again at the same address', async (t) => {
    const dataDir = tests.path('killed postmaster');
    const server = await tests.startFor(t, { dataDir, settings: { synchronous_commit: 'on' } });
    const db = createDatabase({ connection: server.connection, poolSize: 2, log });
    t.after(() => db.close());
    await db.execute('create table kept as select 1 as one');
    const restarted = new Promise<void>((resolve) => server.onRestart(resolve));
    const pid = await serverPid(dataDir);
    process.kill(pid, 'SIGKILL');
    await restarted;
    assert.deepEqual(await db.query('select one from kept'), [{ one: 1 }]);
    assert.notEqual(await serverPid(dataDir), pid);
  });

  test('survives a killed backend, which makes PostgreSQL cut every connection', async (t) => {
    const server = await tests.startFor(t, { dataDir: tests.path('killed backend') });
    const db = createDatabase({ connection: server.connection, poolSize: 1, log });
    t.after(() => db.close());
    const restarted = new Promise<void>((resolve) => server.onRestart(resolve));
    const [backend] = await db.query<{ pid: number }>('select pg_backend_pid() as pid');
    process.kill(backend!.pid, 'SIGKILL');
    await restarted;
    assert.deepEqual(await db.query('select 1 as one'), [{ one: 1 }]);
  });

  test('starts although the process id in a left postmaster.pid is now another process of ours', async (t) => {
    const dataDir = tests.path('reused pid');
    const server = await tests.start({ dataDir });
    const file = await readFile(join(dataDir, 'pg', 'postmaster.pid'), 'utf8');
    await server.stop();
    const account = isRoot() ? await findAccount() : undefined;
    const stranger = spawn('sleep', ['60'], {
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

    const again = await tests.startFor(t, { dataDir });
    assert.deepEqual(await ask(again.connection, 'select 1 as one'), [{ one: 1 }]);
  });
});
