import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, cp, lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { findBinaries, prepareBinaries, program } from './binaries.ts';

test('the programs run although install scripts were off, as npm leaves them then: without links and modes', async (t) => {
  const installed = await findBinaries();
  const bare = await mkdtemp(join(tmpdir(), 'binaries-'));
  t.after(() => rm(bare, { recursive: true }));
  await cp(dirname(installed.root), bare, {
    recursive: true,
    filter: async (path) => !path.endsWith('.a') && !(await lstat(path)).isSymbolicLink(),
  });
  await chmod(join(bare, 'native', 'bin', 'postgres'), 0o644);

  const binaries = await prepareBinaries(bare);
  await prepareBinaries(bare);
  const { stdout } = await promisify(execFile)(program(binaries, 'postgres'), ['--version']);
  assert.match(stdout, new RegExp(`^postgres \\(PostgreSQL\\) ${binaries.major}\\.`));
});
