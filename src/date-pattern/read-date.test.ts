import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDate, readIso } from './read-date.ts';

/** The instant read, as ISO text, with a `?` when the pattern did not fit. */
function read(value: string | number, pattern?: string, timezone?: string): string | null {
  const date = readDate(value, { pattern, timezone });
  return date === null ? null : `${new Date(date.at).toISOString()}${date.fitted ? '' : '?'}`;
}

test('the texts of the five vendors are read by their patterns', () => {
  for (const [value, pattern, expected] of [
    ['2026-05-01T07:25:37.000+0000', "yyyy-MM-dd'T'HH:mm:ss.SSSZ", '2026-05-01T07:25:37.000Z'],
    ['2017-12-18 19:29:56', 'yyyy-MM-dd HH:mm:ss', '2017-12-18T19:29:56.000Z'],
    ['2026-05-15T10:16:44Z', "yyyy-MM-dd'T'HH:mm:ssXXX", '2026-05-15T10:16:44.000Z'],
    ['2026-05-15T10:16:44Z', "yyyy-MM-dd'T'HH:mm:ss'Z'", '2026-05-15T10:16:44.000Z'],
    ['2017-01-01T22:17:59.039Z', "yyyy-MM-dd'T'HH:mm:ss.SSSX", '2017-01-01T22:17:59.039Z'],
    ['2026-11-20T09:16:40.123456Z', "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", '2026-11-20T09:16:40.123Z'],
    ['1779268600123', 'milliseconds', '2026-05-20T09:16:40.123Z'],
    [1779268600123, 'milliseconds', '2026-05-20T09:16:40.123Z'],
    [1779268600, 'seconds', '2026-05-20T09:16:40.000Z'],
    ['1779268600.002768', 'seconds', '2026-05-20T09:16:40.002Z'],
    ['Fri, 20 Nov 2026 09:16:40 +0100', 'EEE, dd MMM yyyy HH:mm:ss Z', '2026-11-20T08:16:40.000Z'],
    ['11/20/2026 09:16:40 PM', 'MM/dd/yyyy hh:mm:ss a', '2026-11-20T21:16:40.000Z'],
  ] as const) {
    assert.equal(read(value, pattern), expected, `${value} by ${pattern}`);
    assert.equal(read(typeof value === 'number' ? value : ` ${value}\n`, pattern), expected);
  }
});

test('the formats of the Salesforce example read its dates, the one with the stray dash without fitting', () => {
  const value = '2026-05-01T07:25:37.000+0000';
  assert.equal(read(value, "yyyy-MM-dd'T'HH:mm:ss.SSSSZ", 'GMT'), '2026-05-01T07:25:37.000Z');
  assert.equal(read(value, "yyyy-MM-dd-'T'HH:mm:ss.SSSSZ", 'GMT'), '2026-05-01T07:25:37.000Z?');
});

test('a value that does not fit its pattern is read as ISO-8601 and else as an epoch', () => {
  assert.equal(read('2026-05-15T10:16:44Z', 'yyyy-MM-dd HH:mm:ss'), '2026-05-15T10:16:44.000Z?');
  assert.equal(read('2026-05-15 10:16:44', 'milliseconds'), '2026-05-15T10:16:44.000Z?');
  assert.equal(read('1779268600123', 'yyyy-MM-dd'), '2026-05-20T09:16:40.123Z?');
  assert.equal(read(1779268600, 'yyyy-MM-dd'), '2026-05-20T09:16:40.000Z?');
  assert.equal(read('2026-05-15', 'yyyy-QQ'), '2026-05-15T00:00:00.000Z?');
  assert.equal(read('2026-05-15', "yyyy-MM-dd'"), '2026-05-15T00:00:00.000Z?');
  assert.equal(read('2026-05-15T10:16:44Z', 'yyyy-MM-dd'), '2026-05-15T10:16:44.000Z?');
});

test('without a pattern every reading fits', () => {
  assert.equal(read('2026-05-15T10:16:44Z'), '2026-05-15T10:16:44.000Z');
  assert.equal(read('2026-05-15T10:16:44Z', ''), '2026-05-15T10:16:44.000Z');
  assert.equal(read('1779268600123'), '2026-05-20T09:16:40.123Z');
  assert.equal(read(1779268600), '2026-05-20T09:16:40.000Z');
  assert.equal(read('1779268600.5'), '2026-05-20T09:16:40.500Z');
});

