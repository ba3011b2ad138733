import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VendorFailure } from '../failures.ts';
import { answer, htmlAnswer } from '../testing/answers.ts';
import type { VendorResponse } from '../vendor-http.ts';
import { readFailure } from './read-failure.ts';
import { legacyOne, legacyRefusal, prospect, prospectV5, v5Page } from './samples.ts';

const NOW = Date.UTC(2026, 10, 20, 9, 15);
const v5 = (code: number, status = 400, headers: Record<string, string> = {}): VendorResponse =>
  answer({ code, message: 'as Pardot says' }, status, headers);
const legacy = (code: number): VendorResponse => answer(legacyRefusal(code, 'as Pardot says'));
const xml = (code: number): VendorResponse => ({
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: null,
  text: `<?xml version="1.0" encoding="UTF-8"?>\n<rsp stat="fail" version="1.0">\n  <err code="${code}">Said in XML</err>\n</rsp>`,
});

/** Codes and what they mean (Pardot error codes, read 2026-11). */
const KINDS: [number, VendorFailure['kind']][] = [
  [1, 'expired'],
  [184, 'expired'],
  [15, 'reauthorize'],
  [199, 'reauthorize'],
  [62, 'retry'],
  [66, 'retry'],
  [183, 'retry'],
  [202, 'retry'],
  [214, 'retry'],
  [122, 'pause'],
  [3, 'absent'],
  [35, 'absent'],
  [109, 'absent'],
  [192, 'absent'],
  [132, 'gone'],
  [210, 'restart'],
  [211, 'restart'],
  [4, 'refused'],
  [7, 'refused'],
  [23, 'refused'],
  [46, 'refused'],
  [88, 'refused'],
  [89, 'refused'],
  [201, 'refused'],
  [10_000, 'refused'],
];
for (const [code, kind] of KINDS) {
  test(`code ${code} is ${kind} in JSON of either API and in XML, whatever the HTTP status`, () => {
    for (const response of [legacy(code), v5(code), v5(code, 200), xml(code)]) {
      assert.equal(readFailure(response, NOW)?.kind, kind);
    }
  });
}

test('a failed answer with HTTP 200 says code and reason', () => {
  assert.deepEqual(readFailure(legacy(4), NOW), {
    kind: 'refused',
    why: 'Pardot answered with code 4: as Pardot says',
    status: 400,
  });
  assert.match(readFailure(xml(1), NOW)?.why ?? '', /code 1: Said in XML/);
});

test('the wrong version, key or business unit comes with the remedy', () => {
  const why = (code: number): string => readFailure(legacy(code), NOW)?.why ?? '';
  assert.match(why(88), /provider\.version to 4/);
  assert.match(why(89), /provider\.version to 3/);
  assert.match(why(199), /authentication\.type to oauth2/);
  assert.match(why(181), /oauth\.business\.unit\.id/);
  assert.match(why(201), /pi\.demo\.pardot\.com/);
});

test('a spent day pauses until the next half hour, where midnights are', () => {
  const until = (minute: number, second = 0): number | undefined => {
    const failure = readFailure(v5(122, 429), Date.UTC(2026, 10, 20, 9, minute, second));
    return failure?.kind === 'pause' ? failure.until : undefined;
  };
  assert.equal(until(15), Date.UTC(2026, 10, 20, 9, 30));
  assert.equal(until(59, 59), Date.UTC(2026, 10, 20, 10));
  assert.equal(until(30), Date.UTC(2026, 10, 20, 10));
  assert.equal(readFailure(htmlAnswer(429), NOW)?.kind, 'pause');
});

test('too many calls at a time wait a little', () => {
  const failure = readFailure(legacy(66), NOW);
  assert.equal(failure?.kind === 'retry' && failure.afterMs, 2000);
});

test('a record in the recycle bin is gone, an unknown one absent', () => {
  const bin = { 'pardot-warning': '201;Record In Recycle Bin' };
  assert.equal(readFailure(v5(109, 404, bin), NOW)?.kind, 'gone');
  assert.equal(readFailure(v5(109, 404), NOW)?.kind, 'absent');
});

test('what Pardot refuses keeps the status a client should see', () => {
  const status = (response: VendorResponse): number | undefined => {
    const failure = readFailure(response, NOW);
    return failure?.kind === 'refused' ? failure.status : undefined;
  };
  assert.deepEqual([status(legacy(9)), status(legacy(37)), status(legacy(128))], [409, 403, 403]);
  assert.deepEqual([status(v5(150, 400)), status(v5(2, 405)), status(answer({}, 403))], [400, 405, 403]);
});

test('a proxy between us passes, a login page is no answer', () => {
  assert.equal(readFailure(htmlAnswer(502), NOW)?.kind, 'retry');
  assert.equal(readFailure(htmlAnswer(200), NOW)?.kind, 'retry');
  assert.equal(readFailure(htmlAnswer(401), NOW)?.kind, 'expired');
});

test('answers that say all is well are no failures, silent ones neither', () => {
  const silent = { headers: {}, body: null, text: '' };
  const good: VendorResponse[] = [
    answer(legacyOne('prospect', prospect)),
    answer(v5Page([])),
    answer(prospectV5, 201),
    { ...silent, status: 204 },
    { ...silent, status: 201 },
  ];
  for (const response of good) assert.equal(readFailure(response, NOW), undefined);
});
