import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { startDatabaseProxy } from '../../test/support/database-proxy.ts';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { toDate } from '../kernel/clock.ts';
import { createSilentLog } from '../kernel/log.ts';
import { isForeignKeyViolation, isUniqueViolation, isWorthRepeating } from './errors.ts';
import { createDatabase, type Database, type Queryable } from './pool.ts';

const log = createSilentLog();
let testDatabase: TestDatabase;
let db: Database;
before(async () => {
  testDatabase = await createTestDatabase({ empty: true });
  db = testDatabase.db;
  await db.execute('create table things (id int primary key, name text, constraint named unique (name))');
});
after(() => testDatabase.drop());

const backend = async (on: Queryable) =>
  (await on.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]!.pid;
const terminate = (pid: number) => db.query('select pg_terminate_backend($1, 1000)', [pid]);

describe('a column', () => {
  test('of every type used here is read as the table in session.ts says', async () => {
    const [row] = await db.query(
      `select 9007199254740991::int8 as int8, array[1, null]::int8[] as int8s, 1.50::numeric as numeric,
              '2026-11-21 10:15:00.123987+01'::timestamptz as at, array['epoch', null]::timestamptz[] as ats,
              'infinity'::timestamptz as never, '-infinity'::timestamptz as always, '2026-11-21'::date as date,
              array['2026-11-21']::date[] as dates, '{"a": [1]}'::jsonb as json, '\\xff00'::bytea as bytes,
              '{a,"b c"}'::text[] as texts, true as yes, null as nothing`,
    );
    assert.deepEqual(row, {
      int8: Number.MAX_SAFE_INTEGER,
      int8s: [1, null],
      numeric: '1.50',
      at: Date.UTC(2026, 10, 21, 9, 15, 0, 123),
      ats: [0, null],
      never: Infinity,
      always: -Infinity,
      date: '2026-11-21',
      dates: ['2026-11-21'],
      json: { a: [1] },
      bytes: Buffer.from([0xff, 0]),
      texts: ['a', 'b c'],
      yes: true,
      nothing: null,
    });
  });

  test('of int8 beyond what a number holds is an error, not a rounded value', async () => {
    await assert.rejects(db.query('select 9007199254740993::int8 as id'), {
      message: /9007199254740993 does not fit/,
    });
    await assert.rejects(db.query('select array[-9007199254740993]::int8[] as ids'), {
      message: /does not fit/,
    });
    assert.deepEqual(await db.query('select 1 as one'), [{ one: 1 }]);
  });

  test('of timestamptz outside the years 1 to 9999 is an error', async () => {
    await assert.rejects(db.query("select '0044-03-15 BC'::timestamptz as at"), {
      message: /0044-03-15.* cannot be read/,
    });
    await assert.rejects(db.query("select '12026-01-01'::timestamptz as at"), {
      message: /12026-01-01.* cannot be read/,
    });
  });

  test('of timestamptz gives back every instant that was sent, in any time zone of the machine', async (t) => {
    const usual = process.env['TZ'];
    t.after(() => {
      if (usual === undefined) delete process.env['TZ'];
      else process.env['TZ'] = usual;
    });
    const instant = fc.integer({ min: -62_135_596_800_000, max: Date.UTC(9999, 11, 31) });
    // Amsterdam was 19 minutes and 32 seconds ahead until 1937.
    for (const zone of ['UTC', 'Europe/Amsterdam', 'America/St_Johns']) {
      process.env['TZ'] = zone;
      await fc.assert(
        fc.asyncProperty(fc.array(instant, { minLength: 1, maxLength: 50 }), async (instants) => {
          const rows = await db.query<{ one: number; all: number[] }>(
            'select $1::timestamptz as one, $2::timestamptz[] as all',
            [toDate(instants[0]!), instants.map(toDate)],
          );
          assert.deepEqual(rows, [{ one: instants[0], all: instants }]);
        }),
        { numRuns: 20 },
      );
    }
  });
});

