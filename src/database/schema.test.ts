import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestDatabase, MIGRATIONS_DIRECTORY } from '../../test/support/database.ts';
import { dumpSchema } from '../../test/support/schema-dump.ts';
import { SCHEMA_FILE } from './migration-files.ts';

test('migrations/schema.sql is what all migrations make', async (t) => {
  const { db, drop } = await createTestDatabase();
  t.after(drop);
  const written = await readFile(join(MIGRATIONS_DIRECTORY, SCHEMA_FILE), 'utf8');
  assert.ok(
    (await dumpSchema(db)) === written.replaceAll('\r\n', '\n'),
    'Run "node test/support/write-schema.ts", then look at the difference in git.',
  );
});

test('the dump shows what makes two schemas differ', async (t) => {
  const { db, drop } = await createTestDatabase({ empty: true });
  t.after(drop);
  await db.execute(`
    create type mood as enum ('good', 'bad');
    create function twice(n int) returns int language sql immutable return n * 2;
    create sequence numbers as int start 5;
    create table parents (id int8 generated always as identity (start with 7) primary key, feeling mood default 'bad');
    create unlogged table children (
      parent int8 not null references parents on delete cascade,
      label text collate "C" check (label <> ''),
      doubled int generated always as (twice(3)) stored
    ) with (fillfactor = 70);
    create table logs (at timestamptz not null) partition by range (at);
    create table logs_2026 partition of logs for values from ('2026-01-01Z') to ('2027-01-01Z') with (fillfactor = 90);
    create index by_label on children (label desc) include (parent) where label is not null;
    create view happy as select id from parents where feeling = 'good'`);
  const dump = await dumpSchema(db);
  for (const part of [
    "create type mood as enum ('good', 'bad');",
    'FUNCTION public.twice(n integer)',
    'create sequence numbers as integer start 5 increment 1;',
    'id bigint not null generated always as identity (start with 7)',
    "feeling mood default 'bad'::mood",
    'create unlogged table children (',
    'FOREIGN KEY (parent) REFERENCES parents(id) ON DELETE CASCADE',
    'label text collate "C"',
    "CHECK ((label <> ''::text))",
    'doubled integer generated always as (twice(3)) stored',
    ') with (fillfactor=70);',
    'partition by RANGE (at);',
    "create table logs_2026 partition of logs FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00') with (fillfactor=90);",
    'CREATE INDEX by_label ON children USING btree (label DESC) INCLUDE (parent) WHERE (label IS NOT NULL);',
    'create view happy as',
  ]) {
    assert.ok(dump.includes(part), `${part}\n\nis not in\n\n${dump}`);
  }
});
