import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../kernel/json.ts';
import { answer, htmlAnswer } from '../testing/answers.ts';
import { budgets } from './budgets.ts';
import { readFailure } from './read-failure.ts';
import { limitHeaders, limitMet, pageOf, refusal } from './samples.ts';

const NOW = Date.UTC(2026, 10, 20, 9, 15);
const kindOf = (status: number, body: JsonObject = {}, headers: Record<string, string> = {}) =>
  readFailure(answer(body, status, headers), NOW);

test('answers with JSON, those of part of a batch and empty deletions are no failures', () => {
  assert.equal(kindOf(200, pageOf([])), undefined);
  assert.equal(kindOf(201, { id: '1' }), undefined);
  assert.equal(kindOf(207, { ...pageOf([]), numErrors: 1 }), undefined);
  assert.equal(readFailure({ status: 204, headers: {}, body: null, text: '' }, NOW), undefined);
  assert.equal(readFailure(htmlAnswer(200), NOW)?.kind, 'retry');
});

test('each limit waits as long as it lasts, and a used-up day pauses', () => {
  const after = (policy: string, headers = {}) => kindOf(429, limitMet(policy), headers);
  assert.deepEqual(after('SECONDLY'), {
    kind: 'retry',
    why: 'HubSpot answered with status 429: You have reached a limit.',
    afterMs: 1000,
  });
  assert.equal((after('TEN_SECONDLY_ROLLING') as { afterMs: number }).afterMs, 10_000);
  assert.equal((after('TEN_SECONDLY_ROLLING', { 'retry-after': '3' }) as { afterMs: number }).afterMs, 3000);
  assert.equal((after('A_NEW_ONE') as { afterMs: number }).afterMs, 10_000);
  assert.deepEqual({ ...after('DAILY'), why: '' }, { kind: 'pause', why: '', until: NOW + 3_600_000 });
});

test('an account that is being moved pauses as long as HubSpot says, a day at most', () => {
  const until = (headers: Record<string, string>) =>
    (kindOf(477, refusal('moving', 'MIGRATION_IN_PROGRESS'), headers) as { until: number }).until - NOW;
  assert.equal(until({ 'retry-after': '7200' }), 7_200_000);
  assert.equal(until({ 'retry-after': '9999999' }), 86_400_000);
  assert.equal(until({ 'retry-after': 'soon' }), 3_600_000);
});

test('credentials, missing records, locks, the edge and mistakes are told apart', () => {
  assert.equal(kindOf(401, refusal('x', 'EXPIRED_AUTHENTICATION'))?.kind, 'expired');
  assert.equal(kindOf(404, refusal('x', 'OBJECT_NOT_FOUND'))?.kind, 'absent');
  assert.equal(kindOf(423, refusal('x', 'LOCKED'))?.kind, 'retry');
  assert.equal(
    kindOf(400, refusal('The paging token `after` is not valid', 'VALIDATION_ERROR'))?.kind,
    'restart',
  );
  for (const status of [500, 502, 503, 504, 521, 524, 530]) {
    assert.equal(readFailure(htmlAnswer(status), NOW)?.kind, 'retry', String(status));
  }
  assert.deepEqual(kindOf(403, refusal('no scope', 'MISSING_SCOPES')), {
    kind: 'refused',
    why: 'HubSpot answered with status 403: no scope (MISSING_SCOPES)',
    status: 403,
  });
  for (const status of [400, 409, 414]) {
    assert.deepEqual(
      (kindOf(status, refusal('no', 'VALIDATION_ERROR')) as { status: number }).status,
      status,
    );
  }
  assert.deepEqual((readFailure(htmlAnswer(302), NOW) as { status: number }).status, 502);
});

test('budgets are read off the headers that are there', () => {
  const [burst, search, daily] = budgets;
  assert.deepEqual(burst?.read?.(limitHeaders, NOW), { limit: 190, remaining: 189 });
  assert.deepEqual(daily?.read?.(limitHeaders, NOW), { limit: 650_000, remaining: 649_000 });
  assert.deepEqual([search?.optIn, search?.read?.(limitHeaders, NOW)], [true, undefined]);
  assert.equal(burst?.read?.({ 'x-hubspot-ratelimit-remaining': 'many' }, NOW), undefined);
});
