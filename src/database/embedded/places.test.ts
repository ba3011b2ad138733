import assert from 'node:assert/strict';
import { chmod, chown, cp, lstat, mkdir, readdir, readlink, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { ask, embeddedTests, end, isServing, runsAs, serverPid } from '../../../test/support/embedded.ts';
import { findAccount, isRoot } from './account.ts';
import { findBinaries } from './binaries.ts';

const tests = embeddedTests();

describe('as an unprivileged user', () => {
  test('everything runs as that user inside the data directory', async () => {
    const { uid, gid } = await unprivileged();
    const dataDir = tests.path('unprivileged');
    await mkdir(dataDir, { mode: 0o700 });
    if (isRoot()) await chown(dataDir, uid, gid);
    const owner = await tests.startOwner({ dataDir, uid, gid });
    assert.equal(owner.error, undefined);
    const pid = await serverPid(dataDir);
    assert.equal(await runsAs(dataDir), uid);
    assert.equal((await stat(join(dataDir, 'pg'))).uid, uid);
    await end(owner, 'SIGTERM');
    assert.equal(await isServing(pid, dataDir), false);
  });
});

async function unprivileged(): Promise<{ uid: number; gid: number }> {
  return isRoot() ? findAccount() : { uid: process.getuid!(), gid: process.getgid!() };
}

describe('as root', () => {
  // There is nothing like it for another user: what root cannot do alone is what is tested.
  if (!isRoot()) return;

  test('the server runs as another user and its data is in the data directory if that user can get there', async (t) => {
    const dataDir = tests.path('reachable');
    await tests.startFor(t, { dataDir });
    const { uid } = await findAccount();
    assert.equal(await runsAs(dataDir), uid);
    assert.equal((await lstat(join(dataDir, 'pg'))).isDirectory(), true);
  });

  test('a data directory that only root can enter gets its data elsewhere, found again at the next start', async (t) => {
    const dataDir = tests.path('locked');
    await mkdir(dataDir, { mode: 0o700 });
    const first = await tests.start({ dataDir });
    await ask(first.connection, 'create table kept as select 1 as one');
    await first.stop();
    assert.equal((await lstat(join(dataDir, 'pg'))).isSymbolicLink(), true);
    const second = await tests.startFor(t, { dataDir });
    assert.deepEqual(await ask(second.connection, 'select one from kept'), [{ one: 1 }]);
  });

  test('a data directory made anew does not get the data of the deleted one, which stays', async (t) => {
    const dataDir = tests.path('deleted');
    await mkdir(dataDir, { mode: 0o700 });
    const first = await tests.start({ dataDir });
    await ask(first.connection, 'create table old_data as select 1 as one');
    await first.stop();
    const oldPlace = await readlink(join(dataDir, 'pg'));
    await rm(dataDir, { recursive: true });
    await mkdir(dataDir, { mode: 0o700 });
    const second = await tests.startFor(t, { dataDir });
    await assert.rejects(ask(second.connection, 'select one from old_data'), { code: '42P01' });
    assert.equal(await readlink(join(dataDir, 'pg')), `${dirname(oldPlace)}-2/pg`);
    assert.ok((await readdir(oldPlace)).includes('PG_VERSION'));
  });

  test('of three that start at once on a directory only root can enter one owns it, and all agree on the place', async () => {
    const dataDir = tests.path('locked race');
    await mkdir(dataDir, { mode: 0o700 });
    const owners = await Promise.all([1, 2, 3].map(() => tests.startOwner({ dataDir })));
    const winners = owners.filter((owner) => owner.connection !== undefined);
    const errors = owners.flatMap((owner) => owner.error ?? []);
    assert.equal(winners.length, 1, errors.join('\n'));
    for (const error of errors)
      assert.match(error, new RegExp(`is in use by pid ${winners[0]!.child.pid}\\.`));
    await end(winners[0]!, 'SIGTERM');
  });

  test('a place elsewhere that another user planted is refused', async () => {
    const dataDir = tests.path('planted');
    const planted = tests.path('planted elsewhere');
    await mkdir(dataDir, { mode: 0o700 });
    await mkdir(planted);
    const { uid, gid } = await findAccount();
    await chown(planted, uid, gid);
    await assert.rejects(tests.start({ dataDir, elsewhere: planted }), {
      message: /planted elsewhere must be a directory that belongs to this process's user/,
    });
  });

  test('programs that only root can read are copied to where the user can', async (t) => {
    const binaries = await findBinaries();
    const root = join(tests.path('locked programs'), 'native');
    await cp(binaries.root, root, { recursive: true, verbatimSymlinks: true });
    await chmod(tests.path('locked programs'), 0o700);
    const server = await tests.startFor(t, {
      dataDir: tests.path('with copy'),
      binaries: { ...binaries, root },
    });
    assert.deepEqual(await ask(server.connection, 'select 1 as one'), [{ one: 1 }]);
    assert.ok((await readdir(tests.elsewhere())).includes(`postgresql-${binaries.version}`));
  });

  test('a data directory of another user is run as that user', async (t) => {
    const { uid, gid } = await findAccount();
    const dataDir = tests.path('of another');
    await mkdir(dataDir);
    await chown(dataDir, uid, gid);
    await end(await tests.startOwner({ dataDir, uid, gid }), 'SIGTERM');
    await tests.startFor(t, { dataDir });
    assert.equal(await runsAs(dataDir), uid);
  });
});
