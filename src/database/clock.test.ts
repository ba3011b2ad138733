import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from '../../test/support/database.ts';
import { createSilentLog } from '../kernel/log.ts';
import { createDatabaseClock } from './clock.ts';
import type { Queryable } from './pool.ts';

const log = createSilentLog();

test("the clock shows the database's time", async (t) => {
  const { db, drop } = await createTestDatabase({ empty: true });
  t.after(drop);
  const { clock, stop } = await createDatabaseClock({ db, log });
  t.after(stop);
  const [row] = await db.query<{ at: number }>('select clock_timestamp() as at');
  assert.ok(Math.abs(clock.now() - row!.at) < 50, `${clock.now()} against ${row!.at}`);
});

test('a clock that cannot be compared with the database at first is a fault', async () => {
  const { db, drop } = await createTestDatabase({ empty: true });
  await drop();
  await assert.rejects(createDatabaseClock({ db, log }), { code: 'unavailable' });
});

/** Answers what a database would whose clock is `offsetMs` ahead of ours, `tripMs` after the question. */
function createFarDatabase(far: { offsetMs: number; tripMs: number; isDown: boolean }): Queryable {
  return {
    query: async <Row extends object>() => {
      if (far.isDown) throw new Error('down');
      await sleep(far.tripMs / 2);
      const at = performance.timeOrigin + performance.now() + far.offsetMs;
      await sleep(far.tripMs / 2);
      return [{ at }] as unknown as Row[];
    },
    execute: () => assert.fail('nothing is written'),
  };
}

test('the clock follows a database whose clock was set, stays within the noise, and runs on while it is down', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const far = { offsetMs: 3_600_000, tripMs: 20, isDown: false };
  const ahead = () => clock.now() - (performance.timeOrigin + performance.now());
  const { clock, stop } = await createDatabaseClock({ db: createFarDatabase(far), log });
  const aMinuteLater = async () => {
    t.mock.timers.tick(60_000);
    await sleep(200);
  };
  assert.ok(Math.abs(ahead() - 3_600_000) < 15, `${ahead()}`);

  const before = ahead();
  far.offsetMs += 3;
  await aMinuteLater();
  assert.ok(Math.abs(ahead() - before) < 1.5, 'a drift within the noise does not move it');

  far.offsetMs = -5_000;
  await aMinuteLater();
  assert.ok(Math.abs(ahead() + 5_000) < 15, `${ahead()}`);

  far.isDown = true;
  await aMinuteLater();
  assert.ok(Math.abs(ahead() + 5_000) < 15, `${ahead()}`);
  stop();
});
