import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printCeql } from '../../ceql/print-ceql.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { compileWhere } from './query.ts';
import type { Kind } from './kinds.ts';
import { where } from './testing/account.ts';

const compile = (
  kind: Kind,
  text: string,
  configuration: JsonObject = {},
): [pushed: unknown, rest: string | null] => {
  const context = { configuration, facts: {}, discovered: null, now: 0 };
  const compiled = compileWhere(kind, where(text), context);
  assert.ok('pushed' in compiled);
  return [compiled.pushed, compiled.rest === null ? null : printCeql(compiled.rest)];
};
const OAUTH = { 'authentication.type': 'OAuth2' };

test('v4 takes exclusive whole seconds and numbers', () => {
  assert.deepEqual(compile('prospect', "updated_at > '2026-11-20T09:15:00Z' AND score >= 10"), [
    { updated_after: '2026-11-20 09:15:00', score_greater_than: '9' },
    null,
  ]);
  assert.deepEqual(
    compile('prospect', "created_at >= '2026-11-20 09:15:00' AND created_at <= '2026-11-21'"),
    [{ created_after: '2026-11-20 09:14:59', created_before: '2026-11-21 00:00:01' }, null],
  );
  assert.deepEqual(compile('prospect', "updated_at > '2026-11-20T09:15:00.500Z'")[0], {
    updated_after: '2026-11-20 09:15:00',
  });
  assert.deepEqual(compile('prospect', "updated_at >= '2026-11-20T09:15:00.500Z'")[0], {
    updated_after: '2026-11-20 09:15:00',
  });
  assert.deepEqual(compile('opportunity', 'value > 10 AND value >= 10 AND probability = 50'), [
    { value_greater_than: '10', probability_greater_than: '49', probability_less_than: '51' },
    'value >= 10',
  ]);
  assert.deepEqual(compile('list', 'id > 5 AND id <= 9')[0], { id_greater_than: '5', id_less_than: '10' });
});

test('times are written on the clock of the API user, unless that comes twice', () => {
  const paris = { timezone: 'Europe/Paris' };
  assert.deepEqual(compile('prospect', "updated_at > '2026-11-20T09:15:00Z'", paris)[0], {
    updated_after: '2026-11-20 10:15:00',
  });
  const twice = compile('prospect', "updated_at > '2026-10-25T00:30:00Z'", paris);
  assert.deepEqual(twice, [{}, "updated_at > '2026-10-25T00:30:00Z'"]);
});

test('texts are pushed and compared again: Pardot disregards case', () => {
  assert.deepEqual(compile('campaign', "name = 'Fair'"), [{ name: 'Fair' }, "name = 'Fair'"]);
  assert.deepEqual(compile('prospect', "grade = 'A+' AND is_starred = TRUE"), [
    { grade_equal_to: 'A+', is_starred: 'true' },
    "grade = 'A+' AND is_starred = true",
  ]);
  assert.deepEqual(compile('prospect', "email = 'Ada@x.example'", OAUTH), [
    { email: 'Ada@x.example' },
    "email = 'Ada@x.example'",
  ]);
});

test('what Pardot cannot filter is ours', () => {
  for (const text of ["email = 'a@x.example'", 'score = 1 OR score = 2', "email LIKE 'a%'", 'score != 3']) {
    assert.deepEqual(compile('prospect', text), [{}, printCeql(where(text))], text);
  }
  assert.deepEqual(compile('opportunity', "updated_at > '2026-11-20'")[0], {});
  for (const text of ['score > 1.5', 'id > -1', "created_at > '12026-01-01'", "score = 'many'"]) {
    assert.deepEqual(compile('prospect', text)[0], {}, text);
  }
});

test('a condition that would need the same parameter twice stays ours', () => {
  assert.deepEqual(compile('prospect', 'score > 5 AND score > 9'), [
    { score_greater_than: '5' },
    'score > 9',
  ]);
});

test('ids in a list are read within their span', () => {
  assert.deepEqual(compile('prospect', 'id IN (7, 3, 9)'), [
    { id_greater_than: '2', id_less_than: '10' },
    'id IN (7, 3, 9)',
  ]);
  assert.deepEqual(compile('prospect', 'id IN (7, 3)', OAUTH)[0], {
    idGreaterThanOrEqualTo: '3',
    idLessThanOrEqualTo: '7',
  });
});

test('v5 takes either spelling of a field, and times with an offset', () => {
  const expected = { updatedAtAfterOrEqualTo: '2026-11-20T09:15:00+00:00', idGreaterThan: '5' };
  for (const text of [
    "updated_at >= '2026-11-20T09:15:00Z' AND id > 5",
    "updatedAt >= '2026-11-20T09:15:00Z' AND id > 5",
  ]) {
    assert.deepEqual(compile('prospect', text, OAUTH), [expected, null]);
  }
  assert.deepEqual(compile('prospect', "firstName = 'Ada'", OAUTH), [{}, "first_name = 'Ada'"]);
  assert.deepEqual(compile('prospect', "firstName = 'Ada'"), [{}, "first_name = 'Ada'"]);
  const fraction = "updated_at > '2026-11-20T09:15:00.500Z'";
  assert.deepEqual(compile('prospect', fraction, OAUTH), [{}, fraction]);
});

test('v5 filters three fields at most, one of them the id that paging needs', () => {
  const text = "created_at > '2026-01-01' AND updated_at > '2026-01-01' AND email = 'a@x.example' AND id > 3";
  const [pushed, rest] = compile('prospect', text, OAUTH);
  assert.deepEqual(Object.keys(pushed as JsonObject), ['createdAtAfter', 'updatedAtAfter', 'idGreaterThan']);
  assert.equal(rest, "email = 'a@x.example'");
});
