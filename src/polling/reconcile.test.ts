import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Harness } from './testing/harness.ts';
import { refusals } from './testing/model-vendor.ts';
import { DAY, HOUR, MINUTE, SECOND, useHarness } from './testing/use-harness.ts';

const harness = useHarness();

/** Writes records 1…n as they were two days before. */
function writeOld(h: Harness, n: number): void {
  const stamp = h.clock.now() - 2 * DAY;
  for (let id = 1; id <= n; id += 1) h.model.write(String(id), { stamp, visibleAt: stamp });
}

function remove(h: Harness, ...ids: number[]): void {
  for (const id of ids) h.model.write(String(id), { deleted: true });
}

const sweepNow = async (h: Harness) => {
  const [polled] = await h.poller.pollNow(h.instance(), { reconcile: true });
  return polled!.reconcile!;
};

/** An account of old records, polled, with every id known. */
async function swept(records: number, options: { isForgetful?: boolean } = {}): Promise<Harness> {
  const h = await harness({ hasSweep: true });
  h.model.isForgetful = options.isForgetful ?? false;
  writeOld(h, records);
  await h.begin();
  await sweepNow(h);
  assert.deepEqual(await h.lines(), [], 'the id baseline is silent');
  return h;
}

const heldIds = async (h: Harness) =>
  (
    await h.db.query<{ record_id: string }>('select record_id from held_deletions order by record_id::int')
  ).map((row) => row.record_id);

