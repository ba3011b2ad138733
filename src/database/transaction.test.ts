import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../../test/support/database.ts';
import { isWorthRepeating } from './errors.ts';
import type { Database, Queryable } from './pool.ts';

let testDatabase: TestDatabase;
let db: Database;
before(async () => {
  testDatabase = await createTestDatabase({ empty: true });
  db = testDatabase.db;
  await db.execute('create table things (id int primary key)');
});
beforeEach(() => db.execute('truncate things'));
after(() => testDatabase.drop());

const add = (on: Queryable, id: number) => on.execute('insert into things values ($1)', [id]);
const ids = async () =>
  (await db.query<{ id: number }>('select id from things order by id')).map(({ id }) => id);

test('a transaction is seen by others when its function has resolved, and gives back its result', async () => {
  const result = await db.transaction(async (tx) => {
    await add(tx, 1);
    assert.deepEqual(await ids(), []);
    return 'done';
  });
  assert.equal(result, 'done');
  assert.deepEqual(await ids(), [1]);
});

test('a transaction whose function throws leaves nothing, and throws the same', async () => {
  const reason = new Error('no');
  const failing = db.transaction(async (tx) => {
    await add(tx, 1);
    throw reason;
  });
  await assert.rejects(failing, (error) => error === reason);
  assert.deepEqual(await ids(), []);
});

test('a transaction that swallows the error of a statement throws instead of pretending to commit', async () => {
  const swallowing = db.transaction(async (tx) => {
    await add(tx, 1);
    await add(tx, 1).catch(() => {});
  });
  await assert.rejects(swallowing, {
    message: 'A statement of this transaction failed: it was rolled back.',
  });
  assert.deepEqual(await ids(), []);
});

test('a statement sent to a transaction that is over is refused and touches nothing', async () => {
  let late: Queryable | undefined;
  await db.transaction(async (tx) => {
    late = tx;
    await add(tx, 1);
  });
  await assert.rejects(add(late!, 2), {
    message: 'A statement was sent to a transaction that is already over.',
  });
  await assert.rejects(late!.query('select 1'), { code: 'internal' });
  assert.deepEqual(await ids(), [1]);
});

test('a transaction whose connection dies between two statements throws "unavailable" and harms nobody else', async () => {
  const cut = db.transaction(async (tx) => {
    await add(tx, 1);
    const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
    await db.query('select pg_terminate_backend($1, 1000)', [row!.pid]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await add(tx, 2);
  });
  await assert.rejects(cut, { code: 'unavailable' });
  assert.deepEqual(await ids(), []);
});

test('of two transactions in a deadlock one is told that repeating may succeed', async () => {
  await add(db, 1);
  await add(db, 2);
  const lock = (tx: Queryable, id: number) => tx.execute('update things set id = id where id = $1', [id]);
  const reached = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const run = (mine: number, other: number) =>
    db.transaction(async (tx) => {
      await tx.execute("set local deadlock_timeout = '20ms'");
      await lock(tx, mine);
      reached[mine - 1]!.resolve();
      await reached[other - 1]!.promise;
      await lock(tx, other);
    });
  const outcomes = await Promise.allSettled([run(1, 2), run(2, 1)]);
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.equal(failures.length, 1);
  assert.ok(isWorthRepeating(failures[0]!.reason));
});
