import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../kernel/clock.ts';
import { parseHttpDate } from './http-date.ts';
import { MAX_WAIT_MS, backoffMs, readRateLimit, readRetryAfter } from './retry-timing.ts';
import type { RateLimitNames, ResponseHeaders } from './retry-timing.ts';
import { get, startEgress, startSite } from './test-site.ts';

const now = Date.UTC(2026, 10, 21, 9, 15, 0);
const waitOf = (headers: ResponseHeaders): number | undefined => {
  const at = readRetryAfter(headers, now);
  return at === undefined ? undefined : at - now;
};

test('Retry-After in seconds counts from now, whatever the Date header says', () => {
  assert.equal(waitOf({ 'retry-after': '120' }), 120_000);
  assert.equal(waitOf({ 'retry-after': ' 0 ' }), 0);
  assert.equal(waitOf({ 'retry-after': '1.5' }), 1_500);
  assert.equal(waitOf({ 'retry-after': '5', date: 'Sun, 06 Nov 1994 08:49:37 GMT' }), 5_000);
});

test('a Retry-After date without a Date header is measured with our clock', () => {
  assert.equal(waitOf({ 'retry-after': 'Sat, 21 Nov 2026 09:16:00 GMT' }), 60_000);
  assert.equal(waitOf({ 'retry-after': 'Saturday, 21-Nov-26 09:16:00 GMT' }), 60_000);
  assert.equal(waitOf({ 'retry-after': 'Sat Nov 21 09:16:00 2026' }), 60_000);
  assert.equal(waitOf({ 'retry-after': 'Sat, 21 Nov 2026 09:14:00 GMT' }), 0);
});

test('a Retry-After date is measured with the clock of the vendor who wrote it', () => {
  const headers = { date: 'Sat, 21 Nov 2026 12:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' };
  assert.equal(waitOf(headers), 30_000);
  assert.equal(waitOf({ ...headers, date: 'some day' }), 2.75 * 3_600_000 + 30_000);
});

test('an absurdly long Retry-After is a day', () => {
  for (const text of ['86401', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT']) {
    assert.equal(waitOf({ 'retry-after': text }), MAX_WAIT_MS, text);
  }
});

test('an unreadable or negative Retry-After is none', () => {
  for (const text of [
    '',
    'soon',
    '-5',
    '1e3',
    '0x10',
    '12 seconds',
    'Sat, 31 Feb 2026 09:16:00 GMT',
    'Sat, 00 Nov 2026 09:16:00 GMT',
    '2026-11-21T09:16:00Z',
    'NaN',
    'Infinity',
  ]) {
    assert.equal(waitOf({ 'retry-after': text }), undefined, text);
  }
  assert.equal(waitOf({}), undefined);
});

test('no text at all makes the wait leave its bounds', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.double().map(String),
        fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      ),
      (text) => {
        const wait = waitOf({ 'retry-after': text });
        assert.ok(wait === undefined || (wait >= 0 && wait <= MAX_WAIT_MS));
      },
    ),
  );
});

test('every HTTP date that Date prints is read back', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
      (date) => {
        assert.equal(parseHttpDate(date.toUTCString()), Math.floor(date.getTime() / 1_000) * 1_000);
      },
    ),
  );
});

test('the rate headers of the five vendors are read by their names', () => {
  const pipedrive: RateLimitNames = {
    limit: 'x-ratelimit-limit',
    remaining: 'x-ratelimit-remaining',
    reset: { header: 'x-ratelimit-reset', as: 'seconds' },
  };
  assert.deepEqual(
    readRateLimit(
      { 'x-ratelimit-limit': '80', 'x-ratelimit-remaining': '79', 'x-ratelimit-reset': '2' },
      pipedrive,
      now,
    ),
    { limit: 80, remaining: 79, resetAt: now + 2_000 },
  );
  const hubspot: RateLimitNames = {
    limit: 'x-hubspot-ratelimit-max',
    remaining: 'x-hubspot-ratelimit-remaining',
    reset: { header: 'x-hubspot-ratelimit-interval-milliseconds', as: 'milliseconds' },
  };
  assert.deepEqual(
    readRateLimit(
      {
        'x-hubspot-ratelimit-max': '100',
        'x-hubspot-ratelimit-remaining': '0',
        'x-hubspot-ratelimit-interval-milliseconds': '10000',
      },
      hubspot,
      now,
    ),
    { limit: 100, remaining: 0, resetAt: now + 10_000 },
  );
  const keap: RateLimitNames = {
    limit: 'x-keap-product-quota-limit',
    remaining: 'x-keap-product-quota-available',
    reset: { header: 'x-keap-product-quota-expiry-time', as: 'epoch_ms' },
  };
  assert.deepEqual(
    readRateLimit(
      {
        'x-keap-product-quota-limit': '150000',
        'x-keap-product-quota-available': '12',
        'x-keap-product-quota-expiry-time': String(now + 5_000),
      },
      keap,
      now,
    ),
    { limit: 150_000, remaining: 12, resetAt: now + 5_000 },
  );
  assert.deepEqual(
    readRateLimit(
      { 'sforce-limit-info': 'api-usage=25/15000; per-app-api-usage=17/250(appName=x)' },
      { usage: 'sforce-limit-info' },
      now,
    ),
    { limit: 15_000, remaining: 14_975 },
  );
  assert.deepEqual(readRateLimit({ 'x-api-usage': '30/25' }, { usage: 'x-api-usage' }, now), {
    limit: 25,
    remaining: 0,
  });
});

