import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOUR, MINUTE, feedOf, useHarness } from './testing/use-harness.ts';

const harness = useHarness();

describe('two pollers at once', { timeout: 60_000 }, () => {
  test('only one of them gets a due instance', async () => {
    const h = await harness();
    await h.begin();
    h.clock.advance(HOUR);
    const second = h.secondPoller();
    const counts = await Promise.all([h.pollDue(), h.pollDue(second), h.pollDue(), h.pollDue(second)]);
    assert.deepEqual(
      counts.toSorted((a, b) => a - b),
      [0, 0, 0, 1],
    );
  });

  test('the page of a stalled worker is thrown away when its lease was taken over', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id));
    h.clock.advance(HOUR);
    const gate = Promise.withResolvers<void>();
    const stalled = Promise.withResolvers<void>();
    h.onCall(async (_request, count) => {
      if (count !== 3) return;
      stalled.resolve();
      await gate.promise;
    });
    const first = h.pollDue();
    await stalled.promise;
    // The page before is still being written when the third is asked for, and that renews the lease.
    while ((await h.one<{ n: number }>('select count(*)::int as n from events')).n < 2) await sleep(5);
    h.clock.advance(2 * MINUTE);
    assert.equal(await h.pollDue(h.secondPoller()), 1);
    const after = await feedOf(h);
    gate.resolve();
    await first;
    assert.deepEqual(await feedOf(h), after);
    const lines = await h.lines();
    assert.deepEqual([lines.length, new Set(lines).size], [45, 45]);
  });

  test('a change of the configuration in the middle of a pass throws its page away and loses nothing', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id));
    h.clock.advance(HOUR);
    let changed: Promise<void> | undefined;
    h.onCall(async (_request, count) => {
      if (count !== 3) return;
      changed = h.change({
        configuration: { ...h.instance().configuration, 'event.poller.refresh_interval': 1 },
      });
      await changed;
    });
    await h.pollDue();
    await changed;
    // The third page is asked for while the second is written: either may be the one that is thrown away.
    const before = (await h.lines()).length;
    assert.ok(before === 10 || before === 20, `${before} lines`);
    h.onCall(null);
    await h.next();
    assert.equal((await h.lines()).length, 45 - before);
  });

  test('a poll by hand is refused while another runs', async () => {
    const h = await harness();
    await h.begin();
    h.clock.advance(HOUR);
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    h.onCall(async () => {
      started.resolve();
      await gate.promise;
    });
    const running = h.pollDue();
    await started.promise;
    await assert.rejects(h.poller.pollNow(h.instance()), { code: 'conflict' });
    gate.resolve();
    await running;
    assert.deepEqual(await h.poller.pollNow(h.instance()), [{ objectType: 'items', records: 0, events: 0 }]);
  });

  test('stopping ends a poll at its page, and another process goes on from there', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id));
    h.clock.advance(HOUR);
    const second = h.secondPoller();
    h.onCall((_request, count) => {
      if (count === 3) void h.poller.stop();
    });
    await h.pollDue();
    h.onCall(null);
    assert.equal(await h.pollDue(second), 1);
    const lines = await h.lines();
    assert.deepEqual([lines.length, new Set(lines).size], [45, 45]);
  });
});
