import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printDate } from './print-date.ts';
import { readDate } from './read-date.ts';

const AT = Date.parse('2026-11-20T09:16:40.123Z');

test('patterns print as Java prints them', () => {
  for (const [pattern, zone, expected] of [
    ["yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", 'GMT', '2026-11-20T09:16:40.123Z'],
    ["yyyy-MM-dd'T'HH:mm:ssXXX", 'UTC', '2026-11-20T09:16:40Z'],
    ["yyyy-MM-dd'T'HH:mm:ssXXX", 'Asia/Kolkata', '2026-11-20T14:46:40+05:30'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSSZ", 'America/New_York', '2026-11-20T04:16:40.123-0500'],
    ['yyyy-MM-dd HH:mm:ss', 'PST', '2026-11-20 01:16:40'],
    ['EEE, dd MMM yyyy HH:mm:ss Z', 'GMT', 'Fri, 20 Nov 2026 09:16:40 +0000'],
    ['EEEE d MMMM yy h:mm a z', 'America/New_York', 'Friday 20 November 26 4:16 AM EST'],
    ['EEE, dd MMM yyyy HH:mm:ss zzz', 'GMT', 'Fri, 20 Nov 2026 09:16:40 GMT'],
    ['G y D u K k X XX', '-08:00', 'AD 2026 324 5 1 1 -08 -0800'],
    ["h 'o''clock' ''a''", 'UTC', "9 o'clock 'AM'"],
    ['YYYY/L', 'UTC', '2026/11'],
    ['milliseconds', 'PST', '1795166200123'],
    ['seconds', 'PST', '1795166200'],
    ['yyyy', 'Mars/Olympus', '2026'],
  ] as const) {
    assert.equal(printDate(AT, pattern, zone), expected, pattern);
  }
});

test('a fraction prints as many digits as its letters', () => {
  assert.deepEqual(
    ['S', 'SS', 'SSS', 'SSSS', 'SSSSSS'].map((pattern) => printDate(5, pattern, 'UTC')),
    ['0', '00', '005', '0050', '005000'],
  );
});

test('the last days of December keep their year whatever letter asks for it', () => {
  assert.equal(printDate(Date.parse('2025-12-30T00:00:00Z'), 'YYYY-MM-dd', 'UTC'), '2025-12-30');
});

test('midnight and noon are twelve o clock', () => {
  const noon = Date.parse('2026-01-01T12:00:00Z');
  assert.equal(printDate(noon, 'h K H k a', 'UTC'), '12 0 12 12 PM');
  assert.equal(printDate(noon - 43_200_000, 'h K H k a', 'UTC'), '12 0 0 24 AM');
});

test('years before the first count backwards', () => {
  assert.equal(printDate(Date.parse('0000-06-01T00:00:00Z'), 'y G', 'UTC'), '1 BC');
  assert.equal(printDate(Date.parse('0001-01-01T00:00:00Z'), 'yyyy-MM-dd', 'UTC'), '0001-01-01');
  assert.equal(printDate(-1, 'yyyy-MM-dd HH:mm:ss.SSS', 'UTC'), '1969-12-31 23:59:59.999');
});

test('what has problems prints as it stands instead of failing', () => {
  assert.equal(printDate(AT, "yyyy-Q'x", 'UTC'), '2026-Qx');
});

const ZONES = [
  'UTC',
  'GMT',
  'PST',
  'EST',
  'CST',
  'America/New_York',
  'Europe/Paris',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Pacific/Apia',
  '+05:45',
  'GMT-03:30',
];

/** Patterns that say everything down to the millisecond, their offset included. */
const EXACT = [
  "yyyy-MM-dd'T'HH:mm:ss.SSSZ",
  "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
  'EEE, dd MMM yyyy hh:mm:ss.SSS a XX',
  'EEEE, MMMM d, yyy K:m:s.SSSSSS a Z',
  'yyyyMMddHHmmssSSSZ',
  "u 'day' D yyyy kk:mm:ss.SSS z",
  'G yyyy-LL-dd HH:mm:ss.SSSz',
];

const years1To9999 = fc.integer({
  min: Date.parse('0001-01-03T00:00:00Z'),
  max: Date.parse('9999-12-29T00:00:00Z'),
});
/** Since 1972 no zone's offset has seconds, which no pattern can print. */
const since1972 = fc.integer({
  min: Date.parse('1972-06-01T00:00:00Z'),
  max: Date.parse('2100-01-01T00:00:00Z'),
});

test('a printed date with its offset is read back to the same instant, in every zone', () => {
  fc.assert(
    fc.property(since1972, fc.constantFrom(...EXACT), fc.constantFrom(...ZONES), (at, pattern, zone) => {
      const printed = printDate(at, pattern, zone);
      assert.deepEqual(readDate(printed, { pattern, timezone: 'Asia/Tokyo' }), { at, fitted: true }, printed);
    }),
    { numRuns: 3000 },
  );
});

test('a printed date of UTC is read back from year 1 to 9999', () => {
  const patterns = [...EXACT, 'yyyy-MM-dd HH:mm:ss.SSS', 'milliseconds'];
  fc.assert(
    fc.property(years1To9999, fc.constantFrom(...patterns), (at, pattern) => {
      const printed = printDate(at, pattern, 'UTC');
      assert.deepEqual(readDate(printed, { pattern }), { at, fitted: true }, printed);
    }),
    { numRuns: 2000 },
  );
});

test('a printed date without offset is read back in its zone, an hour that comes twice an hour later', () => {
  fc.assert(
    fc.property(years1To9999, fc.constantFrom(...ZONES), (at, timezone) => {
      const pattern = 'yyyy-MM-dd HH:mm:ss.SSS';
      const printed = printDate(at, pattern, timezone);
      const read = readDate(printed, { pattern, timezone });
      assert.ok(read?.fitted);
      assert.equal(printDate(read.at, pattern, timezone), printed);
      assert.ok(read.at >= at && read.at - at <= 86_400_000, printed);
    }),
    { numRuns: 2000 },
  );
});

test('no pattern and no text make reader or printer throw', () => {
  const pattern = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[GyYMLdDEuaHkKhmsSZXz' :-]{0,20}$/),
  );
  const at = fc.oneof(fc.integer(), fc.constantFrom(8.64e15, -8.64e15, 0));
  fc.assert(
    fc.property(
      pattern,
      fc.string({ unit: 'binary' }),
      at,
      fc.constantFrom(...ZONES),
      (pattern, text, at, timezone) => {
        const printed = printDate(at, pattern, timezone);
        for (const value of [text, printed, at]) {
          const date = readDate(value, { pattern, timezone });
          assert.ok(date === null || Number.isInteger(date.at));
        }
      },
    ),
    { numRuns: 1000 },
  );
});
