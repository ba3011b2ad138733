import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestDatabase } from '../../test/support/database.ts';
import { createManualClock } from '../kernel/clock.ts';
import { createSilentLog } from '../kernel/log.ts';
import { migrate } from './migrate.ts';
import { createDatabase, type Queryable } from './pool.ts';

const log = createSilentLog();
const clock = createManualClock(Date.UTC(2026, 10, 21));

/** An empty database and a directory with the given migrations. */
async function prepare(t: { after(fn: () => Promise<void>): void }, files: Record<string, string>) {
  const { db, url, drop } = await createTestDatabase({ empty: true });
  t.after(drop);
  const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  t.after(() => rm(directory, { recursive: true }));
  const write = (file: string, sql: string) => writeFile(join(directory, file), sql);
  for (const [file, sql] of Object.entries(files)) await write(file, sql);
  return { db, url, directory, write, run: () => migrate({ connection: { url }, directory, clock, log }) };
}

const applied = async (db: Queryable) =>
  (await db.query<{ file: string }>('select file from migrations order by number')).map(({ file }) => file);

test('migrations are applied once, in the order of their numbers, and noted with their time', async (t) => {
  const { db, write, run } = await prepare(t, {
    '0002-second.sql': 'alter table things add column name text; insert into things values (1, $$;$$);',
    '0001-first.sql': 'create table things (id int);',
    'schema.sql': 'not a migration',
    'notes.md': '',
  });
  await run();
  await run();
  await write('0010-third.sql', 'update things set id = id + 1');
  await run();
  assert.deepEqual(await db.query('select * from things'), [{ id: 2, name: ';' }]);
  assert.deepEqual(await applied(db), ['0001-first.sql', '0002-second.sql', '0010-third.sql']);
  assert.deepEqual(await db.query('select distinct applied_at from migrations'), [
    { applied_at: clock.now() },
  ]);
});

test('of five processes that migrate at once each finds the schema complete', async (t) => {
  const { db, run } = await prepare(t, {
    '0001-slow.sql': 'create table things (id int); select pg_sleep(0.2);',
    '0002-next.sql': 'insert into things values (1);',
  });
  await Promise.all([run(), run(), run(), run(), run()]);
  assert.deepEqual(await db.query('select * from things'), [{ id: 1 }]);
});

test('a migration that fails is named with its line and leaves nothing; those before it stay', async (t) => {
  const { db, run, write } = await prepare(t, {
    '0001-good.sql': 'create table things (id int);',
    '0002-bad.sql': 'create table others (id int);\n\ninsert into nowhere values (1);\n',
  });
  await assert.rejects(run(), {
    message: 'The migration 0002-bad.sql failed in line 3: relation "nowhere" does not exist',
  });
  assert.deepEqual(await applied(db), ['0001-good.sql']);
  assert.deepEqual(await db.query("select to_regclass('others') as others"), [{ others: null }]);
  await write('0002-bad.sql', 'create table others (id int);');
  await run();
  assert.deepEqual(await applied(db), ['0001-good.sql', '0002-bad.sql']);
});

test('a migration edited or renamed after it was applied is refused by name', async (t) => {
  const { run, write, directory } = await prepare(t, { '0001-first.sql': 'create table things (id int);\n' });
  await run();
  await write('0001-first.sql', 'create table things (id int8);\n');
  await assert.rejects(run(), {
    code: 'conflict',
    message: /^The migration 0001-first\.sql was edited after it was applied\./,
  });
  await write('0001-first.sql', 'create table things (id int);\n');
  await run();
  await rename(join(directory, '0001-first.sql'), join(directory, '0001-other.sql'));
  await assert.rejects(run(), {
    message: /0001-other\.sql was edited after it was applied as 0001-first\.sql/,
  });
});

test('a checkout that ends lines as Windows does is no edit', async (t) => {
  const { run, write } = await prepare(t, { '0001-first.sql': 'create table\n  things (id int);\n' });
  await run();
  await write('0001-first.sql', 'create table\r\n  things (id int);\r\n');
  await assert.doesNotReject(run());
});

test('an older release refuses a newer schema and changes nothing', async (t) => {
  const { db, run, write, directory } = await prepare(t, {
    '0001-first.sql': 'create table things (id int);',
    '0002-newer.sql': 'create table others (id int);',
  });
  await run();
  await rm(join(directory, '0002-newer.sql'));
  await write('0003-mine.sql', 'drop table things');
  await assert.rejects(run(), {
    code: 'conflict',
    message:
      "The database's schema is newer than this release, which does not know the migration 0002-newer.sql. " +
      'Start the newer release.',
  });
  assert.deepEqual(await db.query('select * from things'), []);
});

test('a migration whose number comes before an applied one is refused', async (t) => {
  const { run, write } = await prepare(t, { '0002-second.sql': 'create table things (id int);' });
  await run();
  await write('0001-late.sql', 'drop table things');
  await assert.rejects(run(), {
    message: /0001-late\.sql comes after 0002-second\.sql, which is applied already/,
  });
});

test('two migrations of one number, and a file without a number, are refused by name', async (t) => {
  const { run, write, directory } = await prepare(t, { '0001-a.sql': 'select 1', '0001-b.sql': 'select 1' });
  await assert.rejects(run(), { message: 'The migrations 0001-a.sql and 0001-b.sql have the same number.' });
  await rm(join(directory, '0001-b.sql'));
  await write('02-short.sql', 'select 1');
  await assert.rejects(run(), { message: 'The migration 02-short.sql is not named NNNN-name.sql.' });
});

test('a database that is not encoded in UTF-8 is refused', async (t) => {
  const { db, url, directory } = await prepare(t, { '0001-first.sql': 'create table things (id int);' });
  const name = `${new URL(url).pathname.slice(1)}_ascii`;
  await db.execute(
    `create database ${name} template template0 encoding 'SQL_ASCII' locale_provider libc locale 'C'`,
  );
  const ascii = new URL(url);
  ascii.pathname = `/${name}`;
  await assert.rejects(migrate({ connection: { url: ascii.href }, directory, clock, log }), {
    message: 'The database is encoded in SQL_ASCII; create one with encoding UTF8.',
  });
  await db.execute(`drop database ${name}`);
});

test('a migration waits ten seconds at most for a table in use', async (t) => {
  const { db, url, run, write } = await prepare(t, { '0001-first.sql': 'create table things (id int);' });
  await run();
  await write(
    '0002-second.sql',
    'select set_config($$a.b$$, current_setting($$lock_timeout$$), false); create table seen as select current_setting($$lock_timeout$$) as timeout;',
  );
  await run();
  assert.deepEqual(await db.query('select * from seen'), [{ timeout: '10s' }]);
  const other = createDatabase({ connection: { url }, poolSize: 1, log });
  assert.deepEqual(await other.query("select current_setting('lock_timeout') as timeout"), [
    { timeout: '0' },
  ]);
  await other.close();
});