test('the spellings of ISO-8601 are all one instant', () => {
  for (const text of [
    '2026-11-20T09:15:00Z',
    '2026-11-20T09:15Z',
    '2026-11-20t09:15:00z',
    '2026-11-20 09:15:00',
    '2026-11-20 09:15:00 UTC',
    '2026-11-20 09:15:00 +0000',
    '2026-11-20T09:15:00,000Z',
    '2026-11-20T09:15:00.000999999+00:00',
    '2026-11-20T14:45:00+05:30',
    '2026-11-20T01:15:00-08',
    '2026-11-20T01:15:00.0-0800',
  ]) {
    assert.equal(readIso(text), Date.parse('2026-11-20T09:15:00Z'), text);
  }
  assert.equal(readIso('2026-11-20'), Date.parse('2026-11-20T00:00:00Z'));
  assert.equal(readIso('0001-01-01T00:00:00Z'), Date.parse('0001-01-01T00:00:00Z'));
  assert.equal(readIso('9999-12-31T23:59:59.999Z'), Date.parse('9999-12-31T23:59:59.999Z'));
  assert.equal(readIso('2016-12-31T23:59:60Z'), Date.parse('2016-12-31T23:59:59Z'));
});

test('the configured zone counts only where the text names none', () => {
  assert.equal(
    read('2026-07-01 09:00:00', 'yyyy-MM-dd HH:mm:ss', 'America/New_York'),
    '2026-07-01T13:00:00.000Z',
  );
  assert.equal(read('2026-07-01 09:00:00', undefined, 'PST'), '2026-07-01T16:00:00.000Z');
  assert.equal(read('2026-07-01T09:00:00Z', "yyyy-MM-dd'T'HH:mm:ssX", 'PST'), '2026-07-01T09:00:00.000Z');
  assert.equal(read('2026-07-01T09:00:00Z', undefined, 'PST'), '2026-07-01T09:00:00.000Z');
  assert.equal(read('2026-07-01 09:00:00', undefined, 'Mars/Olympus'), '2026-07-01T09:00:00.000Z');
  assert.equal(read('2026-07-01 09:00:00', undefined, ''), '2026-07-01T09:00:00.000Z');
  assert.equal(read('2026-03-08 02:30:00', undefined, 'America/New_York'), '2026-03-08T07:30:00.000Z');
});

test('all zone letters read every spelling of a zone', () => {
  for (const letter of ['Z', 'X', 'XX', 'XXX', 'z', 'zzzz']) {
    for (const zone of ['-0800', '-08:00', '-08', 'PST', 'GMT-8', 'GMT-08:00']) {
      assert.equal(
        read(`2026-07-01 09:00 ${zone}`, `yyyy-MM-dd HH:mm ${letter}`),
        '2026-07-01T17:00:00.000Z',
      );
    }
    assert.equal(
      read('2026-07-01 09:00 America/Los_Angeles', `yyyy-MM-dd HH:mm ${letter}`),
      '2026-07-01T16:00:00.000Z',
    );
  }
});

test('a fraction of any length is a fraction of the second', () => {
  for (const [fraction, ms] of [
    ['5', '500'],
    ['05', '050'],
    ['123', '123'],
    ['1234', '123'],
    ['999999999', '999'],
  ] as const) {
    for (const letters of ['S', 'SSS', 'SSSSSS']) {
      assert.equal(
        read(`2026-01-01 00:00:00.${fraction}`, `yyyy-MM-dd HH:mm:ss.${letters}`),
        `2026-01-01T00:00:00.${ms}Z`,
      );
    }
  }
});

test('fields that touch are read by their width', () => {
  assert.equal(read('20261120091640123', 'yyyyMMddHHmmssSSS'), '2026-11-20T09:16:40.123Z');
  assert.equal(read(20261120, 'yyyyMMdd'), '2026-11-20T00:00:00.000Z');
  assert.equal(read('261120', 'yyMMdd'), '2026-11-20T00:00:00.000Z');
});

