import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GiveUp } from '../connectors/failures.ts';
import type { EpochMs } from '../kernel/clock.ts';
import { START, type Harness } from './testing/harness.ts';
import { refusals } from './testing/model-vendor.ts';
import { DAY, HOUR, MINUTE, SECOND, feedOf, useHarness } from './testing/use-harness.ts';

const harness = useHarness();

const readAgain = (h: Harness, from: EpochMs, objectType = 'items') =>
  h.poller.readAgain(h.instance(), { objectType, from, isDryRun: false });
const preview = (h: Harness, from: EpochMs, objectType = 'items') =>
  h.poller.readAgain(h.instance(), { objectType, from, isDryRun: true });

/** Every row of every table that polling writes, to see that nothing was. */
async function stored(h: Harness): Promise<string> {
  const tables = ['pollers', 'polled_resources', 'polled_feeds', 'known_records', 'events', 'held_deletions'];
  const rows = await Promise.all(
    tables.map((table) => h.db.query(`select t::text from ${table} t order by 1`)),
  );
  return JSON.stringify(rows);
}

/** A version that the vendor shows a day after it was stamped: later than any overlap reaches. */
function writeLate(h: Harness, id: string): void {
  h.model.write(id, { stamp: h.clock.now() - DAY });
}

describe('reading again', { timeout: 60_000 }, () => {
  test('gives what was missed, and nothing that is known', async () => {
    const h = await harness();
    await h.begin();
    h.clock.advance(2 * DAY);
    for (let id = 1; id <= 15; id += 1) h.model.write(String(id));
    await h.next();
    await h.lines();
    h.clock.advance(HOUR);
    writeLate(h, '99');
    await h.next();
    assert.deepEqual(await h.lines(), [], 'shown too late for any poll');
    assert.equal(await readAgain(h, h.clock.now() - 30 * HOUR), null);
    await h.pollDue();
    assert.deepEqual(await h.lines(), ['CREATED items 99']);
    await readAgain(h, h.clock.now() - 30 * HOUR);
    await h.pollDue();
    assert.deepEqual(await h.lines(), []);
  });

  test('gives what changed before polling was turned on, deletions too', async () => {
    const h = await harness();
    const at = START - 5 * DAY;
    h.model.write('1', { stamp: at - 2 * DAY, visibleAt: at - 2 * DAY });
    h.model.write('1', { stamp: at, visibleAt: at });
    h.model.write('2', { stamp: at, visibleAt: at });
    h.model.write('3', { stamp: at, visibleAt: at });
    h.model.write('3', { stamp: at + HOUR, visibleAt: at + HOUR, deleted: true });
    h.model.write('4', { stamp: at - HOUR, visibleAt: at - HOUR });
    await h.begin();
    h.clock.advance(MINUTE);
    await readAgain(h, at);
    await h.pollDue();
    assert.deepEqual((await h.lines()).toSorted(), ['CREATED items 2', 'DELETED items 3', 'UPDATED items 1']);
    await h.next();
    assert.deepEqual(await h.lines(), []);
  });

  test('does not count old versions as late, so no overlap grows', async () => {
    const h = await harness();
    const at = START - 5 * DAY;
    h.model.write('1', { stamp: at, visibleAt: at });
    await h.begin();
    await h.next();
    await readAgain(h, at);
    await h.pollDue();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
    const { lateness } = await h.one<{ lateness: { maxMs: number }[] }>('select lateness from polled_feeds');
    assert.deepEqual(lateness, []);
  });

  test('takes the fence from a pass under way on another node, which can not put the cursor forward', async () => {
    const h = await harness();
    await h.begin();
    const from = h.clock.now() + MINUTE;
    h.clock.advance(DAY);
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id));
    await h.next();
    assert.equal((await h.lines()).length, 45);
    h.clock.advance(DAY);
    for (let id = 46; id <= 85; id += 1) h.model.write(String(id));
    writeLate(h, '99');
    const gate = Promise.withResolvers<void>();
    const stalled = Promise.withResolvers<void>();
    h.onCall(async (_request, count) => {
      if (count !== 3) return;
      stalled.resolve();
      await gate.promise;
    });
    const other = h.secondPoller();
    const running = h.pollDue(other);
    await stalled.promise;
    await readAgain(h, from);
    const after = await feedOf(h);
    assert.deepEqual([after.cursor_at, after.pass_position], [from, null]);
    gate.resolve();
    await running;
    assert.deepEqual(await feedOf(h), after, 'the page of the other node was thrown away');
    h.onCall(null);
    assert.equal(await h.pollDue(), 1, 'it is due, and free');
    const lines = await h.lines();
    assert.deepEqual([lines.length, new Set(lines).size], [41, 41]);
    assert.ok(lines.includes('CREATED items 99'));
  });

  test('never puts a cursor forward', async () => {
    const h = await harness();
    await h.begin();
    const before = await feedOf(h);
    h.clock.advance(HOUR / 2);
    await readAgain(h, h.clock.now());
    assert.deepEqual(await feedOf(h), before);
  });

  test('of a listing without a cursor reads it whole, and gives nothing twice', async () => {
    const h = await harness({ isScan: true, hasSweep: true });
    h.model.write('1');
    await h.begin();
    assert.deepEqual(await preview(h, START), { records: 1, events: 0, isComplete: true });
    await readAgain(h, START);
    assert.equal(await h.pollDue(), 1);
    assert.deepEqual(await h.lines(), []);
  });
});

