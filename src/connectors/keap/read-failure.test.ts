import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../kernel/json.ts';
import { answer, htmlAnswer } from '../testing/answers.ts';
import { budgets } from './budgets.ts';
import { readFailure } from './read-failure.ts';
import { limitHeaders, listV2 } from './samples.ts';

const NOW = Date.UTC(2026, 10, 20, 9, 15);
const MIDNIGHT = Date.UTC(2026, 10, 21);
const kindOf = (...args: Parameters<typeof answer>): string | undefined =>
  readFailure(answer(...args), NOW)?.kind;
const fault = (errorcode: string): Json => ({ fault: { faultstring: 'No', detail: { errorcode } } });
const exceeded = { code: '429', message: 'Quota Exceeded', status: 'Request Throttled', details: null };

test('records, an empty list and an empty 204 are no failures', () => {
  assert.equal(kindOf(listV2([])), undefined);
  assert.equal(readFailure({ status: 204, headers: {}, body: null, text: '' }, NOW), undefined);
  assert.equal(readFailure({ status: 200, headers: {}, body: null, text: '' }, NOW)?.kind, 'retry');
  assert.equal(readFailure(htmlAnswer(204), NOW)?.kind, 'retry');
});

test('statuses mean what Keap says', () => {
  assert.equal(kindOf(fault('keymanagement.service.invalid_access_token'), 401), 'expired');
  assert.equal(kindOf({ message: 'Order not found' }, 404), 'absent');
  assert.equal(kindOf({ code: 404, message: 'Not found', status: 'NOT_FOUND', details: [] }, 404), 'absent');
  assert.equal(kindOf({ message: 'Access is denied' }, 403), 'refused');
  assert.equal(kindOf({ code: 400, message: 'Invalid filter' }, 400), 'refused');
  assert.equal(kindOf({ message: 'oops' }, 500), 'retry');
});

test('an answer of the gateway or of a proxy says nothing of a record', () => {
  assert.equal(kindOf(fault('messaging.adaptors.http.flow.ApplicationNotFound'), 404), 'refused');
  assert.equal(readFailure(htmlAnswer(404), NOW)?.kind, 'refused');
  assert.equal(readFailure(htmlAnswer(403), NOW)?.kind, 'retry');
});

test('a stack trace is never passed on', () => {
  const failure = readFailure(
    answer({ message: 'Internal error', stackTrace: ['secret.java:42'] }, 500),
    NOW,
  );
  assert.equal(failure?.why, 'Keap answered with status 500: Internal error');
});

test('a spike waits a moment, a throttle a minute, whatever status they come with', () => {
  for (const status of [429, 503]) {
    const spike = readFailure(answer(fault('policies.ratelimit.SpikeArrestViolation'), status), NOW);
    assert.equal(spike?.kind === 'retry' && spike.afterMs, 2000);
    const throttle = readFailure(answer(fault('policies.ratelimit.QuotaViolation'), status), NOW);
    assert.equal(throttle?.kind === 'retry' && throttle.afterMs, 60_000);
  }
  const headers = { ...limitHeaders, 'x-keap-product-throttle-available': '0' };
  const minute = readFailure(answer(exceeded, 429, headers), NOW);
  assert.equal(minute?.kind === 'retry' && minute.afterMs, 60_000);
  assert.equal(readFailure(htmlAnswer(429), NOW)?.kind, 'retry');
});

test("a used-up day pauses until the vendor's hour, of the account until midnight UTC", () => {
  const spent = { ...limitHeaders, 'x-keap-product-quota-available': '0' };
  const until = (headers: Record<string, string>): number | undefined => {
    const failure = readFailure(answer(exceeded, 429, headers), NOW);
    assert.equal(failure?.kind, 'pause');
    return failure?.kind === 'pause' ? failure.until : undefined;
  };
  const told = NOW + 3_600_000;
  assert.equal(until({ ...spent, 'x-keap-product-quota-expiry-time': String(told) }), told);
  for (const junk of ['', 'soon', '5', String(NOW + 90 * 86_400_000)]) {
    assert.equal(until({ ...spent, 'x-keap-product-quota-expiry-time': junk }), MIDNIGHT, junk);
  }
  const account = readFailure(
    answer(fault('policies.ratelimit.QuotaViolation'), 429, {
      ...limitHeaders,
      'x-keap-tenant-throttle-available': '9000|0',
    }),
    NOW,
  );
  assert.equal(account?.kind === 'pause' && account.until, MIDNIGHT);
});

test('budgets are read off the headers, the two windows of the account apart', () => {
  const read = (headers: Record<string, string>): unknown =>
    Object.fromEntries(budgets.map((budget) => [budget.name, budget.read?.(headers, NOW)]));
  assert.deepEqual(read(limitHeaders), {
    spike: undefined,
    minute: { limit: 1500, remaining: 1400 },
    day: { limit: 150_000, remaining: 149_000, resetsAt: MIDNIGHT },
    'account minute': { limit: 10_000, remaining: 9000 },
    'account day': { limit: 250_000, remaining: 240_000, resetsAt: MIDNIGHT },
  });
  const blank = Object.fromEntries(
    Object.keys(limitHeaders).map((name) => [name, name.includes('tenant') ? '|' : '']),
  );
  assert.ok(Object.values(read(blank) as object).every((one) => one === undefined));
  const documented = {
    'x-keap-tenant-throttle-available': '5',
    'x-keap-tenant-throttle-time-unit': 'minute',
  };
  assert.deepEqual((read(documented) as { 'account minute': unknown })['account minute'], { remaining: 5 });
});
