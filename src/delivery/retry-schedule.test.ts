import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTryAt, RETRY_OFFSETS_S } from './retry-schedule.ts';

const at = (attempt: number, more: object = {}) =>
  nextTryAt({ attempt, firstFailedAt: 1_000_000, now: 1_000_000, random: 0.5, ...more });

test('nine retries stand 4, 16, 64 … 4^9 seconds after the first failure', () => {
  assert.deepEqual(RETRY_OFFSETS_S, [4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144]);
  assert.equal(at(1), 1_004_000);
  assert.equal(at(9), 1_000_000 + 262_144_000);
});

test('after the ninth retry there is none', () => {
  assert.equal(at(10), undefined);
});

test('jitter stays within ten percent of the offset', () => {
  assert.equal(at(2, { random: 0 }), 1_000_000 + 14_400);
  assert.ok(at(2, { random: 0.999_999 })! <= 1_000_000 + 17_600);
});

test('a later Retry-After wins, an earlier one does not', () => {
  assert.equal(at(1, { retryAfter: 1_060_000 }), 1_060_000);
  assert.equal(at(3, { retryAfter: 1_001_000 }), 1_064_000);
});

test('an offset that has long passed is due now, not in the past', () => {
  assert.equal(at(1, { now: 9_000_000 }), 9_000_000);
});
