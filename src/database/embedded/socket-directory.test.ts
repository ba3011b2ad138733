import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { keepSocketDir, makeSocketDir, removeSocketDir } from './socket-directory.ts';

test('a temporary directory whose path is too long for a socket is passed over', async (t) => {
  const usual = process.env['TMPDIR'];
  const long = join(await mkdtemp(join(tmpdir(), 'long-')), 'x'.repeat(90));
  await mkdir(long);
  t.after(async () => {
    if (usual === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usual;
    await rm(dirname(long), { recursive: true });
  });
  process.env['TMPDIR'] = long;
  const dir = await makeSocketDir(undefined);
  assert.ok(Buffer.byteLength(join(dir, '.s.PGSQL.5432')) <= 107);
  assert.ok(!dir.startsWith(long));
  await removeSocketDir(dir);
});

test('a socket directory that was cleaned away is made again, private as before', async () => {
  const dir = await makeSocketDir(undefined);
  await removeSocketDir(dir);
  await keepSocketDir(undefined, dir);
  assert.equal((await stat(dir)).mode & 0o777, 0o700);
  await removeSocketDir(dir);
});

test('a socket directory whose name somebody else took is refused', async () => {
  const dir = await makeSocketDir(undefined);
  await removeSocketDir(dir);
  await mkdir(dir, { mode: 0o755 });
  await assert.rejects(keepSocketDir(undefined, dir), {
    message: `The directory ${dir} for PostgreSQL's socket belongs to somebody else.`,
  });
  await removeSocketDir(dir);
});