test("a reset is read in each form, and an epoch by the vendor's own clock", () => {
  const resetOf = (
    text: string,
    as: NonNullable<RateLimitNames['reset']>['as'],
    date?: string,
  ): number | undefined => {
    const headers = { 'x-reset': text, ...(date === undefined ? {} : { date }) };
    const { resetAt } = readRateLimit(headers, { reset: { header: 'x-reset', as } }, now);
    return resetAt === undefined ? undefined : resetAt - now;
  };
  assert.equal(resetOf(String(now / 1_000 + 7), 'epoch_seconds'), 7_000);
  assert.equal(resetOf(String(now / 1_000 + 67), 'epoch_seconds', 'Sat, 21 Nov 2026 09:16:00 GMT'), 7_000);
  assert.equal(resetOf('2026-11-21T09:15:09Z', 'iso'), 9_000);
  assert.equal(resetOf('2026-11-21T10:15:09.500+01:00', 'iso'), 9_500);
  assert.equal(resetOf('0', 'epoch_seconds'), 0);
  assert.equal(resetOf('99999999999999', 'epoch_seconds'), MAX_WAIT_MS);
  assert.equal(resetOf('tomorrow', 'iso'), undefined);
  assert.equal(resetOf('1', 'iso'), undefined);
  assert.equal(resetOf('-3', 'seconds'), undefined);
});

test('missing and unreadable rate headers stay absent, an overdrawn budget is zero', () => {
  const names: RateLimitNames = {
    limit: 'l',
    remaining: 'r',
    usage: 'u',
    reset: { header: 's', as: 'seconds' },
  };
  assert.deepEqual(readRateLimit({}, names, now), {});
  assert.deepEqual(readRateLimit({ l: 'many', r: '1e9', u: '25 of 30', s: '' }, names, now), {});
  assert.deepEqual(readRateLimit({ r: '-4' }, names, now), { remaining: 0 });
});

test('backing off doubles to its maximum and spreads over the upper half', () => {
  const at = (attempt: number, random: number): number =>
    backoffMs({ attempt, baseMs: 1_000, maxMs: 60_000, random: () => random });
  assert.deepEqual(
    [1, 2, 3, 6, 7, 5_000].map((attempt) => at(attempt, 0)),
    [500, 1_000, 2_000, 16_000, 30_000, 30_000],
  );
  assert.equal(at(1, 0.999_999), 1_000);
  assert.equal(at(5_000, 0.5), 45_000);
});

test('the waiting time of a real answer is read as the server meant it', async (t) => {
  const { url } = await startSite(t, (request, response) => {
    response.sendDate = request.url === '/dated';
    const date = new Date(systemClock.now() + 20_000).toUTCString();
    response.writeHead(429, { 'Retry-After': request.url === '/delta' ? '20' : date }).end('slow down');
  });
  const egress = startEgress(t);
  for (const path of ['/delta', '/dated', '/undated']) {
    const answer = await egress.send(get(url + path));
    assert.equal(answer.headers['date'] === undefined, path !== '/dated');
    const received = systemClock.now();
    const wait = readRetryAfter(answer.headers, received)! - received;
    assert.ok(wait > 15_000 && wait <= 21_000, `${path}: ${wait}`);
  }
});
