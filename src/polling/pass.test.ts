import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RetryAt } from '../connectors/failures.ts';
import { START } from './testing/harness.ts';
import { refusals } from './testing/model-vendor.ts';
import { DAY, HOUR, MINUTE, SECOND, feedOf, resourceOf, useHarness } from './testing/use-harness.ts';

const harness = useHarness();

describe('passes', { timeout: 60_000 }, () => {
  test('a thousand changes over many pages are each reported once, in notifications of ten', async () => {
    const h = await harness({ pageSize: 37 });
    await h.begin();
    for (let id = 1; id <= 1000; id += 1)
      h.model.write(String(id), { stamp: START + 30 * SECOND + (id % 7) * SECOND });
    h.clock.advance(2 * MINUTE);
    await h.next();
    const lines = await h.lines();
    assert.equal(lines.length, 1000);
    assert.equal(new Set(lines).size, 1000);
    for (const payload of await h.payloads()) {
      const events = payload['events'] as { objectId: string }[];
      const records = payload['items'] as { id: number }[];
      assert.ok(events.length <= 10);
      assert.deepEqual(
        events.map((event) => event.objectId),
        records.map((record) => String(record.id)),
      );
    }
    await h.next();
    assert.deepEqual(await h.lines(), []);
  });

  test('a failure in the middle of a pass costs the page it met; the next poll goes on there', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id), { stamp: START + id * SECOND });
    h.clock.advance(MINUTE);
    h.onCall((_request, count) => {
      if (count >= 3) throw new RetryAt(h.clock.now() + HOUR, 'busy');
    });
    await h.next();
    assert.equal((await h.lines()).length, 20);
    assert.deepEqual((await resourceOf(h)).status, 'failing');
    const { cursor_at: cursorAt, pass_position: position } = await feedOf(h);
    assert.ok(cursorAt !== null && cursorAt <= START);
    assert.notEqual(position, null);
    h.onCall(null);
    h.model.requests.length = 0;
    await h.next();
    assert.equal((await h.lines()).length, 25);
    assert.match(JSON.stringify(h.model.requests[0]?.query), /after/);
    await h.next();
    assert.deepEqual(await h.lines(), []);
  });

  test('a refused position begins the pass again and reports nothing twice', async () => {
    const h = await harness();
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id));
    h.clock.advance(MINUTE);
    h.onCall((_request, count) => {
      if (count === 3) throw refusals.position();
    });
    await h.next();
    const lines = await h.lines();
    assert.deepEqual([lines.length, new Set(lines).size], [45, 45]);
  });

  test('a vendor that refuses every position of its own fails the poll', async () => {
    const h = await harness();
    await h.begin();
    h.onCall(() => {
      throw refusals.position();
    });
    await h.next();
    assert.equal((await resourceOf(h)).last_error, 'the vendor refuses its own page positions');
  });

  test('pages that shift while they are read lose and repeat nothing', async () => {
    const h = await harness();
    h.model.isShifting = true;
    await h.begin();
    for (let id = 1; id <= 45; id += 1) h.model.write(String(id), { stamp: START + id * SECOND });
    h.clock.advance(2 * MINUTE);
    h.onCall((_request, count) => {
      if (count === 2) h.model.write('1');
      if (count === 3) h.model.write('60');
    });
    await h.next();
    h.onCall(null);
    await h.next();
    const lines = await h.lines();
    assert.equal(new Set(lines).size, lines.length);
    assert.equal(lines.filter((line) => line.startsWith('CREATED')).length, 46);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('UPDATED')),
      ['UPDATED items 1'],
    );
  });

  test('a stamp in 2099 does not blind the poller', async () => {
    const h = await harness();
    await h.begin();
    h.model.write('1', { stamp: Date.UTC(2099, 0, 1) });
    await h.next();
    h.model.write('2');
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1', 'CREATED items 2']);
  });

  test('a feed that grows faster than it is read comes to an end', async () => {
    const h = await harness({ pageSize: 2 });
    await h.begin();
    h.model.write('1');
    h.onCall((request) => {
      h.clock.advance(SECOND);
      if (request.path === '/changes')
        for (let n = 0; n < 3; n += 1) h.model.write(String(h.model.versions.length + 1));
    });
    await h.next();
    assert.ok(h.model.requests.length < 20);
    h.onCall(null);
    await h.next();
    assert.equal((await h.lines()).length, h.model.versions.length);
  });

  test('an idle resource keeps its cursor within an hour of now', async () => {
    const h = await harness();
    await h.begin();
    for (let n = 0; n < 30; n += 1) await h.next();
    assert.equal((await feedOf(h)).cursor_at, h.clock.now() - HOUR);
  });

  test('two edits within one tick are two events, the same tick read again is none', async () => {
    const h = await harness();
    await h.begin();
    const stamp = START + 10 * SECOND;
    h.model.write('1', { stamp });
    await h.next();
    h.model.write('1', { stamp });
    await h.next();
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1', 'UPDATED items 1']);
  });

  test('a deletion is reported once, a restore is a creation', async () => {
    const h = await harness();
    await h.begin();
    h.model.write('1');
    await h.next();
    h.model.write('1', { deleted: true });
    await h.next();
    await h.next();
    h.model.write('1');
    await h.next();
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1', 'DELETED items 1', 'CREATED items 1']);
    const deletion = (await h.payloads()).find((payload) => JSON.stringify(payload).includes('DELETED'));
    assert.deepEqual(deletion?.['items'], [{ id: '1' }]);
  });

  test('without a Date header polling goes on with a warning and a larger overlap', async () => {
    const h = await harness();
    h.model.date = undefined;
    await h.begin();
    h.model.write('1');
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 1']);
    assert.match((await resourceOf(h)).warnings.join(), /no usable Date header/);
  });

  test('lateness is learned, and once an hour a pass looks back an hour', async () => {
    const h = await harness();
    await h.begin();
    for (let n = 0; n < 13; n += 1) {
      h.model.write('1');
      await h.next();
    }
    await h.lines();
    for (let id = 100; id < 113; id += 1) {
      h.model.write('1');
      h.model.write(String(id), { stamp: h.clock.now() - 40 * MINUTE, visibleAt: h.clock.now() });
      await h.next();
    }
    assert.ok((await h.lines()).some((line) => line.startsWith('CREATED')));
    const { lateness } = await h.one<{ lateness: { maxMs: number }[] }>(
      "select lateness from polled_feeds where name = 'changes'",
    );
    assert.ok(lateness[0]!.maxMs >= 35 * MINUTE);
    await h.lines();
    // Twice what was learned is over the cap: the next record that comes as late is found at once.
    h.model.write('3', { stamp: h.clock.now() - 40 * MINUTE, visibleAt: h.clock.now() });
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 3']);
  });

  test('a gap beyond the look-back is a new baseline and a warning', async () => {
    const h = await harness({ stamp: { lookbackDays: 30 } });
    await h.begin();
    h.model.write('1');
    await h.next();
    await h.lines();
    h.clock.advance(45 * DAY);
    h.model.write('1', { stamp: h.clock.now() - 10 * DAY });
    await h.next();
    assert.deepEqual(await h.lines(), []);
    assert.match((await resourceOf(h)).warnings.join(), /no longer shows what changed since/);
    h.model.write('2');
    await h.next();
    assert.deepEqual(await h.lines(), ['CREATED items 2']);
  });
});
