import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCeql } from './parse-ceql.ts';
import type { Ceql, CeqlValue, Comparison } from './tree.ts';

function parsed(text: string): Ceql {
  const result = parseCeql(text);
  assert.ok(result.ok, result.ok ? '' : result.message);
  return result.tree;
}

function refused(text: string): { position: number; expected: string; message: string } {
  const result = parseCeql(text);
  assert.ok(!result.ok, `${text.slice(0, 80)} was accepted`);
  return result;
}

function compare(field: string, operator: Comparison, value: CeqlValue): Ceql {
  return { type: 'compare', field, operator, value };
}

const text = (value: string): CeqlValue => ({ type: 'text', value });
const number = (value: number): CeqlValue => ({ type: 'number', value });

test('every comparison operator is read', () => {
  for (const operator of ['=', '!=', '<', '>', '<=', '>='] as const) {
    assert.deepEqual(parsed(`a${operator}1`), compare('a', operator, number(1)));
    assert.deepEqual(parsed(` a ${operator}  'x'\t`), compare('a', operator, text('x')));
  }
  assert.deepEqual(parsed("a Like 'x%'"), compare('a', 'LIKE', text('x%')));
});

test('blanks are optional where words do not touch', () => {
  assert.deepEqual(parsed("a>='x'and b=1"), {
    type: 'and',
    terms: [compare('a', '>=', text('x')), compare('b', '=', number(1))],
  });
  assert.deepEqual(parsed("a LIKE'x'or(b=1)"), {
    type: 'or',
    terms: [compare('a', 'LIKE', text('x')), compare('b', '=', number(1))],
  });
  assert.deepEqual(parsed('a=1and b=2'), parsed('a = 1 AND b = 2'));
  assert.deepEqual(parsed("a IN('x')"), { type: 'in', field: 'a', values: [text('x')] });
  assert.deepEqual(parsed('`a`is null'), { type: 'null', field: 'a', negated: false });
});

test('keywords are read in any case', () => {
  assert.deepEqual(
    parsed("a iS nOt NuLl aNd b iN (TRUE, False) Or c LIKE 'x'"),
    parsed("a IS NOT NULL AND b IN (true, false) OR c like 'x'"),
  );
});

test('AND binds tighter than OR and parentheses say otherwise', () => {
  const [a, b, c] = [1, 2, 3].map((n) => compare('f', '=', number(n))) as [Ceql, Ceql, Ceql];
  assert.deepEqual(parsed('f=1 or f=2 and f=3'), {
    type: 'or',
    terms: [a, { type: 'and', terms: [b, c] }],
  });
  assert.deepEqual(parsed('(f=1 or f=2) and f=3'), {
    type: 'and',
    terms: [{ type: 'or', terms: [a, b] }, c],
  });
  assert.deepEqual(parsed('((f=1))'), a);
});

test('a field is a dotted path, plain or in back-ticks', () => {
  for (const field of [
    'config.url',
    'My_Field__c',
    'properties.lastmodifieddate',
    '0dcf558aac1ae4e8c4f8',
    'Größe',
  ]) {
    assert.deepEqual(parsed(`${field}=1`), compare(field, '=', number(1)));
    assert.deepEqual(parsed(`\`${field}\`=1`), compare(field, '=', number(1)));
  }
  assert.deepEqual(parsed('`first name` = 1'), compare('first name', '=', number(1)));
  assert.deepEqual(parsed('`a``b` = 1'), compare('a`b', '=', number(1)));
  assert.deepEqual(parsed('`and`=1'), compare('and', '=', number(1)));
  assert.deepEqual(parsed('android=1 and order=2 and island=3').type, 'and');
});

test('a quote within a text is written twice', () => {
  assert.deepEqual(parsed("a='it''s'"), compare('a', '=', text("it's")));
  assert.deepEqual(parsed("a=''"), compare('a', '=', text('')));
  assert.deepEqual(parsed("a=''''"), compare('a', '=', text("'")));
  assert.deepEqual(parsed("a='x AND b=1'"), compare('a', '=', text('x AND b=1')));
});

test('numbers and booleans are read as such', () => {
  for (const [written, value] of [
    ['-5', -5],
    ['+5', 5],
    ['0.25', 0.25],
    ['.5', 0.5],
    ['1e3', 1000],
    ['-0', 0],
  ] as const) {
    assert.deepEqual(parsed(`a=${written}`), compare('a', '=', number(value)));
  }
  assert.deepEqual(parsed('a=TRUE'), compare('a', '=', { type: 'boolean', value: true }));
});

