import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Reauthorize, RetryAt } from '../connectors/failures.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { refusals } from './testing/model-vendor.ts';
import { HOUR, MINUTE, resourceOf, useHarness } from './testing/use-harness.ts';

const harness = useHarness();

describe('failures', { timeout: 60_000 }, () => {
  test('a hiccup is tried again within the poll', async () => {
    const h = await harness();
    await h.begin();
    h.model.write('1');
    h.onCall((_request, count) => {
      if (count < 3) throw new RetryAt(h.clock.now(), 'busy');
    });
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
    assert.deepEqual([(await resourceOf(h)).status, (await resourceOf(h)).failures], ['ok', 0]);
  });

  test('after a hundred failures polling is disabled with the reason, and one call enables it again', async () => {
    const h = await harness();
    await h.begin();
    h.onCall(() => {
      throw refusals.request();
    });
    const waits: number[] = [];
    for (let n = 0; n < 100; n += 1) {
      const before = h.clock.now();
      await h.next();
      waits.push(h.clock.now() - before);
    }
    assert.ok(waits.slice(10).every((ms) => ms >= HOUR && ms <= HOUR + 5 * MINUTE));
    const off = await h.one<{ off: string; off_reason: string; next_poll_at: EpochMs | null }>(
      'select * from pollers',
    );
    assert.deepEqual(off.off, 'polling_disabled');
    assert.equal(off.off_reason, 'items failed 100 times in a row: no');
    assert.equal(off.next_poll_at, null);
    const { attention } = await h.one<{ attention: { kind: string } }>('select attention from instances');
    assert.equal(attention.kind, 'polling_disabled');
    h.model.write('1');
    h.onCall(null);
    assert.deepEqual(await h.poller.pollNow(h.instance()), [{ objectType: 'items', records: 1, events: 1 }]);
    await h.next();
    assert.equal((await h.one<{ attention: null }>('select attention from instances')).attention, null);
  });

  test('a dead connection disables polling at once', async () => {
    const h = await harness();
    await h.begin();
    h.onCall(() => {
      throw new Reauthorize('invalid_grant');
    });
    await h.next();
    const { off_reason: reason } = await h.one<{ off_reason: string }>('select * from pollers');
    assert.equal(reason, 're-authenticate: invalid_grant');
    const { attention } = await h.one<{ attention: { kind: string } }>('select attention from instances');
    assert.equal(attention.kind, 'reauthorize');
  });

  test('a used-up quota pauses until it resets and is no failure', async () => {
    const h = await harness();
    await h.begin();
    h.onCall(() => {
      throw new RetryAt(h.clock.now() + 5 * HOUR, 'the daily tokens are used up', { quota: true });
    });
    await h.next();
    const state = await resourceOf(h);
    assert.deepEqual([state.status, state.failures], ['paused', 0]);
    assert.equal(state.next_poll_at, h.clock.now() + 5 * HOUR);
  });
});