describe('a statement', () => {
  test('run for its effect tells how many rows it touched', async () => {
    assert.equal(await db.execute("insert into things values (1, 'one'), (2, 'two')"), 2);
    assert.equal(await db.execute('update things set name = name where id > $1', [1]), 1);
    assert.equal(await db.execute('delete from things'), 2);
    assert.equal(await db.execute('set local search_path to public'), 0);
  });

  test('that fails tells which constraint refused it and keeps its connection', async (t) => {
    const single = createDatabase({ connection: { url: testDatabase.url }, poolSize: 1, log });
    t.after(() => single.close());
    const pid = await backend(single);
    await single.execute("insert into things values (10, 'ten')");
    const again = single.execute("insert into things values (11, 'ten')");
    await assert.rejects(again, (error) => {
      assert.ok(isUniqueViolation(error));
      assert.ok(isUniqueViolation(error, 'named'));
      assert.ok(!isUniqueViolation(error, 'things_pkey'));
      assert.ok(!isForeignKeyViolation(error));
      assert.ok(!isWorthRepeating(error));
      return true;
    });
    assert.equal(await backend(single), pid);
  });

  test('that takes too long is cancelled by the server', async (t) => {
    const hasty = createDatabase({
      connection: { url: testDatabase.url },
      poolSize: 1,
      log,
      statementTimeoutMs: 50,
    });
    t.after(() => hasty.close());
    await assert.rejects(hasty.query('select pg_sleep(10)'), {
      code: 'unavailable',
      message: /statement timeout/,
    });
    assert.deepEqual(await hasty.query('select 1 as one'), [{ one: 1 }]);
  });

  test('prepared under a name is planned once and works again after its table was altered', async (t) => {
    const single = createDatabase({ connection: { url: testDatabase.url }, poolSize: 1, log });
    t.after(() => single.close());
    await single.execute('create table altered as select 1 as one');
    const ask = () => single.query('select * from altered where one = $1', [1], { name: 'ask' });
    assert.deepEqual(await ask(), [{ one: 1 }]);
    const prepared = await single.query<{ name: string }>('select name from pg_prepared_statements');
    assert.match(prepared.map(({ name }) => name).join(), /^ask-[0-9a-f]{12}$/);
    await single.execute('alter table altered add column two int');
    await assert.rejects(ask(), { code: '0A000' });
    assert.deepEqual(await ask(), [{ one: 1, two: null }]);
  });

  test('finds a live connection after the idle one was cut', async (t) => {
    const single = createDatabase({ connection: { url: testDatabase.url }, poolSize: 1, log });
    t.after(() => single.close());
    const pid = await backend(single);
    await terminate(pid);
    // The pool hears of the end of its connection a moment later; until then the statement is answered "unavailable".
    const answer = await single.query('select 1 as one').catch(() => single.query('select 1 as one'));
    assert.deepEqual(answer, [{ one: 1 }]);
    assert.notEqual(await backend(single), pid);
  });

  test('whose connection is cut while it runs is answered "unavailable"', async () => {
    const running = db.transaction(async (tx) => {
      void terminate(await backend(tx));
      await tx.query('select pg_sleep(10)');
    });
    await assert.rejects(running, { name: 'Fault', code: 'unavailable' });
    assert.deepEqual(await db.query('select 1 as one'), [{ one: 1 }]);
  });
});

describe('a database that is not there', () => {
  test('makes statements fail as "unavailable", without its password', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const gone = createDatabase({
      connection: { url: `postgresql://u:pass-word@127.0.0.1:${port}/x` },
      poolSize: 1,
      log,
    });
    await assert.rejects(gone.query('select 1'), (error: Error) => {
      assert.match(error.message, /^The database does not answer: .*ECONNREFUSED/);
      assert.ok(!error.message.includes('pass-word'));
      return true;
    });
    await gone.close();
  });

  test('and answers nonsense is "unavailable" too', async () => {
    const sockets: Socket[] = [];
    const nonsense = createServer((socket) => {
      sockets.push(socket.on('error', () => {}));
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => nonsense.once('listening', resolve));
    const { port } = nonsense.address() as AddressInfo;
    const gone = createDatabase({
      connection: { url: `postgresql://u:p@127.0.0.1:${port}/x` },
      poolSize: 1,
      log,
    });
    await assert.rejects(gone.query('select 1'), { code: 'unavailable' });
    await gone.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => nonsense.close(resolve));
  });
});

