import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GiveUp, Reauthorize, RestartPass, RetryAt, UnreadableAnswer } from '../connectors/failures.ts';
import { createManualClock } from '../kernel/clock.ts';
import { Fault, type ErrorCode } from '../kernel/errors.ts';
import { vendorFault } from './vendor-fault.ts';

const clock = createManualClock(10_000);

const CASES: [name: string, thrown: Error, code: ErrorCode, retryAfterS?: number][] = [
  ['a timeout', new RetryAt(10_000, 'slow', { timedOut: true }), 'vendor_timeout', 1],
  ['a failure', new RetryAt(12_100, 'broken'), 'vendor_failed', 3],
  ['a rate limit', new RetryAt(12_000, 'slow down', { status: 429 }), 'too_many_requests', 2],
  ['a used-up quota', new RetryAt(3_610_000, 'no more', { quota: true }), 'too_many_requests', 3600],
  ['a lost position', new RestartPass('cursor'), 'bad_request'],
  ['dead credentials', new Reauthorize('revoked'), 'forbidden'],
  ['a broken answer', new UnreadableAnswer('no list'), 'vendor_failed'],
  ['a refused token', new GiveUp('fresh credentials are refused', 401), 'vendor_failed'],
  ['an unpaid account', new GiveUp('pay', 402), 'forbidden'],
  ['a missing record', new GiveUp('no', 404), 'not_found'],
  ['a deleted record', new GiveUp('no', 410), 'not_found'],
  ['a duplicate', new GiveUp('exists', 409), 'conflict'],
  ['a bad body', new GiveUp('no', 422), 'bad_request'],
  ['a redirect', new GiveUp('elsewhere', 302), 'vendor_failed'],
];
for (const [name, thrown, code, retryAfterS] of CASES) {
  test(`${name} of the vendor's becomes ${code}`, () => {
    const fault = vendorFault(thrown, clock);
    assert.ok(fault instanceof Fault);
    assert.equal(fault.code, code);
    assert.equal(fault.retryAfterS, retryAfterS);
    assert.equal(fault.providerMessage, thrown.message);
  });
}

test('what is no failure of the vendor stays what it is', () => {
  for (const thrown of [new Fault('conflict'), new TypeError('ours'), 'text']) {
    assert.equal(vendorFault(thrown, clock), thrown);
  }
});