describe('a sweep', () => {
  test('makes the first id list without an event, and then a new id is a creation', async () => {
    const h = await swept(30);
    const kinds = await h.db.query('select kind, count(*)::int from known_records group by kind');
    assert.deepEqual(kinds, [{ kind: 'i', count: 30 }]);
    h.clock.advance(MINUTE);
    h.model.write('5');
    h.model.write('31', { stamp: h.clock.now() });
    await h.next();
    assert.deepEqual(await h.lines(), ['UPDATED items 5', 'CREATED items 31']);
  });

  test('finds what was deleted, by the flag of the vendor, once', async () => {
    const h = await swept(30);
    remove(h, 3, 7);
    const reconciled = await sweepNow(h);
    assert.deepEqual(reconciled, { records: 28, events: 2, missing: 2, held: 0, isDone: true });
    assert.deepEqual(await h.lines(), ['DELETED items 3', 'DELETED items 7']);
    const payload = (await h.payloads()).at(-1)!;
    assert.deepEqual(payload['items'], [{ id: '3' }, { id: '7' }]);
    assert.equal((await sweepNow(h)).events, 0);
  });

  test('believes a 404 only while known records still answer', async () => {
    const h = await swept(30, { isForgetful: true });
    remove(h, 4);
    await sweepNow(h);
    assert.deepEqual(await h.lines(), ['DELETED items 4']);
    const alone = await swept(2, { isForgetful: true });
    remove(alone, 1, 2);
    assert.equal((await sweepNow(alone)).missing, 2);
    assert.deepEqual(await alone.lines(), [], 'nothing is left that could answer');
  });

  test('keeps what is forbidden, with a note, and what exists outside of the listing, unasked', async () => {
    const h = await swept(30);
    h.model.forbidden.add('1');
    h.model.hidden.add('2');
    await sweepNow(h);
    assert.deepEqual(await h.lines(), []);
    const { note } = await h.one<{ note: string }>('select reconcile_note as note from polled_resources');
    assert.match(note, /1 missing records can't be read/);
    h.model.requests.length = 0;
    await sweepNow(h);
    const asked = h.model.requests.filter(({ path }) => path === '/read').map(({ query }) => query!['ids']);
    assert.deepEqual(asked, ['1'], 'what is outside is not asked about again');
    h.model.hidden.clear();
    await sweepNow(h);
    remove(h, 2);
    await sweepNow(h);
    assert.deepEqual(await h.lines(), ['DELETED items 2'], 'after it was seen again it is');
  });

  test('finds edits that carry an older stamp', async () => {
    const h = await swept(5);
    h.clock.advance(MINUTE);
    h.model.write('3');
    await h.next();
    assert.deepEqual(await h.lines(), ['UPDATED items 3']);
    h.model.write('3', { stamp: h.clock.now() - 3 * HOUR });
    await sweepNow(h);
    assert.deepEqual(await h.lines(), ['UPDATED items 3']);
  });

  test('begins by itself with the second poll, and again after its interval', async () => {
    const h = await harness({ hasSweep: true });
    writeOld(h, 12);
    await h.begin();
    await h.next();
    const row = await h.one<{ whole: boolean; minutes: number }>(
      'select id_list_complete as whole, reconcile_minutes as minutes from polled_resources',
    );
    assert.deepEqual(row, { whole: true, minutes: 1440 });
    remove(h, 9);
    h.clock.advance(DAY - HOUR);
    await h.next();
    assert.deepEqual(await h.lines(), []);
    h.clock.advance(HOUR);
    await h.next();
    assert.deepEqual(await h.lines(), ['DELETED items 9']);
  });

  test('is off with an interval of 0', async () => {
    const h = await harness({
      hasSweep: true,
      configuration: { 'event.poller.reconcile_interval': 0 },
    });
    writeOld(h, 3);
    await h.begin();
    await h.next();
    await h.next();
    assert.equal(h.model.requests.filter(({ path }) => path === '/scan').length, 0);
  });

  test('a failure in the middle is no failure of polling, and the sweep goes on where it stood', async () => {
    const h = await harness({ hasSweep: true });
    writeOld(h, 45);
    await h.begin();
    let scans = 0;
    h.onCall((request) => {
      if (request.path !== '/scan') return;
      scans += 1;
      if (scans === 3) throw refusals.request();
    });
    await h.next();
    const after = await h.one('select status, failures, reconcile_note as note from polled_resources');
    assert.deepEqual(after, { status: 'ok', failures: 0, note: 'no' });
    h.onCall(null);
    h.clock.advance(20 * MINUTE);
    h.model.requests.length = 0;
    await h.next();
    assert.equal(h.model.requests.filter(({ path }) => path === '/scan').length, 3);
    assert.equal((await h.one<{ n: number }>('select count(*)::int as n from known_records')).n, 45);
  });

  test('what a feed shows while everything is listed is not missing', async () => {
    const h = await swept(25);
    let scans = 0;
    h.onCall(async (request) => {
      if (request.path !== '/scan') return;
      scans += 1;
      // Behind the page that was read already: the listing never shows it.
      if (scans === 3) h.model.hidden.add('15');
      if (scans !== 2) return;
      h.model.hidden.add('1');
    });
    await sweepNow(h);
    assert.deepEqual(await h.lines(), []);
  });

  test('starts over when the work table was lost', async () => {
    const h = await swept(25);
    let scans = 0;
    h.onCall(async (request) => {
      if (request.path !== '/scan') return;
      scans += 1;
      if (scans === 3) await h.db.execute('truncate swept_ids');
    });
    remove(h, 2);
    const reconciled = await sweepNow(h);
    assert.equal(reconciled.isDone, true);
    assert.ok(scans > 3, `${scans} pages`);
    assert.deepEqual(await h.lines(), ['DELETED items 2']);
  });

  test('makes way for a poll by hand', async () => {
    const h = await swept(25);
    await h.db.execute(`update polled_resources set reconcile_at = '-infinity'`);
    await h.db.execute(`update pollers set next_poll_at = '-infinity'`);
    const second = h.secondPoller();
    let polled: unknown;
    let scans = 0;
    h.onCall(async (request) => {
      if (request.path !== '/scan') return;
      scans += 1;
      if (scans === 2) polled = await second.pollNow(h.instance());
    });
    await h.pollDue();
    assert.deepEqual(polled, [{ objectType: 'items', records: 0, events: 0 }]);
    h.onCall(null);
    h.clock.advance(10 * SECOND);
    await h.next();
    const { left } = await h.one<{ left: number }>('select count(*)::int as left from sweeps');
    assert.equal(left, 0, 'another claim carried it to its end');
  });
});

describe('deletions on hold', () => {
  test('more than twenty at once are held, but for those of a sample that the vendor calls deleted', async () => {
    const h = await swept(100, { isForgetful: true });
    remove(h, ...Array.from({ length: 30 }, (_, n) => n + 1));
    const reconciled = await sweepNow(h);
    assert.deepEqual([reconciled.missing, reconciled.held, reconciled.events], [30, 30, 0]);
    assert.equal((await heldIds(h)).length, 30);
    assert.equal((await sweepNow(h)).missing, 0, 'the held are not missing a second time');
  });

  test('an empty listing deletes nothing, and what shows up again is let go', async () => {
    const h = await swept(100);
    for (let id = 1; id <= 100; id += 1) h.model.hidden.add(String(id));
    const reconciled = await sweepNow(h);
    assert.deepEqual([reconciled.missing, reconciled.events], [100, 0]);
    assert.equal((await heldIds(h)).length, 80, 'a sample of twenty was found to exist');
    h.model.hidden.clear();
    await sweepNow(h);
    assert.deepEqual(await heldIds(h), []);
    assert.deepEqual(await h.lines(), []);
  });

  test('all of three with nothing but 404s are held, and released when a person says so', async () => {
    const h = await swept(3, { isForgetful: true });
    remove(h, 1, 2, 3);
    assert.equal((await sweepNow(h)).held, 3);
    assert.deepEqual(await h.lines(), []);
    await h.db.execute('update held_deletions set is_released = true');
    await h.db.execute('update polled_resources set has_released = true');
    h.model.write('2');
    await h.poller.wake(h.instance().id);
    await h.pollDue();
    assert.deepEqual(await h.lines(), ['DELETED items 1', 'DELETED items 3'], 'a restored one is not');
    assert.deepEqual(await heldIds(h), []);
  });

  test('all of three that the vendor calls deleted are reported', async () => {
    const h = await swept(3);
    remove(h, 1, 2, 3);
    assert.deepEqual((await sweepNow(h)).events, 3);
  });
});