describe('closing a database', () => {
  test('waits for what is running, may be repeated, and refuses what comes later', async () => {
    const closing = createDatabase({ connection: { url: testDatabase.url }, poolSize: 2, log });
    const running = closing.query('select pg_sleep(0.2), 1 as one');
    await closing.query('select 1');
    await Promise.all([closing.close(), closing.close()]);
    assert.equal((await running).length, 1);
    await assert.rejects(closing.query('select 1'), { code: 'unavailable' });
  });
});

test('two prepared statements may bear the same name', async () => {
  const { db, drop } = await createTestDatabase({ poolSize: 1 });
  try {
    assert.deepEqual(await db.query('select 1 as one', [], { name: 'same' }), [{ one: 1 }]);
    assert.deepEqual(await db.query('select 2 as two', [], { name: 'same' }), [{ two: 2 }]);
    assert.deepEqual(await db.query('select 1 as one', [], { name: 'same' }), [{ one: 1 }]);
  } finally {
    await drop();
  }
});

describe('a peer that vanished', () => {
  const through = async (t: { after(fn: () => Promise<void>): void }) => {
    const proxy = await startDatabaseProxy(testDatabase.url);
    const vanishing = createDatabase({ connection: { url: proxy.url }, poolSize: 1, log });
    t.after(async () => {
      await vanishing.close();
      await proxy.close();
    });
    assert.deepEqual(await vanishing.query('select 1 as one'), [{ one: 1 }]);
    return { proxy, vanishing };
  };

  test('fails a statement at its time limit, and the next one gets a connection that works', async (t) => {
    const { proxy, vanishing } = await through(t);
    proxy.stall();
    const asked = vanishing.query('select 1', [], { answerTimeoutMs: 50 });
    await assert.rejects(asked, { code: 'unavailable', retryAfterS: 1 });
    await proxy.pass();
    assert.deepEqual(await vanishing.query('select 1 as one'), [{ one: 1 }]);
  });

  test('fails a transaction at the time limit of its statements, and is not asked to roll back', async (t) => {
    const { proxy, vanishing } = await through(t);
    const startedAt = performance.now();
    const work = async (tx: Queryable): Promise<void> => {
      proxy.stall();
      await tx.query('select 1');
    };
    const broken = vanishing.transaction(work, { answerTimeoutMs: 50 });
    await assert.rejects(broken, { code: 'unavailable' });
    assert.ok(performance.now() - startedAt < 5000);
  });

  test('does not hold up the end of the program', async (t) => {
    const { proxy, vanishing } = await through(t);
    proxy.stall();
    const asked = assert.rejects(vanishing.query('select 1'), { code: 'unavailable' });
    await sleep(50);
    const startedAt = performance.now();
    await vanishing.close();
    await asked;
    assert.ok(performance.now() - startedAt < 10_000);
  });
});

test('a server in trouble is "unavailable", and its connection stays', async (t) => {
  const single = createDatabase({ connection: { url: testDatabase.url }, poolSize: 1, log });
  t.after(() => single.close());
  const pid = await backend(single);
  for (const code of ['53100', '53200', '58030', 'XX000', '57014']) {
    const failing = single.execute(
      `do $$ begin raise exception 'no space' using errcode = '${code}'; end $$`,
    );
    await assert.rejects(failing, {
      code: 'unavailable',
      message: /cannot do it now: no space/,
      retryAfterS: 1,
    });
  }
  assert.equal(await backend(single), pid);
});

test('a server that turned into a standby is "unavailable", and looked for anew', async (t) => {
  const single = createDatabase({ connection: { url: testDatabase.url }, poolSize: 1, log });
  t.after(() => single.close());
  const pid = await backend(single);
  const writing = single.transaction(async (tx) => {
    await tx.execute('set transaction read only');
    await tx.execute('create table never (id int)');
  });
  await assert.rejects(writing, { code: 'unavailable' });
  assert.notEqual(await backend(single), pid);
});