test('an integer that a number cannot hold keeps its digits as text', () => {
  assert.deepEqual(parsed('id=12345678901234567890'), compare('id', '=', text('12345678901234567890')));
  assert.deepEqual(
    parsed('id=9007199254740991'),
    compare('id', '=', { type: 'number', value: Number.MAX_SAFE_INTEGER }),
  );
});

test('bare ISO dates and date-times keep their text', () => {
  for (const date of [
    '2026-11-20',
    '2026-11-20T09:15:00Z',
    '2026-11-20T09:15',
    '2026-11-20T09:15:00.123456Z',
    '2026-11-20T09:15:00+05:30',
    '2026-11-20T09:15:00.000-0800',
  ]) {
    assert.deepEqual(parsed(`a>${date}and b=1`), {
      type: 'and',
      terms: [compare('a', '>', { type: 'date', value: date }), compare('b', '=', number(1))],
    });
  }
});

test('a deliveries query of an old client is read', () => {
  assert.deepEqual(parsed("channel='webhook' and status='queued' and config.url='https://a.example/x?y=1'"), {
    type: 'and',
    terms: [
      compare('channel', '=', text('webhook')),
      compare('status', '=', text('queued')),
      compare('config.url', '=', text('https://a.example/x?y=1')),
    ],
  });
});

test('a syntax error names the position and what was expected there', () => {
  for (const [written, position, expected] of [
    ['', 0, /^a field/],
    ['   ', 3, /^a field/],
    ['a', 1, /^an operator/],
    ['a=', 2, /^a value/],
    ['a ! 3', 2, /^an operator/],
    ['a==1', 2, /^a value/],
    ['a=1 b=2', 4, /^AND, OR or the end/],
    ['a=1 and', 7, /^a field/],
    ['a=1 and and b=2', 8, /^a field/],
    ['a=1 andb=2', 4, /^AND/],
    ['(a=1', 4, /or "\)"$/],
    ['a=1)', 3, /^AND/],
    ['a in 1', 5, /^"\("/],
    ['a in ()', 6, /^a value/],
    ['a in (1,)', 8, /^a value/],
    ['a in (1 2)', 8, /^","/],
    ['a is nul', 5, /^NULL/],
    ['a is not', 8, /^NULL$/],
    ["a='x", 4, /closing quote .* position 2$/],
    ["a='x''", 6, /closing quote/],
    ['`a=1', 0, /^a field/],
    ['``=1', 0, /^a field/],
    ['a..b=1', 1, /^an operator/],
    ['a=2026-13-01', 2, /^a date that exists/],
    ['a=2026-02-30', 2, /^a date that exists/],
    ['a=1e999', 2, /^a number/],
    ['a="x"', 2, /^a value/],
    ['a=tru', 2, /^a value/],
    ['not a=1', 0, /^a field/],
  ] as const) {
    const error = refused(written);
    assert.equal(error.position, position, written);
    assert.match(error.expected, expected, written);
    assert.ok(error.message.includes(`position ${position}: expected ${error.expected}`), error.message);
  }
});

test('the message shows what stands there, cut short and never half a character', () => {
  assert.match(refused("a='x' 😀😀😀😀😀😀😀😀😀😀😀😀").message, /found "(?:😀){10}…"/u);
  assert.ok(refused(`a='x' z${'😀'.repeat(30)}`).message.isWellFormed());
  assert.match(refused('a=').message, /found the end/);
});

test('deep nesting and long texts are errors, not stack overflows', () => {
  const nested = (depth: number) => `${'('.repeat(depth)}a=1${')'.repeat(depth)}`;
  assert.deepEqual(parsed(nested(100)), compare('a', '=', number(1)));
  assert.equal(refused(nested(101)).position, 100);
  assert.match(refused('('.repeat(16_000)).expected, /nested/);
  assert.equal(refused(`a='${'x'.repeat(16_384)}'`).position, 16_384);
  const many = Array.from({ length: 2000 }, () => 'a=1').join('or ');
  assert.equal(parsed(many).type, 'or');
});

test('hostile texts are refused quickly', () => {
  const started = performance.now();
  for (const unit of ["'", '`', '(', ' ', 'a.', 'a ', '1e', "a=''", '-', '\u{1F600}', '\uD800', 'a IN (']) {
    refused(unit.repeat(16_384 / unit.length));
  }
  assert.ok(performance.now() - started < 2000);
});
