import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VendorFailure } from '../failures.ts';
import { answer, htmlAnswer } from '../testing/answers.ts';
import { budgets } from './budgets.ts';
import { readFailure } from './read-failure.ts';
import { errorAnswer, queryAnswer } from './samples.ts';

const NOW = Date.UTC(2026, 10, 20, 9, 15);
const read = (status: number, code: string, message?: string): VendorFailure | undefined =>
  readFailure(answer(errorAnswer(code, message), status), NOW);

test('each code means what the guide says, whatever its status', () => {
  const expected: [number, string, VendorFailure['kind']][] = [
    [401, 'INVALID_SESSION_ID', 'expired'],
    [401, 'INVALID_AUTH_HEADER', 'expired'],
    [400, 'INVALID_QUERY_LOCATOR', 'restart'],
    [404, 'NOT_FOUND', 'absent'],
    [404, 'ENTITY_IS_DELETED', 'gone'],
    [400, 'MALFORMED_ID', 'absent'],
    [400, 'QUERY_TIMEOUT', 'retry'],
    [400, 'UNABLE_TO_LOCK_ROW', 'retry'],
    [503, 'SERVER_UNAVAILABLE', 'retry'],
    [500, 'UNKNOWN_EXCEPTION', 'retry'],
    [403, 'API_DISABLED_FOR_ORG', 'refused'],
    [403, 'INSUFFICIENT_ACCESS_OR_READONLY', 'refused'],
    [400, 'MALFORMED_QUERY', 'refused'],
    [400, 'INVALID_FIELD', 'refused'],
    [400, 'DUPLICATES_DETECTED', 'refused'],
    [410, 'UNSUPPORTED_API_VERSION', 'refused'],
  ];
  for (const [status, code, kind] of expected) {
    const failure = read(status, code);
    assert.equal(failure?.kind, kind, code);
    assert.match(failure.why, new RegExp(`status ${status}: ${code}: told so`));
  }
});

test('a session that is not welcome is not refreshed', () => {
  for (const sentence of [
    'This session is not valid for use with the REST API',
    'Connected app is not attached to Agent',
  ]) {
    assert.deepEqual(read(401, 'INVALID_SESSION_ID', sentence), {
      kind: 'refused',
      why: `Salesforce answered with status 401: INVALID_SESSION_ID: ${sentence}`,
      status: 403,
    });
  }
});

test('a used-up day pauses, calls at the same time only wait', () => {
  const day = read(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
  assert.deepEqual([day?.kind, day?.kind === 'pause' && day.until], ['pause', NOW + 3_600_000]);
  const busy = read(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.');
  assert.equal(busy?.kind, 'retry');
});

test("a proxy's pages and passing statuses are tried again", () => {
  for (const status of [403, 404, 406, 408, 420, 429, 500, 502, 503, 504]) {
    assert.equal(readFailure(htmlAnswer(status), NOW)?.kind, 'retry', String(status));
  }
  assert.equal(readFailure(htmlAnswer(414), NOW)?.kind, 'refused');
});

test('an org that has moved is asked for its new address', () => {
  assert.equal(readFailure(htmlAnswer(302), NOW)?.kind, 'expired');
});

test('the identity service says in plain text that a token has ended', () => {
  const response = { status: 403, headers: {}, body: null, text: 'Bad_OAuth_Token' };
  assert.equal(readFailure(response, NOW)?.kind, 'expired');
});

test('successes without a body are none for a page and fine for a write', () => {
  assert.equal(readFailure({ status: 204, headers: {}, body: null, text: '' }, NOW), undefined);
  assert.equal(readFailure({ status: 200, headers: {}, body: null, text: '' }, NOW)?.kind, 'retry');
  assert.equal(readFailure(answer(queryAnswer([])), NOW), undefined);
});

test('a batch fails as its part does', () => {
  const part = (statusCode: number, code: string): VendorFailure | undefined =>
    readFailure(answer({ hasErrors: true, results: [{ statusCode, result: errorAnswer(code) }] }), NOW);
  assert.equal(part(400, 'INVALID_QUERY_LOCATOR')?.kind, 'restart');
  assert.equal(part(400, 'INVALID_FIELD')?.kind, 'refused');
  const good = { hasErrors: false, results: [{ statusCode: 200, result: queryAnswer([]) }] };
  assert.equal(readFailure(answer(good), NOW), undefined);
});

test("what is left of the day is read off each answer, the app's own share left aside", () => {
  const left = (header: string): unknown => budgets[0]?.read?.({ 'sforce-limit-info': header }, NOW);
  assert.deepEqual(left('api-usage=900/15000'), { limit: 15_000, remaining: 14_100 });
  assert.deepEqual(left('api-usage=25/15000; per-app-api-usage=17/250(appName=x)'), {
    limit: 15_000,
    remaining: 14_975,
  });
  assert.deepEqual(left('api-usage=15003/15000'), { limit: 15_000, remaining: 0 });
  for (const header of ['per-app-api-usage=17/250(appName=x)', 'api-usage=1/0', 'nonsense', '']) {
    assert.equal(left(header), undefined, header);
  }
});
