import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { START } from './testing/harness.ts';
import { refusals } from './testing/model-vendor.ts';
import { DAY, HOUR, MINUTE, SECOND, feedOf, useHarness } from './testing/use-harness.ts';

const harness = useHarness();

describe('the baseline', { timeout: 60_000 }, () => {
  test('a new instance is silent about what was there, and reports what comes after', async () => {
    const h = await harness();
    h.clock.advance(-10 * MINUTE);
    for (let id = 1; id <= 25; id += 1) h.model.write(String(id));
    h.clock.advance(10 * MINUTE);
    await h.begin();
    assert.deepEqual(await h.lines(), []);
    await h.next();
    assert.deepEqual(await h.lines(), []);
    h.model.write('3');
    h.model.write('99');
    h.model.write('4', { deleted: true });
    await h.next();
    assert.deepEqual(await h.lines(), ['UPDATED items 3', 'CREATED items 99', 'DELETED items 4']);
    await h.next();
    assert.deepEqual(await h.lines(), []);
  });

  test('a record older than the baseline window is updated, not created, by its first change', async () => {
    const h = await harness();
    h.clock.advance(-40 * DAY);
    h.model.write('1');
    h.clock.set(START);
    await h.begin();
    h.clock.advance(MINUTE);
    h.model.write('1');
    await h.next();
    assert.deepEqual(await h.lines(), ['UPDATED items 1']);
  });

  test('a change before enabling that the index shows later is no event', async () => {
    const h = await harness();
    h.model.write('1', { stamp: START - 20 * SECOND, visibleAt: START + 30 * SECOND });
    await h.begin();
    await h.next();
    assert.deepEqual(await h.lines(), []);
  });

  test('a change before enabling that is committed later is an event where stamps precede the commit', async () => {
    const h = await harness({ stamp: { late: 'commit' } });
    h.model.write('1', { stamp: START - 20 * SECOND, visibleAt: START + 30 * SECOND });
    await h.begin();
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
  });

  test('a baseline that takes too long is answered and goes on as the first pass', async () => {
    const h = await harness({ baselineWaitMs: 20 });
    for (let id = 1; id <= 15; id += 1) h.model.write(String(id), { stamp: START - id * MINUTE });
    const gate = Promise.withResolvers<void>();
    h.onCall(async (_request, count) => {
      if (count === 2) await gate.promise;
    });
    await h.begin();
    h.clock.advance(5 * SECOND);
    h.model.write('1');
    h.model.write('50');
    gate.resolve();
    for (let waited = 0; waited < 200 && (await feedOf(h)).cursor_at === null; waited += 1) await sleep(10);
    h.onCall(null);
    await h.next();
    assert.deepEqual((await h.lines()).toSorted(), ['CREATED items 50', 'UPDATED items 1']);
  });

  test('a vendor that is down at the start loses nothing of what comes after', async () => {
    const h = await harness();
    h.onCall(() => {
      throw refusals.request();
    });
    await h.begin();
    h.clock.advance(MINUTE);
    h.model.write('7');
    h.onCall(null);
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 7']);
  });

  test('the vendor clock decides what came after, however wrong ours is', async () => {
    for (const skewMs of [-3 * HOUR, 3 * HOUR - 2.5 * HOUR, 20 * SECOND]) {
      const h = await harness();
      h.model.date = () => h.clock.now() + skewMs;
      h.model.write('1', { stamp: START + skewMs - 10 * MINUTE });
      await h.begin();
      h.model.write('2', { stamp: START + skewMs + 10 * SECOND });
      await h.next();
      assert.deepEqual(await h.lines(), ['CREATED items 2'], `${skewMs}`);
    }
  });

  test('a full baseline knows every record, so an unknown one is new', async () => {
    const h = await harness({ configuration: { 'event.poller.baseline': 'full' } });
    h.model.write('1', { stamp: START - 300 * DAY });
    await h.begin();
    h.model.write('1');
    h.model.write('2');
    await h.next();
    assert.deepEqual(await h.lines(), ['UPDATED items 1', 'CREATED items 2']);
  });

  test('a scan without stamps reports what its content says', async () => {
    const h = await harness({ isScan: true, isStampless: true });
    for (let id = 1; id <= 12; id += 1) h.model.write(String(id), { stamp: START - DAY });
    await h.begin();
    await h.next();
    assert.deepEqual(await h.lines(), []);
    h.model.write('12');
    h.model.write('13');
    await h.next();
    assert.deepEqual(await h.lines(), ['UPDATED items 12', 'CREATED items 13']);
  });
});
