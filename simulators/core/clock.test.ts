import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createClock } from './clock.ts';

describe('the simulator clock', () => {
  it('stands still, jumps, and runs what was scheduled in order, each at its own time', () => {
    const clock = createClock(1000);
    const seen: Array<[string, number]> = [];
    const note = (name: string) => (): void => {
      seen.push([name, clock.now()]);
    };
    clock.schedule(1500, note('b'));
    clock.schedule(1200, note('a'));
    clock.schedule(1500, () => {
      note('c')();
      clock.schedule(1700, note('d'));
      clock.schedule(9000, note('never'));
    });
    const cancel = clock.schedule(1600, note('cancelled'));
    cancel();
    clock.advance(100);
    assert.deepEqual([clock.now(), seen], [1100, []]);
    clock.set(2000);
    assert.deepEqual(seen, [
      ['a', 1200],
      ['b', 1500],
      ['c', 1500],
      ['d', 1700],
    ]);
    assert.equal(clock.now(), 2000);
  });

  it('runs with the machine unless frozen, and can be moved while running', async () => {
    const clock = createClock();
    assert.ok(Math.abs(clock.now() - Date.now()) < 50);
    clock.advance(3_600_000);
    assert.ok(Math.abs(clock.now() - Date.now() - 3_600_000) < 50);
    await new Promise<void>((resolve) => {
      // The clock's timers let the process end; this one keeps it up meanwhile.
      const upkeep = setTimeout(() => {}, 5_000);
      clock.schedule(clock.now() + 10, () => {
        clearTimeout(upkeep);
        resolve();
      });
    });
    clock.freeze();
    const stopped = clock.now();
    await new Promise((resolve) => setTimeout(resolve, 15));
    assert.deepEqual([clock.now(), clock.isFrozen()], [stopped, true]);
    clock.resume();
    assert.ok(clock.now() - stopped < 50);
    clock.stop();
  });

  it('a jump of a running clock runs what it passes', () => {
    const clock = createClock();
    let runs = 0;
    clock.schedule(clock.now() + 60_000, () => (runs += 1));
    clock.advance(59_000);
    assert.equal(runs, 0);
    clock.advance(1_000);
    assert.equal(runs, 1);
    clock.stop();
  });
});