test('every letter is read', () => {
  for (const [value, pattern, expected] of [
    ['AD 2026', 'G yyyy', '2026-01-01T00:00:00.000Z'],
    ['1 bc', 'y G', '0000-01-01T00:00:00.000Z'],
    ['2026-324', 'yyyy-DDD', '2026-11-20T00:00:00.000Z'],
    ['2024-366', 'yyyy-DDD', '2024-12-31T00:00:00.000Z'],
    ['2026-12-30', 'YYYY-MM-dd', '2026-12-30T00:00:00.000Z'],
    ['november 2026', 'LLLL yyyy', '2026-11-01T00:00:00.000Z'],
    ['1-May-26', 'd-MMM-yy', '2026-05-01T00:00:00.000Z'],
    ['1-JAN-70', 'd-MMM-yy', '1970-01-01T00:00:00.000Z'],
    ['1-May-26', 'd-MMM-yyyy', '0026-05-01T00:00:00.000Z'],
    ['Friday 5 2026-11-20', 'EEEE u yyyy-MM-dd', '2026-11-20T00:00:00.000Z'],
    ['24:05', 'kk:mm', '1970-01-01T00:05:00.000Z'],
    ['0:05 pm', 'K:mm a', '1970-01-01T12:05:00.000Z'],
    ['12:05 AM', 'h:mm a', '1970-01-01T00:05:00.000Z'],
    ["9 o'clock", "H 'o''clock'", '1970-01-01T09:00:00.000Z'],
  ] as const) {
    assert.equal(read(value, pattern), expected, `${value} by ${pattern}`);
  }
});

test('leap days exist in leap years only', () => {
  assert.equal(read('2024-02-29', 'yyyy-MM-dd'), '2024-02-29T00:00:00.000Z');
  assert.equal(read('2000-02-29'), '2000-02-29T00:00:00.000Z');
  assert.equal(read('2026-02-29', 'yyyy-MM-dd'), null);
  assert.equal(read('1900-02-29'), null);
  assert.equal(read('2026-366', 'yyyy-DDD'), null);
});

test('epochs before 1970 and of any size are read where the pattern says so', () => {
  assert.equal(read(-1, 'milliseconds'), '1969-12-31T23:59:59.999Z');
  assert.equal(read('-1', 'seconds'), '1969-12-31T23:59:59.000Z');
  assert.equal(read(0, 'milliseconds'), '1970-01-01T00:00:00.000Z');
  assert.equal(readDate('-0', { pattern: 'milliseconds' })?.at, 0);
  assert.equal(read('-1.5', 'seconds'), '1969-12-31T23:59:58.500Z');
  assert.equal(read(-1779268600123), '1913-08-14T14:43:19.877Z');
  assert.equal(read(1e17, 'milliseconds'), null);
  assert.equal(read('8640000000000001', 'milliseconds'), null);
});

test('garbage is no date', () => {
  for (const value of [
    '',
    ' ',
    'null',
    'yesterday',
    '0',
    0,
    5,
    20_261_120,
    Number.NaN,
    Infinity,
    1e21,
    '2026',
    '2026-13-01',
    '2026-00-10',
    '2026-11-00',
    '2026-11-20T25:00:00Z',
    '2026-11-20T09:61:00Z',
    '2026-11-20T09:15:00+99:00',
    '2026-11-20X',
    '0000-00-00 00:00:00',
    '２０２６-11-20',
    '\u{1F4C5}',
    '\uD83D',
    '2026-11-20\u0000',
    '9'.repeat(50),
    '2'.repeat(5_000_000),
    `2026-11-20${' '.repeat(5000)}`,
  ]) {
    for (const pattern of [undefined, "yyyy-MM-dd'T'HH:mm:ss.SSSZ", 'milliseconds', '📅 yyyy', '']) {
      if (typeof value === 'number' && pattern === 'milliseconds' && value < 1e15) continue;
      if (value === '0' && pattern === 'milliseconds') continue;
      if (value === '2026' && pattern === 'milliseconds') continue;
      assert.equal(read(value, pattern), null, `${String(value).slice(0, 40)} by ${pattern}`);
    }
  }
});

test('surrogate pairs in pattern and text match as literals', () => {
  assert.equal(read('📅 2026-11-20', '📅 yyyy-MM-dd'), '2026-11-20T00:00:00.000Z');
});
