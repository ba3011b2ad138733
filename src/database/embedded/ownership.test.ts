import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, embeddedTests, end, isServing, serverPid } from '../../../test/support/embedded.ts';
import { createSilentLog } from '../../kernel/log.ts';
import { createDatabase } from '../pool.ts';

const log = createSilentLog();
const tests = embeddedTests();

describe('the owner of an embedded PostgreSQL', () => {
  test('that was killed with SIGKILL leaves a server that the next one adopts', async (t) => {
    const dataDir = tests.path('adopted');
    const killed = await tests.startOwner({ dataDir });
    await ask(killed.connection!, 'create table kept as select 1 as one');
    const pid = await serverPid(dataDir);
    await end(killed, 'SIGKILL');
    assert.equal(await isServing(pid, dataDir), true);

    const server = await tests.startFor(t, { dataDir });
    assert.equal(await serverPid(dataDir), pid);
    assert.equal(server.connection.host, killed.connection!.host);
    assert.deepEqual(await ask(server.connection, 'select one from kept'), [{ one: 1 }]);
    await server.stop();
    assert.equal(await isServing(pid, dataDir), false);
  });

  test('gets a Ctrl-C alone: the server is not in its process group', async (t) => {
    const dataDir = tests.path('group');
    const owner = await tests.startOwner({ dataDir });
    const pid = await serverPid(dataDir);
    process.kill(-owner.child.pid!, 'SIGINT');
    await once(owner.child, 'exit');
    await sleep(100);
    assert.equal(await isServing(pid, dataDir), true);
    await tests.startFor(t, { dataDir });
  });

  test('that lives is named to a second one, which gives up and harms nothing', async (t) => {
    const dataDir = tests.path('taken');
    const first = await tests.startOwner({ dataDir });
    t.after(() => end(first, 'SIGTERM'));
    await assert.rejects(tests.start({ dataDir }), {
      code: 'conflict',
      message: `The data directory ${dataDir} is in use by pid ${first.child.pid}. Stop it, or set another TIDINGS_DATA_DIR.`,
    });
    assert.deepEqual(await ask(first.connection!, 'select 1 as one'), [{ one: 1 }]);
  });

  test('is exactly one of three that start at once on a directory that does not exist yet', async () => {
    const dataDir = tests.path('race');
    const owners = await Promise.all([1, 2, 3].map(() => tests.startOwner({ dataDir })));
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
    const dataDir = tests.path('terminated');
    const owner = await tests.startOwner({ dataDir });
    const pid = await serverPid(dataDir);
    await end(owner, 'SIGTERM');
    assert.equal(await isServing(pid, dataDir), false);
    await assert.rejects(stat(join(dataDir, 'pg', 'postmaster.pid')), { code: 'ENOENT' });
  });

  test('waits for a server that is still shutting down and starts it anew', async (t) => {
    const dataDir = tests.path('shutting down');
    const killed = await tests.startOwner({ dataDir });
    const pid = await serverPid(dataDir);
    await end(killed, 'SIGKILL');
    // A smart shutdown: no new connections, but it goes on while this one lasts.
    const db = createDatabase({ connection: killed.connection!, poolSize: 1, log });
    await db.query('select 1');
    process.kill(pid, 'SIGTERM');
    await sleep(100);
    const starting = tests.startFor(t, { dataDir });
    await sleep(200);
    await db.close();
    const server = await starting;
    assert.deepEqual(await ask(server.connection, 'select 1 as one'), [{ one: 1 }]);
    assert.notEqual(await serverPid(dataDir), pid);
  });
});