describe('a dry run of reading again', { timeout: 60_000 }, () => {
  test('says what would be read and given, and stores nothing', async () => {
    const h = await harness();
    await h.begin();
    const from = h.clock.now();
    h.clock.advance(2 * DAY);
    for (let id = 1; id <= 25; id += 1) h.model.write(String(id));
    await h.next();
    await h.lines();
    writeLate(h, '99');
    h.model.write('7', { deleted: true });
    const before = await stored(h);
    const said = await preview(h, from);
    assert.equal(await stored(h), before);
    assert.deepEqual(said, { records: 26, events: 2, isComplete: true });
    await readAgain(h, from);
    await h.pollDue();
    assert.deepEqual((await h.lines()).toSorted(), ['CREATED items 99', 'DELETED items 7']);
  });

  test('is cut after 20 pages, and says so', async () => {
    const h = await harness();
    await h.begin();
    const from = h.clock.now();
    h.clock.advance(HOUR);
    for (let id = 1; id <= 205; id += 1) h.model.write(String(id), { stamp: from + id * SECOND });
    h.model.requests.length = 0;
    assert.deepEqual(await preview(h, from), { records: 200, events: 200, isComplete: false });
    assert.equal(h.model.requests.length, 20);
  });

  test('is cut after 30 seconds, and counts a record that pages show twice once', async () => {
    const h = await harness();
    await h.begin();
    const from = h.clock.now();
    h.clock.advance(HOUR);
    h.model.isShifting = true;
    for (let id = 1; id <= 25; id += 1) h.model.write(String(id), { stamp: from + id * SECOND });
    h.onCall((_request, count) => {
      if (count === 2) h.model.write('1', { stamp: from + HOUR });
    });
    assert.deepEqual(await preview(h, from), { records: 25, events: 25, isComplete: true });
    h.onCall(() => h.clock.advance(20 * SECOND));
    const cut = await preview(h, from);
    assert.deepEqual([cut!.records, cut!.isComplete], [20, false]);
  });

  test('begins a feed anew when the vendor refuses its position, within the same bounds', async () => {
    const h = await harness();
    await h.begin();
    const from = h.clock.now();
    h.clock.advance(HOUR);
    for (let id = 1; id <= 15; id += 1) h.model.write(String(id));
    h.onCall((_request, count) => {
      if (count === 2) throw refusals.position();
    });
    assert.deepEqual(await preview(h, from), { records: 15, events: 15, isComplete: true });
    h.onCall(() => {
      throw refusals.position();
    });
    assert.deepEqual(await preview(h, from), { records: 0, events: 0, isComplete: false });
  });

  test('passes on what the vendor says', async () => {
    const h = await harness();
    await h.begin();
    h.onCall(() => {
      throw new GiveUp('no such field', 400);
    });
    await assert.rejects(preview(h, START), { code: 'bad_request', providerMessage: 'no such field' });
  });
});

describe('reading again is refused', { timeout: 60_000 }, () => {
  const refused = async (h: Harness, from: EpochMs, message: RegExp, objectType?: string): Promise<void> => {
    const before = await stored(h);
    await assert.rejects(readAgain(h, from, objectType), { code: 'bad_request', message });
    await assert.rejects(preview(h, from, objectType), { code: 'bad_request', message });
    assert.equal(await stored(h), before);
  };

  test('for what is not polled, with the names of what is', async () => {
    const h = await harness();
    await h.begin();
    await refused(h, START, /"things" is not polled; what is polled: items/, 'things');
  });

  test('from the future', async () => {
    const h = await harness();
    await h.begin();
    await refused(h, h.clock.now() + 1, /from lies in the future: it is 2026-11-21T09:00:00Z now/);
  });

  test('from before the look-back of the vendor, with the earliest that goes', async () => {
    const h = await harness({ stamp: { lookbackDays: 30 } });
    await h.begin();
    await refused(
      h,
      START - 30 * DAY,
      /Model shows what changed within 30 days.*2026-10-22T10:00:00Z or later/,
    );
    assert.equal(await readAgain(h, START - 30 * DAY + HOUR), null);
    await h.pollDue();
    const row = await h.one<{ warnings: string[] }>('select warnings from polled_resources');
    assert.deepEqual(row.warnings, [], 'polling did not begin anew');
  });

  test('from before the time for which deletions are remembered', async () => {
    const h = await harness();
    await h.begin();
    await refused(h, START - 40 * DAY, /deletions are remembered for 40 days.*2026-10-13T09:00:00Z or later/);
    assert.equal(await readAgain(h, START - 39 * DAY), null);
  });

  test('while polling is off, and before it ever was on', async () => {
    const h = await harness();
    await refused(h, START, /Events are off/);
    await h.begin();
    await h.change({ eventsEnabled: false });
    await refused(h, START, /Events are off/);
    await h.change({ eventsEnabled: true, disabled: true });
    await refused(h, START, /Events are off/);
  });

  test('before the baseline is read', async () => {
    const h = await harness({ baselineWaitMs: 1 });
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    h.onCall(() => {
      asked.resolve();
      return gate.promise;
    });
    await h.begin();
    await asked.promise;
    await assert.rejects(readAgain(h, START), { code: 'conflict', message: /baseline of items is not read/ });
    gate.resolve();
  });
});
