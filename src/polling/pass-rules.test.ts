import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addLateness, learnedOverlapMs } from './overlap.ts';
import { cursorAfter, isLastPage, maxSeenOf, passFrom, vendorTime } from './pass-rules.ts';
import { nextSlot, slotAfterFailure } from './phase.ts';
import type { SeenRow } from './seen-row.ts';

const NOW = Date.UTC(2026, 10, 21, 9);
const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function rows(...stamps: (number | undefined)[]): SeenRow[] {
  return stamps.map((changedAt, index) => {
    const row: SeenRow = { id: String(index), objectId: String(index), deleted: false, fp: 1n, record: {} };
    if (changedAt !== undefined) row.changedAt = changedAt;
    return row;
  });
}

describe('the cursor', () => {
  const pass = { cursor: NOW - 600 * SECOND, startedAt: NOW, maxSeen: null, covered: undefined };

  test('moves to the newest stamp seen', () => {
    assert.equal(cursorAfter({ ...pass, maxSeen: NOW - 5 * SECOND }), NOW - 5 * SECOND);
  });
  test('never passes the start of the pass', () => {
    assert.equal(cursorAfter({ ...pass, maxSeen: NOW + DAY }), NOW);
    assert.equal(cursorAfter({ ...pass, covered: NOW + DAY }), NOW);
    assert.equal(cursorAfter({ ...pass, cursor: NOW + DAY }), NOW);
  });
  test('never goes back while the clock does not', () => {
    assert.equal(cursorAfter({ ...pass, maxSeen: NOW - HOUR }), pass.cursor);
  });
  test('stays within an hour of an idle resource', () => {
    assert.equal(cursorAfter({ ...pass, cursor: NOW - DAY }), NOW - HOUR);
    assert.equal(cursorAfter({ ...pass, cursor: null }), NOW - HOUR);
  });
  test('goes by what the vendor vouches for, newer rows or not', () => {
    assert.equal(cursorAfter({ ...pass, maxSeen: NOW, covered: NOW - 60 * SECOND }), NOW - 60 * SECOND);
  });
});

describe('what a pass asks for', () => {
  const pass = {
    kind: 'window',
    cursor: NOW,
    overlapMs: 120_000,
    pollDelayMs: 30_000,
    baselineFrom: NOW - HOUR,
  } as const;

  test('begins behind the cursor by overlap and delay', () => {
    assert.equal(passFrom(pass), NOW - 150_000);
  });
  test('never begins before the baseline', () => {
    assert.equal(passFrom({ ...pass, cursor: NOW - HOUR + SECOND }), NOW - HOUR);
    assert.equal(passFrom({ ...pass, cursor: null }), NOW - HOUR);
  });
  test('is everything for a scan', () => {
    assert.equal(passFrom({ ...pass, kind: 'scan' }), undefined);
  });
});

describe('the last page', () => {
  const page = {
    from: NOW - HOUR,
    startedAt: NOW,
    answeredAt: NOW + 10 * SECOND,
    page: { next: {} },
  } as const;
  const ascending = { ...page, feed: { order: 'asc' } } as const;
  const descending = {
    ...page,
    feed: { order: 'desc', stamp: { resolutionMs: SECOND, late: 'index', overlapS: 120 } },
  } as const;

  test('is the one without a next', () => {
    assert.equal(isLastPage({ ...ascending, page: { next: null }, rows: rows(NOW) }), true);
    assert.equal(isLastPage({ ...ascending, rows: rows() }), false);
  });
  test('of an ascending feed is the first that is wholly newer than the start', () => {
    assert.equal(isLastPage({ ...ascending, rows: rows(NOW, NOW + SECOND) }), false);
    assert.equal(isLastPage({ ...ascending, rows: rows(NOW + SECOND, NOW + 2 * SECOND) }), true);
    assert.equal(isLastPage({ ...ascending, rows: rows(NOW + SECOND, undefined) }), false);
  });
  test('is not one of nothing but stamps in the future', () => {
    assert.equal(isLastPage({ ...ascending, rows: rows(NOW + DAY, NOW + 2 * DAY) }), false);
  });
  test('of a descending feed is the first that reaches below what was asked for', () => {
    assert.equal(isLastPage({ ...descending, rows: rows(NOW, NOW - HOUR) }), false);
    assert.equal(isLastPage({ ...descending, rows: rows(NOW, NOW - HOUR - 1) }), true);
    assert.equal(isLastPage({ ...descending, from: undefined, rows: rows(0) }), false);
  });
});

