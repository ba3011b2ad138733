import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, htmlAnswer } from '../testing/answers.ts';
import { budgets } from './budgets.ts';
import { readFailure } from './read-failure.ts';
import { limitHeaders, refusal, v2List } from './samples.ts';

const NOW = Date.UTC(2026, 10, 20);
const kindOf = (...args: Parameters<typeof answer>): string | undefined =>
  readFailure(answer(...args), NOW)?.kind;

test('an answer with records, or with none, is no failure', () => {
  assert.equal(readFailure(answer(v2List([])), NOW), undefined);
  assert.equal(readFailure(answer({ success: true, data: null }), NOW), undefined);
});

test('a 2xx that says it failed, or says nothing in JSON, is a failure', () => {
  assert.deepEqual(readFailure(answer(refusal('no')), NOW), {
    kind: 'refused',
    why: 'Pipedrive answered with status 200: no',
    status: 502,
  });
  assert.equal(readFailure(htmlAnswer(200), NOW)?.kind, 'retry');
});

test('a burst limit waits as long as the header says, two seconds without', () => {
  const body = refusal('request over limit', { errorCode: 429 });
  const told = readFailure(answer(body, 429, { ...limitHeaders, 'x-ratelimit-reset': '1' }), NOW);
  assert.equal(told?.kind === 'retry' && told.afterMs, 1000);
  const untold = readFailure(answer(body, 429), NOW);
  assert.equal(untold?.kind === 'retry' && untold.afterMs, 2000);
  const junk = readFailure(answer(body, 429, { 'x-ratelimit-reset': '-5', 'retry-after': '7' }), NOW);
  assert.equal(junk?.kind === 'retry' && junk.afterMs, 7000);
});

test('a used-up day pauses for an hour and is no failure', () => {
  const body = refusal('request over limit');
  const empty = { ...limitHeaders, 'x-daily-ratelimit-token-remaining': '0' };
  const failure = readFailure(answer(body, 429, empty), NOW);
  assert.equal(failure?.kind === 'pause' && failure.until, NOW + 3_600_000);
  const tooFew = { ...limitHeaders, 'x-daily-ratelimit-token-remaining': '5' };
  assert.equal(kindOf(body, 429, tooFew), 'pause', 'a call that costs more than is left');
  const burst = { ...tooFew, 'x-ratelimit-remaining': '0' };
  assert.equal(kindOf(body, 429, burst), 'retry');
});

test('a 403 in JSON is refused, one in HTML is the block after hammering', () => {
  assert.equal(kindOf(refusal('Scope and URL mismatch'), 403), 'refused');
  const blocked = readFailure(htmlAnswer(403), NOW);
  assert.equal(blocked?.kind === 'retry' && (blocked.afterMs ?? 0) >= 60_000, true);
});

test('statuses mean what the vendor says', () => {
  assert.equal(kindOf(refusal('unauthorized access'), 401), 'expired');
  assert.equal(kindOf(refusal('Person not found'), 404), 'absent');
  assert.equal(kindOf({ success: true, data: { id: 1 } }, 410), 'gone');
  assert.equal(kindOf(refusal('oops'), 503), 'retry');
  assert.equal(kindOf(refusal('Validation failed: cursor: invalid'), 400), 'restart');
  const unpaid = readFailure(answer(refusal('Company account is not open'), 402), NOW);
  assert.equal(unpaid?.kind === 'refused' && unpaid.status, 402);
});

test('the reason is read from every form of error body, and never grows long', () => {
  const whyOf = (body: Parameters<typeof answer>[0]): string =>
    readFailure(answer(body, 400), NOW)?.why ?? '';
  assert.equal(
    whyOf(refusal('bad', { error_info: 'see docs' })),
    'Pipedrive answered with status 400: bad (see docs)',
  );
  assert.match(
    whyOf({ status: 'error', errors: { subscription_url: ['is no URL'] } }),
    /subscription_url: is no URL/,
  );
  assert.ok(whyOf(refusal('x'.repeat(10_000))).length <= 300);
});

test('budgets are read off the headers that were recorded', () => {
  const [burst, daily] = budgets;
  assert.deepEqual(burst!.read!(limitHeaders, NOW), { limit: 80, remaining: 79, resetsAt: NOW + 2000 });
  assert.deepEqual(daily!.read!(limitHeaders, NOW), { limit: 150_000, remaining: 147_650 });
  assert.equal(burst!.read!({ 'x-ratelimit-remaining': 'many' }, NOW), undefined);
});
