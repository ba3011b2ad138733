import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { embeddedTests } from '../../../test/support/embedded.ts';

const tests = embeddedTests();

describe('a data directory', () => {
  test('with the leftovers of a set-up that was cut off is cleaned and used', async (t) => {
    const dataDir = tests.path('half made');
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    await mkdir(join(dataDir, `pg.tmp-${dead.pid}`, 'base'), { recursive: true });
    await chmod(dataDir, 0o711);
    await tests.startFor(t, { dataDir });
    assert.deepEqual((await readdir(dataDir)).sort(), ['pg', 'postgres.log']);
  });

  const versions = [
    { text: '15\n', found: /is of PostgreSQL 15; this release runs PostgreSQL \d+\./ },
    { text: '\0\0garbage', found: /is damaged or not a PostgreSQL data directory/ },
  ];
  for (const { text, found } of versions) {
    test(`whose PG_VERSION is ${JSON.stringify(text)} is refused in one clear line`, async () => {
      const dataDir = tests.path(`version ${text.length}`);
      await mkdir(join(dataDir, 'pg'), { recursive: true });
      await writeFile(join(dataDir, 'pg', 'PG_VERSION'), text);
      await chmod(dataDir, 0o711);
      await assert.rejects(tests.start({ dataDir }), (error: Error) => {
        assert.match(error.message, found);
        assert.ok(!error.message.includes('\n'));
        return true;
      });
      assert.equal(await readFile(join(dataDir, 'pg', 'PG_VERSION'), 'utf8'), text);
    });
  }

  test('that is a file is refused by name', async () => {
    const dataDir = tests.path('file');
    await writeFile(dataDir, '');
    await assert.rejects(tests.start({ dataDir }), {
      message: new RegExp(
        `^The data directory ${dataDir} cannot be used: .+ Set TIDINGS_DATA_DIR to one that can\\.$`,
      ),
    });
  });

  test('with a damaged configuration file fails with what PostgreSQL complained about', async () => {
    const dataDir = tests.path('damaged');
    await (await tests.start({ dataDir })).stop();
    await writeFile(join(dataDir, 'pg', 'postgresql.conf'), 'max_connections = many\n');
    await assert.rejects(tests.start({ dataDir }), {
      message: /^PostgreSQL does not start in .*max_connections/,
    });
  });
});
