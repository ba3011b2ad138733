import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { civilFromLocalMs, daysFromCivil, daysInMonth, isoWeekday, localMs } from './civil.ts';

const anyInstant = fc.integer({ min: -8.64e15, max: 8.64e15 });

test('calendar arithmetic agrees with the language over its whole range', () => {
  fc.assert(
    fc.property(anyInstant, (at) => {
      const date = new Date(at);
      const civil = civilFromLocalMs(at);
      assert.deepEqual(civil, {
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
        hour: date.getUTCHours(),
        minute: date.getUTCMinutes(),
        second: date.getUTCSeconds(),
        ms: date.getUTCMilliseconds(),
      });
      assert.equal(localMs(civil), at);
      assert.equal(isoWeekday(daysFromCivil(civil.year, civil.month, civil.day)) % 7, date.getUTCDay());
    }),
    { numRuns: 3000 },
  );
});

test('February has 29 days in every fourth year but not in every hundredth', () => {
  assert.deepEqual(
    [2023, 2024, 1900, 2000, 0, -4, 9999].map((year) => daysInMonth(year, 2)),
    [28, 29, 28, 29, 29, 29, 28],
  );
  assert.equal(daysInMonth(2026, 13), 0);
  assert.equal(daysInMonth(2026, 0), 0);
});