test('the newest stamp of a pass carries over its pages', () => {
  assert.equal(maxSeenOf(null, rows()), null);
  assert.equal(maxSeenOf(NOW, rows(NOW - SECOND, undefined)), NOW);
  assert.equal(maxSeenOf(NOW, rows(NOW + SECOND, NOW)), NOW + SECOND);
});

test('a Date header far ahead of our clock is not believed, one behind is', () => {
  assert.deepEqual(vendorTime(NOW + 2 * HOUR, NOW), { at: NOW, isDated: false });
  assert.deepEqual(vendorTime(undefined, NOW), { at: NOW, isDated: false });
  assert.deepEqual(vendorTime(NOW - DAY, NOW), { at: NOW - DAY, isDated: true });
});

describe('the overlap', () => {
  const stamp = { resolutionMs: 1000, late: 'index', overlapS: 120 } as const;

  test('is the default of the connector while nothing came late', () => {
    assert.equal(learnedOverlapMs(stamp, [], false), 120_000);
    assert.equal(learnedOverlapMs(undefined, [], false), 120_000);
    assert.equal(learnedOverlapMs(stamp, [], true), 420_000);
  });
  test('is twice the largest lateness of a week, at most an hour', () => {
    const days = addLateness([], [90_000, 200_000, 3000], NOW);
    assert.equal(learnedOverlapMs(stamp, days, false), 400_000);
    assert.equal(learnedOverlapMs(stamp, addLateness(days, [HOUR], NOW), false), HOUR);
    assert.deepEqual(days[0]?.counts, [0, 1, 0, 0, 2, 0, 0, 0]);
  });
  test('forgets lateness after a week', () => {
    const days = addLateness([], [200_000], NOW);
    assert.equal(addLateness(days, [], NOW + 6 * DAY).length, 1);
    assert.equal(addLateness(days, [], NOW + 7 * DAY).length, 0);
  });
});

describe('the schedule', () => {
  test('spreads instances evenly over their interval', () => {
    const slots = Array.from({ length: 1000 }, (_, id) => nextSlot(id, 900_000, NOW) - NOW);
    assert.ok(slots.every((ms) => ms > 0 && ms <= 900_000));
    const inTenths = Array.from({ length: 10 }, (_, tenth) =>
      slots.filter((ms) => Math.ceil(ms / 90_000) === tenth + 1),
    );
    assert.ok(inTenths.every((tenth) => tenth.length > 60 && tenth.length < 140));
  });
  test('keeps the place of an instance in its interval', () => {
    const slot = nextSlot(7, 900_000, NOW);
    assert.equal(nextSlot(7, 900_000, slot - 1), slot);
    assert.equal(nextSlot(7, 900_000, slot), slot + 900_000);
  });
  test('takes an interval of nineteen hundred years', () => {
    assert.ok(Number.isSafeInteger(nextSlot(7, 999_999_999 * 60_000, NOW)));
  });
  test('waits longer after every failure, up to an hour, never shorter than the interval', () => {
    const waits = Array.from({ length: 12 }, (_, n) => slotAfterFailure(7, 300_000, NOW, n + 1) - NOW);
    assert.ok(waits[0]! <= 300_000);
    assert.ok(waits.slice(4).every((ms) => ms >= HOUR && ms <= HOUR + 300_000));
    assert.ok(slotAfterFailure(7, DAY, NOW, 50) - NOW <= DAY);
  });
});
